/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chain_quic.c: fields of QUIC that are visible without keys (RFC 8999, RFC 9000 section 17): versions, the lengths of
 * connection ids, version negotiation and Retry; the ECN field in each direction; the spin bit (RFC 9000 section 17.4)
 * and the round trips measured from it (RFC 9312 section 3.8.2); and, where the conversation has decrypted dip's
 * Initials, the acknowledgment and ECN counts in them. A flow counts as QUIC if sip's first datagram has a long header
 * and the minimum length of a client's Initial.
 *
 * The spin bit flips once per round trip in each direction, if both ends spin; they must disable spinning on one path
 * in sixteen. An end that does not spin may send a constant, or a random bit in each packet. Reordering adds two flips,
 * and an end without data to send flips late. So intervals shorter than half the round trip of the first answer are
 * left out, and each of these cases has a field of its own.
 */
#include "chain_parts.h"

#include "../packet/quic.h"

struct quic {
    int64_t quic_version_fwd, quic_version_rev;
    int64_t quic_dcid_len_fwd, quic_scid_len_fwd, quic_scid_len_rev;
    int64_t quic_long_fwd, quic_long_rev, quic_short_fwd, quic_short_rev;
    int64_t quic_ect0_counted, quic_ect1_counted, quic_ce_counted, quic_close_rev;
    int64_t quic_notect_fwd, quic_ect0_fwd, quic_ect1_fwd, quic_ce_fwd;
    int64_t quic_notect_rev, quic_ect0_rev, quic_ect1_rev, quic_ce_rev;
    int64_t quic_first_us, quic_spin_fwd, quic_spin_rev, quic_spin_rtts, quic_spin_rtt_min_us, quic_spin_rtt_max_us;
    int64_t first_stamp;
    struct spin {
        int64_t turned_at, last_at; /* ns, of the last flip and the last packet; 0: never */
        int64_t gap;                /* ns, the longest gap between packets since the last flip */
    } spin[2]; /* by enum pp_dir */
    uint8_t quic_vn_rev, quic_retry_rev, quic_ack_rev, quic_ecn_rev;
    uint8_t quic_spin_constant, quic_spin_random, quic_spin_short, quic_spin_idle;
    uint8_t begun, is_quic;
    uint8_t value[2]; /* last value of the spin bit, by direction */
    uint8_t pad[4];
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
    FIELD_INT(quic, quic_notect_fwd, "datagrams from sip that are Not-ECT"),
    FIELD_INT(quic, quic_ect0_fwd, "marked ECT(0)"),
    FIELD_INT(quic, quic_ect1_fwd, "marked ECT(1)"),
    FIELD_INT(quic, quic_ce_fwd, "marked CE"),
    FIELD_INT(quic, quic_notect_rev, "datagrams from dip that are Not-ECT"),
    FIELD_INT(quic, quic_ect0_rev, "marked ECT(0)"),
    FIELD_INT(quic, quic_ect1_rev, "marked ECT(1)"),
    FIELD_INT(quic, quic_ce_rev, "marked CE"),
    FIELD_INT(quic, quic_first_us, "microseconds from sip's first datagram to dip's first; null if sip sent more "
                                   "before"),
    FIELD_INT(quic, quic_spin_fwd, "how often the spin bit of sip's short headers turned; null if there was none"),
    FIELD_INT(quic, quic_spin_rev, "how often that of dip's did"),
    FIELD_INT(quic, quic_spin_rtts, "intervals between two turns in one direction that may be round trips"),
    FIELD_INT(quic, quic_spin_rtt_min_us, "the shortest of them, in microseconds"),
    FIELD_INT(quic, quic_spin_rtt_max_us, "the longest"),
    FIELD_BOOL(quic, quic_spin_constant, "eight short headers or more in a direction, and it never turned there: no "
                                         "round trips; null if none has as many"),
    FIELD_BOOL(quic, quic_spin_random, "it turned at every third short header or more often, in each direction that "
                                       "has eight: chance, or a packet a round trip"),
    FIELD_BOOL(quic, quic_spin_short, "an interval was shorter than half of quic_first_us, as packets out of order "
                                      "make it: left out"),
    FIELD_BOOL(quic, quic_spin_idle, "more than half of an interval was silence: the sender waited, the round trip is "
                                     "shorter"),
    FIELD_END,
};

static void init(void *state)
{
    struct quic *q = state;

    q->quic_version_fwd = q->quic_version_rev = PP_NULL;
    q->quic_dcid_len_fwd = q->quic_scid_len_fwd = q->quic_scid_len_rev = PP_NULL;
    q->quic_ect0_counted = q->quic_ect1_counted = q->quic_ce_counted = q->quic_close_rev = PP_NULL;
    q->quic_first_us = q->quic_spin_fwd = q->quic_spin_rev = PP_NULL;
    q->quic_spin_rtt_min_us = q->quic_spin_rtt_max_us = PP_NULL;
    q->quic_ack_rev = q->quic_ecn_rev = PP_UNSEEN;
    q->quic_spin_constant = q->quic_spin_random = PP_UNSEEN;
}

