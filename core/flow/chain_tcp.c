/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chain_tcp.c: handshake and end of a TCP connection. Against PATHspider: the flags are those of the first SYN, since a
 * retransmission may ask for less; a FIN counts for its sender; and fields that verdicts need are added: SYNs sent, the
 * round trip, the TTLs of SYN/ACK and RST, all twelve flag bits, the options of both SYNs, data seen.
 */
#include "chain_parts.h"

struct tcp {
    int64_t tcp_synflags_fwd, tcp_synflags_rev, tcp_synflags12_fwd, tcp_synflags12_rev;
    int64_t tcp_syn_fwd, tcp_syn_rev, tcp_rtt_us, tcp_synack_ttl, tcp_rst_ttl;
    int64_t tcp_opts_fwd, tcp_opts_rev;
    int64_t tcp_data_fwd, tcp_data_rev, tcp_bytes_fwd, tcp_bytes_rev;
    int64_t syn_stamp; /* capture time of the first SYN, ns */
    uint8_t tcp_fin_fwd, tcp_fin_rev, tcp_rst_fwd, tcp_rst_rev, tcp_connected;
};

static const struct pp_field fields[] = {
    FIELD_INT(tcp, tcp_synflags_fwd, "flags byte of the first SYN; null if none was seen"),
    FIELD_INT(tcp, tcp_synflags_rev, "flags byte of the first SYN/ACK"),
    FIELD_INT(tcp, tcp_synflags12_fwd, "flags of the first SYN with AE and the reserved bits above them: 12 bits"),
    FIELD_INT(tcp, tcp_synflags12_rev, "flags of the first SYN/ACK, 12 bits"),
    FIELD_INT(tcp, tcp_syn_fwd, "SYNs sent, retransmissions included"),
    FIELD_INT(tcp, tcp_syn_rev, "SYN/ACKs received, retransmissions included"),
    FIELD_INT(tcp, tcp_rtt_us, "microseconds from SYN to SYN/ACK; null if the SYN was sent more than once before"),
    FIELD_INT(tcp, tcp_synack_ttl, "TTL or hop limit with which the first SYN/ACK arrived"),
    FIELD_INT(tcp, tcp_rst_ttl, "TTL or hop limit with which the first RST from dip arrived"),
    FIELD_INT(tcp, tcp_opts_fwd, "options of the first SYN, bit K for kind K below 40; 40: 69, 41: 172, 42: 174, "
                                 "43: 253, 44: 254, 45: 255, 46: any other, 47: a length that cannot be; null if the "
                                 "capture cut them"),
    FIELD_INT(tcp, tcp_opts_rev, "options of the first SYN/ACK, the same bits"),
    FIELD_INT(tcp, tcp_data_fwd, "segments with payload sent by sip, retransmissions included"),
    FIELD_INT(tcp, tcp_data_rev, "segments with payload sent by dip"),
    FIELD_INT(tcp, tcp_bytes_fwd, "bytes of payload in those of tcp_data_fwd"),
    FIELD_INT(tcp, tcp_bytes_rev, "bytes of payload in those of tcp_data_rev"),
    FIELD_BOOL(tcp, tcp_fin_fwd, "sip sent a FIN"),
    FIELD_BOOL(tcp, tcp_fin_rev, "dip sent a FIN"),
    FIELD_BOOL(tcp, tcp_rst_fwd, "sip sent a RST"),
    FIELD_BOOL(tcp, tcp_rst_rev, "dip, or someone in its name, sent a RST"),
    FIELD_BOOL(tcp, tcp_connected, "SYN, SYN/ACK and the ACK of the handshake were seen"),
    FIELD_END,
};

/*
 * Kinds above 39 in use: TCP-ENO, AccECN 0 and 1, the two experimental kinds, and one that early TFO used unassigned.
 * All bits are below 53, so that readers that store numbers as doubles lose none.
 */
static const struct {
    uint8_t kind, bit;
} high_kinds[] = {{69, 40}, {172, 41}, {174, 42}, {253, 43}, {254, 44}, {255, 45}};

enum { LOW_KINDS = 40, BIT_OTHER = 46, BIT_BAD = 47 };

static void init(void *state)
{
    struct tcp *t = state;

    t->tcp_synflags_fwd = t->tcp_synflags_rev = t->tcp_synflags12_fwd = t->tcp_synflags12_rev = PP_NULL;
    t->tcp_rtt_us = t->tcp_synack_ttl = t->tcp_rst_ttl = PP_NULL;
    t->tcp_opts_fwd = t->tcp_opts_rev = t->syn_stamp = PP_NULL;
}

