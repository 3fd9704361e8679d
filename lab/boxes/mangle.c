/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mangle.c: makes malformed packets: wrong lengths and offsets, options without an end, invalid flags and numbers,
 * single fragments, ICMP errors that quote random bytes. Checksums are correct, so that a prober parses all of this and
 * does not drop it by the checksum.
 */
#include "behaviour.h"

#include "hash.h"

/* A stream of random bytes derived from the packet. */
struct noise {
    uint64_t state;
};

static uint32_t some(struct noise *n)
{
    n->state = pp_mix(n->state);
    return (uint32_t)(n->state >> 32);
}

static void fill(struct noise *n, uint8_t *at, size_t len)
{
    for (size_t i = 0; i < len; i++)
        at[i] = (uint8_t)some(n);
}

/* Turns the packet into an ICMP error or echo of any code, with a quote that may begin like a datagram. */
static void become_icmp(struct noise *n, uint8_t *ip, const struct pp_packet *p)
{
    static const uint8_t types4[] = {0, 3, 4, 5, 8, 11, 12, 200}, types6[] = {1, 2, 3, 4, 128, 129, 137, 255};
    uint8_t *icmp = ip + (p->l4 - p->ip);
    uint8_t proto = p->family == 4 ? PP_PROTO_ICMP : PP_PROTO_ICMP6;
    uint32_t start;
    uint16_t sum;

    fill(n, icmp, p->l4_len);
    icmp[0] = (p->family == 4 ? types4 : types6)[some(n) % 8];
    if (some(n) & 1)
        icmp[1] &= 15;
    if (p->l4_len > 8 && some(n) & 1)
        icmp[8] = p->family == 4 ? 0x45 : 0x60;
    ip[p->family == 4 ? 9 : 6] = proto;
    memset(icmp + 2, 0, 2);
    start = p->family == 4 ? 0 : pp_sum_pseudo(&p->src, &p->dst, proto, p->l4_len);
    sum = pp_sum_finish(pp_sum(icmp, p->l4_len, start));
    memcpy(icmp + 2, &sum, 2);
}

static void spoil_ip(struct noise *n, uint8_t *ip, const struct pp_packet *p)
{
    /* extension headers, Authentication Header, no next header, and unassigned values (RFC 8200 section 4) */
    static const uint8_t headers[] = {0, 43, 44, 51, 59, 60, 135, 200};

    if (p->family == 4) {
        switch (some(n) % 4) {
        case 0:
            pp_put16(ip + 2, (uint16_t)some(n)); /* total length */
            break;
        case 1:
            pp_put16(ip + 6, (uint16_t)some(n)); /* flags and fragment offset */
            break;
        case 2:
            ip[9] = (uint8_t)some(n); /* protocol */
            break;
        default:
            ip[1] = (uint8_t)some(n);
            ip[8] = (uint8_t)some(n);
            break;
        }
        return;
    }
    if (some(n) & 1)
        pp_put16(ip + 4, (uint16_t)some(n)); /* payload length */
    else
        ip[6] = headers[some(n) % sizeof headers];
}

static void spoil_tcp(struct noise *n, uint8_t *ip, const struct pp_packet *p)
{
    uint8_t *tcp = ip + (p->l4 - p->ip);

    switch (some(n) % 6) {
    case 0: /* options: kinds and lengths of any sort */
        fill(n, tcp + 20, p->tcp.opt_len);
        break;
    case 1:
        tcp[12] = (uint8_t)some(n); /* data offset */
        break;
    case 2:
        tcp[13] = (uint8_t)some(n); /* flags */
        break;
    case 3:
        fill(n, tcp + 4, 8); /* sequence and acknowledgment numbers */
        break;
    case 4:
        fill(n, tcp + 14, 2); /* window */
        fill(n, tcp + 18, 2); /* urgent pointer */
        break;
    default:
        fill(n, ip + (p->payload - p->ip), p->payload_len);
        break;
    }
}

enum pp_box_action pp_mangle(uint8_t *ip, const struct pp_packet *p)
{
    struct noise n = {pp_mix(p->ip_len)};

    if (p->proto != PP_PROTO_TCP || p->l4_cap != p->l4_len)
        return PP_BOX_PASS;
    for (size_t i = 0; i < p->ip_cap; i++)
        n.state = pp_mix(n.state ^ ip[i]);
    if (some(&n) % 4 == 0)
        return PP_BOX_PASS; /* so that handshakes succeed */
    if (some(&n) % 6 == 0) {
        become_icmp(&n, ip, p);
    } else {
        spoil_tcp(&n, ip, p);
        pp_segment_fix(ip, p);
        if (some(&n) % 4 == 0)
            spoil_ip(&n, ip, p);
    }
    if (p->family == 4) {
        uint16_t sum;

        memset(ip + 10, 0, 2);
        sum = pp_sum_finish(pp_sum(ip, 20, 0));
        memcpy(ip + 10, &sum, 2);
    }
    return PP_BOX_PASS; /* with its present bytes */
}
