/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chain_parts.h: declarations that the chain files share; private to core/flow. Rows of field tables, and the
 * classification of a packet as SYN, data or other, which ecn, dscp and evil use.
 */
#ifndef PP_CHAIN_PARTS_H
#define PP_CHAIN_PARTS_H

#include "chain.h"

#define FIELD_BOOL(st, member, text) {#member, PP_FIELD_BOOL, offsetof(struct st, member), text}
#define FIELD_INT(st, member, text) {#member, PP_FIELD_INT, offsetof(struct st, member), text}
#define FIELD_TIME(st, member, text) {#member, PP_FIELD_TIME, offsetof(struct st, member), text}
#define FIELD_ADDR(st, member, text) {#member, PP_FIELD_ADDR, offsetof(struct st, member), text}
#define FIELD_END {NULL, 0, 0, NULL}

/*
 * How far into a packet the capture reaches: limited by the snap length, or by the end of a first fragment. A packet
 * that was sent short is not truncated.
 */
enum pp_reach {
    PP_REACH_IP,      /* the addresses, perhaps the ports */
    PP_REACH_HEADER,  /* TCP: flags and the payload's length; UDP: the whole header */
    PP_REACH_OPTIONS, /* all TCP options */
    PP_REACH_MESSAGE, /* the first PP_MESSAGE_START bytes of the payload, or the whole payload */
};
#define PP_MESSAGE_START 16

enum pp_packet_class {
    PP_CLASS_OTHER, /* pure ACK, FIN or RST without payload, an ICMP error about the flow */
    PP_CLASS_SYN,   /* SYN or SYN/ACK, with data or not */
    PP_CLASS_DATA,  /* a TCP segment with payload (link padding does not count), or any packet of another protocol */
};

/* True if the packet is TCP with its flags captured; an error that quotes the flow is not. */
static inline bool pp_chain_is_tcp(const struct pp_chain_packet *p)
{
    return p->pkt->proto == PP_PROTO_TCP && !p->quoted && !p->pkt->frag_off && p->pkt->l4_cap >= PP_TCP_FLAGS_END;
}

static inline enum pp_reach pp_chain_reach(const struct pp_chain_packet *p)
{
    const struct pp_packet *k = p->pkt;
    bool tcp = k->proto == PP_PROTO_TCP;

    if ((k->l4_cap >= k->l4_len && !k->fragment) || (!tcp && k->proto != PP_PROTO_UDP) || p->quoted || k->frag_off)
        return PP_REACH_MESSAGE;
    if (k->l4_cap < (tcp ? PP_TCP_FLAGS_END : 8))
        return PP_REACH_IP;
    if (tcp && k->tcp.opt_cut)
        return PP_REACH_HEADER;
    return k->payload_cap >= k->payload_len || k->payload_cap >= PP_MESSAGE_START ? PP_REACH_MESSAGE : PP_REACH_OPTIONS;
}

static inline enum pp_packet_class pp_chain_class(const struct pp_chain_packet *p)
{
    if (p->quoted)
        return PP_CLASS_OTHER;
    if (p->pkt->proto != PP_PROTO_TCP)
        return PP_CLASS_DATA;
    if (!pp_chain_is_tcp(p))
        return PP_CLASS_OTHER;
    if (p->pkt->tcp.flags & PP_TCP_SYN)
        return PP_CLASS_SYN;
    return p->pkt->payload_len ? PP_CLASS_DATA : PP_CLASS_OTHER;
}

/* True for a SYN in forward and a SYN/ACK in reverse direction (by P->dir): both sides' first segments. */
static inline bool pp_chain_is_syn(const struct pp_chain_packet *p)
{
    return pp_chain_is_tcp(p) && (p->pkt->tcp.flags & PP_TCP_SYN);
}

/* True if sequence number A is after B, modulo 2^32 (RFC 9293 section 3.4). */
static inline bool pp_chain_behind(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) > 0;
}

extern const struct pp_chain pp_chain_basic, pp_chain_tcp, pp_chain_ecn, pp_chain_dscp, pp_chain_icmp, pp_chain_mss,
    pp_chain_tcpopt, pp_chain_tfo, pp_chain_udp, pp_chain_quic, pp_chain_dns, pp_chain_evil, pp_chain_mptcp,
    pp_chain_feedback, pp_chain_accecn, pp_chain_original, pp_chain_control, pp_chain_exthdr;

#endif
