/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fill.c: makes one packet from a template. This is the hot path of sending: one copy, a few stores, and the checksums.
 */
#include "build.h"

#include <arpa/inet.h>

enum { IP_PACKET_MAX = 65535, IP6_HEADER = 40, TCP_HEADER = 20, TCP_OPTIONS_MAX = 40, UDP_HEADER = 8 };
enum { OPT_NOP = 1, OPT_SACK = 5, SACK_BLOCK = 8, SACK_HEAD = 4 };

/* Returns the bytes of SACK blocks that fit behind the template's options, 0 for none. */
static unsigned sack_len(const struct pp_template *t, const struct pp_fill *f)
{
    unsigned room, len;

    if (f->sack == NULL || t->proto != PP_PROTO_TCP || t->on == PP_ON_SYN)
        return 0;
    room = TCP_OPTIONS_MAX - (t->payload_off - t->l4_off - TCP_HEADER);
    len = f->sack_len - f->sack_len % SACK_BLOCK;
    if (room < SACK_HEAD + SACK_BLOCK)
        return 0;
    room = (room - SACK_HEAD) / SACK_BLOCK * SACK_BLOCK;
    return len < room ? len : room;
}

/* Returns the bytes that the packet's own options take behind the template's, padding included. */
static unsigned own_options(const struct pp_template *t, const struct pp_fill *f)
{
    return t->on == PP_ON_SYN && t->proto == PP_PROTO_TCP ? (f->options_len + 3u) / 4 * 4 : 0;
}

static void put_sum(uint8_t *at, uint64_t sum)
{
    uint16_t check = pp_sum_finish(sum);

    memcpy(at, &check, sizeof check);
}

/*
 * Returns the flow label of one packet by the treatment. A random label is never zero: zero means "no label" (RFC
 * 6437).
 */
static uint32_t flow_label(const struct pp_template *t, const struct pp_fill *f)
{
    uint32_t mixed;

    if (t->label == PP_LABEL_FLOW)
        return f->flow_label;
    if (t->label == PP_LABEL_FIXED)
        return t->flow_label;
    mixed = (f->flow_label << 16 ^ f->ip_id ^ f->seq) * 0x9e3779b1u >> 12;
    return mixed ? mixed : 1;
}

static void fill_ip(const struct pp_template *t, const struct pp_fill *f, uint8_t *out, size_t total)
{
    uint32_t label;

    if (t->family == 4) {
        pp_put16(out + 2, (uint16_t)total);
        /* The kernel assigns an identification to a packet with 0, a different one to each fragment. */
        pp_put16(out + 4, t->fragments && !f->ip_id ? 1 : f->ip_id);
        if (f->ttl != 0)
            out[8] = f->ttl;
        memset(out + 10, 0, 2);
        memcpy(out + 12, f->src->b + 12, 4);
        memcpy(out + 16, f->dst->b + 12, 4);
        put_sum(out + 10, pp_sum(out, t->l4_off, 0));
        return;
    }
    label = flow_label(t, f);
    out[1] = (uint8_t)((out[1] & 0xf0) | (label >> 16 & 0x0f));
    pp_put16(out + 2, (uint16_t)label);
    pp_put16(out + 4, (uint16_t)(total - IP6_HEADER));
    if (f->ttl != 0)
        out[7] = f->ttl;
    memcpy(out + 8, f->src->b, 16);
    memcpy(out + 24, f->dst->b, 16);
    if (t->fragments)
        pp_put32(out + t->fragment_off - 4, f->flow_label << 16 ^ f->ip_id);
}

/* The pseudo-header's sum, from the addresses in the IP header, which are adjacent there. */
static uint64_t pseudo(const struct pp_template *t, const uint8_t *out, size_t l4_len)
{
    uint64_t sum = (uint64_t)htonl((uint32_t)l4_len) + htons(t->proto);

    return t->family == 4 ? pp_sum(out + 12, 8, sum) : pp_sum(out + 8, 32, sum);
}

/* Fills in the TCP header. MORE: bytes of options behind the template's. */
static void fill_tcp(const struct pp_template *t, const struct pp_fill *f, uint8_t *out, unsigned more, size_t l4_len)
{
    uint16_t flags = (uint16_t)((f->flags & ~t->flags_clear) | t->flags);
    uint8_t *tcp = out + t->l4_off;
    unsigned offset = (t->payload_off - t->l4_off + more) / 4;

    pp_put16(tcp, f->sport);
    pp_put16(tcp + 2, f->dport);
    pp_put32(tcp + 4, f->seq);
    pp_put32(tcp + 8, f->ack);
    pp_put16(tcp + 12, (uint16_t)(offset << 12 | (flags & 0x0fff)));
    if (!t->set_window && (t->on != PP_ON_SYN || f->window != 0))
        pp_put16(tcp + 14, f->window);
    if (t->ts_off != 0) {
        pp_put32(out + t->ts_off, f->tsval);
        pp_put32(out + t->ts_off + 4, f->tsecr);
    }
    memset(tcp + 16, 0, 2);
    put_sum(tcp + 16, pp_sum(tcp, l4_len, pseudo(t, out, l4_len)));
}

