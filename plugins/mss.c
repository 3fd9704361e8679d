/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mss.c: which maximum segment sizes (RFC 9293 section 3.7.1) the two SYNs name. One conversation without a treatment.
 * Each side states what it can receive itself, so a difference between the values shows nothing about the path.
 */
#include "../core/abi/plugin.h"

#include <stdbool.h>

/* Places in pp_outcome.value. */
enum field { SYNACK, LOCAL, REMOTE, REMOTE_LEN, FIRST_SYNACK };

static const char *const fields[] = {[SYNACK] = "tcp_synflags_rev", [LOCAL] = "mss_value_fwd",
                                     [REMOTE] = "mss_value_rev",    [REMOTE_LEN] = "mss_len_rev",
                                     [FIRST_SYNACK] = "original_synack", NULL};

static const char *const chains[] = {"mss", "original", NULL};

static const struct pp_arm arms[] = {
    {.name = "A", .title = "nothing treated", .connectivity = "mss.connectivity"},
};

enum condition { LOCAL_VALUE, REMOTE_VALUE, UNCHANGED, INFLATED, DEFLATED, ABSENT, CONDITIONS };

static const struct pp_condition conditions[CONDITIONS] = {
    [LOCAL_VALUE] = {.name = "mss.option.local.value", .has_value = 1,
                     .what = "What the SYN named, as it left: this side's."},
    [REMOTE_VALUE] = {.name = "mss.option.remote.value", .has_value = 1,
                      .what = "What the SYN/ACK named, as it arrived: the target's, or what the path made of it."},
    [UNCHANGED] = {.name = "mss.option.received.unchanged", .what = "The two are equal."},
    [INFLATED] = {.name = "mss.option.received.inflated", .what = "The SYN/ACK's is larger than the SYN's."},
    [DEFLATED] = {.name = "mss.option.received.deflated", .what = "The SYN/ACK's is smaller than the SYN's."},
    [ABSENT] = {.name = "mss.option.received.absent", .what = "The SYN/ACK had no such option."},
};

static bool is_synack(int64_t flags)
{
    const int64_t both = PP_TCP_SYN | PP_TCP_ACK;

    return flags != PP_NULL && (flags & both) == both;
}

static void conclude(const struct pp_round_view *round, struct pp_sink *sink)
{
    const struct pp_outcome *a = &round->arm[0];
    int64_t local, remote;

    if (!a->took_part || !a->observed)
        return;
    local = a->value[LOCAL];
    remote = a->value[REMOTE];
    if (local != PP_NULL)
        sink->state(sink, LOCAL_VALUE, local);
    if (!is_synack(a->value[SYNACK]))
        return;
    if (a->value[REMOTE_LEN] == PP_NULL && a->value[FIRST_SYNACK] == 1)
        sink->state(sink, ABSENT, 0);
    else if (a->value[REMOTE_LEN] == PP_NULL) /* a retransmitted SYN/ACK may lack the option */
        sink->doubt(sink, ABSENT, 0);
    if (remote == PP_NULL) /* no option, or one of a wrong length */
        return;
    sink->state(sink, REMOTE_VALUE, remote);
    if (local != PP_NULL)
        sink->state(sink, remote == local ? UNCHANGED : remote > local ? INFLATED : DEFLATED, 0);
}

PP_PLUGIN_DEFINE = {
    .abi = PP_PLUGIN_ABI,
    .size = sizeof(struct pp_plugin),
    .name = "mss",
    .title = "which maximum segment sizes do the SYNs name?",
    .description =
        "Each target is talked to once (A). The maximum segment sizes that the SYN and the SYN/ACK name are stated as "
        "they left and arrived, and compared.\n"
        "\n"
        "Each side names the largest segment that it can receive itself. Neither a difference nor equality says that "
        "something on the path has changed the option.",
    .modes = PP_MODE_TCP | PP_MODE_HTTP | PP_MODE_HTTPS | PP_MODE_DNSTCP,
    .default_mode = PP_MODE_TCP,
    .arms = arms,
    .narms = 1,
    .conditions = conditions,
    .nconditions = CONDITIONS,
    .chains = chains,
    .fields = fields,
    .conclude = conclude,
};
