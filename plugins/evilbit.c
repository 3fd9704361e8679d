/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * evilbit.c: do packets with the reserved flag of the IPv4 header (RFC 791 section 3.1) get through? RFC 3514, of April
 * 1, calls the flag the evil bit. IPv6 has no such flag.
 */
#include "../core/abi/plugin.h"

/* Places in pp_outcome.value: fields of the chain `evil`. */
enum field { SYN, DATA };

static const char *const fields[] = {[SYN] = "evilbit_syn_rev", [DATA] = "evilbit_data_rev", NULL};

static const char *const chains[] = {"evil", NULL};

/* The change to each class of packets. */
static const struct pp_step steps[] = {
    {.on = PP_ON_SYN, .ip_flags = 0x80},
    {.on = PP_ON_ACK, .ip_flags = 0x80},
    {.on = PP_ON_DATA, .ip_flags = 0x80},
    {.on = PP_ON_DATAGRAM, .ip_flags = 0x80},
};

enum arm { A, B1, ARMS };

static const struct pp_arm arms[ARMS] = {
    [A] = {.name = "A", .title = "the flag is clear"},
    [B1] = {.name = "B1", .title = "every packet has it", .connectivity = "evilbit.connectivity", .steps = steps,
            .nsteps = 4, .family = 4, .what = "packets with the reserved flag"},
};

enum { SEEN, NOT_SEEN, CONDITIONS };

static const struct pp_condition conditions[CONDITIONS] = {
    [SEEN] = {.name = "evilbit.mark.seen", .what = "A reply to B1 had the flag, too."},
    [NOT_SEEN] = {.name = "evilbit.mark.not_seen", .what = "Replies to B1 came, and none of them had the flag.",
                  .absence = PP_ABSENCE_ONCE},
};

static void conclude(const struct pp_round_view *round, struct pp_sink *sink)
{
    const struct pp_outcome *o = &round->arm[B1];

    if (!o->took_part || !o->observed)
        return;
    if (o->value[SYN] == 1 || o->value[DATA] == 1)
        sink->state(sink, SEEN, 0);
    else if (o->value[SYN] == 0 || o->value[DATA] == 0)
        sink->state(sink, NOT_SEEN, 0);
}

PP_PLUGIN_DEFINE = {
    .abi = PP_PLUGIN_ABI,
    .size = sizeof(struct pp_plugin),
    .name = "evilbit",
    .title = "do packets with the reserved flag of IPv4 get through (RFC 791)?",
    .description =
        "Each target is talked to by packets whose reserved flag is clear (A), and by packets that all have it (B1): "
        "the first of the three flags of the IPv4 header, which RFC 3514 calls the evil bit. If A gets through and B1 "
        "does not, the path or the target drops what has the flag.\n"
        "\n"
        "Whether replies to B1 have it is stated as they arrived. It does not say that the flag arrived at the target, "
        "which has no reason to return it.\n"
        "\n"
        "IPv4 only: the IPv6 header has no such flag.",
    .modes = PP_MODE_TCP | PP_MODE_HTTP | PP_MODE_HTTPS | PP_MODE_DNSTCP | PP_MODE_DNSUDP |
             PP_MODE_QUICVN | PP_MODE_QUICINIT,
    .default_mode = PP_MODE_TCP,
    .arms = arms,
    .narms = ARMS,
    .conditions = conditions,
    .nconditions = CONDITIONS,
    .chains = chains,
    .fields = fields,
    .conclude = conclude,
};
