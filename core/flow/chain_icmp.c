/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chain_icmp.c: ICMP errors that came back about the flow, and what the quotation tells of the probe as it was when
 * it met the sender. Against PATHspider: "fragmentation needed" (RFC 1191) is no unreachability, as its ICMPv6
 * counterpart never was: the flow goes on.
 */
#include "chains.h"

#include "table.h"

struct icmp {
    int64_t icmp_type, icmp_code, icmp_mtu, icmp_quote_ttl, icmp_quote_tos;
    struct pp_addr icmp_from;
    uint8_t icmp_unreachable;
    uint8_t pad[7];
};

static const struct pp_field fields[] = {
    FIELD_BOOL(icmp, icmp_unreachable, "a destination unreachable came back"),
    FIELD_INT(icmp, icmp_type, "type of the first error that came back; an unreachable takes its place"),
    FIELD_INT(icmp, icmp_code, "its code"),
    FIELD_ADDR(icmp, icmp_from, "who sent it"),
    FIELD_INT(icmp, icmp_mtu, "the next hop's MTU, if it says that a packet was too big"),
    FIELD_INT(icmp, icmp_quote_ttl, "TTL or hop limit that our packet had when it got there, as quoted"),
    FIELD_INT(icmp, icmp_quote_tos, "TOS byte or traffic class that our packet had there, as quoted"),
    FIELD_END,
};

enum { UNREACHABLE = 3, NEED_FRAGMENT = 4, UNREACHABLE6 = 1, TOO_BIG6 = 2 };

static void init(void *state)
{
    struct icmp *i = state;

    i->icmp_type = i->icmp_code = i->icmp_mtu = i->icmp_quote_ttl = i->icmp_quote_tos = PP_NULL;
    i->icmp_from = pp_addr_null();
}

static bool packet(void *state, const struct pp_chain_packet *p)
{
    const struct pp_icmp_view *v = &p->pkt->icmp;
    struct icmp *i = state;
    bool v4, unreachable, too_big;

    if (!p->quoted || p->dir != PP_REV || !pp_icmp_quotes(p->pkt))
        return false;
    v4 = p->pkt->proto == PP_PROTO_ICMP;
    too_big = v4 ? v->type == UNREACHABLE && v->code == NEED_FRAGMENT : v->type == TOO_BIG6;
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
