/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hops.c: ICMP errors: a router's Time Exceeded and "administratively prohibited", and a host's Port Unreachable. They
 * quote as much of the packet as RFC 1812 section 4.3.2.3 (576 bytes in all) and RFC 4443 section 3 (1,280) permit.
 */
#include "lab_parts.h"

#define MAX4 576
#define MAX6 1280
#define QUOTE_MIN 128 /* bytes of quote before extensions: RFC 4884 section 5.5 */

static const struct {
    uint8_t type4, code4, type6, code6;
} errors[] = {
    [PP_HOP_TIME_EXCEEDED] = {11, 0, 3, 0},
    [PP_HOP_PROHIBITED] = {3, 13, 1, 1},
    [PP_HOP_PORT_UNREACHABLE] = {3, 3, 1, 4},
    [PP_HOP_TOO_BIG] = {3, 4, 2, 0},
    [PP_HOP_OPTION] = {12, 0, 4, 2},
};

/* Writes the quote as the packet reached the hop: with TTL 1 if it expired there, else with the TTL left. */
static void quote(uint8_t *q, size_t len, const struct pp_packet *p, unsigned ttl)
{
    uint16_t sum;
    size_t head;

    memcpy(q, p->ip, len);
    if (p->family == 6) {
        q[7] = (uint8_t)ttl;
        return;
    }
    head = (size_t)(q[0] & 0x0f) * 4;
    q[8] = (uint8_t)ttl;
    if (head <= len) {
        memset(q + 10, 0, 2);
        sum = pp_sum_finish(pp_sum(q, head, 0));
        memcpy(q + 10, &sum, 2);
    }
}

/* RFC 4884 section 7, RFC 4950: writes COUNT labels, which follow a quote of QUOTE_MIN bytes. Returns their length. */
static size_t add_labels(uint8_t *x, unsigned count)
{
    uint16_t sum;

    memset(x, 0, 8);
    x[0] = 0x20;
    pp_put16(x + 4, (uint16_t)(4 + 4 * count));
    x[6] = x[7] = 1; /* class and type of an incoming MPLS label stack */
    for (unsigned i = 0; i < count; i++)
        pp_put32(x + 8 + 4 * i, (16000 + i) << 12 | (i + 1 == count) << 8 | 1);
    sum = pp_sum_finish(pp_sum(x, 8 + 4 * count, 0));
    memcpy(x + 2, &sum, 2);
    return 8 + 4 * count;
}

static struct pp_net_packet *make_error(struct pp_lab *lab, const struct pp_addr *from, unsigned hop,
                                        enum pp_hop_error what, const struct pp_packet *p,
                                        const struct pp_lab_router *router, uint16_t rest)
{
    bool v4 = p->family == 4;
    unsigned labels = router ? router->labels : 0;
    size_t head = v4 ? 20 : 40, max = (v4 ? MAX4 : MAX6) - head - 8 - (labels ? 8 + 4 * labels : 0);
    size_t quoted = p->ip_cap < p->ip_len ? p->ip_cap : p->ip_len, len, body;
    struct pp_net_packet *packet;
    uint8_t ttl = (uint8_t)(PP_LAB_TTL - (hop - 1)), *ip, *icmp;
    uint64_t pseudo = 0;
    uint16_t sum;

    if (router && router->quote && quoted > head + router->quote)
        quoted = head + router->quote;
    if (quoted > max)
        quoted = max;
    if (labels && quoted > QUOTE_MIN)
        quoted = quoted / 8 * 8; /* the length field counts words */
    body = labels && quoted < QUOTE_MIN ? QUOTE_MIN : quoted;
    len = head + 8 + body + (labels ? 8 + 4 * labels : 0);
    packet = pp_net_alloc(&lab->net, len);
    if (!packet)
        return NULL;
    ip = packet->bytes;
    icmp = ip + head;
    memset(ip, 0, head + 8 + body);
    quote(icmp + 8, quoted, p, what == PP_HOP_TIME_EXCEEDED ? 1 : p->ttl - (hop - 1));
    icmp[0] = v4 ? errors[what].type4 : errors[what].type6;
    icmp[1] = v4 ? errors[what].code4 : errors[what].code6;
    pp_put16(icmp + 6, rest); /* an MTU, a pointer */
    if (labels) {
        icmp[v4 ? 5 : 4] = (uint8_t)(body / (v4 ? 4 : 8));
        body += add_labels(icmp + 8 + body, labels);
    }
    if (v4) {
        ip[0] = 0x45;
        ip[1] = 0xc0; /* internetwork control: RFC 1812 section 4.3.2.5 */
        pp_put16(ip + 2, (uint16_t)len);
        ip[8] = ttl;
        ip[9] = PP_PROTO_ICMP;
        memcpy(ip + 12, pp_addr_raw(from), 4);
        memcpy(ip + 16, pp_addr_raw(&p->src), 4);
        sum = pp_sum_finish(pp_sum(ip, 20, 0));
        memcpy(ip + 10, &sum, 2);
    } else {
        ip[0] = 0x60;
        pp_put16(ip + 4, (uint16_t)(8 + body));
        ip[6] = PP_PROTO_ICMP6;
        ip[7] = ttl;
        memcpy(ip + 8, from->b, 16);
        memcpy(ip + 24, p->src.b, 16);
        pseudo = pp_sum_pseudo(from, &p->src, PP_PROTO_ICMP6, (uint32_t)(8 + body));
    }
    sum = pp_sum_finish(pp_sum(icmp, 8 + body, pseudo));
    memcpy(icmp + 2, &sum, 2);
    return packet;
}

