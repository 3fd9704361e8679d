/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chain_quic.c: QUIC as it shows without keys (RFC 8999, RFC 9000 section 17): versions, the lengths of connection ids,
 * version negotiation and Retry; and, where the conversation has opened dip's Initials, what they say of ours. A flow
 * is taken for QUIC if sip's first datagram has a long header and the length that a client's has to have.
 */
#include "chains.h"

#include "../packet/quic.h"

struct quic {
    int64_t quic_version_fwd, quic_version_rev;
    int64_t quic_dcid_len_fwd, quic_scid_len_fwd, quic_scid_len_rev;
    int64_t quic_long_fwd, quic_long_rev, quic_short_fwd, quic_short_rev;
    int64_t quic_ect0_counted, quic_ect1_counted, quic_ce_counted, quic_close_rev;
    uint8_t quic_vn_rev, quic_retry_rev, quic_ack_rev, quic_ecn_rev;
    uint8_t begun, is_quic;
    uint8_t pad[2];
};

_Static_assert(sizeof(struct quic) % 8 == 0, "states are a multiple of 8 bytes");

static const struct pp_field fields[] = {
    FIELD_INT(quic, quic_version_fwd, "QUIC: the version of sip's first long header; null if the flow is not QUIC"),
    FIELD_INT(quic, quic_version_rev, "the version of dip's first long header that has one"),
    FIELD_INT(quic, quic_dcid_len_fwd, "bytes of the connection id that sip chose for dip first"),
    FIELD_INT(quic, quic_scid_len_fwd, "bytes of sip's own connection id"),
    FIELD_INT(quic, quic_scid_len_rev, "bytes of dip's own connection id"),
    FIELD_INT(quic, quic_long_fwd, "datagrams from sip that begin with a long header"),
    FIELD_INT(quic, quic_long_rev, "datagrams from dip that do"),
    FIELD_INT(quic, quic_short_fwd, "datagrams from sip that begin with a short header"),
    FIELD_INT(quic, quic_short_rev, "datagrams from dip that do"),
    FIELD_BOOL(quic, quic_vn_rev, "dip answered by version negotiation"),
    FIELD_BOOL(quic, quic_retry_rev, "dip answered by a Retry"),
    FIELD_BOOL(quic, quic_ack_rev, "an Initial from dip acknowledged one of sip's; null if none could be opened"),
    FIELD_BOOL(quic, quic_ecn_rev, "it had ECN counts"),
    FIELD_INT(quic, quic_ect0_counted, "packets that arrived as ECT(0), as dip counts"),
    FIELD_INT(quic, quic_ect1_counted, "as ECT(1)"),
    FIELD_INT(quic, quic_ce_counted, "as CE"),
    FIELD_INT(quic, quic_close_rev, "the error code with which dip closed the connection in an Initial"),
    FIELD_END,
};

static void init(void *state)
{
    struct quic *q = state;

    q->quic_version_fwd = q->quic_version_rev = PP_NULL;
    q->quic_dcid_len_fwd = q->quic_scid_len_fwd = q->quic_scid_len_rev = PP_NULL;
    q->quic_ect0_counted = q->quic_ect1_counted = q->quic_ce_counted = q->quic_close_rev = PP_NULL;
    q->quic_ack_rev = q->quic_ecn_rev = PP_UNSEEN;
}

static bool is_long(const struct pp_packet *p)
{
    return p->payload_cap && p->payload[0] & PP_QUIC_LONG;
}

static void forward(struct quic *q, const struct pp_packet *p)
{
    struct pp_quic_head h;

    if (!q->begun) {
        q->begun = true;
        q->is_quic = pp_quic_ids(&h, p->payload, p->payload_cap) && h.version && p->payload_len >= PP_QUIC_LEAST;
        if (q->is_quic) {
            q->quic_version_fwd = h.version;
            q->quic_dcid_len_fwd = h.dcid.len;
            q->quic_scid_len_fwd = h.scid.len;
        }
    }
    if (q->is_quic)
        ++*(is_long(p) ? &q->quic_long_fwd : &q->quic_short_fwd);
}

static void reverse(struct quic *q, const struct pp_packet *p)
{
    struct pp_quic_head h;

    if (!q->is_quic)
        return;
    ++*(is_long(p) ? &q->quic_long_rev : &q->quic_short_rev);
    if (!pp_quic_ids(&h, p->payload, p->payload_cap))
        return;
    if (!h.version) {
        q->quic_vn_rev = true;
        return;
    }
    if (h.version == 1 && (h.first & PP_QUIC_TYPE) == PP_QUIC_RETRY)
        q->quic_retry_rev = true;
    if (q->quic_version_rev == PP_NULL) {
        q->quic_version_rev = h.version;
        q->quic_scid_len_rev = h.scid.len;
    }
}

static bool packet(void *state, const struct pp_chain_packet *p)
{
    if (p->pkt->proto != PP_PROTO_UDP || p->quoted || p->pkt->frag_off || p->pkt->l4_cap < 8)
        return false;
    (p->dir == PP_FWD ? forward : reverse)(state, p->pkt);
    return false;
}

/* Counts grow from one acknowledgment to the next. */
static void larger(int64_t *field, uint64_t v)
{
    if (*field == PP_NULL || (int64_t)v > *field)
        *field = (int64_t)v; /* below 2^62 */
}

static void quic(void *state, const struct pp_quic_seen *seen)
{
    struct quic *q = state;

    if (q->quic_ack_rev != true)
        q->quic_ack_rev = seen->ack;
    if (seen->ack && q->quic_ecn_rev != true)
        q->quic_ecn_rev = seen->ecn;
    if (seen->ecn) {
        larger(&q->quic_ect0_counted, seen->ect0);
        larger(&q->quic_ect1_counted, seen->ect1);
        larger(&q->quic_ce_counted, seen->ce);
    }
    if (seen->closed && q->quic_close_rev == PP_NULL)
        q->quic_close_rev = (int64_t)seen->error;
}

const struct pp_chain pp_chain_quic = {
    .name = "quic",
    .what = "QUIC: versions, connection ids, version negotiation and Retry, and what Initials report of ECN marks",
    .fields = fields,
    .size = sizeof(struct quic),
    .reach = PP_REACH_MESSAGE,
    .init = init,
    .packet = packet,
    .quic = quic,
};
