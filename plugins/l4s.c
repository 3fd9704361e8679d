/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * l4s.c: does data marked ECT(1), the identifier of L4S (RFC 9331 section 2), get through and arrive with its mark?
 * Other arms send data marked ECT(0) and Not-ECT. All connections ask for AccECN (RFC 9768): a server that supports it
 * counts the bytes that arrive with each codepoint, and reports them in an option.
 */
#include "../core/abi/plugin.h"

#include <stdbool.h>

/* Places in pp_outcome.value. */
enum field { SYNS, SYNACKS, FLAGS, OPTION, ZEROED, IS_ECT0, IS_CE, IS_ECT1 };

static const char *const fields[] = {
    [SYNS] = "tcp_syn_fwd",     [SYNACKS] = "tcp_syn_rev",  [FLAGS] = "tcp_synflags12_rev", [OPTION] = "accecn_ack",
    [ZEROED] = "accecn_zeroed", [IS_ECT0] = "accecn_ect0", [IS_CE] = "accecn_ce",          [IS_ECT1] = "accecn_ect1",
    NULL,
};

static const char *const chains[] = {"accecn", NULL};

#define SETUP {.on = PP_ON_SYN, .tcp_set = PP_TCP_ECE | PP_TCP_CWR | PP_TCP_AE}

static const struct pp_step notect[] = {SETUP};
static const struct pp_step ect0[] = {SETUP, {.on = PP_ON_DATA, .tos_mask = 0x03, .tos = PP_ECT0}};
static const struct pp_step ect1[] = {SETUP, {.on = PP_ON_DATA, .tos_mask = 0x03, .tos = PP_ECT1}};

enum arm { A, B1, B2, B3, ARMS };

/* Both marked arms have B1's SYN, and so get the same answer. */
static const struct pp_arm arms[ARMS] = {
    [A] = {.name = "A", .title = "no ECN"},
    [B1] = {.name = "B1", .title = "AccECN-setup SYN, Not-ECT data", .connectivity = "l4s.notect.connectivity",
            .steps = notect, .nsteps = 1, .what = "AccECN-setup SYNs"},
    [B2] = {.name = "B2", .title = "AccECN-setup SYN, ECT(0) data", .connectivity = "l4s.ect0.connectivity",
            .steps = ect0, .nsteps = 2, .what = "data marked ECT(0)", .implies = (const char *const[]){"B1", NULL}},
    [B3] = {.name = "B3", .title = "AccECN-setup SYN, ECT(1) data", .connectivity = "l4s.ect1.connectivity",
            .steps = ect1, .nsteps = 2, .what = "data marked ECT(1)", .implies = (const char *const[]){"B1", NULL}},
};

/* The result for a mark, in the same order for both. */
enum fate { PRESERVED, REMARKED, BLEACHED, CONGESTED, FATES };

enum condition { OF_ECT0, OF_ECT1 = OF_ECT0 + FATES, SHARE_ECT0 = OF_ECT1 + FATES, SHARE_ECT1, CONDITIONS };

#define COUNTED " arrived, by the target's own count, "

static const struct pp_condition conditions[CONDITIONS] = {
    [OF_ECT0 + PRESERVED] = {.name = "l4s.ect0.preserved", .what = "B2's data" COUNTED "marked ECT(0), or some CE."},
    [OF_ECT0 + REMARKED] = {.name = "l4s.ect0.remarked",
                            .what = "Of B2's data some" COUNTED "marked ECT(1): what is not L4S is taken for it."},
    [OF_ECT0 + BLEACHED] = {.name = "l4s.ect0.bleached", .absence = PP_ABSENCE_TWICE,
                            .what = "Nothing of B2's data" COUNTED "with a mark, though the target does count."},
    [OF_ECT0 + CONGESTED] = {.name = "l4s.ect0.marked_ce", .what = "B2's data" COUNTED "marked CE, all of it."},
    [OF_ECT1 + PRESERVED] = {.name = "l4s.ect1.preserved", .what = "B3's data" COUNTED "marked ECT(1), or some CE."},
    [OF_ECT1 + REMARKED] = {.name = "l4s.ect1.remarked",
                            .what = "Of B3's data some" COUNTED "marked ECT(0): L4S is taken for what it is not."},
    [OF_ECT1 + BLEACHED] = {.name = "l4s.ect1.bleached", .absence = PP_ABSENCE_TWICE,
                            .what = "Nothing of B3's data" COUNTED "with a mark, though the target does count."},
    [OF_ECT1 + CONGESTED] = {.name = "l4s.ect1.marked_ce", .what = "B3's data" COUNTED "marked CE, all of it."},
    [SHARE_ECT0] = {.name = "l4s.ect0.ce.share", .has_value = 1,
                    .what = "Percent of B2's bytes that arrived with a mark, that had CE, by the target's count."},
    [SHARE_ECT1] = {.name = "l4s.ect1.ce.share", .has_value = 1, .what = "The same of B3's."},
};

