/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * accecn.c: does AccECN (RFC 9768) get through, and with which marks do SYNs arrive? A server that supports AccECN
 * reports in its SYN/ACK the mark with which the SYN arrived, so four handshakes show how the path to the server treats
 * the ECN field.
 */
#include "../core/abi/plugin.h"

#include <stdbool.h>

/* Places in pp_outcome.value. */
enum field { SYNS, SYNACKS, FLAGS, OPTION, ZEROED };

static const char *const fields[] = {
    [SYNS] = "tcp_syn_fwd",  [SYNACKS] = "tcp_syn_rev",  [FLAGS] = "tcp_synflags12_rev",
    [OPTION] = "accecn_ack", [ZEROED] = "accecn_zeroed", NULL,
};

static const char *const chains[] = {"accecn", NULL};

#define MARK(on_, codepoint) {.on = on_, .tos_mask = 0x03, .tos = codepoint}
/* Section 3.1.1; a server without AccECN reads a SYN with these flags as an ECN-setup SYN. */
#define ACCECN(codepoint) \
    {.on = PP_ON_SYN, .tcp_set = PP_TCP_ECE | PP_TCP_CWR | PP_TCP_AE, .tos_mask = 0x03, .tos = codepoint}

enum arm { A, B1, B2, B3, B4, B5, B6, B7, B8, ARMS };

static const struct pp_step classic[] = {{.on = PP_ON_SYN, .tcp_set = PP_TCP_ECE | PP_TCP_CWR}};
static const struct pp_step accecn[] = {ACCECN(PP_NOT_ECT)};
/* Data is marked, too, as a server sends counters in an option only once they have changed (section 3.2.3.3). */
static const struct pp_step accecn_ect0[] = {ACCECN(PP_ECT0), MARK(PP_ON_DATA, PP_ECT0)};
static const struct pp_step accecn_ect1[] = {ACCECN(PP_ECT1)};
static const struct pp_step accecn_ce[] = {ACCECN(PP_CE)};
static const struct pp_step ect0[] = {MARK(PP_ON_SYN, PP_ECT0)};
static const struct pp_step ect1[] = {MARK(PP_ON_SYN, PP_ECT1)};
static const struct pp_step ce[] = {MARK(PP_ON_SYN, PP_CE)};

static const struct pp_arm arms[ARMS] = {
    [A] = {.name = "A", .title = "no ECN"},
    [B1] = {.name = "B1", .title = "ECN-setup SYN, as before AccECN", .connectivity = "accecn.classic.connectivity",
            .steps = classic, .nsteps = 1, .what = "ECN-setup SYNs"},
    [B2] = {.name = "B2", .title = "AccECN-setup SYN", .connectivity = "accecn.connectivity", .steps = accecn,
            .nsteps = 1, .what = "AccECN-setup SYNs"},
    [B3] = {.name = "B3", .title = "AccECN-setup SYN and data, both ECT(0)",
            .connectivity = "accecn.ect0.connectivity", .steps = accecn_ect0, .nsteps = 2,
            .what = "AccECN-setup SYNs and data marked ECT(0)"},
    [B4] = {.name = "B4", .title = "AccECN-setup SYN, ECT(1)", .connectivity = "accecn.ect1.connectivity",
            .steps = accecn_ect1, .nsteps = 1, .what = "AccECN-setup SYNs marked ECT(1)"},
    [B5] = {.name = "B5", .title = "AccECN-setup SYN, CE", .connectivity = "accecn.ce.connectivity",
            .steps = accecn_ce, .nsteps = 1, .what = "AccECN-setup SYNs marked CE"},
    [B6] = {.name = "B6", .title = "SYN without ECN, ECT(0)", .connectivity = "accecn.unasked.ect0.connectivity",
            .steps = ect0, .nsteps = 1, .what = "SYNs without ECN marked ECT(0)"},
    [B7] = {.name = "B7", .title = "SYN without ECN, ECT(1)", .connectivity = "accecn.unasked.ect1.connectivity",
            .steps = ect1, .nsteps = 1, .what = "SYNs without ECN marked ECT(1)"},
    [B8] = {.name = "B8", .title = "SYN without ECN, CE", .connectivity = "accecn.unasked.ce.connectivity",
            .steps = ce, .nsteps = 1, .what = "SYNs without ECN marked CE"},
};

/* ---- conditions ---------------------------------------------------------------------------------------------- */

/* Codepoints in the order of the arms B2 to B5. */
enum codepoint { NOTECT, ECT0, ECT1, CE, CODEPOINTS };

