/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ecnctl.c: may TCP's control packets be marked? RFC 3168 section 6.1 keeps ECT off pure acknowledgments and off data
 * that is sent again; ECN++ (draft-ietf-tcpm-generalized-ecn) puts it on all of them. A conversation does not fail if
 * packets without payload are lost; whether they arrived is seen from the target's reaction or its retransmissions.
 */
#include "../core/abi/plugin.h"

#include <stdbool.h>

/* Places in pp_outcome.value. */
enum field { FIN_ACKED, AGAIN, DATA };

static const char *const fields[] = {
    [FIN_ACKED] = "control_fin_acked", [AGAIN] = "control_again_rev", [DATA] = "tcp_data_rev", NULL,
};

static const char *const chains[] = {"control", NULL};

enum arm { A, B1, B2, B3, ARMS };

/* The FIN, which also acknowledges, is marked, too: the loss of pure acknowledgments alone would have no effect. */
static const struct pp_step acks[] = {{.on = PP_ON_ACK, .which = PP_PURE_ACK | PP_FIN, .tos_mask = 0x03,
                                       .tos = PP_ECT0}};
static const struct pp_step fins[] = {{.on = PP_ON_ACK, .which = PP_FIN, .tos_mask = 0x03, .tos = PP_ECT0}};
static const struct pp_step again[] = {
    {.on = PP_ON_DATA, .which = PP_SENT_FIRST, .only_first = 1, .withhold = 1},
    {.on = PP_ON_DATA, .which = PP_SENT_AGAIN, .tos_mask = 0x03, .tos = PP_ECT0},
};

static const struct pp_arm arms[ARMS] = {
    [A] = {.name = "A", .title = "no ECN"},
    [B1] = {.name = "B1", .title = "pure acknowledgments and FIN marked ECT(0)",
            .connectivity = "ecnctl.ack.connectivity", .steps = acks, .nsteps = 1,
            .what = "pure acknowledgments marked ECT(0)"},
    [B2] = {.name = "B2", .title = "FIN marked ECT(0)", .connectivity = "ecnctl.fin.connectivity", .steps = fins,
            .nsteps = 1, .what = "FINs marked ECT(0)"},
    [B3] = {.name = "B3", .title = "the request arrives by a retransmission marked ECT(0)",
            .connectivity = "ecnctl.retransmission.connectivity", .steps = again, .nsteps = 2,
            .what = "retransmissions marked ECT(0)"},
};

enum condition { HEARD, UNHEARD, ACKED, NOT_ACKED, CONDITIONS };

static const struct pp_condition conditions[CONDITIONS] = {
    [HEARD] = {.name = "ecnctl.ack.heard",
               .what = "The target acknowledged B1's FIN, and sent nothing again that pure acknowledgments had "
                       "confirmed."},
    [UNHEARD] = {.name = "ecnctl.ack.unheard", .absence = PP_ABSENCE_TWICE,
                 .what = "The target sent again what B1's pure acknowledgments had confirmed, and did not acknowledge "
                         "its FIN; with A it did neither."},
    [ACKED] = {.name = "ecnctl.fin.acked", .what = "The target acknowledged B2's FIN."},
    [NOT_ACKED] = {.name = "ecnctl.fin.not_acked", .absence = PP_ABSENCE_TWICE,
                   .what = "The target acknowledged A's FIN, and not B2's."},
};

static bool readable(const struct pp_outcome *o)
{
    return o->took_part && o->observed && o->ok && o->value[FIN_ACKED] != PP_NULL && o->value[AGAIN] != PP_NULL &&
           o->value[DATA] > 0;
}

/* A target that retransmits at once, or does not answer FINs, shows nothing about marks. */
static void conclude(const struct pp_round_view *round, struct pp_sink *sink)
{
    const struct pp_outcome *a = &round->arm[A], *b1 = &round->arm[B1], *b2 = &round->arm[B2];

    if (!readable(a) || a->value[FIN_ACKED] != 1 || a->value[AGAIN] != 0)
        return;
    if (readable(b1) && b1->value[FIN_ACKED] == 1 && b1->value[AGAIN] == 0)
        sink->state(sink, HEARD, 0);
    else if (readable(b1) && b1->value[FIN_ACKED] == 0 && b1->value[AGAIN] > 0)
        sink->state(sink, UNHEARD, 0);
    if (readable(b2))
        sink->state(sink, b2->value[FIN_ACKED] == 1 ? ACKED : NOT_ACKED, 0);
}

static const struct pp_loss losses[] = {{"ecnctl.ack.unheard", "B1"}, {"ecnctl.fin.not_acked", "B2"}};

PP_PLUGIN_DEFINE = {
    .abi = PP_PLUGIN_ABI,
    .size = sizeof(struct pp_plugin),
    .name = "ecnctl",
    .title = "may acknowledgments, FINs and retransmissions be marked (ECN++)?",
    .description =
        "Each target is talked to without ECN (A), with pure acknowledgments and the FIN marked ECT(0) (B1), with the "
        "FIN alone marked (B2), and with a request whose first transmission is kept back, so that it arrives by a "
        "retransmission marked ECT(0) (B3). If A gets through and B3 does not, marked retransmissions are lost.\n"
        "\n"
        "Acknowledgments and FINs have no payload, and the answer comes without them: that they are lost shows by a "
        "target that sends again what was acknowledged, and leaves the FIN unanswered. A RST is answered by nothing: "
        "whether marked ones arrive cannot be seen from this end.",
    .modes = PP_MODE_HTTP | PP_MODE_HTTPS | PP_MODE_DNSTCP,
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
