/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mptcp.c: do SYNs that ask for Multipath TCP (RFC 8684) get through, and does the target support it? An arm with an
 * unknown option distinguishes answers from copies of the SYN's options. The handshake's third packet has no
 * MP_CAPABLE, so that both sides continue with plain TCP (section 3.1).
 */
#include "../core/abi/plugin.h"

#include <stdbool.h>

/* Places in pp_outcome.value. */
enum field { SYNACK, FIRST_SYNACK, LENGTH, VERSION, FLAGS, COPY, MIRRORED };

static const char *const fields[] = {[SYNACK] = "tcp_synflags_rev",   [FIRST_SYNACK] = "original_synack",
                                     [LENGTH] = "mptcp_acklen",
                                     [VERSION] = "mptcp_ackversion",  [FLAGS] = "mptcp_ackflags",
                                     [COPY] = "mptcp_mirrored",       [MIRRORED] = "tcpopt_mirrored", NULL};

static const char *const chains[] = {"mptcp", "tcpopt", "original", NULL};

/* The flags of MP_CAPABLE; D to H are for the algorithm, and H alone stands for one. */
enum { FLAG_B = 0x40, FLAG_H = 0x01, ALGORITHMS = 0x1f };

/* RFC 8684 section 3.1: kind, length, subtype 0 and version 1, flags. Checksums are not asked for. */
static const uint8_t mp_capable[4] = {30, 4, 0x01, FLAG_H};
/* As in tcpopt's B4: RFC 6994 section 3, an unassigned identifier, and bytes that no middlebox generates. */
static const uint8_t unknown_option[12] = {253, 12, 'p', 'p', 'r', 'b', 0x9e, 0x37, 0x79, 0xb9, 0x7f, 0x4a};

static const struct pp_step asking[] = {{.on = PP_ON_SYN, .options = mp_capable, .options_len = sizeof mp_capable}};
static const struct pp_step canary[] = {
    {.on = PP_ON_SYN, .options = unknown_option, .options_len = sizeof unknown_option}};

enum arm { A, B1, B2, ARMS };

static const struct pp_arm arms[ARMS] = {
    [A] = {.name = "A", .title = "no MPTCP"},
    [B1] = {.name = "B1", .title = "SYN with MP_CAPABLE, version 1", .connectivity = "mptcp.connectivity",
            .steps = asking, .nsteps = 1, .what = "SYNs with MP_CAPABLE"},
    [B2] = {.name = "B2", .title = "SYN with an unknown experimental option",
            .connectivity = "tcpopt.unknown.connectivity", .steps = canary, .nsteps = 1,
            .what = "SYNs with an unknown option"},
};

enum condition { SUCCEEDED, REFLECTED, FAILED, COPIED, CONDITIONS };

static const struct pp_condition conditions[CONDITIONS] = {
    [SUCCEEDED] = {.name = "mptcp.negotiation.succeeded",
                   .what = "The answer to the SYN of B1 had an MP_CAPABLE with a key."},
    [REFLECTED] = {.name = "mptcp.negotiation.reflected",
                   .what = "The answer to the SYN of B1 had its MP_CAPABLE, byte for byte, and that of B2 not its "
                           "option: something copies what it takes for MPTCP."},
    [FAILED] = {.name = "mptcp.negotiation.failed",
                .what = "The answer to the SYN of B1 came without an MP_CAPABLE that answers it: the target does "
                        "without this version of MPTCP, or something before it does."},
    [COPIED] = {.name = "tcpopt.mirrored",
                .what = "The answer to the SYN of B2 had the unknown option, byte for byte: something copies options "
                        "that it does not know, and of MPTCP nothing is stated."},
};

static bool is_synack(int64_t flags)
{
    const int64_t both = PP_TCP_SYN | PP_TCP_ACK;

    return flags != PP_NULL && (flags & both) == both;
}

/* True if the option has a key, a version not above ours, and the algorithm that was offered. */
static bool is_answer(const int64_t *value)
{
    return value[LENGTH] == 12 && value[VERSION] <= 1 && !(value[FLAGS] & FLAG_B) &&
           (value[FLAGS] & ALGORITHMS) == FLAG_H;
}

static void conclude(const struct pp_round_view *round, struct pp_sink *sink)
{
    const struct pp_outcome *b1 = &round->arm[B1], *b2 = &round->arm[B2];
    int64_t mirrored = b2->took_part && b2->observed ? b2->value[MIRRORED] : PP_NULL;

    if (mirrored == 1) {
        sink->state(sink, COPIED, 0);
        return;
    }
    if (!b1->took_part || !b1->observed || !is_synack(b1->value[SYNACK]))
        return;
    if (b1->value[COPY] != 1 && is_answer(b1->value))
        sink->state(sink, SUCCEEDED, 0);
    else if (b1->value[COPY] != 1 && b1->value[FIRST_SYNACK] == 1)
        sink->state(sink, FAILED, 0);
    else if (b1->value[COPY] != 1) /* a retransmitted SYN/ACK may lack the option */
        sink->doubt(sink, FAILED, 0);
    else if (mirrored == 0) /* else the option may be a copy, too */
        sink->state(sink, REFLECTED, 0);
}

PP_PLUGIN_DEFINE = {
    .abi = PP_PLUGIN_ABI,
    .size = sizeof(struct pp_plugin),
    .name = "mptcp",
    .title = "is Multipath TCP (RFC 8684) agreed to?",
    .description =
        "Each target is talked to without MPTCP (A), with a SYN that asks for version 1 of it (B1), and with a SYN "
        "that has an unknown experimental option (B2). If A gets through and B1 does not, the path or the "
        "target drops SYNs for MP_CAPABLE. Where B2's option comes back, options are copied blindly, and nothing is "
        "said of MPTCP.\n"
        "\n"
        "MPTCP is asked for and not used: the conversation goes on as plain TCP. An answer without MP_CAPABLE does not "
        "tell a target without it from a path that removes it, and does not exclude version 0 (RFC 6824), which has "
        "another handshake.",
    .modes = PP_MODE_TCP | PP_MODE_HTTP | PP_MODE_HTTPS | PP_MODE_DNSTCP,
    .default_mode = PP_MODE_HTTP,
    .arms = arms,
    .narms = ARMS,
    .conditions = conditions,
    .nconditions = CONDITIONS,
    .chains = chains,
    .fields = fields,
    .conclude = conclude,
};