enum condition {
    SUCCEEDED, DOWNGRADED_ECN, DOWNGRADED_NOECN, REFLECTED, RESERVED,
    SEEN, ABSENT, ZERO,
    BLEACHED, CE_STUCK, CE_CLEARED, ECT1_REMARKED, ECT1_BLEACHED,
    FORWARD,
    CONDITIONS = FORWARD + CODEPOINTS * CODEPOINTS
};

#define ARRIVED(i, sent, arrived, arm, was, is)                                                                        \
    [FORWARD + (i)] = {.name = "ecn.fwd." sent "." arrived,                                                            \
                       .what = "The SYN of " arm ", sent " was ", arrived " is ", by the target's own account."}
#define ROW(i, sent, arm, was)                                                                                         \
    ARRIVED(4 * (i) + NOTECT, sent, "notect", arm, was, "Not-ECT"),                                                    \
    ARRIVED(4 * (i) + ECT0, sent, "ect0", arm, was, "ECT(0)"),                                                         \
    ARRIVED(4 * (i) + ECT1, sent, "ect1", arm, was, "ECT(1)"),                                                         \
    ARRIVED(4 * (i) + CE, sent, "ce", arm, was, "CE")

static const struct pp_condition conditions[CONDITIONS] = {
    [SUCCEEDED] = {.name = "accecn.negotiation.succeeded",
                   .what = "The answer to B2's SYN agreed to AccECN. Its flags may have been altered on the way."},
    [DOWNGRADED_ECN] = {.name = "accecn.negotiation.downgraded_ecn",
                        .what = "It agreed to ECN without AccECN: the server knows no more, or something cleared AE."},
    [DOWNGRADED_NOECN] = {.name = "accecn.negotiation.downgraded_noecn", .what = "It agreed to neither."},
    [REFLECTED] = {.name = "accecn.negotiation.reflected",
                   .what = "It had the SYN's flags, all or ECE and CWR: something copies what it does not know."},
    [RESERVED] = {.name = "accecn.negotiation.reserved",
                  .what = "It had the one combination that is kept for later use, AE and ECE."},
    [SEEN] = {.name = "accecn.option.seen", .modes = PP_MODE_HTTP,
              .what = "B3 agreed to AccECN, and an acknowledgment of its data had an AccECN option."},
    [ABSENT] = {.name = "accecn.option.absent", .modes = PP_MODE_HTTP, .absence = PP_ABSENCE_TWICE,
                .what = "B3 agreed to AccECN, and none had: removed on the way, or never sent."},
    [ZERO] = {.name = "accecn.option.zeroed", .modes = PP_MODE_HTTP,
              .what = "B3 agreed to AccECN, and an option arrived whose first counter was 0, where it begins at 1."},
    [BLEACHED] = {.name = "ecn.fwd.bleached", .what = "ECT(0) and ECT(1) both arrived as Not-ECT."},
    [CE_STUCK] = {.name = "ecn.fwd.ce_stuck", .what = "ECT(0) and ECT(1) both arrived as CE."},
    [CE_CLEARED] = {.name = "ecn.fwd.ce_cleared", .what = "CE arrived as something else, ECT(0) as it was sent."},
    [ECT1_REMARKED] = {.name = "l4s.ect1.remarked", .what = "ECT(1) arrived as ECT(0), ECT(0) as it was sent."},
    [ECT1_BLEACHED] = {.name = "l4s.ect1.bleached", .what = "ECT(1) arrived as Not-ECT, ECT(0) as it was sent."},
    ROW(NOTECT, "notect", "B2", "Not-ECT"),
    ROW(ECT0, "ect0", "B3", "ECT(0)"),
    ROW(ECT1, "ect1", "B4", "ECT(1)"),
    ROW(CE, "ce", "B5", "CE"),
};

/* RFC 9768 table 2: the meaning of AE, CWR and ECE in the SYN/ACK to a client that asked for AccECN. */
static const struct {
    enum condition state;
    int arrived; /* enum codepoint of the SYN; -1: not told */
} meaning[8] = {
    {DOWNGRADED_NOECN, -1}, {DOWNGRADED_ECN, -1}, {SUCCEEDED, NOTECT}, {SUCCEEDED, ECT1},
    {SUCCEEDED, ECT0},      {RESERVED, -1},       {SUCCEEDED, CE},     {REFLECTED, -1},
};

/*
 * True if O's handshake had one SYN and one SYN/ACK. A server answers the latest SYN, and a repeated SYN/ACK carries
 * less information (section 3.1.4), so other handshakes show nothing.
 */
static bool readable(const struct pp_outcome *o, unsigned *ace)
{
    const int64_t both = PP_TCP_SYN | PP_TCP_ACK;

    if (!o->took_part || !o->observed || o->value[SYNS] != 1 || o->value[SYNACKS] != 1 ||
        o->value[FLAGS] == PP_NULL || (o->value[FLAGS] & both) != both)
        return false;
    *ace = (unsigned)(o->value[FLAGS] >> 6 & 7);
    return true;
}

