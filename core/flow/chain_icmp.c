/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chain_icmp.c: ICMP errors about the flow, and the TTL and TOS of the probe as it arrived at the sender of the error,
 * by the quotation. Against PATHspider: "fragmentation needed" (RFC 1191), like its ICMPv6 counterpart, is not counted
 * as unreachable: the flow continues.
 */
#include "chain_parts.h"

#include "table.h"

struct icmp {
    int64_t icmp_type, icmp_code, icmp_mtu, icmp_quote_ttl, icmp_quote_tos, icmp_longest_fwd, icmp_ptb_mtu;
    struct pp_addr icmp_from, icmp_ptb_from;
    uint8_t icmp_unreachable, icmp_ptb, icmp_ptb_false;
    uint8_t pad[5];
};

_Static_assert(sizeof(struct icmp) % 8 == 0, "states are a multiple of 8 bytes");

static const struct pp_field fields[] = {
    FIELD_BOOL(icmp, icmp_unreachable, "a destination unreachable came back"),
    FIELD_INT(icmp, icmp_type, "type of the first error that came back; an unreachable takes its place"),
    FIELD_INT(icmp, icmp_code, "its code"),
    FIELD_ADDR(icmp, icmp_from, "who sent it"),
    FIELD_INT(icmp, icmp_mtu, "the next hop's MTU, if it says that a packet was too big"),
    FIELD_INT(icmp, icmp_longest_fwd, "bytes of the longest packet from sip, with its IP header"),
    FIELD_BOOL(icmp, icmp_ptb, "a packet of sip's was too big for a next hop (RFC 1191, RFC 8201)"),
    FIELD_INT(icmp, icmp_ptb_mtu, "the smallest MTU that such an error named; null if none did"),
    FIELD_ADDR(icmp, icmp_ptb_from, "who sent the first of them"),
    FIELD_BOOL(icmp, icmp_ptb_false, "such an error named an MTU that cannot be: as large as the longest packet from "
                                     "sip, or below 68, over IPv6 1280"),
    FIELD_INT(icmp, icmp_quote_ttl, "TTL or hop limit that our packet had when it got there, as quoted"),
    FIELD_INT(icmp, icmp_quote_tos, "TOS byte or traffic class that our packet had there, as quoted"),
    FIELD_END,
};

enum { UNREACHABLE = 3, UNREACHABLE6 = 1 };

static void init(void *state)
{
    struct icmp *i = state;

    i->icmp_type = i->icmp_code = i->icmp_mtu = i->icmp_quote_ttl = i->icmp_quote_tos = PP_NULL;
    i->icmp_ptb_mtu = PP_NULL;
    i->icmp_from = i->icmp_ptb_from = pp_addr_null();
}

/* Records a "packet too big". False: ICMP is another error. An implausible MTU sets icmp_ptb_false only. */
static bool take_too_big(struct icmp *i, const struct pp_packet *icmp)
{
    uint32_t mtu;

    switch (pp_icmp_too_big(icmp, (uint32_t)i->icmp_longest_fwd, &mtu)) {
    case PP_TOO_BIG_NOT:
        return false;
    case PP_TOO_BIG_FALSE:
        i->icmp_ptb_false = true;
        return true;
    case PP_TOO_BIG:
        break;
    }
    if (!i->icmp_ptb)
        i->icmp_ptb_from = icmp->src;
    i->icmp_ptb = true;
    if (mtu && (i->icmp_ptb_mtu == PP_NULL || mtu < i->icmp_ptb_mtu))
        i->icmp_ptb_mtu = mtu;
    return true;
}

static bool packet(void *state, const struct pp_chain_packet *p)
{
    const struct pp_icmp_view *v = &p->pkt->icmp;
    struct icmp *i = state;
    bool v4, unreachable, too_big;

    if (!p->quoted && p->dir == PP_FWD && p->pkt->ip_len > i->icmp_longest_fwd)
        i->icmp_longest_fwd = p->pkt->ip_len;
    if (!p->quoted || p->dir != PP_REV || !pp_icmp_quotes(p->pkt))
        return false;
    v4 = p->pkt->proto == PP_PROTO_ICMP;
    too_big = take_too_big(i, p->pkt);
    unreachable = !too_big && v->type == (v4 ? UNREACHABLE : UNREACHABLE6);
    if (i->icmp_type == PP_NULL || (unreachable && !i->icmp_unreachable)) {
        i->icmp_type = v->type;
        i->icmp_code = v->code;
        i->icmp_from = p->pkt->src;
        i->icmp_mtu = !too_big ? PP_NULL : v4 ? (int64_t)(v->rest & 0xffff) : (int64_t)v->rest;
        i->icmp_quote_ttl = p->quoted->ttl;
        i->icmp_quote_tos = p->quoted->tos;
    }
    i->icmp_unreachable |= unreachable;
    return unreachable;
}

const struct pp_chain pp_chain_icmp = {
    .name = "icmp",
    .what = "ICMP errors about the flow: what, from whom, and how the quoted packet looked there",
    .fields = fields,
    .size = sizeof(struct icmp),
    .init = init,
    .packet = packet,
};
