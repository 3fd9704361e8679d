/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chain_original.c: tells dip's first transmissions from retransmissions. A retransmitted segment may lack a property
 * of the first one: an ECN mark (RFC 3168 section 6.1.5), options and flags of a SYN/ACK (RFC 9768 section 3.1.4, and
 * practice of TCP stacks). The absence of a property is therefore stated for first transmissions alone. No header field
 * marks a retransmission; order and time do. A first transmission is
 *   - the first SYN/ACK, if a single SYN was sent before it;
 *   - data that continue the data before without a gap, and come within a round trip plus 200 ms of the event that
 *     triggered them: sip's data when first sent, or dip's own data before. Linux waits at least a round trip plus 200
 *     ms before it retransmits unacknowledged data; a loss repaired sooner leaves a gap.
 * By this rule the first segment of a slow server counts as a retransmission, its next one may not. Doubtful segments
 * count as retransmissions; and as some stacks retransmit faster, conditions that rest on this chain are measured twice
 * (plugin.h, PP_ABSENCE_TWICE).
 */
#include "chain_parts.h"

#define LEAST_TIMEOUT INT64_C(200000000) /* ns */

struct original {
    int64_t syn_stamp; /* capture time of the last SYN, ns */
    int64_t rtt;       /* upper bound, ns: from the last SYN to the SYN/ACK */
    int64_t prompted;  /* capture time of the last event that lets dip send data, ns */
    uint32_t sent;     /* sequence number behind sip's data sent so far */
    uint32_t next;     /* sequence number behind dip's data received in order */
    uint8_t syns, data_sent, gap;
    uint8_t original_synack, original_data_rev;
    uint8_t pad[3];
};

static const struct pp_field fields[] = {
    FIELD_BOOL(original, original_synack, "the SYN/ACK is no repetition: a single SYN was sent before it; null if none "
                                          "came"),
    FIELD_BOOL(original, original_data_rev, "data from dip came that is no repetition: without a gap before it, and "
                                            "too soon for a timeout; null if dip sent none"),
    FIELD_END,
};

static void init(void *state)
{
    struct original *o = state;

    o->original_synack = o->original_data_rev = PP_UNSEEN;
}

static void forth(struct original *o, const struct pp_chain_packet *p)
{
    uint32_t end = p->pkt->tcp.seq + p->pkt->payload_len;

    if (p->pkt->tcp.flags & PP_TCP_SYN) {
        o->syns += o->syns < UINT8_MAX;
        o->syn_stamp = p->stamp;
    }
    if (!p->pkt->payload_len || (o->data_sent && !pp_chain_behind(end, o->sent)))
        return;
    o->data_sent = true;
    o->sent = end;
    o->prompted = p->stamp;
}

static void synack(struct original *o, const struct pp_chain_packet *p)
{
    if (o->original_synack != PP_UNSEEN)
        return;
    o->original_synack = o->syns == 1;
    o->rtt = o->syns && p->stamp > o->syn_stamp ? p->stamp - o->syn_stamp : 0;
    o->next = p->pkt->tcp.seq + 1;
    if (!o->prompted) /* a server may speak first */
        o->prompted = p->stamp;
}

static void data(struct original *o, const struct pp_chain_packet *p)
{
    uint32_t seq = p->pkt->tcp.seq, end = seq + p->pkt->payload_len;

    if (o->original_data_rev == PP_UNSEEN)
        o->original_data_rev = false;
    if (o->original_synack == PP_UNSEEN || o->gap || !pp_chain_behind(end, o->next))
        return;
    if (seq == o->next && p->stamp - o->prompted <= o->rtt + LEAST_TIMEOUT)
        o->original_data_rev = true;
    o->gap = pp_chain_behind(seq, o->next); /* from here on a segment may be a retransmission */
    o->next = end;
    o->prompted = p->stamp;
}

static bool packet(void *state, const struct pp_chain_packet *p)
{
    struct original *o = state;
    uint16_t flags = p->pkt->tcp.flags;

    if (!pp_chain_is_tcp(p))
        return false;
    if (p->dir == PP_FWD)
        forth(o, p);
    else if ((flags & (PP_TCP_SYN | PP_TCP_ACK)) == (PP_TCP_SYN | PP_TCP_ACK))
        synack(o, p);
    else if (p->pkt->payload_len && !(flags & PP_TCP_SYN))
        data(o, p);
    return false;
}

const struct pp_chain pp_chain_original = {
    .name = "original",
    .what = "whether dip's SYN/ACK and data came as they were sent first",
    .fields = fields,
    .size = sizeof(struct original),
    .reach = PP_REACH_HEADER,
    .init = init,
    .packet = packet,
};