static unsigned kind_bit(uint8_t kind)
{
    unsigned i;

    if (kind < LOW_KINDS)
        return kind;
    for (i = 0; i < sizeof(high_kinds) / sizeof(high_kinds[0]); i++) {
        if (high_kinds[i].kind == kind)
            return high_kinds[i].bit;
    }
    return BIT_OTHER;
}

unsigned pp_tcp_kinds(int64_t bits, uint8_t kinds[PP_TCP_KINDS_MAX])
{
    unsigned n = 0;

    for (uint64_t low = (uint64_t)bits & ((UINT64_C(1) << LOW_KINDS) - 1); low; low &= low - 1)
        kinds[n++] = (uint8_t)__builtin_ctzll(low);
    for (unsigned i = 0; i < sizeof(high_kinds) / sizeof(high_kinds[0]); i++) {
        if (bits >> high_kinds[i].bit & 1)
            kinds[n++] = high_kinds[i].kind;
    }
    return n;
}

/* Returns the bits of V's options; null if the capture truncated them. */
static int64_t option_bits(const struct pp_tcp_view *v)
{
    struct pp_tcpopt opt;
    unsigned off = 0;
    int64_t bits = 0;

    if (v->opt_cut)
        return PP_NULL;

    while (pp_tcpopt_next(v, &off, &opt))
        bits |= INT64_C(1) << kind_bit(opt.kind);
    return v->opt_bad ? bits | INT64_C(1) << BIT_BAD : bits;
}

static void syn_fwd(struct tcp *t, const struct pp_chain_packet *p)
{
    const struct pp_tcp_view *v = &p->pkt->tcp;

    if (t->tcp_syn_fwd++)
        return;
    t->tcp_synflags_fwd = v->flags & 0xff;
    t->tcp_synflags12_fwd = v->flags & 0xfff;
    t->tcp_opts_fwd = option_bits(v);
    t->syn_stamp = p->stamp;
}

static void syn_rev(struct tcp *t, const struct pp_chain_packet *p)
{
    const struct pp_tcp_view *v = &p->pkt->tcp;

    if (t->tcp_syn_rev++)
        return;
    t->tcp_synflags_rev = v->flags & 0xff;
    t->tcp_synflags12_rev = v->flags & 0xfff;
    t->tcp_opts_rev = option_bits(v);
    t->tcp_synack_ttl = p->pkt->ttl;
    /* Karn's rule: after a retransmission the SYN/ACK does not show which SYN it answers. */
    if (t->tcp_syn_fwd == 1 && p->stamp >= t->syn_stamp)
        t->tcp_rtt_us = (p->stamp - t->syn_stamp) / 1000;
}

static void handshake(struct tcp *t, const struct pp_chain_packet *p)
{
    uint16_t flags = p->pkt->tcp.flags;

    if (flags & PP_TCP_SYN) {
        if (p->dir == PP_FWD)
            syn_fwd(t, p);
        else
            syn_rev(t, p);
    } else if (p->dir == PP_FWD && (flags & PP_TCP_ACK) && !(flags & PP_TCP_RST)) {
        const int64_t synack = PP_TCP_SYN | PP_TCP_ACK;

        if (t->tcp_syn_fwd && t->tcp_syn_rev && (t->tcp_synflags_rev & synack) == synack)
            t->tcp_connected = true;
    }
}

static bool packet(void *state, const struct pp_chain_packet *p)
{
    struct tcp *t = state;
    bool fwd = p->dir == PP_FWD;

    if (!pp_chain_is_tcp(p))
        return false;
    handshake(t, p);
    if (p->pkt->payload_len) {
        *(fwd ? &t->tcp_data_fwd : &t->tcp_data_rev) += 1;
        *(fwd ? &t->tcp_bytes_fwd : &t->tcp_bytes_rev) += p->pkt->payload_len;
    }
    if (p->pkt->tcp.flags & PP_TCP_FIN)
        *(fwd ? &t->tcp_fin_fwd : &t->tcp_fin_rev) = true;
    if (p->pkt->tcp.flags & PP_TCP_RST) {
        if (!fwd && !t->tcp_rst_rev)
            t->tcp_rst_ttl = p->pkt->ttl;
        *(fwd ? &t->tcp_rst_fwd : &t->tcp_rst_rev) = true;
    }
    return (t->tcp_fin_fwd && t->tcp_fin_rev) || t->tcp_rst_fwd || t->tcp_rst_rev;
}

const struct pp_chain pp_chain_tcp = {
    .name = "tcp",
    .what = "handshake, flags and options of both SYNs, round trip, data, and how the connection ended",
    .fields = fields,
    .size = sizeof(struct tcp),
    .reach = PP_REACH_HEADER,
    .init = init,
    .packet = packet,
};
