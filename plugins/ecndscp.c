/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ecndscp.c: does the ECN field get through whatever the codepoint beside it? Both stand in one byte, once the type
 * of service (RFC 791), and devices that still treat it as such do to ECN what they mean for something else (Trammell
 * et al., TMA 2018). One arm for each pair: the codepoint on every packet, the ECN field on data and datagrams, as
 * RFC 3168 has it, without ECN setup, which would be one more thing to lose.
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

enum condition { LOST_ECN, LOST_DSCP, LOST_JOINT, CONDITIONS };

static const struct pp_condition conditions[CONDITIONS] = {
    [LOST_ECN] = {.name = "ecndscp.ecn.lost", .what = "A mark of the ECN field is lost with codepoint 0 already."},
    [LOST_DSCP] = {.name = "ecndscp.dscp.lost", .what = "A codepoint is lost with Not-ECT already."},
    [LOST_JOINT] = {.name = "ecndscp.joint.lost",
                    .what = "A mark and a codepoint are lost together that both get through alone: what drops them "
                            "looks at the whole byte."},
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
}

static const char *configure(const struct pp_numbers *option, struct pp_tables *t)
{
    uint32_t dscp[DSCPS] = {0}, n = 1;

    for (uint32_t i = 0; i < option->n; i++)
        if (option->v[i])
            dscp[n++] = option->v[i];
    for (uint32_t i = 0; i < n; i++)
        for (unsigned mark = 0; mark < ECN_FIELDS; mark++)
            add_arm(t, dscp[i], mark);
    pp_tables_conditions(t, conditions, CONDITIONS);
    return n > 1 ? NULL : "codepoint 0 is there in any case: --codepoint names what to compare with it";
}

/* Arm I is mark I % 4 of codepoint I / 4: what both are alone stands in the first row and in the first column. */
static void sum_up(const struct pp_verdicts_view *v, struct pp_sink *sink)
{
    bool lost[CONDITIONS] = {false};

    for (unsigned i = 1; i < v->narms; i++) {
        unsigned row = i - i % ECN_FIELDS, column = i % ECN_FIELDS;

        if (v->arm[i] != PP_VERDICT_BROKEN)
            continue;
        lost[LOST_ECN] |= row == 0;
        lost[LOST_DSCP] |= column == 0;
        lost[LOST_JOINT] |= row && column && v->arm[row] == PP_VERDICT_WORKS && v->arm[column] == PP_VERDICT_WORKS;
    }
    for (unsigned i = 0; i < CONDITIONS; i++)
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
        "Whether a mark arrives as it was sent is not seen here; dscp, accecn and quic say what can be.",
    .modes = PP_MODE_HTTP | PP_MODE_HTTPS | PP_MODE_DNSTCP | PP_MODE_DNSUDP | PP_MODE_QUICVN | PP_MODE_QUICINIT,
    .default_mode = PP_MODE_HTTP,
    .options = options,
    .noptions = 1,
    .configure = configure,
    .sum_up = sum_up,
};