/* States the conditions that need the arrivals of all four marks. */
static void conclude_row(const int *arrived, struct pp_sink *sink)
{
    if (arrived[ECT0] == NOTECT && arrived[ECT1] == NOTECT)
        sink->state(sink, BLEACHED, 0);
    if (arrived[ECT0] == CE && arrived[ECT1] == CE)
        sink->state(sink, CE_STUCK, 0);
    if (arrived[ECT0] != ECT0)
        return;
    if (arrived[CE] >= 0 && arrived[CE] != CE)
        sink->state(sink, CE_CLEARED, 0);
    if (arrived[ECT1] == ECT0 || arrived[ECT1] == NOTECT)
        sink->state(sink, arrived[ECT1] == ECT0 ? ECT1_REMARKED : ECT1_BLEACHED, 0);
}

static void conclude_option(const struct pp_outcome *b3, struct pp_sink *sink)
{
    if (b3->value[ZEROED] == 1)
        sink->state(sink, ZERO, 0);
    else if (b3->value[OPTION] != PP_NULL)
        sink->state(sink, b3->value[OPTION] ? SEEN : ABSENT, 0);
}

static void conclude(const struct pp_round_view *round, struct pp_sink *sink)
{
    enum condition state = CONDITIONS;
    int arrived[CODEPOINTS];
    unsigned ace;

    for (int sent = NOTECT; sent < CODEPOINTS; sent++)
        arrived[sent] = readable(&round->arm[B2 + sent], &ace) ? meaning[ace].arrived : -1;
    if (readable(&round->arm[B2], &ace))
        state = meaning[ace].state;
    /*
     * A server that copies ECE and CWR but not AE reports ECT(1) for every mark. No path changes both Not-ECT and CE to
     * ECT(1).
     */
    if (arrived[NOTECT] == ECT1 && arrived[CE] == ECT1) {
        sink->state(sink, REFLECTED, 0);
        return;
    }
    if (state != CONDITIONS)
        sink->state(sink, state, 0);
    for (int sent = NOTECT; sent < CODEPOINTS; sent++)
        if (arrived[sent] >= 0)
            sink->state(sink, (unsigned)(FORWARD + CODEPOINTS * sent + arrived[sent]), 0);
    conclude_row(arrived, sink);
    if (round->mode & PP_MODE_HTTP && arrived[ECT0] >= 0)
        conclude_option(&round->arm[B3], sink);
}

/*
 * A mark that arrives as another one was changed on the path. B3 also marks its data, which would be swept instead, so
 * its SYN is swept by B6, which has the same mark.
 */
#define CHANGED(sent, arrived, arm) {"ecn.fwd." sent "." arrived, arm}
static const struct pp_loss losses[] = {
    CHANGED("notect", "ect0", "B2"), CHANGED("notect", "ect1", "B2"), CHANGED("notect", "ce", "B2"),
    CHANGED("ect0", "notect", "B6"), CHANGED("ect0", "ect1", "B6"),   CHANGED("ect0", "ce", "B6"),
    CHANGED("ect1", "notect", "B4"), CHANGED("ect1", "ect0", "B4"),   CHANGED("ect1", "ce", "B4"),
    CHANGED("ce", "notect", "B5"),   CHANGED("ce", "ect0", "B5"),     CHANGED("ce", "ect1", "B5"),
};

PP_PLUGIN_DEFINE = {
    .abi = PP_PLUGIN_ABI,
    .size = sizeof(struct pp_plugin),
    .name = "accecn",
    .title = "does AccECN (RFC 9768) get through, and which marks arrive?",
    .description =
        "Each target is talked to without ECN (A), with an ECN-setup SYN (B1), with an AccECN-setup SYN that is not "
        "marked (B2), and with such SYNs marked ECT(0) (B3), ECT(1) (B4) and CE (B5). A target that agrees to AccECN "
        "tells how each of these SYNs was marked on arrival. To tell what is wrong with the mark from what is wrong "
        "with the flags, SYNs without ECN are marked the same three ways (B6 to B8). If B1 gets through and B2 does "
        "not, the path or the target drops AE; if B2 gets through and B3 does not, and neither does B6, ECT on SYNs.\n"
        "\n"
        "Handshakes count where one SYN and one SYN/ACK were seen. B3 marks its data, too, so that the target has "
        "something to report in an AccECN option (connect mode http only).",
    .modes = PP_MODE_TCP | PP_MODE_HTTP,
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