static void fill_udp(const struct pp_template *t, const struct pp_fill *f, uint8_t *out, size_t l4_len)
{
    uint8_t *udp = out + t->l4_off;
    size_t len = l4_len - t->surplus_len;

    pp_put16(udp, f->sport);
    pp_put16(udp + 2, f->dport);
    pp_put16(udp + 4, (uint16_t)len);
    memset(udp + 6, 0, 2);
    if (t->udp_checksum == PP_UDP_CHECKSUM_ZERO)
        return;
    /* A middlebox that sums by the IP length also takes that length for the pseudo-header. */
    if (t->udp_checksum == PP_UDP_CHECKSUM_IP_LENGTH)
        len = l4_len;
    put_sum(udp + 6, pp_sum(udp, len, pseudo(t, out, len)));
    if (udp[6] == 0 && udp[7] == 0)
        memset(udp + 6, 0xff, 2); /* RFC 768: zero means no checksum */
}

/* Appends the surplus. ODD: it begins at an odd offset (RFC 9868 section 9). Its length does not depend on that. */
static void put_surplus(const struct pp_template *t, uint8_t *out, bool odd)
{
    uint8_t *area = out + odd;
    size_t len = t->surplus_len - (size_t)odd;
    uint16_t check = 0;

    if (t->ocs == PP_OCS_NONE) {
        memcpy(out, t->surplus, t->surplus_len);
        return;
    }
    out[0] = 0;
    memset(area, 0, 2);
    memcpy(area + 2, t->surplus, len - 2);
    if (t->ocs != PP_OCS_ZERO)
        check = pp_udpopt_checksum(area, len, t->surplus_len);
    if (t->ocs == PP_OCS_WRONG)
        check ^= check == 0xa5a5 ? 0x5a5a : 0xa5a5; /* a wrong checksum must not be zero, which would mean none */
    else if (t->ocs == PP_OCS_RIGHT && check == 0)
        check = 0xffff; /* 0xffff equals 0 in one's complement */
    memcpy(area, &check, 2);
}

size_t pp_template_fill(const struct pp_template *t, const struct pp_fill *f, uint8_t *out, size_t cap)
{
    unsigned sack = sack_len(t, f);
    /* A SYN's own data is in the template; no payload follows it. */
    size_t data = t->len > t->payload_off ? 0 : t->prefix_len + f->payload_len;
    unsigned own = own_options(t, f), more = sack ? SACK_HEAD + sack : own;
    size_t headers = t->len + more;
    size_t total = headers + data + t->surplus_len;

    if (own && (t->len > t->payload_off || t->payload_off - t->l4_off + own > TCP_HEADER + TCP_OPTIONS_MAX))
        return 0;
    if (data > IP_PACKET_MAX || total > cap || total > IP_PACKET_MAX)
        return 0;
    memcpy(out, t->bytes, t->len);
    if (sack) {
        uint8_t *opt = out + t->len;

        opt[0] = opt[1] = OPT_NOP;
        opt[2] = OPT_SACK;
        opt[3] = (uint8_t)(2 + sack);
        memcpy(opt + SACK_HEAD, f->sack, sack);
    }
    if (own) {
        memset(out + t->len, OPT_NOP, own);
        memcpy(out + t->len, f->options, f->options_len);
    }
    if (t->prefix_len)
        memcpy(out + headers, t->prefix, t->prefix_len);
    if (data > t->prefix_len)
        memcpy(out + headers + t->prefix_len, f->payload, f->payload_len);
    if (t->surplus_len)
        put_surplus(t, out + headers + data, (headers + data) % 2 != 0);
    fill_ip(t, f, out, total);
    if (t->proto == PP_PROTO_UDP)
        fill_udp(t, f, out, total - t->l4_off);
    else
        fill_tcp(t, f, out, more, total - t->l4_off);
    return total;
}

/* ---- fragments ------------------------------------------------------------------------------------------- */

/* Returns the bytes of fragment I out of the REST that is fragmented; *AT: its offset in REST. */
static size_t fragment_len(const struct pp_template *t, size_t rest, unsigned i, size_t *at)
{
    size_t first = t->first_fragment, share;

    if (first == 0 || t->fragments == 1)
        first = (rest / t->fragments + 7) / 8 * 8;
    if (t->fragments == 1 || first >= rest) {
        *at = 0;
        return i == 0 ? rest : 0;
    }
    share = ((rest - first) / (t->fragments - 1u) + 7) / 8 * 8;
    share = share ? share : 8;
    *at = i == 0 ? 0 : first + (i - 1) * share;
    if (*at >= rest)
        return 0;
    if (i == 0)
        return first;
    return i + 1 == t->fragments || rest - *at < share ? rest - *at : share;
}

unsigned pp_fragments(const struct pp_template *t, size_t len)
{
    unsigned n = 1;
    size_t at;

    if (t->fragments < 2)
        return 1;
    while (n < t->fragments && fragment_len(t, len - t->fragment_off, n, &at))
        n++;
    return n;
}

size_t pp_fragment(const struct pp_template *t, const uint8_t *whole, size_t len, unsigned i, uint8_t *out)
{
    size_t at, n;
    bool more;

    if (t->fragments < 2) {
        memcpy(out, whole, len);
        return len;
    }
    n = fragment_len(t, len - t->fragment_off, i, &at);
    more = at + n < len - t->fragment_off;
    memcpy(out, whole, t->fragment_off);
    memcpy(out + t->fragment_off, whole + t->fragment_off + at, n);
    n += t->fragment_off;
    if (t->family == 4) {
        pp_put16(out + 2, (uint16_t)n);
        pp_put16(out + 6, (uint16_t)((pp_get16(out + 6) & 0xc000) | (more ? 0x2000 : 0) | at / 8));
        memset(out + 10, 0, 2);
        put_sum(out + 10, pp_sum(out, t->l4_off, 0));
    } else {
        pp_put16(out + 4, (uint16_t)(n - IP6_HEADER));
        pp_put16(out + t->fragment_off - 6, (uint16_t)(at | more));
    }
    return n;
}
