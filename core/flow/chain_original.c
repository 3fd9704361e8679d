/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chain_original.c: what dip sent for the first time. A segment that is sent again may lack what the first one had: a
 * mark of the ECN field (RFC 3168 section 6.1.5), options and flags of a SYN/ACK (RFC 9768 section 3.1.4, and what
 * stacks make of it). That something did not come is therefore said of originals alone. No header tells them; what does
 * is order and time:
 *   - the SYN/ACK, where one SYN had been sent and it is the first to come;
 *   - data that continues what came before without a gap, and comes within a round trip and 200 ms of what prompted
 *     it, sip's data when it was sent first, or dip's own before it. Linux waits for a round trip and 200 ms at least
 *     before it retransmits unacknowledged data; after a loss that is repaired sooner there is a gap.
 * A slow server's first segment is no original by this rule, its next one may be. What is doubtful is not one; and as
 * some stacks are faster, what rests on this is asked for a second time (plugin.h, PP_ABSENCE_TWICE).
 */
#include "chain_parts.h"

#define LEAST_TIMEOUT INT64_C(200000000) /* ns */

struct original {
    int64_t syn_stamp; /* of the last SYN */
    int64_t rtt;       /* at most, from that to the SYN/ACK */
    int64_t prompted;  /* when dip last had reason to send data */
    uint32_t sent;     /* sip's data, as far as it was sent */
    uint32_t next;     /* dip's, as far as it came in order */
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
    o->gap = pp_chain_behind(seq, o->next); /* from here on originals and retransmissions cannot be told apart */
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