/* Whether O's server agreed to AccECN: RFC 9768 table 2, CWR alone, as the SYN was not marked. */
static bool agreed(const struct pp_outcome *o)
{
    const int64_t all = PP_TCP_SYN | PP_TCP_ACK | PP_TCP_AE | PP_TCP_CWR | PP_TCP_ECE;

    return o->took_part && o->observed && o->ok && o->value[SYNS] == 1 && o->value[SYNACKS] == 1 &&
           o->value[FLAGS] != PP_NULL && (o->value[FLAGS] & all) == (PP_TCP_SYN | PP_TCP_ACK | PP_TCP_CWR);
}

/* Bytes that arrived of each codepoint. */
struct count {
    int64_t ect0, ect1, ce;
};

/* Missing counters have not changed (section 3.2.3.3); the first two begin at 1. */
static struct count count_of(const struct pp_outcome *o)
{
    struct count n = {0};

    if (!o->took_part)
        return n;
    n.ect0 = o->value[IS_ECT0] > 1 ? o->value[IS_ECT0] - 1 : 0;
    n.ect1 = o->value[IS_ECT1] > 1 ? o->value[IS_ECT1] - 1 : 0;
    n.ce = o->value[IS_CE] > 0 ? o->value[IS_CE] : 0;
    return n;
}

static bool counts(const struct pp_outcome *o)
{
    struct count n = count_of(o);

    return agreed(o) && o->value[ZEROED] != 1 && n.ect0 + n.ect1 + n.ce > 0;
}

static void conclude_mark(const struct pp_outcome *o, bool is_ect1, struct pp_sink *sink)
{
    struct count n = count_of(o);
    int64_t own = is_ect1 ? n.ect1 : n.ect0, other = is_ect1 ? n.ect0 : n.ect1;
    enum fate fate = other > 0 ? REMARKED : own > 0 ? PRESERVED : CONGESTED;

    if (!counts(o)) {
        if (agreed(o) && o->value[ZEROED] != 1)
            sink->state(sink, (is_ect1 ? OF_ECT1 : OF_ECT0) + BLEACHED, 0);
        return;
    }
    sink->state(sink, (is_ect1 ? OF_ECT1 : OF_ECT0) + (unsigned)fate, 0);
    sink->state(sink, is_ect1 ? SHARE_ECT1 : SHARE_ECT0, 100 * n.ce / (own + other + n.ce));
}

/*
 * A server may omit the option while no counter changes, or a box may remove it. If one arm's marks are reported, the
 * server counts, and its option reaches the client.
 */
static void conclude(const struct pp_round_view *round, struct pp_sink *sink)
{
    const struct pp_outcome *b2 = &round->arm[B2], *b3 = &round->arm[B3];

    if (counts(b2) || counts(b3)) {
        conclude_mark(b2, false, sink);
        conclude_mark(b3, true, sink);
    }
}

static const struct pp_loss losses[] = {
    {"l4s.ect0.bleached", "B2"}, {"l4s.ect1.bleached", "B3"}, {"l4s.ect0.remarked", "B2"}, {"l4s.ect1.remarked", "B3"},
};

PP_PLUGIN_DEFINE = {
    .abi = PP_PLUGIN_ABI,
    .size = sizeof(struct pp_plugin),
    .name = "l4s",
    .title = "do data marked ECT(1) get through as they were sent (L4S, RFC 9331)?",
    .description =
        "Each target is talked to without ECN (A), and with an AccECN-setup SYN (RFC 9768) and data marked Not-ECT "
        "(B1), ECT(0) (B2) and ECT(1) (B3). If B1 gets through and B3 does not, the path or the target drops ECT(1); "
        "if B2 does not either, all that is ECT.\n"
        "\n"
        "A target that agrees to AccECN counts the bytes that arrive of each codepoint: ECT(1) that arrives as ECT(0) "
        "loses its low latency, ECT(0) that arrives as ECT(1) gets into a queue in which it does not belong, and what "
        "arrives Not-ECT is bleached. The share of CE is that of a few bytes at one moment: it says that something "
        "marks, not how much. Of targets without AccECN, and where neither mark is counted, nothing is said but what "
        "gets through.",
    .modes = PP_MODE_HTTP,
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
