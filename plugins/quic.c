/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quic.c: do datagrams with a codepoint, an ECN mark or other changes reach a QUIC server, and with which marks do they
 * arrive? In one mode the client sends an Initial with a ClientHello; a server that supports ECN reports in ACK frames
 * with ECN counts (RFC 9000 section 13.4.1) how it arrived. In the other mode the client offers a reserved version, and
 * the server must answer with its versions (section 6), which shows that a datagram got through, but not with which
 * mark. Each mode has the other as an arm, to distinguish a block of QUIC from a block of the Initial.
 */
#include "../core/abi/plugin.h"

#include <stdbool.h>

#define EXTRA 16 /* bytes */

static const uint8_t nothing[EXTRA] = {0};

enum arm { A, ECT0, ECT1, CE, PADDING, SURPLUS, INITIAL, VERSIONS, CODEPOINTS };

#define ECN(mark) {.on = PP_ON_DATAGRAM, .tos_mask = 0x03, .tos = mark}
static const struct pp_step steps[CODEPOINTS][1] = {
    [ECT0] = {ECN(PP_ECT0)},
    [ECT1] = {ECN(PP_ECT1)},
    [CE] = {ECN(PP_CE)},
    [PADDING] = {{.on = PP_ON_DATAGRAM, .padding = EXTRA}},
    [SURPLUS] = {{.on = PP_ON_DATAGRAM, .surplus = nothing, .surplus_len = EXTRA, .ocs = PP_OCS_RIGHT}},
    [INITIAL] = {{.on = PP_ON_DATAGRAM, .quic = PP_QUIC_ASKS_INITIAL}},
    [VERSIONS] = {{.on = PP_ON_DATAGRAM, .quic = PP_QUIC_ASKS_VERSIONS}},
};

#define ARM(n, arm, title_, prefix, modes_, what_) \
    [arm] = {.name = n, .title = title_, .connectivity = prefix ".connectivity", .steps = steps[arm], .nsteps = 1, \
             .modes = modes_, .what = what_}
static const struct pp_arm fixed[CODEPOINTS] = {
    [A] = {.name = "A", .title = "1200 bytes, Not-ECT, codepoint 0"},
    ARM("B1", ECT0, "ECT(0)", "quic.ect0", 0, "datagrams marked ECT(0)"),
    ARM("B2", ECT1, "ECT(1)", "quic.ect1", 0, "datagrams marked ECT(1)"),
    ARM("B3", CE, "CE", "quic.ce", 0, "datagrams marked CE"),
    ARM("B4", PADDING, "16 bytes longer", "quic.padding", 0, "datagrams of 1216 bytes"),
    ARM("B5", SURPLUS, "a surplus of 16 bytes with a right checksum (RFC 9868)", "quic.surplus", 0,
        "datagrams with a surplus"),
    ARM("B6", INITIAL, "an Initial with a ClientHello", "quic.initial", PP_MODE_QUICVN, "Initials of version 1"),
    ARM("B7", VERSIONS, "a reserved version", "quic.versions", PP_MODE_QUICINIT, "unknown versions of QUIC"),
};

/* ---- conditions ------------------------------------------------------------------------------------------------ */

/* Marks in the order of the arms A, ECT0, ECT1, CE. */
enum mark { SENT_NOTECT, SENT_ECT0, SENT_ECT1, SENT_CE, MARKS };

enum condition {
    MIRRORED, NOT_MIRRORED, OVERCOUNTED, MIRRORED_OR_CLEARED,
    RETRY, CLOSED,
    REV, /* seen, not_seen of ECT(0), ECT(1), CE */
    FORWARD = REV + 2 * (MARKS - 1),
    CONDITIONS = FORWARD + MARKS * MARKS
};

#define INIT PP_MODE_QUICINIT
#define ARRIVED(sent, arrived, name_, absence_, was, is) \
    [FORWARD + MARKS * (sent) + (arrived)] = { \
        .name = "quic.ecn.fwd." name_, .modes = INIT, .absence = absence_, \
        .what = "The Initial that was sent " was " arrived " is ", by the target's own account."}
#define ROW(sent, name_, was, absence_) \
    ARRIVED(sent, SENT_NOTECT, name_ ".notect", absence_, was, "Not-ECT"), \
    ARRIVED(sent, SENT_ECT0, name_ ".ect0", PP_ABSENCE_NONE, was, "ECT(0)"), \
    ARRIVED(sent, SENT_ECT1, name_ ".ect1", PP_ABSENCE_NONE, was, "ECT(1)"), \
    ARRIVED(sent, SENT_CE, name_ ".ce", PP_ABSENCE_NONE, was, "CE")
#define MARKED(mark, name_, text) \
    [REV + 2 * ((mark) - 1)] = {.name = "quic.ecn.rev." name_ ".seen", .modes = INIT, \
                                .what = "An answer arrived marked " text "."}, \
    [REV + 2 * ((mark) - 1) + 1] = {.name = "quic.ecn.rev." name_ ".not_seen", .modes = INIT, \
                                    .absence = PP_ABSENCE_ONCE, .what = "No answer arrived marked " text "."}