struct pp_net_packet *pp_hop_error(struct pp_lab *lab, const struct pp_lab_place *place, unsigned hop,
                                   enum pp_hop_error what, const struct pp_packet *p)
{
    struct pp_addr from = what == PP_HOP_PORT_UNREACHABLE ? p->dst : pp_topology_router(&lab->topology, place, hop, 0);

    return make_error(lab, &from, hop, what, p, NULL, 0);
}

struct pp_net_packet *pp_hop_too_big(struct pp_lab *lab, const struct pp_lab_place *place, unsigned hop, uint16_t mtu,
                                     const struct pp_packet *p)
{
    struct pp_addr from = pp_topology_router(&lab->topology, place, hop, 0);

    return make_error(lab, &from, hop, PP_HOP_TOO_BIG, p, NULL, mtu);
}

struct pp_net_packet *pp_hop_refusal(struct pp_lab *lab, const struct pp_lab_place *place, unsigned hop,
                                     uint16_t pointer, const struct pp_packet *p)
{
    struct pp_addr from = hop > place->nhops ? p->dst : pp_topology_router(&lab->topology, place, hop, 0);

    return make_error(lab, &from, hop, PP_HOP_OPTION, p, NULL, pointer);
}

static const struct pp_lab_router *router_at(const struct pp_lab_class *c, unsigned hop)
{
    const struct pp_lab_router *all = NULL;

    for (unsigned i = 0; i < c->nrouters; i++) {
        if (c->router[i].hop == hop)
            return &c->router[i];
        if (!c->router[i].hop)
            all = &c->router[i];
    }
    return all;
}

/* The number of the router that P meets, of those that share a hop. */
static unsigned way_of(struct pp_lab *lab, const struct pp_lab_router *r, const struct pp_packet *p, int64_t at)
{
    uint64_t by = r->by == PP_LAB_BY_PACKET ? pp_rng_next(&lab->rng)
                  : r->by == PP_LAB_BY_TIME ? (uint64_t)(at / (10 * PP_LAB_SECOND))
                                            : (uint64_t)p->sport << 16 | p->dport;

    if (r->by == PP_LAB_BY_TOS)
        by ^= (uint64_t)p->tos << 40;
    return (unsigned)((r->by == PP_LAB_BY_TIME ? by : pp_mix(by)) % (r->ways ? r->ways : 1));
}

static bool limited(struct pp_lab *lab, const struct pp_lab_router *r, const struct pp_addr *from, int64_t at)
{
    uint64_t hash = 0;
    int64_t *next;

    for (unsigned i = 0; i < sizeof from->b; i++)
        hash = pp_mix(hash ^ from->b[i]);
    next = &lab->router_next[hash % PP_LAB_ROUTER_SLOTS];
    if (!r->rate)
        return false;
    if (at < *next)
        return true;
    *next = at + PP_LAB_SECOND / r->rate;
    return false;
}

struct pp_net_packet *pp_hop_expired(struct pp_lab *lab, const struct pp_lab_place *place, unsigned hop,
                                     const struct pp_packet *p, int64_t at)
{
    const struct pp_lab_router *r = router_at(pp_lab_class(lab, place), hop);
    struct pp_addr from;

    if (!r)
        return pp_hop_error(lab, place, hop, PP_HOP_TIME_EXCEEDED, p);
    from = pp_topology_router(&lab->topology, place, hop, way_of(lab, r, p, at));
    if (pp_lab_chance(lab, r->silence) || limited(lab, r, &from, at))
        return NULL;
    return make_error(lab, &from, hop, PP_HOP_TIME_EXCEEDED, p, r, 0);
}
