/* SPDX-License-Identifier: BSD-2-Clause */
/* chain_basic.c: a flow's addresses, ports, times and packet counts. Always in a set, always first. */
#include "chain_parts.h"

#include "table.h"

struct basic {
    int64_t pkt_first, pkt_last;
    struct pp_addr sip, dip;
    int64_t proto, sp, dp;
    int64_t pkt_fwd, pkt_rev, oct_fwd, oct_rev, pkt_cut;
};

static const struct pp_field fields[] = {
    FIELD_TIME(basic, pkt_first, "when the first packet was captured, seconds since 1970"),
    FIELD_TIME(basic, pkt_last, "when the last packet was captured"),
    FIELD_ADDR(basic, sip, "address of the side that opened the flow"),
    FIELD_ADDR(basic, dip, "address of the other side"),
    FIELD_INT(basic, proto, "IP protocol number of the flow"),
    FIELD_INT(basic, sp, "port at sip; null if the protocol has none"),
    FIELD_INT(basic, dp, "port at dip; null if the protocol has none"),
    FIELD_INT(basic, pkt_fwd, "packets sent by sip"),
    FIELD_INT(basic, pkt_rev, "packets sent to sip, ICMP errors about the flow included"),
    FIELD_INT(basic, oct_fwd, "bytes in those of pkt_fwd, IP headers included, link layer not"),
    FIELD_INT(basic, oct_rev, "bytes in those of pkt_rev"),
    FIELD_INT(basic, pkt_cut, "packets of which the capture kept not all headers and the start of the payload; a chain "
                              "that would have needed more has null for false and 0"),
    FIELD_END,
};

static void init(void *state)
{
    struct basic *b = state;

    b->pkt_first = b->pkt_last = PP_NULL;
    b->sip = b->dip = pp_addr_null();
    b->proto = b->sp = b->dp = PP_NULL;
}

/*
 * Takes the endpoints from P; an ICMP error travels opposite to the packet that it quotes, so they come from the quote.
 */
static void endpoints(struct basic *b, const struct pp_chain_packet *p)
{
    const struct pp_packet *flow = p->quoted ? p->quoted : p->pkt;
    bool forward = (p->dir == PP_FWD) != (p->quoted != NULL);
    uint16_t sport, dport;

    b->sip = forward ? flow->src : flow->dst;
    b->dip = forward ? flow->dst : flow->src;
    b->proto = flow->proto;
    if (pp_flow_ports(flow, &sport, &dport)) {
        b->sp = forward ? sport : dport;
        b->dp = forward ? dport : sport;
    }
}

static bool packet(void *state, const struct pp_chain_packet *p)
{
    struct basic *b = state;

    if (b->proto == PP_NULL) {
        endpoints(b, p);
        b->pkt_first = b->pkt_last = p->stamp;
    }
    /* Captures of several queues are not strictly ordered by time. */
    if (p->stamp < b->pkt_first)
        b->pkt_first = p->stamp;
    if (p->stamp > b->pkt_last)
        b->pkt_last = p->stamp;
    *(p->dir == PP_FWD ? &b->pkt_fwd : &b->pkt_rev) += 1;
    *(p->dir == PP_FWD ? &b->oct_fwd : &b->oct_rev) += p->pkt->ip_len;
    b->pkt_cut += pp_chain_reach(p) < PP_REACH_MESSAGE;
    return false;
}

const struct pp_chain pp_chain_basic = {
    .name = "basic",
    .what = "addresses, ports, times, packets and bytes",
    .fields = fields,
    .size = sizeof(struct basic),
    .init = init,
    .packet = packet,
};
