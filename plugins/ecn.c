/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ecn.c: does ECN (RFC 3168) get through? One arm asks for ECN in the SYN, another also marks data ECT(0), a third
 * sends CE and checks the target's feedback. A retransmitted SYN is an ECN-setup SYN, too, so that a path that drops
 * ECN-setup SYNs is found broken and no fallback hides it.
 */
#include "../core/abi/plugin.h"

#include <stdbool.h>

/* Places in pp_outcome.value. */
enum field { SYNACK, FIRST_SYNACK, FIRST_DATA, ECT0, ECT1, CE, BEFORE_CE, AFTER_CE, AFTER_CWR };

static const char *const fields[] = {
    [SYNACK] = "tcp_synflags_rev",   [FIRST_SYNACK] = "original_synack", [FIRST_DATA] = "original_data_rev",
    [ECT0] = "ecn_ect0_data_rev",
    [ECT1] = "ecn_ect1_data_rev",    [CE] = "ecn_ce_data_rev",      [BEFORE_CE] = "feedback_before",
    [AFTER_CE] = "feedback_ce",      [AFTER_CWR] = "feedback_cwr",  NULL,
};

static const char *const chains[] = {"ecn", "feedback", "original", NULL};

/* An ECN-setup SYN: RFC 3168 section 6.1.1. */
#define ECN_SETUP {.on = PP_ON_SYN, .tcp_set = PP_TCP_ECE | PP_TCP_CWR}

static const struct pp_step setup[] = {ECN_SETUP};
/*
 * Retransmissions are marked, too, against RFC 3168 section 6.1.5: an unmarked retransmission would hide that ECT is
 * dropped.
 */
static const struct pp_step setup_and_ect[] = {ECN_SETUP, {.on = PP_ON_DATA, .tos_mask = 0x03, .tos = PP_ECT0}};
/*
 * The request in four segments. The second has CE, as if a router had set it. The third and fourth, sent once the
 * target has acknowledged the second, carry CWR, and show whether the target's echo ends.
 */
#define CUT {.on = PP_ON_DATA, .tos_mask = 0x03, .tos = PP_ECT0, .segments = 4, .pause = 2}
static const struct pp_step setup_and_ce[] = {ECN_SETUP, CUT,
                                              {.on = PP_ON_DATA, .first = 1, .last = 1, .tos_mask = 0x03, .tos = PP_CE},
                                              {.on = PP_ON_DATA, .first = 2, .last = 2, .tcp_set = PP_TCP_CWR}};
static const struct pp_step setup_and_cut[] = {ECN_SETUP, CUT};
static const struct pp_step ect_alone[] = {{.on = PP_ON_DATA, .tos_mask = 0x03, .tos = PP_ECT0}};

/* Connect modes in which data is sent. */
#define WITH_DATA (PP_MODE_HTTP | PP_MODE_HTTPS | PP_MODE_DNSTCP)

enum arm { A, B1, B2, B3, B4, B5, ARMS };

static const struct pp_arm arms[ARMS] = {
    [A] = {.name = "A", .title = "no ECN"},
    [B1] = {.name = "B1", .title = "ECN-setup SYN, Not-ECT data", .connectivity = "ecn.connectivity",
            .steps = setup, .nsteps = 1, .what = "ECN-setup SYNs"},
    [B2] = {.name = "B2", .title = "ECN-setup SYN, ECT(0) data", .connectivity = "ecn.data.connectivity",
            .modes = WITH_DATA, .steps = setup_and_ect, .nsteps = 2, .what = "data marked ECT(0)"},
    [B3] = {.name = "B3", .title = "the same in four segments, CE on the second, CWR on the third",
            .connectivity = "ecn.ce.connectivity", .modes = WITH_DATA, .steps = setup_and_ce, .nsteps = 4,
            .what = "data marked CE", .implies = (const char *const[]){"B1", "B2", "B4", NULL}},
    [B4] = {.name = "B4", .title = "the same in four segments, no CE", .connectivity = "ecn.split.connectivity",
            .modes = WITH_DATA, .steps = setup_and_cut, .nsteps = 2, .what = "requests cut into four segments"},
    [B5] = {.name = "B5", .title = "no ECN in the SYN, ECT(0) data", .connectivity = "ecn.unasked.connectivity",
            .modes = WITH_DATA, .steps = ect_alone, .nsteps = 1, .what = "data marked ECT(0) without ECN setup"},
};

