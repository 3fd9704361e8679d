/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chain_quic.c: fields of QUIC that are visible without keys (RFC 8999, RFC 9000 section 17): versions, the lengths of
 * connection ids, the types of long headers; the ECN field in each direction; the round trip of the handshake (RFC 9312
 * section 3.8.1); the spin bit (RFC 9000 section 17.4) and the round trips measured from it (section 3.8.2); and, where
 * the conversation has decrypted dip's Initials, the acknowledgment and ECN counts in them. A flow counts as QUIC if
 * sip's first datagram has a long header and the minimum length of a client's Initial.
 *
 * The spin bit flips once per round trip in each direction, if both ends spin; they must disable spinning on one path
 * in sixteen. An end that does not spin may send a constant, or a random bit in each packet. Reordering adds two flips,
 * and an end without data to send flips late. So intervals shorter than half the round trip of the first answer are
 * left out, and each of these cases has a field of its own.
 *
 * dip sends the value that it received last, and sip the other one. So a flip of sip's causes the next of dip's, and
 * that one the next of sip's: the times between them are the two parts of the round trip, on either side of the place
 * of capture.
 */
#include "chain_parts.h"

#include "../packet/quic.h"

struct quic {
    int64_t quic_version_fwd, quic_version_rev;
    int64_t quic_dcid_len_fwd, quic_scid_len_fwd, quic_scid_len_rev;
    int64_t quic_long_fwd, quic_long_rev, quic_short_fwd, quic_short_rev;
    int64_t quic_0rtt_fwd, quic_handshake_fwd, quic_handshake_rev;
    int64_t quic_ect0_counted, quic_ect1_counted, quic_ce_counted, quic_close_rev;
    int64_t quic_notect_fwd, quic_ect0_fwd, quic_ect1_fwd, quic_ce_fwd;
    int64_t quic_notect_rev, quic_ect0_rev, quic_ect1_rev, quic_ce_rev;
    int64_t quic_first_us, quic_next_us;
    int64_t quic_spin_fwd, quic_spin_rev, quic_spin_rtts, quic_spin_rtt_min_us, quic_spin_rtt_max_us;
    int64_t quic_spin_rtt_fwd_us, quic_spin_rtt_rev_us, quic_spin_server_us, quic_spin_client_us;
    int64_t first_stamp, answer_stamp; /* of sip's first datagram, of dip's first */
    struct spin {
        int64_t turned_at, last_at; /* ns, of the last flip and the last packet; 0: never */
        int64_t gap;                /* ns, the longest gap between packets since the last flip */
    } spin[2]; /* by enum pp_dir */
    uint8_t quic_vn_rev, quic_retry_rev, quic_ack_rev, quic_ecn_rev;
    uint8_t quic_spin_constant, quic_spin_random, quic_spin_short, quic_spin_idle;
    uint8_t begun, is_quic;
    uint8_t value[2]; /* last value of the spin bit, by direction */
    uint8_t sound[2]; /* the last flip was not one of those that come too soon, by direction */
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
    FIELD_INT(quic, quic_0rtt_fwd, "packets from sip with data before the handshake (0-RTT)"),
    FIELD_INT(quic, quic_handshake_fwd, "Handshake packets from sip: it could decrypt dip's answer"),
    FIELD_INT(quic, quic_handshake_rev, "Handshake packets from dip: it took the ClientHello"),
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
    FIELD_INT(quic, quic_next_us, "microseconds from dip's first datagram to sip's next: the other part of the "
                                  "handshake's round trip; null if quic_first_us is"),
    FIELD_INT(quic, quic_spin_fwd, "how often the spin bit of sip's short headers turned; null if there was none"),
    FIELD_INT(quic, quic_spin_rev, "how often that of dip's did"),
    FIELD_INT(quic, quic_spin_rtts, "intervals between two turns in one direction that may be round trips"),
    FIELD_INT(quic, quic_spin_rtt_min_us, "the shortest of them, in microseconds"),
    FIELD_INT(quic, quic_spin_rtt_max_us, "the longest"),
    FIELD_INT(quic, quic_spin_rtt_fwd_us, "the shortest of those between sip's turns"),
    FIELD_INT(quic, quic_spin_rtt_rev_us, "the shortest of those between dip's"),
    FIELD_INT(quic, quic_spin_server_us, "the shortest time from a turn of sip's to the turn of dip's that it causes: "
                                         "the part of the round trip behind the place of capture"),
    FIELD_INT(quic, quic_spin_client_us, "the shortest time from a turn of dip's to sip's: the part before it"),
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
    q->quic_first_us = q->quic_next_us = q->quic_spin_fwd = q->quic_spin_rev = PP_NULL;
    q->quic_spin_rtt_min_us = q->quic_spin_rtt_max_us = PP_NULL;
    q->quic_spin_rtt_fwd_us = q->quic_spin_rtt_rev_us = q->quic_spin_server_us = q->quic_spin_client_us = PP_NULL;
    q->quic_ack_rev = q->quic_ecn_rev = PP_UNSEEN;
    q->quic_spin_constant = q->quic_spin_random = PP_UNSEEN;
}

/* ---- the spin bit ---- */

enum { SPIN = 0x20, JUDGED = 8, TOO_OFTEN = 3 };

static bool spins(uint64_t version)
{
    return version == 1 || version == PP_QUIC_V2;
}

