/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hops.c: what routers answer: time exceeded and "administratively prohibited", with as much of the packet quoted as
 * RFC 1812 section 4.3.2.3 (576 bytes in all) and RFC 4443 section 3 (1,280) allow; and a host's port unreachable.
 */
#include "internal.h"

#define MAX4 576
#define MAX6 1280

static const struct {
    uint8_t type4, code4, type6, code6;
} errors[] = {
    [PP_HOP_TIME_EXCEEDED] = {11, 0, 3, 0},
    [PP_HOP_PROHIBITED] = {3, 13, 1, 1},
    [PP_HOP_PORT_UNREACHABLE] = {3, 3, 1, 4},
};

/* The packet as it stood before the hop: one TTL left where it expired, what was left of it elsewhere. */
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

struct pp_net_packet *pp_hop_error(struct pp_lab *lab, const struct pp_place *place, unsigned hop,
                                   enum pp_hop_error what, const struct pp_packet *p)
{
    bool v4 = p->family == 4;
    size_t head = v4 ? 20 : 40, max = (v4 ? MAX4 : MAX6) - head - 8;
    size_t quoted = p->ip_cap < p->ip_len ? p->ip_cap : p->ip_len, len;
    struct pp_addr from = what == PP_HOP_PORT_UNREACHABLE ? p->dst : pp_place_router(&lab->places, place, hop);
    struct pp_net_packet *packet;
    uint8_t ttl = (uint8_t)(PP_LAB_TTL - (hop - 1)), *ip, *icmp;
    uint64_t pseudo = 0;
    uint16_t sum;

    if (quoted > max)
        quoted = max;
    len = head + 8 + quoted;
    packet = pp_net_alloc(&lab->net, len);
    if (!packet)
        return NULL;
    ip = packet->bytes;
    icmp = ip + head;
    memset(ip, 0, head + 8);
    quote(icmp + 8, quoted, p, what == PP_HOP_TIME_EXCEEDED ? 1 : p->ttl - (hop - 1));
    icmp[0] = v4 ? errors[what].type4 : errors[what].type6;
    icmp[1] = v4 ? errors[what].code4 : errors[what].code6;
    if (v4) {
        ip[0] = 0x45;
        ip[1] = 0xc0; /* internetwork control: RFC 1812 section 4.3.2.5 */
        pp_put16(ip + 2, (uint16_t)len);
        ip[8] = ttl;
        ip[9] = PP_PROTO_ICMP;
        memcpy(ip + 12, pp_addr_raw(&from), 4);
        memcpy(ip + 16, pp_addr_raw(&p->src), 4);
        sum = pp_sum_finish(pp_sum(ip, 20, 0));
        memcpy(ip + 10, &sum, 2);
    } else {
        ip[0] = 0x60;
        pp_put16(ip + 4, (uint16_t)(8 + quoted));
        ip[6] = PP_PROTO_ICMP6;
        ip[7] = ttl;
        memcpy(ip + 8, from.b, 16);
        memcpy(ip + 24, p->src.b, 16);
        pseudo = pp_sum_pseudo(&from, &p->src, PP_PROTO_ICMP6, (uint32_t)(8 + quoted));
    }
    sum = pp_sum_finish(pp_sum(icmp, 8 + quoted, pseudo));
    memcpy(icmp + 2, &sum, 2);
    return packet;
}