enum condition { SUCCEEDED, REFLECTED, FAILED, ECT0_SEEN, ECT0_NOT, ECT1_SEEN, ECT1_NOT, CE_SEEN, CE_NOT,
                 ECHOED, NOT_ECHOED, HONOURED, IGNORED, SPURIOUS, CONDITIONS };

static const struct pp_condition conditions[CONDITIONS] = {
    [SUCCEEDED] = {.name = "ecn.negotiation.succeeded",
                   .what = "The answer to B1's ECN-setup SYN was an ECN-setup SYN/ACK: ECE without CWR. (Of this and "
                           "what follows on marks: in B3, which has the same SYN, where B1 was not asked.)"},
    [REFLECTED] = {.name = "ecn.negotiation.reflected",
                   .what = "The SYN/ACK had ECE and CWR, as the SYN had: something copies flags it does not know."},
    [FAILED] = {.name = "ecn.negotiation.failed",
                .what = "The SYN/ACK was not an ECN-setup one: the server, or something before it, does without ECN."},
    [ECT0_SEEN] = {.name = "ecn.ipmark.ect0.seen", .modes = WITH_DATA,
                   .what = "A data segment of the server arrived in B1 marked ECT(0)."},
    [ECT0_NOT] = {.name = "ecn.ipmark.ect0.not_seen", .modes = WITH_DATA, .absence = PP_ABSENCE_TWICE,
                  .what = "B1 negotiated ECN, data of the server arrived that was no repetition, and none marked "
                          "ECT(0)."},
    [ECT1_SEEN] = {.name = "ecn.ipmark.ect1.seen", .modes = WITH_DATA,
                   .what = "A data segment of the server arrived in B1 marked ECT(1)."},
    [ECT1_NOT] = {.name = "ecn.ipmark.ect1.not_seen", .modes = WITH_DATA, .absence = PP_ABSENCE_ONCE,
                  .what = "B1 negotiated ECN, data of the server arrived that was no repetition, and none marked "
                          "ECT(1)."},
    [CE_SEEN] = {.name = "ecn.ipmark.ce.seen", .modes = WITH_DATA,
                 .what = "A data segment of the server arrived in B1 marked CE: a queue on the way was congested, or a "
                         "device marks wrongly."},
    [CE_NOT] = {.name = "ecn.ipmark.ce.not_seen", .modes = WITH_DATA, .absence = PP_ABSENCE_ONCE,
                .what = "B1 negotiated ECN, data of the server arrived that was no repetition, and none marked CE."},
    [ECHOED] = {.name = "ecn.feedback.ce.echoed", .modes = WITH_DATA,
                .what = "B3 negotiated ECN, and an acknowledgment of its CE, before CWR, had ECE."},
    [NOT_ECHOED] = {.name = "ecn.feedback.ce.not_echoed", .modes = WITH_DATA, .absence = PP_ABSENCE_TWICE,
                    .what = "B3 negotiated ECN, its CE was acknowledged, and before CWR without ECE: the mark did not "
                            "arrive, or the server does not echo it."},
    [HONOURED] = {.name = "ecn.feedback.cwr.honoured", .modes = WITH_DATA,
                  .what = "CE was echoed, and acknowledgments of data behind CWR came without ECE."},
    [IGNORED] = {.name = "ecn.feedback.cwr.ignored", .modes = WITH_DATA,
                 .what = "CE was echoed, and acknowledgments of data behind CWR still had ECE."},
    [SPURIOUS] = {.name = "ecn.feedback.spurious", .modes = WITH_DATA,
                  .what = "ECE came in B3 before CE was sent, or in B4, if that was asked, where it never was: a queue "
                          "on the way was congested, or a device or the server marks wrongly. Nothing else is said "
                          "of feedback."},
};

/* The meaning of the SYN/ACK's flags; the first row that fits is used. */
static const struct {
    int64_t mask, value;
    enum condition state;
} negotiation[] = {
    {PP_TCP_ECE | PP_TCP_CWR, PP_TCP_ECE, SUCCEEDED},
    {PP_TCP_ECE | PP_TCP_CWR, PP_TCP_ECE | PP_TCP_CWR, REFLECTED},
    {0, 0, FAILED},
};

static const struct {
    enum field field;
    enum condition seen, not_seen;
} marks[] = {{ECT0, ECT0_SEEN, ECT0_NOT}, {ECT1, ECT1_SEEN, ECT1_NOT}, {CE, CE_SEEN, CE_NOT}};

static bool is_synack(int64_t flags)
{
    const int64_t both = PP_TCP_SYN | PP_TCP_ACK;

    return flags != PP_NULL && (flags & both) == both;
}