static const struct pp_condition conditions[CONDITIONS] = {
    [MIRRORED] = {.name = "quic.ecn.mirror.seen", .modes = INIT,
                  .what = "An acknowledgment had ECN counts that can be true."},
    [NOT_MIRRORED] = {.name = "quic.ecn.mirror.not_seen", .modes = INIT, .absence = PP_ABSENCE_TWICE,
                      .what = "Marked Initials were acknowledged, and no acknowledgment had ECN counts."},
    [OVERCOUNTED] = {.name = "quic.ecn.mirror.overcounted", .modes = INIT,
                     .what = "An acknowledgment counted more marked packets than were sent."},
    [MIRRORED_OR_CLEARED] = {.name = "quic.ecn.not_mirrored_or_cleared", .modes = INIT, .absence = PP_ABSENCE_TWICE,
                             .what = "ECT(0), ECT(1) and CE were acknowledged, none was reported: the target does not "
                                     "report marks, or the path clears all of them."},
    [RETRY] = {.name = "quic.retry.seen", .modes = INIT,
               .what = "The target had its client's address confirmed by a Retry first."},
    [CLOSED] = {.name = "quic.initial.closed", .has_value = 1, .modes = INIT,
                .what = "The target closed A's connection at once; the error code, 256 more than TLS's alert if it is "
                        "one."},
    MARKED(SENT_ECT0, "ect0", "ECT(0)"),
    MARKED(SENT_ECT1, "ect1", "ECT(1)"),
    MARKED(SENT_CE, "ce", "CE"),
    ROW(SENT_NOTECT, "notect", "Not-ECT", PP_ABSENCE_NONE),
    ROW(SENT_ECT0, "ect0", "ECT(0)", PP_ABSENCE_TWICE),
    ROW(SENT_ECT1, "ect1", "ECT(1)", PP_ABSENCE_TWICE),
    ROW(SENT_CE, "ce", "CE", PP_ABSENCE_TWICE),
};

/* ---- codepoints by option -------------------------------------------------------------------------------------- */

static const struct pp_plugin_option options[] = {
    {.name = "codepoint", .arg = "N[,N...]", .def = "46", .min = 1, .max = 63, .most = PP_MAX_ARMS - CODEPOINTS,
     .what = "codepoints to compare with 0, an arm for each"},
};

static const char *configure(const struct pp_numbers *option, struct pp_tables *t)
{
    for (; t->narms < CODEPOINTS; t->narms++)
        t->arms[t->narms] = fixed[t->narms];
    pp_tables_conditions(t, conditions, CONDITIONS);
    for (uint32_t i = 0; i < option->n; i++) {
        struct pp_arm *arm = pp_tables_arm(t);
        uint32_t n = option->v[i];

        arm->title = t->text(t, "codepoint %u", n);
        arm->connectivity = t->text(t, "quic.dscp.%u.connectivity", n);
        arm->what = t->text(t, "datagrams with codepoint %u", n);
        pp_tables_step(t, (struct pp_step){.on = PP_ON_DATAGRAM, .tos_mask = 0xfc, .tos = (uint8_t)(n << 2)});
    }
    return NULL;
}

/* ---- answers --------------------------------------------------------------------------------------------------- */

/* Places in pp_outcome.value. */
enum field { ACKED, COUNTED, COUNT_ECT0, COUNT_ECT1, COUNT_CE, CLOSE, RETRIED, DATAGRAMS, REV_ECT0, REV_ECT1, REV_CE };

static const char *const fields[] = {
    [ACKED] = "quic_ack_rev", [COUNTED] = "quic_ecn_rev", [COUNT_ECT0] = "quic_ect0_counted",
    [COUNT_ECT1] = "quic_ect1_counted", [COUNT_CE] = "quic_ce_counted", [CLOSE] = "quic_close_rev",
    [RETRIED] = "quic_retry_rev", [DATAGRAMS] = "udp_fwd", [REV_ECT0] = "ecn_ect0_data_rev",
    [REV_ECT1] = "ecn_ect1_data_rev", [REV_CE] = "ecn_ce_data_rev", NULL,
};

static const char *const chains[] = {"udp", "quic", "ecn", NULL};

struct reading {
    bool acked, counted;
    bool lie;     /* the target counts more packets than were sent */
    int arrived;  /* enum mark; -1: not told */
};

/* Reads how O's datagrams, all with one mark, arrived; -1 if they arrived with different marks. */
static struct reading read_arm(const struct pp_outcome *o)
{
    struct reading r = {.arrived = -1};
    int64_t sum = 0;
    int kinds = 0;