/* ---- the spin bit ---- */

enum { SPIN = 0x20, JUDGED = 8, TOO_OFTEN = 3 };

static bool spins(uint64_t version)
{
    return version == 1 || version == 0x6b3343cf; /* RFC 9000, RFC 9369 */
}

/* Takes one interval between two flips of one direction, ended at AT. */
static void interval(struct quic *q, const struct spin *s, int64_t at)
{
    int64_t ns = at - s->turned_at, us = ns / 1000;

    if (q->quic_first_us != PP_NULL && us < q->quic_first_us / 2) {
        q->quic_spin_short = true;
        return;
    }
    q->quic_spin_idle |= s->gap > ns / 2;
    q->quic_spin_rtts++;
    if (q->quic_spin_rtt_min_us == PP_NULL || us < q->quic_spin_rtt_min_us)
        q->quic_spin_rtt_min_us = us;
    if (q->quic_spin_rtt_max_us == PP_NULL || us > q->quic_spin_rtt_max_us)
        q->quic_spin_rtt_max_us = us;
}

/* Classifies the bits as constant or random, from directions with at least JUDGED packets. */
static void judge(struct quic *q)
{
    const int64_t packets[2] = {q->quic_short_fwd, q->quic_short_rev}, turns[2] = {q->quic_spin_fwd, q->quic_spin_rev};
    bool any = false, constant = false, random = true;

    for (int d = 0; d < 2; d++) {
        if (packets[d] < JUDGED)
            continue;
        any = true;
        constant |= turns[d] == 0;
        random &= turns[d] >= packets[d] / TOO_OFTEN;
    }
    if (any) {
        q->quic_spin_constant = constant;
        q->quic_spin_random = random;
    }
}

static void spin(struct quic *q, const struct pp_packet *p, enum pp_dir dir, int64_t at)
{
    int64_t *turns = dir == PP_FWD ? &q->quic_spin_fwd : &q->quic_spin_rev;
    bool value = p->payload[0] & SPIN;
    struct spin *s = &q->spin[dir];

    if (!spins((uint64_t)q->quic_version_fwd) || !p->payload_cap || !(p->payload[0] & PP_QUIC_FIXED))
        return;
    if (*turns == PP_NULL) {
        *turns = 0;
    } else {
        if (at - s->last_at > s->gap)
            s->gap = at - s->last_at;
        if (value != q->value[dir]) {
            ++*turns;
            if (s->turned_at)
                interval(q, s, at);
            s->turned_at = at;
            s->gap = 0;
        }
    }
    q->value[dir] = value;
    s->last_at = at;
    judge(q);
}

static bool is_long(const struct pp_packet *p)
{
    return p->payload_cap && p->payload[0] & PP_QUIC_LONG;
}

static void count_mark(struct quic *q, const struct pp_packet *p, enum pp_dir dir)
{
    int64_t *const mark[2][4] = {
        {&q->quic_notect_fwd, &q->quic_ect1_fwd, &q->quic_ect0_fwd, &q->quic_ce_fwd},
        {&q->quic_notect_rev, &q->quic_ect1_rev, &q->quic_ect0_rev, &q->quic_ce_rev},
    };

    ++*mark[dir == PP_REV][p->tos & 3];
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

/* Takes the round trip of the first answer; not if sip had sent a second datagram before, as it may answer either. */
static void first_answer(struct quic *q, const struct pp_chain_packet *p)
{
    if (p->dir == PP_FWD && q->quic_long_fwd + q->quic_short_fwd == 1)
        q->first_stamp = p->stamp;
    else if (p->dir == PP_REV && q->quic_long_rev + q->quic_short_rev == 1 && p->stamp >= q->first_stamp &&
             q->quic_long_fwd + q->quic_short_fwd == 1)
        q->quic_first_us = (p->stamp - q->first_stamp) / 1000;
}

static bool packet(void *state, const struct pp_chain_packet *p)
{
    struct quic *q = state;

    if (p->pkt->proto != PP_PROTO_UDP || p->quoted || p->pkt->frag_off || p->pkt->l4_cap < 8)
        return false;
    (p->dir == PP_FWD ? forward : reverse)(q, p->pkt);
    if (!q->is_quic)
        return false;
    first_answer(q, p);
    count_mark(q, p->pkt, p->dir);
    if (!is_long(p->pkt))
        spin(q, p->pkt, p->dir, p->stamp);
    return false;
}

/* Raises FIELD to V: ECN counts grow from one acknowledgment to the next, and acknowledgments may be reordered. */
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