/* Sets the row of `negotiation` for O. False: no SYN/ACK was seen. */
static bool agreed(const struct pp_outcome *o, enum condition *state)
{
    unsigned i = 0;

    if (!o->took_part || !o->observed || !is_synack(o->value[SYNACK]))
        return false;
    while ((o->value[SYNACK] & negotiation[i].mask) != negotiation[i].value)
        i++;
    *state = negotiation[i].state;
    return true;
}

/* Marks on the target's data, in B1 or, where a round left it out, in B3. */
static void conclude_marks(const struct pp_outcome *b1, enum condition state, struct pp_sink *sink)
{
    for (unsigned i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (b1->value[marks[i].field] == 1)
            sink->state(sink, marks[i].seen, 0);
        /*
         * Missing marks mean something only if ECN was negotiated and the data was not retransmitted, as
         * retransmissions are not marked.
         */
        else if (state == SUCCEEDED && b1->value[FIRST_DATA] == 1)
            sink->state(sink, marks[i].not_seen, 0);
    }
}

/* States the target's feedback to the marks on B3's data. If it sent ECE before CE, its feedback means nothing. */
static void conclude_feedback(const struct pp_outcome *b3, const struct pp_outcome *b4, struct pp_sink *sink)
{
    enum condition state, other;

    if (!agreed(b3, &state) || state != SUCCEEDED)
        return;
    if (b3->value[BEFORE_CE] == 1 || (agreed(b4, &other) && other == SUCCEEDED && b4->value[BEFORE_CE] == 1)) {
        sink->state(sink, SPURIOUS, 0);
        return;
    }
    if (b3->value[AFTER_CE] != PP_NULL)
        sink->state(sink, b3->value[AFTER_CE] ? ECHOED : NOT_ECHOED, 0);
    if (b3->value[AFTER_CE] == 1 && b3->value[AFTER_CWR] != PP_NULL)
        sink->state(sink, b3->value[AFTER_CWR] ? IGNORED : HONOURED, 0);
}

static void conclude(const struct pp_round_view *round, struct pp_sink *sink)
{
    /* B3 has B1's SYN, and so the same answer; the target marks its data independent of the marks received. */
    const struct pp_outcome *b1 = &round->arm[round->arm[B1].took_part ? B1 : B3];
    enum condition state;

    if (agreed(b1, &state)) {
        /* A server may refuse ECN in a retransmitted SYN/ACK. */
        if (state == FAILED && b1->value[FIRST_SYNACK] != 1)
            sink->doubt(sink, state, 0);
        else
            sink->state(sink, state, 0);
        if (round->mode & WITH_DATA)
            conclude_marks(b1, state, sink);
    }
    if (round->mode & WITH_DATA)
        conclude_feedback(&round->arm[B3], &round->arm[B4], sink);
}

/* The other conditions are about packets from the target. */
static const struct pp_loss losses[] = {
    {"ecn.negotiation.failed", "B1"},
    {"ecn.negotiation.reflected", "B1"},
    {"ecn.feedback.ce.not_echoed", "B3"},
};

PP_PLUGIN_DEFINE = {
    .abi = PP_PLUGIN_ABI,
    .size = sizeof(struct pp_plugin),
    .name = "ecn",
    .title = "does ECN (RFC 3168) get through?",
    .description =
        "Each target is talked to without ECN (A) and with an ECN-setup SYN (B1). In connect modes http and https, "
        "also with an ECN-setup SYN and data marked ECT(0) (B2); with the request in four segments, of which the "
        "second is marked CE and the third has CWR (B3); and, to tell what the marks do from what else differs, "
        "with the same segments but no CE (B4), and with data marked ECT(0) behind a SYN without ECN (B5). If A "
        "gets through and B1 does not, the path or the target drops or rejects ECN-setup SYNs; if B1 gets through "
        "and B2 does not, it is the marked data that is lost; if B4 gets through and B3 does not, CE.\n"
        "\n"
        "The marks on the target's own data are read in B1, what it answers to CE and CWR in B3. Which device on the "
        "path is to blame is not asked, nor whether the target itself heeds congestion.",
    .modes = WITH_DATA | PP_MODE_TCP,
    .default_mode = PP_MODE_HTTP,
    .arms = arms,
    .narms = ARMS,
    .conditions = conditions,
    .nconditions = CONDITIONS,
    .chains = chains,
    .fields = fields,
    .conclude = conclude,
    .losses = losses,
    .nlosses = sizeof losses / sizeof *losses,
};
