/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chain_feedback.c: dip's ECN feedback on sip's data: ECE on acknowledgments, by the data that they acknowledge (RFC
 * 3168 sections 6.1.2 and 6.1.3). The first data segment marked CE and the first CWR after it divide the data into
 * three parts. The RFC leaves open what the acknowledgment of the CWR segment itself carries, so that one is left out.
 * Not covered: whether dip answers ECE with CWR.
 */
#include "chain_parts.h"

struct feedback {
    uint32_t data_start, data_end; /* sequence numbers of the start and end of sip's data so far */
    uint32_t ce_end, cwr_end;      /* sequence numbers behind the first CE and the first CWR segment */
    uint8_t data_seen, ce_seen, cwr_seen;
    uint8_t feedback_before, feedback_ce, feedback_cwr;
    uint8_t pad[2];
};

static const struct pp_field fields[] = {
    FIELD_BOOL(feedback, feedback_before,
               "an acknowledgment of sip's data before the first CE had ECE; null if there was none of those"),
    FIELD_BOOL(feedback, feedback_ce, "an acknowledgment of the first CE, and not of CWR behind it, had ECE"),
    FIELD_BOOL(feedback, feedback_cwr, "an acknowledgment of data behind that CWR had ECE"),
    FIELD_END,
};

static void init(void *state)
{
    struct feedback *f = state;

    f->feedback_before = f->feedback_ce = f->feedback_cwr = PP_UNSEEN;
}

/* True if A is equal to or after B, modulo 2^32 (RFC 9293 section 3.4). */
static bool reaches(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b) >= 0;
}

static void sent(struct feedback *f, const struct pp_packet *p)
{
    uint32_t end = p->tcp.seq + p->payload_len;

    if (!f->data_seen)
        f->data_start = p->tcp.seq;
    else if (reaches(f->data_end, end)) /* a retransmission */
        return;
    f->data_seen = true;
    f->data_end = end;
    if (!f->ce_seen && (p->tos & 3) == PP_CE) {
        f->ce_seen = true;
        f->ce_end = end;
    } else if (f->ce_seen && !f->cwr_seen && p->tcp.flags & PP_TCP_CWR) {
        f->cwr_seen = true;
        f->cwr_end = end;
    }
}

/* Returns the field that an acknowledgment up to ACK sets; NULL: none. */
static uint8_t *field_of(struct feedback *f, uint32_t ack)
{
    if (!f->data_seen || reaches(f->data_start, ack)) /* it acknowledges no data */
        return NULL;
    if (!f->ce_seen || !reaches(ack, f->ce_end))
        return &f->feedback_before;
    if (!f->cwr_seen || !reaches(ack, f->cwr_end))
        return &f->feedback_ce;
    return ack == f->cwr_end || f->data_end == f->cwr_end ? NULL : &f->feedback_cwr;
}

static bool packet(void *state, const struct pp_chain_packet *p)
{
    struct feedback *f = state;
    const uint16_t flags = p->pkt->tcp.flags;
    uint8_t *field;

    if (!pp_chain_is_tcp(p) || flags & (PP_TCP_SYN | PP_TCP_RST))
        return false;
    if (p->dir == PP_FWD) {
        if (p->pkt->payload_len)
            sent(f, p->pkt);
        return false;
    }
    field = flags & PP_TCP_ACK ? field_of(f, p->pkt->tcp.ack) : NULL;
    if (field)
        *field = flags & PP_TCP_ECE ? true : *field == PP_UNSEEN ? false : *field;
    return false;
}

const struct pp_chain pp_chain_feedback = {
    .name = "feedback",
    .what = "ECE on acknowledgments of data before CE, of CE, and of data behind CWR",
    .fields = fields,
    .size = sizeof(struct feedback),
    .reach = PP_REACH_HEADER,
    .init = init,
    .packet = packet,
};
