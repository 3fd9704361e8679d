/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dscp.c: do packets get through whatever their differentiated services codepoint (RFC 2474)? One arm for each
 * codepoint, on every packet of the flow. The codepoints of replies are read, too, but show nothing about the path to
 * the server: the server chooses them, and the path back may change them.
 */
#include "../core/abi/plugin.h"

/* Places in pp_outcome.value. */
enum field { SYN, DATA };

static const char *const fields[] = {[SYN] = "dscp_mark_syn_rev", [DATA] = "dscp_mark_data_rev", NULL};

static const char *const chains[] = {"dscp", NULL};

/* The codepoints that have names: RFC 2474, 2597, 3246, 5865, 8622, 9956. */
static const char *const names[64] = {
    [0] = "CS0",   [1] = "LE",    [8] = "CS1",   [10] = "AF11", [12] = "AF12", [14] = "AF13",        [16] = "CS2",
    [18] = "AF21", [20] = "AF22", [22] = "AF23", [24] = "CS3",  [26] = "AF31", [28] = "AF32",        [30] = "AF33",
    [32] = "CS4",  [34] = "AF41", [36] = "AF42", [38] = "AF43", [40] = "CS5",  [44] = "VOICE-ADMIT", [45] = "NQB",
    [46] = "EF",   [48] = "CS6",  [56] = "CS7",  [63] = "all bits set",
};

/*
 * With 0, the baseline, the default codepoints distinguish the pathologies of RFC 9435 section 4, if the codepoint with
 * which a packet arrived is known.
 */
static const struct pp_plugin_option options[] = {
    {.name = "codepoint", .arg = "N[,N...]", .def = "1,10,34,45,46,48,63", .min = 0, .max = 63, .most = PP_MAX_ARMS - 1,
     .what = "codepoints to compare with 0, an arm for each"},
};

/* The arm for codepoint N, and with the same number its condition. */
static void add_arm(struct pp_tables *t, uint32_t n)
{
    struct pp_arm *arm = pp_tables_arm(t);

    arm->title = t->text(t, "codepoint %u%s%s", n, names[n] ? ", " : "", names[n] ? names[n] : "");
    t->conditions[t->nconditions++] = (struct pp_condition){
        .name = t->text(t, "dscp.%u.replymark", n), .has_value = 1,
        .what = t->text(t, "The codepoint of the reply in %s: of its first data, or, where none came, of the SYN/ACK.",
                        arm->name)};
    if (arm == t->arms)
        return;
    arm->connectivity = t->text(t, "dscp.%u.connectivity", n);
    arm->what = t->text(t, "packets with %s", arm->title);
    /* The ECN field is not changed. */
    for (enum pp_on on = PP_ON_SYN; on < PP_ON_COUNT; on++)
        pp_tables_step(t, (struct pp_step){.on = on, .tos_mask = 0xfc, .tos = (uint8_t)(n << 2)});
}

static const char *configure(const struct pp_numbers *option, struct pp_tables *t)
{
    add_arm(t, 0);
    for (uint32_t i = 0; i < option->n; i++)
        if (option->v[i])
            add_arm(t, option->v[i]);
    return t->narms > 1 ? NULL : "codepoint 0 is the baseline: --codepoint names what to compare with it";
}

static void conclude(const struct pp_round_view *round, struct pp_sink *sink)
{
    for (unsigned i = 0; i < round->narms; i++) {
        const struct pp_outcome *o = &round->arm[i];
        int64_t mark;

        if (!o->took_part || !o->observed)
            continue;
        mark = o->value[DATA] != PP_NULL ? o->value[DATA] : o->value[SYN];
        if (mark != PP_NULL)
            sink->state(sink, i, mark);
    }
}

PP_PLUGIN_DEFINE = {
    .abi = PP_PLUGIN_ABI,
    .size = sizeof(struct pp_plugin),
    .name = "dscp",
    .title = "do packets get through whatever their codepoint (RFC 2474)?",
    .description =
        "Each target is talked to with the differentiated services codepoint 0 (A), and with each of some others on "
        "every packet of the flow (B1, B2, ...). If A gets through and another does not, the path or the target drops "
        "that codepoint.\n"
        "\n"
        "The codepoint of the reply is stated as it arrived. It says nothing of the way there: a server chooses the "
        "codepoints of what it sends, and the path back may change them. Whether a codepoint arrives at the target "
        "as it was sent cannot be seen from this end alone.",
    .modes = PP_MODE_TCP | PP_MODE_HTTP | PP_MODE_HTTPS | PP_MODE_DNSTCP | PP_MODE_DNSUDP |
             PP_MODE_QUICVN | PP_MODE_QUICINIT,
    .default_mode = PP_MODE_HTTP,
    .chains = chains,
    .fields = fields,
    .conclude = conclude,
    .options = options,
    .noptions = 1,
    .configure = configure,
};
