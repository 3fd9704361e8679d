/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ecndscp.c: does the ECN field get through whatever the codepoint beside it? Both are in one byte, formerly the type
 * of service (RFC 791), and devices that still treat the byte as such change or drop ECN (Trammell et al., TMA 2018).
 * One arm for each pair: the codepoint on every packet, the ECN field on data and datagrams as in RFC 3168, without ECN
 * setup, so that an arm cannot fail for that.
 */
#include "../core/abi/plugin.h"

#include <stdbool.h>

enum { ECN_FIELDS = 4, DSCPS = PP_MAX_ARMS / ECN_FIELDS };

/* In the order of the arms. */
static const struct {
    uint8_t ecn;
    const char *name, *title;
} marks[ECN_FIELDS] = {
    {PP_NOT_ECT, "notect", "Not-ECT"}, {PP_ECT0, "ect0", "ECT(0)"}, {PP_ECT1, "ect1", "ECT(1)"}, {PP_CE, "ce", "CE"}};

static const struct pp_plugin_option options[] = {
    {.name = "codepoint", .arg = "N[,N...]", .def = "8,34,46", .min = 0, .max = 63, .most = DSCPS - 1,
     .what = "codepoints to combine with the ECN field, beside 0"},
};

/* After these come, for each arm with a mark, the conditions of how it arrived (ARRIVED). */
enum condition { LOST_ECN, LOST_DSCP, LOST_JOINT, CHANGED_JOINT, CONDITIONS };
#define ARRIVED(arm) (CONDITIONS + (arm) / ECN_FIELDS * (ECN_FIELDS - 1) + (arm) % ECN_FIELDS - 1)

static const struct pp_condition conditions[CONDITIONS] = {
    [LOST_ECN] = {.name = "ecndscp.ecn.lost", .what = "A mark of the ECN field is lost with codepoint 0 already."},
    [LOST_DSCP] = {.name = "ecndscp.dscp.lost", .what = "A codepoint is lost with Not-ECT already."},
    [LOST_JOINT] = {.name = "ecndscp.joint.lost",
                    .what = "A mark and a codepoint are lost together that both get through alone: what drops them "
                            "looks at the whole byte."},
    [CHANGED_JOINT] = {.name = "ecndscp.mark.changed", .modes = PP_MODE_QUICINIT,
                       .what = "By the target's own account a mark arrives as another beside a codepoint, which "
                               "arrives as it was sent beside 0."},
};

static void add_arm(struct pp_tables *t, uint32_t dscp, unsigned mark)
{
    struct pp_arm *arm = pp_tables_arm(t);

    arm->title = t->text(t, "codepoint %u, %s", dscp, marks[mark].title);
    if (arm == t->arms)
        return;
    arm->connectivity = t->text(t, "ecndscp.%u.%s.connectivity", dscp, marks[mark].name);
    arm->what = t->text(t, "packets of %s", arm->title);
    for (enum pp_on on = PP_ON_SYN; on < PP_ON_COUNT; on++) {
        bool marked = on == PP_ON_DATA || on == PP_ON_DATAGRAM;

        if (dscp || marked)
            pp_tables_step(t, (struct pp_step){.on = on, .tos_mask = marked ? 0xff : 0xfc,
                                               .tos = (uint8_t)(dscp << 2 | (marked ? marks[mark].ecn : 0))});
    }
    if (mark)
        pp_tables_conditions(t, &(struct pp_condition){
            .name = t->text(t, "ecndscp.%u.%s.arrived", dscp, marks[mark].name), .has_value = 1,
            .modes = PP_MODE_QUICINIT,
            .what = t->text(t, "As what %s beside codepoint %u arrived, by the target's own account: the ECN field.",
                            marks[mark].title, dscp)}, 1);
}

static const char *configure(const struct pp_numbers *option, struct pp_tables *t)
{
    uint32_t dscp[DSCPS] = {0}, n = 1;

    for (uint32_t i = 0; i < option->n; i++)
        if (option->v[i])
            dscp[n++] = option->v[i];
    pp_tables_conditions(t, conditions, CONDITIONS);
    for (uint32_t i = 0; i < n; i++)
        for (unsigned mark = 0; mark < ECN_FIELDS; mark++)
            add_arm(t, dscp[i], mark);
    return n > 1 ? NULL : "codepoint 0 is there in any case: --codepoint names what to compare with it";
}

/* ---- what arrived, over QUIC: counts of acknowledgments (RFC 9000 section 13.4) ---- */

/* Places in pp_outcome.value. */
enum field { ACKED, COUNTED, COUNT_ECT0, COUNT_ECT1, COUNT_CE, DATAGRAMS };

