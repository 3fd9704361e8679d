/* SPDX-License-Identifier: BSD-2-Clause */
/* reassemble.c: puts fragments together. */
#include "reassemble.h"

#include <stdlib.h>
#include <string.h>

enum { IP4_HEADER = 20, IP6_HEADER = 40, FRAGMENT = 44, FRAGMENT_HEADER = 8 };

/*
 * The offset in P of the fragment's data. IPv6: after the fragment header; *LINK: the offset of the byte with its type.
 */
static unsigned begin_of(const struct pp_packet *p, unsigned *link)
{
    unsigned at = IP6_HEADER;

    *link = 6;
    if (p->family == 4)
        return (p->ip[0] & 0x0fu) * 4;
    while (p->ip[*link] != FRAGMENT) {
        *link = at;
        at += (p->ip[at + 1] + 1u) * 8;
        if (at + FRAGMENT_HEADER > p->ip_cap)
            return 0;
    }
    return at + FRAGMENT_HEADER;
}

/* The identification of P's packet, with the protocol that follows. */
static uint32_t id_of(const struct pp_packet *p, unsigned begin)
{
    return p->family == 4 ? p->ip_id : pp_get32(p->ip + begin - FRAGMENT_HEADER + 4);
}

static uint8_t proto_of(const struct pp_packet *p, unsigned begin)
{
    return p->family == 4 ? p->ip[9] : p->ip[begin - FRAGMENT_HEADER];
}

/* The entry of P's packet; with MAKE a new one, in place of the oldest, if there is none. */
static struct pp_fragmented *find(struct pp_reassembly *r, const struct pp_packet *p, unsigned begin, bool make)
{
    uint32_t id = id_of(p, begin);
    uint8_t proto = proto_of(p, begin);
    struct pp_fragmented *oldest = r->packet;

    for (unsigned i = 0; i < PP_FRAGMENTED; i++) {
        struct pp_fragmented *f = &r->packet[i];

        if (f->order && f->id == id && f->proto == proto && pp_addr_eq(&f->src, &p->src) &&
            pp_addr_eq(&f->dst, &p->dst))
            return f;
        oldest = f->order < oldest->order ? f : oldest;
    }
    if (!make)
        return NULL;
    memset(oldest, 0, offsetof(struct pp_fragmented, start));
    oldest->src = p->src;
    oldest->dst = p->dst;
    oldest->id = id;
    oldest->proto = proto;
    oldest->order = ++r->order;
    return oldest;
}

/* Adds a fragment's bytes. False: they overlap earlier ones, or exceed the maximum. */
static bool take(struct pp_fragmented *f, const uint8_t *bytes, unsigned at, unsigned len, bool more)
{
    unsigned end = at + len;

    if (end > PP_NET_MTU || (more && len % 8) || len == 0 || (!more && f->len) || (f->len && end > f->len))
        return false;
    for (unsigned unit = at / 8; unit < (end + 7) / 8; unit++) {
        if (f->there[unit])
            return false;
        f->there[unit] = 1;
    }
    memcpy(f->body + at, bytes, len);
    if (!more)
        f->len = (uint16_t)end;
    return true;
}

static bool is_whole(const struct pp_fragmented *f)
{
    for (unsigned unit = 0; unit < (f->len + 7u) / 8; unit++)
        if (!f->there[unit])
            return false;
    return f->len && f->head && f->head + f->len <= PP_NET_MTU;
}

static bool finish(struct pp_reassembly *r, struct pp_fragmented *f, struct pp_packet *whole)
{
    size_t len = (size_t)f->head + f->len;
    uint8_t *ip = r->whole;
    uint16_t sum;

    memcpy(ip, f->start, f->head);
    memcpy(ip + f->head, f->body, f->len);
    f->order = 0;
    if (ip[0] >> 4 == 4) {
        pp_put16(ip + 2, (uint16_t)len);
        pp_put16(ip + 6, 0);
        memset(ip + 10, 0, 2);
        sum = pp_sum_finish(pp_sum(ip, f->head, 0));
        memcpy(ip + 10, &sum, 2);
    } else {
        pp_put16(ip + 4, (uint16_t)(len - IP6_HEADER));
    }
    return pp_packet_decode(whole, ip, len) == 0;
}

bool pp_reassembly_begun(struct pp_reassembly *r, const struct pp_packet *p)
{
    unsigned link, begin = begin_of(p, &link);
    const struct pp_fragmented *f = begin && begin <= p->ip_cap && r->packet ? find(r, p, begin, false) : NULL;

    return f && f->head;
}

bool pp_reassemble(struct pp_reassembly *r, const struct pp_packet *p, struct pp_packet *whole)
{
    unsigned link, begin = begin_of(p, &link), head = p->family == 4 ? begin : begin - FRAGMENT_HEADER;
    struct pp_fragmented *f;
    const uint8_t *x;
    bool more;

    if (!r->packet)
        r->packet = calloc(PP_FRAGMENTED, sizeof *r->packet);
    if (!r->packet || begin == 0 || begin >= p->ip_cap || p->ip_cap < p->ip_len || head > sizeof f->start)
        return false;
    x = p->ip + begin - FRAGMENT_HEADER;
    more = p->family == 4 ? p->ip_flags & 0x20 : x[3] & 1;
    f = find(r, p, begin, true);
    if (!take(f, p->ip + begin, p->frag_off, p->ip_len - begin, more)) {
        f->order = 0;
        return false;
    }
    if (p->frag_off == 0) {
        f->head = (uint16_t)head;
        memcpy(f->start, p->ip, head);
        if (p->family == 6)
            f->start[link] = x[0];
    }
    return is_whole(f) && finish(r, f, whole);
}

void pp_reassembly_release(struct pp_reassembly *r)
{
    free(r->packet);
    r->packet = NULL;
}