    if (!o->took_part || !o->observed || o->value[ACKED] != 1)
        return r;
    r.acked = true;
    r.counted = o->value[COUNTED] == 1;
    if (!r.counted)
        return r;
    for (int m = SENT_ECT0; m <= SENT_CE; m++) {
        int64_t n = o->value[COUNT_ECT0 + m - SENT_ECT0];

        if (n > o->value[DATAGRAMS] - sum) {
            r.lie = true;
            r.arrived = -1;
            return r;
        }
        sum += n;
        if (n > 0 && ++kinds)
            r.arrived = m;
    }
    if (kinds != 1)
        r.arrived = kinds ? -1 : SENT_NOTECT;
    return r;
}

/* A server sends no counts before it has received a mark: packets without counts arrived as Not-ECT. */
static void conclude_forward(const struct reading *r, struct pp_sink *sink)
{
    for (int sent = SENT_NOTECT; sent < MARKS; sent++) {
        int arrived = r[sent].acked && !r[sent].counted ? SENT_NOTECT : r[sent].arrived;

        if (arrived >= 0)
            sink->state(sink, (unsigned)(FORWARD + MARKS * sent + arrived), 0);
    }
}

static void conclude_ecn(const struct pp_round_view *round, struct pp_sink *sink)
{
    bool lie = false, mirror = false, marked = false, all = true;
    struct reading r[MARKS];

    for (int sent = SENT_NOTECT; sent < MARKS; sent++) {
        r[sent] = read_arm(&round->arm[A + sent]);
        lie |= r[sent].lie;
        mirror |= r[sent].counted && !r[sent].lie;
        if (sent != SENT_NOTECT) {
            marked |= r[sent].acked;
            all &= r[sent].acked;
        }
    }
    if (lie) { /* the reports of such a target about other arms are not used, either */
        sink->state(sink, OVERCOUNTED, 0);
    } else if (mirror) {
        sink->state(sink, MIRRORED, 0);
        conclude_forward(r, sink);
    } else if (marked) {
        sink->state(sink, NOT_MIRRORED, 0);
        if (all)
            sink->state(sink, MIRRORED_OR_CLEARED, 0);
    }
}

static void conclude(const struct pp_round_view *round, struct pp_sink *sink)
{
    bool answered = false, retried = false, seen[3] = {false, false, false};

    if (!(round->mode & PP_MODE_QUICINIT))
        return;
    for (unsigned i = 0; i < round->narms; i++) {
        const struct pp_outcome *o = &round->arm[i];

        /* the mark of a Version Negotiation is not that of a connection */
        if (!o->took_part || !o->observed || i == VERSIONS)
            continue;
        retried |= o->value[RETRIED] == 1;
        answered |= o->ok;
        for (int m = 0; m < 3; m++)
            seen[m] |= o->value[REV_ECT0 + m] == 1;
    }
    conclude_ecn(round, sink);
    if (retried)
        sink->state(sink, RETRY, 0);
    if (round->arm[A].took_part && round->arm[A].observed && round->arm[A].value[CLOSE] != PP_NULL)
        sink->state(sink, CLOSED, round->arm[A].value[CLOSE]);
    for (int m = 0; answered && m < 3; m++)
        sink->state(sink, (unsigned)(REV + 2 * m + !seen[m]), 0);
}

PP_PLUGIN_DEFINE = {
    .abi = PP_PLUGIN_ABI,
    .size = sizeof(struct pp_plugin),
    .name = "quic",
    .title = "do datagrams get through to QUIC servers, and which marks arrive?",
    .description =
        "Each target is sent, in a datagram of 1200 bytes, a QUIC Initial with a ClientHello for its domain and "
        "HTTP/3: plainly (A), with ECT(0) (B1), ECT(1) (B2) or CE (B3) in the IP header, 16 bytes longer (B4), with a "
        "surplus of 16 bytes behind the UDP length (B5), and with codepoints (B8 and on, --codepoint). If A gets "
        "through and another does not, the path or the target drops such datagrams. A target that does not answer A, "
        "but the offer of a reserved version (B7), speaks QUIC, and this Initial is what it, or the path, "
        "does not take.\n"
        "\n"
        "Servers that support ECN report the marks of what they acknowledge, under keys that follow from the "
        "connection id and no secret: so each arm says with which mark its Initial arrived. Of a target that reports "
        "some mark, an acknowledgment without counts says that the Initial arrived as Not-ECT. Of a target that "
        "reports none it cannot be told whether it does not report, or the path clears all marks. The marks of the "
        "answers are those of the way back (rev).\n"
        "\n"
        "No handshake is made: the first answer is enough (and what follows within 250 ms, if it does no more than "
        "acknowledge), and CONNECTION_CLOSE ends it. A server without the domain, or without HTTP/3, closes the "
        "connection, which is an answer, too.\n"
        "\n"
        "In the connect mode quicvn all arms offer a reserved version (RFC 9000 section 15), which leaves no "
        "state at the target and says nothing of marks; there B6 is the Initial, and its connectivity says whether it "
        "gets through where the offer does.",
    .modes = PP_MODE_QUICVN | PP_MODE_QUICINIT,
    .default_mode = PP_MODE_QUICINIT,
    .chains = chains,
    .fields = fields,
    .conclude = conclude,
    .options = options,
    .noptions = 1,
    .configure = configure,
};
