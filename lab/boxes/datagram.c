/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * datagram.c: functions of middleboxes for UDP datagrams and the reserved flag of IPv4: rows 42 to 46 of the taxonomy,
 * and the part of row 49 about QUIC.
 */
#include "behaviour.h"

enum { RESERVED = 0x80, UDP_CHECKSUM = 6, LARGE = 1210 };

static bool is_udp(const struct pp_packet *p)
{
    return p->proto == PP_PROTO_UDP && p->l4_cap == p->l4_len;
}

/* The checksum computed over the IP length, in network order; 0 if the one in the datagram is correct by it. */
static uint16_t sum_by_ip_length(const struct pp_packet *p)
{
    return pp_sum_finish(pp_sum(p->l4, p->l4_len, pp_sum_pseudo(&p->src, &p->dst, PP_PROTO_UDP, p->l4_len)));
}

static void put_checksum(uint8_t *ip, const struct pp_packet *p, uint32_t len)
{
    uint8_t *udp = ip + (p->l4 - p->ip);
    uint16_t sum;

    memset(udp + UDP_CHECKSUM, 0, 2);
    sum = pp_sum_finish(pp_sum(udp, len, pp_sum_pseudo(&p->src, &p->dst, PP_PROTO_UDP, len)));
    sum = sum ? sum : 0xffff;
    memcpy(udp + UDP_CHECKSUM, &sum, 2);
}

static bool has_checksum(const struct pp_packet *p)
{
    return pp_get16(p->l4 + UDP_CHECKSUM) != 0;
}

enum pp_box_action pp_box_length(uint8_t *ip, const struct pp_packet *p)
{
    (void)ip;
    return is_udp(p) && p->udp.len != p->l4_len ? PP_BOX_DROP : PP_BOX_PASS;
}

enum pp_box_action pp_box_verify(uint8_t *ip, const struct pp_packet *p)
{
    (void)ip;
    return is_udp(p) && has_checksum(p) && sum_by_ip_length(p) != 0 ? PP_BOX_DROP : PP_BOX_PASS;
}

enum pp_box_action pp_box_recompute(uint8_t *ip, const struct pp_packet *p)
{
    if (!is_udp(p) || !has_checksum(p))
        return PP_BOX_PASS;
    put_checksum(ip, p, p->l4_len);
    return PP_BOX_CHANGE;
}

enum pp_box_action pp_box_strip(uint8_t *ip, const struct pp_packet *p)
{
    uint32_t head = (uint32_t)(p->l4 - p->ip);

    if (!is_udp(p) || !p->udp.surplus_len)
        return PP_BOX_PASS;
    if (p->family == 4)
        pp_put16(ip + 2, (uint16_t)(head + p->udp.len));
    else
        pp_put16(ip + 4, (uint16_t)(head - 40 + p->udp.len));
    return PP_BOX_CHANGE;
}

enum pp_box_action pp_box_zero_drop(uint8_t *ip, const struct pp_packet *p)
{
    (void)ip;
    return is_udp(p) && !has_checksum(p) ? PP_BOX_DROP : PP_BOX_PASS;
}

enum pp_box_action pp_box_zero_fill(uint8_t *ip, const struct pp_packet *p)
{
    if (!is_udp(p) || has_checksum(p))
        return PP_BOX_PASS;
    put_checksum(ip, p, p->udp.len);
    return PP_BOX_CHANGE;
}

enum pp_box_action pp_box_large(uint8_t *ip, const struct pp_packet *p)
{
    (void)ip;
    return is_udp(p) && p->l4_len > LARGE ? PP_BOX_DROP : PP_BOX_PASS;
}

/* Versions 1 (RFC 9000) and 2 (RFC 9369) pass, and so does version negotiation. */
enum pp_box_action pp_box_quic(uint8_t *ip, const struct pp_packet *p)
{
    uint32_t version;

    (void)ip;
    if (!is_udp(p) || p->payload_len < 1200 || !(p->payload[0] & 0x80))
        return PP_BOX_PASS;
    version = pp_get32(p->payload + 1);
    return version == 0 || version == 1 || version == 0x6b3343cf ? PP_BOX_PASS : PP_BOX_DROP;
}

enum pp_box_action pp_box_initial(uint8_t *ip, const struct pp_packet *p)
{
    (void)ip;
    return is_udp(p) && p->payload_len >= 1200 && (p->payload[0] & 0xb0) == 0x80 && pp_get32(p->payload + 1) == 1
               ? PP_BOX_DROP
               : PP_BOX_PASS;
}

/* The magic number has 28 bits; four flags follow (draft-trammell-plus-spec-01 section 3.1). */
enum pp_box_action pp_box_plus(uint8_t *ip, const struct pp_packet *p)
{
    (void)ip;
    return is_udp(p) && p->payload_len >= PP_LAB_HEADER && pp_get32(p->payload) >> 4 == 0xd8007ff ? PP_BOX_DROP
                                                                                                 : PP_BOX_PASS;
}

enum pp_box_action pp_box_evil_drop(uint8_t *ip, const struct pp_packet *p)
{
    (void)ip;
    return p->family == 4 && p->ip_flags & RESERVED ? PP_BOX_DROP : PP_BOX_PASS;
}

enum pp_box_action pp_box_evil_clear(uint8_t *ip, const struct pp_packet *p)
{
    if (p->family != 4 || !(p->ip_flags & RESERVED))
        return PP_BOX_PASS;
    ip[6] &= (uint8_t)~RESERVED;
    return PP_BOX_CHANGE;
}

enum pp_box_action pp_box_evil_set(uint8_t *ip, const struct pp_packet *p)
{
    if (p->family != 4 || p->proto == PP_PROTO_ICMP)
        return PP_BOX_PASS;
    ip[6] |= RESERVED;
    return PP_BOX_CHANGE;
}