static const char *const fields[] = {
    [ACKED] = "quic_ack_rev", [COUNTED] = "quic_ecn_rev", [COUNT_ECT0] = "quic_ect0_counted",
    [COUNT_ECT1] = "quic_ect1_counted", [COUNT_CE] = "quic_ce_counted", [DATAGRAMS] = "udp_fwd", NULL,
};

static const char *const chains[] = {"udp", "quic", NULL};

enum { NOT_TOLD = -1, UNTRUE = -2 };

/*
 * The ECN field with which O's Initials arrived. NOT_TOLD: not reported, or they arrived with different marks; UNTRUE:
 * more were counted than sent.
 */
static int arrived(const struct pp_outcome *o)
{
    static const uint8_t ecn[] = {PP_ECT0, PP_ECT1, PP_CE};
    int64_t all = 0;
    int mark = PP_NOT_ECT;

    if (!o->took_part || !o->observed || o->value[ACKED] != 1)
        return NOT_TOLD;
    for (unsigned i = 0; o->value[COUNTED] == 1 && i < 3; i++) {
        int64_t n = o->value[COUNT_ECT0 + i];

        if (n <= 0)
            continue;
        mark = all ? NOT_TOLD : ecn[i];
        all += n;
    }
    return all > o->value[DATAGRAMS] ? UNTRUE : mark;
}

/* A target that reports no mark in any arm may not support it. Packets that are not counted arrived as Not-ECT. */
static void conclude(const struct pp_round_view *round, struct pp_sink *sink)
{
    int seen[PP_MAX_ARMS];
    bool reports = false;

    if (round->mode != PP_MODE_QUICINIT)
        return;
    for (unsigned i = 0; i < round->narms; i++) {
        seen[i] = arrived(&round->arm[i]);
        reports |= seen[i] > PP_NOT_ECT;
        if (seen[i] == UNTRUE)
            return;
    }
    for (unsigned i = 0; reports && i < round->narms; i++) {
        int sent = marks[i % ECN_FIELDS].ecn;

        if (i % ECN_FIELDS == 0 || seen[i] < 0)
            continue;
        (seen[i] ? sink->state : sink->doubt)(sink, ARRIVED(i), seen[i]);
        if (seen[i] != sent && seen[i % ECN_FIELDS] == sent)
            (seen[i] ? sink->state : sink->doubt)(sink, CHANGED_JOINT, 0);
    }
}

/* Arm I has mark I % 4 and codepoint I / 4; the first row and the first column have each of the two alone. */
static void sum_up(const struct pp_verdicts_view *v, struct pp_sink *sink)
{
    bool lost[CHANGED_JOINT] = {false};

    for (unsigned i = 1; i < v->narms; i++) {
        unsigned row = i - i % ECN_FIELDS, column = i % ECN_FIELDS;

        if (v->arm[i] != PP_VERDICT_BROKEN)
            continue;
        lost[LOST_ECN] |= row == 0;
        lost[LOST_DSCP] |= column == 0;
        lost[LOST_JOINT] |= row && column && v->arm[row] == PP_VERDICT_WORKS && v->arm[column] == PP_VERDICT_WORKS;
    }
    for (unsigned i = 0; i < CHANGED_JOINT; i++)
        if (lost[i])
            sink->state(sink, i, 0);
}

PP_PLUGIN_DEFINE = {
    .abi = PP_PLUGIN_ABI,
    .size = sizeof(struct pp_plugin),
    .name = "ecndscp",
    .title = "does ECN get through whatever the codepoint beside it?",
    .description =
        "Each target is talked to with each pair of a codepoint (RFC 2474), on every packet, and a value of the ECN "
        "field, on data and datagrams: by default 0, 8, 34 and 46 by Not-ECT, ECT(0), ECT(1) and CE. A has neither. "
        "Where a mark and a codepoint get through alone and not together, something on the path or the target looks at "
        "the whole byte, as at the old type of service.\n"
        "\n"
        "All sixteen are asked: that a pair gets through says nothing of its parts where something clears the byte. "
        "Over QUIC's Initials (quicinit) a target that reports marks says as what each arrived. Elsewhere that is not "
        "seen; accecn says it of SYNs.",
    .modes = PP_MODE_HTTP | PP_MODE_HTTPS | PP_MODE_DNSTCP | PP_MODE_DNSUDP | PP_MODE_QUICVN | PP_MODE_QUICINIT,
    .default_mode = PP_MODE_HTTP,
    .chains = chains,
    .fields = fields,
    .conclude = conclude,
    .options = options,
    .noptions = 1,
    .configure = configure,
    .sum_up = sum_up,
};
