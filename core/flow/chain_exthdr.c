/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chain_exthdr.c: IPv6 extension headers of the flow (RFC 8200 section 4): their bytes, the MTU that dip returns in RFC
 * 9268's option, and the first ICMP error that may concern a header, and whether dip sent it. "Packet too big" is left
 * out: any device on the path can send one about any flow, and would hide the target's error.
 */
#include "chain_parts.h"

#include "table.h"

struct exthdr {
    int64_t exthdr_len_fwd, exthdr_len_rev, exthdr_mtu_rev, exthdr_error_type, exthdr_error_code;
    uint8_t exthdr_error_dip;
    uint8_t pad[7];
};

_Static_assert(sizeof(struct exthdr) % 8 == 0, "states are a multiple of 8 bytes");

static const struct pp_field fields[] = {
    FIELD_INT(exthdr, exthdr_len_fwd, "bytes of IPv6 extension headers of that packet from sip which had most"),
    FIELD_INT(exthdr, exthdr_len_rev, "the same from dip"),
    FIELD_INT(exthdr, exthdr_mtu_rev, "the least MTU of the path to dip that dip has returned (RFC 9268)"),
    FIELD_INT(exthdr, exthdr_error_type, "type of the first ICMP error about the flow but `packet too big`"),
    FIELD_INT(exthdr, exthdr_error_code, "its code"),
    FIELD_BOOL(exthdr, exthdr_error_dip, "that error came from dip"),
    FIELD_END,
};

enum { IP6_HEADER = 40, HOP_BY_HOP = 0, MIN_PATH_MTU = 0x30, MTU_BITS = 0xfffe };

static void init(void *state)
{
    struct exthdr *x = state;

    x->exthdr_len_fwd = x->exthdr_len_rev = x->exthdr_mtu_rev = PP_NULL;
    x->exthdr_error_type = x->exthdr_error_code = PP_NULL;
    x->exthdr_error_dip = PP_UNSEEN;
}

static void take_error(struct exthdr *x, const struct pp_chain_packet *p)
{
    uint32_t mtu;

    if (x->exthdr_error_type != PP_NULL || !pp_icmp_quotes(p->pkt) ||
        pp_icmp_too_big(p->pkt, 0, &mtu) != PP_TOO_BIG_NOT)
        return;
    x->exthdr_error_type = p->pkt->icmp.type;
    x->exthdr_error_code = p->pkt->icmp.code;
    x->exthdr_error_dip = pp_addr_eq(&p->pkt->src, &p->quoted->dst);
}

/* Returns the MTU that the packet's hop-by-hop options carry back (RFC 9268); 0: none. The lowest bit is a flag. */
static uint16_t returned(const struct pp_packet *p)
{
    const uint8_t *b = p->ip + IP6_HEADER;
    uint32_t len;

    if (p->ip[6] != HOP_BY_HOP || p->ip_cap < IP6_HEADER + 8)
        return 0;
    len = (b[1] + 1u) * 8;
    if (p->ip_cap < IP6_HEADER + len)
        return 0;
    for (uint32_t at = 2; at + 2 <= len; at += b[at] ? 2u + b[at + 1] : 1) /* 0 is Pad1, which has no length */
        if (b[at] == MIN_PATH_MTU && b[at + 1] == 4 && at + 6 <= len)
            return pp_get16(b + at + 4) & MTU_BITS;
    return 0;
}

static bool packet(void *state, const struct pp_chain_packet *p)
{
    const struct pp_packet *k = p->pkt;
    struct exthdr *x = state;
    int64_t *most = p->dir == PP_FWD ? &x->exthdr_len_fwd : &x->exthdr_len_rev;

    if (p->quoted) {
        if (p->dir == PP_REV)
            take_error(x, p);
        return false;
    }
    if (k->family != 6 || !k->l4)
        return false;
    if (*most == PP_NULL || k->l4 - k->ip - IP6_HEADER > *most)
        *most = k->l4 - k->ip - IP6_HEADER;
    if (p->dir == PP_REV && returned(k))
        x->exthdr_mtu_rev = returned(k);
    return false;
}

const struct pp_chain pp_chain_exthdr = {
    .name = "exthdr",
    .what = "IPv6 extension headers, and whether dip itself answered with an error",
    .fields = fields,
    .size = sizeof(struct exthdr),
    .init = init,
    .packet = packet,
};
