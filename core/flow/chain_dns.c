/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chain_dns.c: finds a valid DNS response (RFC 1035 section 4.1). Over UDP a datagram is a message; over TCP a message
 * follows its two-byte length (section 4.2.2), which PATHspider took for the message's start. Each record is parsed
 * within the declared length; if the capture ends first, the captured part decides. A response has to match the id of a
 * query of the flow, if a query was seen.
 */
#include "chain_parts.h"

#define QUERIES 4 /* query ids kept: resolvers send A and AAAA together; with more queries any id matches */

struct dns {
    uint32_t base; /* TCP: sequence number of the first byte from dip */
    uint16_t query[QUERIES];
    uint16_t prefix; /* TCP: the length, if it came in a segment of its own */
    uint8_t queries;
    uint8_t dns_response_valid;
    uint8_t has_base, has_prefix;
    uint8_t pad[6];
};

_Static_assert(sizeof(struct dns) == 24, "states are a multiple of 8 bytes");

static const struct pp_field fields[] = {
    FIELD_BOOL(dns, dns_response_valid, "dip sent a well-formed DNS response to a query of this flow"),
    FIELD_END,
};

enum { HEADER = 12, NAME_MAX_LEN = 255 };

/* A message: [0, len) bytes are declared, [0, cap) are captured. */
struct message {
    const uint8_t *b;
    uint32_t len, cap;
};

enum walk { WALK_OK, WALK_BAD, WALK_CUT /* WALK_CUT: the capture ended, without an error so far */ };

/* Moves *AT past a name: labels, ended by the root or by a pointer (section 4.1.4), whose target is not followed. */
static enum walk walk_name(const struct message *m, uint32_t *at)
{
    uint32_t start = *at;

    for (;;) {
        uint8_t n;

        if (*at >= m->len || *at - start > NAME_MAX_LEN)
            return WALK_BAD;
        if (*at >= m->cap)
            return WALK_CUT;
        n = m->b[*at];
        if ((n & 0xc0) == 0xc0) {
            *at += 2;
            return *at <= m->len ? WALK_OK : WALK_BAD;
        }
        if (n & 0xc0)
            return WALK_BAD;
        *at += 1u + n;
        if (n == 0)
            return WALK_OK;
    }
}

/* Moves *AT past a record. Behind the name: type and class (4 bytes); in answers TTL, length (6 more) and the data. */
static enum walk walk_record(const struct message *m, uint32_t *at, bool question)
{
    enum walk w = walk_name(m, at);
    uint32_t fixed = question ? 4 : 10;

    if (w != WALK_OK)
        return w;
    if (m->len - *at < fixed)
        return WALK_BAD;
    if (m->cap < *at + fixed)
        return WALK_CUT;
    *at += fixed;
    if (!question)
        *at += pp_get16(m->b + *at - 2);
    return *at <= m->len ? WALK_OK : WALK_BAD;
}

/* Checks the whole message. Each record takes at least five bytes, so LEN bounds the loop whatever the counts say. */
static bool well_formed(const struct message *m)
{
    uint32_t questions, others, i, at = HEADER;
    enum walk w = WALK_OK;

    if (m->len < HEADER || m->cap < HEADER)
        return false;
    questions = pp_get16(m->b + 4);
    others = (uint32_t)pp_get16(m->b + 6) + pp_get16(m->b + 8) + pp_get16(m->b + 10);
    for (i = 0; i < questions + others && w == WALK_OK; i++)
        w = walk_record(m, &at, i < questions);
    return w != WALK_BAD;
}

static bool is_response(const struct message *m)
{
    return m->b[2] & 0x80;
}

static void query(struct dns *d, const struct message *m)
{
    if (!well_formed(m) || is_response(m) || d->queries > QUERIES)
        return;
    if (d->queries < QUERIES)
        d->query[d->queries] = pp_get16(m->b);
    d->queries++;
}

static bool response(const struct dns *d, const struct message *m)
{
    unsigned i;

    if (!well_formed(m) || !is_response(m))
        return false;
    if (d->queries == 0 || d->queries > QUERIES)
        return true;
    for (i = 0; i < d->queries; i++) {
        if (d->query[i] == pp_get16(m->b))
            return true;
    }
    return false;
}

/*
 * Returns the message behind the prefix. LEN may exceed the segment: the rest comes in later segments, and counts as
 * truncated.
 */
static struct message behind_prefix(const uint8_t *b, uint32_t len, uint32_t cap)
{
    return (struct message){.b = b, .len = len, .cap = cap < len ? cap : len};
}

/* Finds the start of the first message of the stream; later ones are not parsed. True: M is its start. */
static bool tcp_start(struct dns *d, const struct pp_packet *p, struct message *m)
{
    uint32_t off;

    if (!d->has_base) {
        d->has_base = true;
        d->base = p->tcp.seq;
    }
    off = p->tcp.seq - d->base;
    if (off == 0 && p->payload_cap >= 2) {
        d->prefix = pp_get16(p->payload);
        d->has_prefix = true;
        *m = behind_prefix(p->payload + 2, d->prefix, p->payload_cap - 2);
        return p->payload_len > 2;
    }
    if (off == 2 && d->has_prefix && p->payload_cap) {
        *m = behind_prefix(p->payload, d->prefix, p->payload_cap);
        return true;
    }
    return false;
}

static bool tcp_packet(struct dns *d, const struct pp_chain_packet *p)
{
    const struct pp_packet *k = p->pkt;
    struct message m;

    if (!pp_chain_is_tcp(p))
        return false;
    if (p->dir == PP_REV && (k->tcp.flags & PP_TCP_SYN)) {
        d->base = k->tcp.seq + 1;
        d->has_base = true;
        return false;
    }
    if (!k->payload_len || !k->payload)
        return false;
    if (p->dir == PP_FWD) {
        if (k->payload_cap > 2) {
            m = behind_prefix(k->payload + 2, pp_get16(k->payload), k->payload_cap - 2);
            query(d, &m);
        }
        return false;
    }
    if (tcp_start(d, k, &m) && response(d, &m))
        d->dns_response_valid = true;
    return d->dns_response_valid;
}

static bool packet(void *state, const struct pp_chain_packet *p)
{
    const struct pp_packet *k = p->pkt;
    struct dns *d = state;
    struct message m = {.b = k->payload, .len = k->payload_len, .cap = k->payload_cap};

    if (p->quoted || k->frag_off)
        return false;
    if (k->proto == PP_PROTO_TCP)
        return tcp_packet(d, p);
    if (k->proto != PP_PROTO_UDP || !k->payload)
        return false;
    if (p->dir == PP_FWD)
        query(d, &m);
    else if (response(d, &m))
        d->dns_response_valid = true;
    return d->dns_response_valid;
}

const struct pp_chain pp_chain_dns = {
    .name = "dns",
    .what = "whether a valid DNS response came back, over UDP or TCP",
    .fields = fields,
    .size = sizeof(struct dns),
    .reach = PP_REACH_MESSAGE,
    .packet = packet,
};
