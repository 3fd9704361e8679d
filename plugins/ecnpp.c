/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ecnpp.c: may a SYN be marked? ECN++ (draft-ietf-tcpm-generalized-ecn) would have all packets of a connection carry
 * the ECN field, SYNs too, which RFC 3168 section 6.1.1 forbids. One arm for each cell of a table: the request in the
 * SYN (none, ECN, AccECN) by its ECN codepoint. SYN/ACKs differ from cell to cell and have to reach the client, too, so
 * no arm implies another.
 */
#include "../core/abi/plugin.h"

#include <stdbool.h>

/* Places in pp_outcome.value. */
enum field { SYNS, SYNACKS, FLAGS };

static const char *const fields[] = {
    [SYNS] = "tcp_syn_fwd", [SYNACKS] = "tcp_syn_rev", [FLAGS] = "tcp_synflags12_rev", NULL,
};

static const char *const chains[] = {NULL};

#define ECN (PP_TCP_ECE | PP_TCP_CWR)
#define ACCECN (PP_TCP_ECE | PP_TCP_CWR | PP_TCP_AE)

/* A is the cell without a request and without a mark. */
enum arm { A, B1, B2, B3, B4, B5, B6, B7, B8, B9, B10, B11, ARMS };

static const struct pp_step step[ARMS] = {
    [B1] = {.on = PP_ON_SYN, .tos_mask = 0x03, .tos = PP_ECT0},
    [B2] = {.on = PP_ON_SYN, .tos_mask = 0x03, .tos = PP_ECT1},
    [B3] = {.on = PP_ON_SYN, .tos_mask = 0x03, .tos = PP_CE},
    [B4] = {.on = PP_ON_SYN, .tcp_set = ECN, .tos_mask = 0x03, .tos = PP_NOT_ECT},
    [B5] = {.on = PP_ON_SYN, .tcp_set = ECN, .tos_mask = 0x03, .tos = PP_ECT0},
    [B6] = {.on = PP_ON_SYN, .tcp_set = ECN, .tos_mask = 0x03, .tos = PP_ECT1},
    [B7] = {.on = PP_ON_SYN, .tcp_set = ECN, .tos_mask = 0x03, .tos = PP_CE},
    [B8] = {.on = PP_ON_SYN, .tcp_set = ACCECN, .tos_mask = 0x03, .tos = PP_NOT_ECT},
    [B9] = {.on = PP_ON_SYN, .tcp_set = ACCECN, .tos_mask = 0x03, .tos = PP_ECT0},
    [B10] = {.on = PP_ON_SYN, .tcp_set = ACCECN, .tos_mask = 0x03, .tos = PP_ECT1},
    [B11] = {.on = PP_ON_SYN, .tcp_set = ACCECN, .tos_mask = 0x03, .tos = PP_CE},
};

#define CELL(arm, title_, setup, codepoint, what_)                                                                     \
    [arm] = {.name = #arm, .title = title_, .connectivity = "ecnpp." setup "." codepoint ".connectivity",              \
             .steps = &step[arm], .nsteps = 1, .what = what_}

static const struct pp_arm arms[ARMS] = {
    [A] = {.name = "A", .title = "SYN without ECN"},
    CELL(B1, "SYN without ECN, ECT(0)", "none", "ect0", "SYNs without ECN marked ECT(0)"),
    CELL(B2, "SYN without ECN, ECT(1)", "none", "ect1", "SYNs without ECN marked ECT(1)"),
    CELL(B3, "SYN without ECN, CE", "none", "ce", "SYNs without ECN marked CE"),
    CELL(B4, "ECN-setup SYN", "ecn", "notect", "ECN-setup SYNs"),
    CELL(B5, "ECN-setup SYN, ECT(0)", "ecn", "ect0", "ECN-setup SYNs marked ECT(0)"),
    CELL(B6, "ECN-setup SYN, ECT(1)", "ecn", "ect1", "ECN-setup SYNs marked ECT(1)"),
    CELL(B7, "ECN-setup SYN, CE", "ecn", "ce", "ECN-setup SYNs marked CE"),
    CELL(B8, "AccECN-setup SYN", "accecn", "notect", "AccECN-setup SYNs"),
    CELL(B9, "AccECN-setup SYN, ECT(0)", "accecn", "ect0", "AccECN-setup SYNs marked ECT(0)"),
    CELL(B10, "AccECN-setup SYN, ECT(1)", "accecn", "ect1", "AccECN-setup SYNs marked ECT(1)"),
    CELL(B11, "AccECN-setup SYN, CE", "accecn", "ce", "AccECN-setup SYNs marked CE"),
};

#define SYNACK(arm, setup, codepoint)                                                                                  \
    [arm - B4] = {.name = "ecnpp." setup "." codepoint ".synack", .has_value = 1,                                      \
                  .what = "AE, CWR and ECE of the answer to " #arm "'s SYN, as a number: 4, 2 and 1."}

static const struct pp_condition conditions[] = {
    SYNACK(B4, "ecn", "notect"),    SYNACK(B5, "ecn", "ect0"),     SYNACK(B6, "ecn", "ect1"),
    SYNACK(B7, "ecn", "ce"),        SYNACK(B8, "accecn", "notect"), SYNACK(B9, "accecn", "ect0"),
    SYNACK(B10, "accecn", "ect1"),  SYNACK(B11, "accecn", "ce"),
};

/* True if there was one SYN and one SYN/ACK: a repeated SYN/ACK carries less information. */
static bool readable(const struct pp_outcome *o)
{
    const int64_t both = PP_TCP_SYN | PP_TCP_ACK;

    return o->took_part && o->observed && o->value[SYNS] == 1 && o->value[SYNACKS] == 1 &&
           o->value[FLAGS] != PP_NULL && (o->value[FLAGS] & both) == both;
}

static void conclude(const struct pp_round_view *round, struct pp_sink *sink)
{
    for (unsigned arm = B4; arm < ARMS; arm++)
        if (readable(&round->arm[arm]))
            sink->state(sink, arm - B4, round->arm[arm].value[FLAGS] >> 6 & 7);
}

PP_PLUGIN_DEFINE = {
    .abi = PP_PLUGIN_ABI,
    .size = sizeof(struct pp_plugin),
    .name = "ecnpp",
    .title = "may SYNs be marked (ECN++)?",
    .description =
        "Each target is talked to by SYNs that ask for nothing, for ECN (RFC 3168) or for AccECN (RFC 9768), each "
        "marked Not-ECT, ECT(0), ECT(1) and CE: twelve cells, of which A is the first. Where the Not-ECT cell of a row "
        "gets through and a marked one does not, the path or the target drops or refuses marked SYNs; where the same "
        "mark gets through without ECN, it is the two together.\n"
        "\n"
        "What the SYN/ACK says is stated for each cell that asks for something, as it arrived. A server may answer a "
        "marked ECN-setup SYN by doing without ECN (Linux does): that is no fault of the path. What an AccECN server "
        "says of the marks that arrived, the experiment accecn reads.",
    .modes = PP_MODE_TCP | PP_MODE_HTTP | PP_MODE_HTTPS | PP_MODE_DNSTCP,
    .default_mode = PP_MODE_TCP,
    .arms = arms,
    .narms = ARMS,
    .conditions = conditions,
    .nconditions = sizeof conditions / sizeof *conditions,
    .chains = chains,
    .fields = fields,
    .conclude = conclude,
};