static void lower(int64_t *field, int64_t us)
{
    if (*field == PP_NULL || us < *field)
        *field = us;
}

/* Takes the interval that a flip of DIR ends at AT. False: too short for a round trip. */
static bool interval(struct quic *q, enum pp_dir dir, int64_t at)
{
    const struct spin *s = &q->spin[dir];
    int64_t ns = at - s->turned_at, us = ns / 1000;

    if (q->quic_first_us != PP_NULL && us < q->quic_first_us / 2) {
        q->quic_spin_short = true;
        return false;
    }
    q->quic_spin_idle |= s->gap > ns / 2;
    q->quic_spin_rtts++;
    lower(&q->quic_spin_rtt_min_us, us);
    lower(dir == PP_FWD ? &q->quic_spin_rtt_fwd_us : &q->quic_spin_rtt_rev_us, us);
    if (q->quic_spin_rtt_max_us == PP_NULL || us > q->quic_spin_rtt_max_us)
        q->quic_spin_rtt_max_us = us;
    return true;
}

/* Takes the time from the other direction's flip to the flip of DIR that it caused, at AT. */
static void part(struct quic *q, enum pp_dir dir, int64_t at)
{
    enum pp_dir other = dir == PP_FWD ? PP_REV : PP_FWD;
    bool same = q->value[dir] == q->value[other];

    if (q->sound[other] && q->spin[other].turned_at > q->spin[dir].turned_at && same == (dir == PP_REV))
        lower(dir == PP_FWD ? &q->quic_spin_client_us : &q->quic_spin_server_us,
              (at - q->spin[other].turned_at) / 1000);
}

/* Takes a flip of DIR. */
static void turn(struct quic *q, enum pp_dir dir, int64_t at)
{
    struct spin *s = &q->spin[dir];

    q->sound[dir] = !s->turned_at || interval(q, dir, at);
    if (q->sound[dir])
        part(q, dir, at);
    s->turned_at = at;
    s->gap = 0;
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
    struct spin *s = &q->spin[dir];
    bool value, turned;

    /* The bit beside is no sign of QUIC: ends may agree to set it at random (RFC 9287). */
    if (!spins((uint64_t)q->quic_version_fwd) || !p->payload_cap)
        return;
    value = p->payload[0] & SPIN;
    turned = *turns != PP_NULL && value != q->value[dir];
    q->value[dir] = value;
    if (*turns == PP_NULL)
        *turns = 0;
    else if (at - s->last_at > s->gap)
        s->gap = at - s->last_at;
    if (turned) {
        ++*turns;
        turn(q, dir, at);
    }
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

/* Counts the types of all packets in a datagram; they follow each other up to a short header, or where one is cut. */
static void count_types(struct quic *q, const struct pp_packet *p, enum pp_dir dir)
{
    struct pp_quic_head h;

    for (size_t at = 0; pp_quic_ids(&h, p->payload + at, p->payload_cap - at) && spins(h.version); at += h.len) {
        if (h.type == PP_QUIC_HANDSHAKE)
            ++*(dir == PP_FWD ? &q->quic_handshake_fwd : &q->quic_handshake_rev);
        if (h.type == PP_QUIC_0RTT && dir == PP_FWD)
            q->quic_0rtt_fwd++;
        if (h.type == PP_QUIC_RETRY && dir == PP_REV)
            q->quic_retry_rev = true;
        if (!pp_quic_head(&h, p->payload + at, p->payload_cap - at))
            return;
    }
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
    if (q->quic_version_rev == PP_NULL) {
        q->quic_version_rev = h.version;
        q->quic_scid_len_rev = h.scid.len;
    }
}

/*
 * Takes the two parts of the handshake's round trip, to the first answer and from there to what sip sends next; not if
 * sip had sent a second datagram before the answer, which may be to either.
 */
static void handshake(struct quic *q, const struct pp_chain_packet *p)
{
    int64_t sent = q->quic_long_fwd + q->quic_short_fwd, got = q->quic_long_rev + q->quic_short_rev;

    if (p->dir == PP_FWD && sent == 1) {
        q->first_stamp = p->stamp;
    } else if (p->dir == PP_REV && got == 1 && sent == 1 && p->stamp >= q->first_stamp) {
        q->answer_stamp = p->stamp;
        q->quic_first_us = (p->stamp - q->first_stamp) / 1000;
    } else if (p->dir == PP_FWD && sent == 2 && q->quic_first_us != PP_NULL && p->stamp >= q->answer_stamp) {
        q->quic_next_us = (p->stamp - q->answer_stamp) / 1000;
    }
}

static bool packet(void *state, const struct pp_chain_packet *p)
{
    struct quic *q = state;

    if (p->pkt->proto != PP_PROTO_UDP || p->quoted || p->pkt->frag_off || p->pkt->l4_cap < 8)
        return false;
    (p->dir == PP_FWD ? forward : reverse)(q, p->pkt);
    if (!q->is_quic)
        return false;
    handshake(q, p);
    count_types(q, p->pkt, p->dir);
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
    .what = "QUIC: versions, connection ids, types of packets, round trips by handshake and spin bit, and ECN marks",
    .fields = fields,
    .size = sizeof(struct quic),
    .reach = PP_REACH_MESSAGE,
    .init = init,
    .packet = packet,
    .quic = quic,
};
