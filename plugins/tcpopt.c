/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcpopt.c: do SYNs get through with each TCP option, and how are they answered? The baseline has none of timestamps,
 * window scale (both RFC 7323) and SACK permitted (RFC 2018). Each other arm has one of these, an unknown experimental
 * option (RFC 6994), or 40 bytes of options.
 */
#include "../core/abi/plugin.h"

#include <stdbool.h>

/* Places in pp_outcome.value. */
enum field { TIMESTAMPS, WINDOW_SCALE, SACK, MIRRORED, FIRST_SYNACK };

static const char *const fields[] = {[TIMESTAMPS] = "tcpopt_ts", [WINDOW_SCALE] = "tcpopt_ws", [SACK] = "tcpopt_sack",
                                     [MIRRORED] = "tcpopt_mirrored", [FIRST_SYNACK] = "original_synack", NULL};

static const char *const chains[] = {"tcpopt", "original", NULL};

#define NO_TS PP_WITHOUT_TIMESTAMPS
#define NO_WS PP_WITHOUT_WINDOW_SCALE
#define NO_SACK PP_WITHOUT_SACK

/*
 * Kind 253, length, an experiment identifier of 32 bits, and bytes that no stack generates. The identifier must not be
 * in use (RFC 6994 section 3): "pprb" is not in IANA's registry.
 */
static const uint8_t unknown_option[12] = {253, 12, 'p', 'p', 'r', 'b', 0x9e, 0x37, 0x79, 0xb9, 0x7f, 0x4a};
/* With the maximum segment size, 40 bytes; 1 is "no operation" (RFC 9293 section 3.1). */
static const uint8_t nops[36] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

enum arm { A, B1, B2, B3, B4, B5, ARMS };

static const struct pp_step steps[ARMS][1] = {
    [A] = {{.on = PP_ON_SYN, .without = NO_TS | NO_WS | NO_SACK}},
    [B1] = {{.on = PP_ON_SYN, .without = NO_WS | NO_SACK}},
    [B2] = {{.on = PP_ON_SYN, .without = NO_TS | NO_SACK}},
    [B3] = {{.on = PP_ON_SYN, .without = NO_TS | NO_WS}},
    [B4] = {{.on = PP_ON_SYN, .without = NO_TS | NO_WS | NO_SACK, .options = unknown_option,
             .options_len = sizeof unknown_option}},
    [B5] = {{.on = PP_ON_SYN, .without = NO_TS | NO_WS | NO_SACK, .options = nops, .options_len = sizeof nops}},
};

static const struct pp_arm arms[ARMS] = {
    [A] = {.name = "A", .title = "a maximum segment size, and no other option", .steps = steps[A], .nsteps = 1},
    [B1] = {.name = "B1", .title = "and timestamps", .connectivity = "tsopt.connectivity", .steps = steps[B1],
            .nsteps = 1, .what = "SYNs with timestamps"},
    [B2] = {.name = "B2", .title = "and a window scale", .connectivity = "wsopt.connectivity", .steps = steps[B2],
            .nsteps = 1, .what = "SYNs with a window scale"},
    [B3] = {.name = "B3", .title = "and SACK permitted", .connectivity = "sack.connectivity", .steps = steps[B3],
            .nsteps = 1, .what = "SYNs with SACK permitted"},
    [B4] = {.name = "B4", .title = "and an unknown experimental option",
            .connectivity = "tcpopt.unknown.connectivity", .steps = steps[B4], .nsteps = 1,
            .what = "SYNs with an unknown option"},
    [B5] = {.name = "B5", .title = "and NOPs, 40 bytes in all", .connectivity = "tcpopt.full.connectivity",
            .steps = steps[B5], .nsteps = 1, .what = "SYNs with 40 bytes of options"},
};

/* Four conditions for each negotiated option, in this order. */
enum { SUCCEEDED, FAILED, SEEN, NOT_SEEN, PER_OPTION, COPIED = 3 * PER_OPTION, CONDITIONS };

#define OPTION(i, name_, arm, what_)                                                                                   \
    [(i) * PER_OPTION + SUCCEEDED] = {.name = name_ ".negotiation.succeeded",                                          \
                                      .what = "The answer to the SYN of " arm " had " what_ "."},                      \
    [(i) * PER_OPTION + FAILED] = {.name = name_ ".negotiation.failed",                                                \
                                   .what = "The answer to the SYN of " arm " came without " what_ "."},                \
    [(i) * PER_OPTION + SEEN] = {.name = name_ ".unsolicited.seen",                                                    \
                                 .what = "The answer to the SYN of A had " what_ ", which was not asked for."},        \
    [(i) * PER_OPTION + NOT_SEEN] = {.name = name_ ".unsolicited.not_seen",                                            \
                                     .what = "The answer to the SYN of A came without " what_ "."}

static const struct pp_condition conditions[CONDITIONS] = {
    OPTION(TIMESTAMPS, "tsopt", "B1", "timestamps"),
    OPTION(WINDOW_SCALE, "wsopt", "B2", "a window scale"),
    OPTION(SACK, "sack", "B3", "SACK permitted"),
    [COPIED] = {.name = "tcpopt.mirrored",
                .what = "The answer to the SYN of B4 had the unknown option, byte for byte: something copies options "
                        "that it does not know."},
};

/* THERE, or LACKS: whether O's SYN/ACK had option I. A retransmitted SYN/ACK may lack it. */
static void state_option(const struct pp_outcome *o, unsigned i, unsigned there, unsigned lacks, struct pp_sink *sink)
{
    if (!o->took_part || !o->observed || o->value[i] == PP_NULL)
        return;
    if (o->value[i] || o->value[FIRST_SYNACK] == 1)
        sink->state(sink, i * PER_OPTION + (o->value[i] ? there : lacks), 0);
    else
        sink->doubt(sink, i * PER_OPTION + lacks, 0);
}

static void conclude(const struct pp_round_view *round, struct pp_sink *sink)
{
    const struct pp_outcome *o;

    for (unsigned i = TIMESTAMPS; i <= SACK; i++) {
        state_option(&round->arm[B1 + i], i, SUCCEEDED, FAILED, sink);
        state_option(&round->arm[A], i, SEEN, NOT_SEEN, sink);
    }
    o = &round->arm[B4];
    if (o->took_part && o->observed && o->value[MIRRORED] == 1)
        sink->state(sink, COPIED, 0);
}

PP_PLUGIN_DEFINE = {
    .abi = PP_PLUGIN_ABI,
    .size = sizeof(struct pp_plugin),
    .name = "tcpopt",
    .title = "do SYNs get through whatever TCP options they have?",
    .description =
        "Each target is talked to with a SYN that has a maximum segment size and no other option (A); with timestamps "
        "in addition (B1), with a window scale (B2), with SACK permitted (B3), with an unknown experimental option "
        "(B4), and with as many bytes of options as there is room for (B5). If A gets through and another does "
        "not, the path or the target drops SYNs for that.\n"
        "\n"
        "Of timestamps, window scale and SACK it is stated whether the target agreed to them, and whether it answered "
        "with them unasked. An answer without them does not tell the target from the path: either may have left "
        "them out. Whether B4's option arrived at the target is not seen at all.",
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
