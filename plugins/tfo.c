/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tfo.c: does TCP Fast Open (RFC 7413) get through? B1 asks for a cookie, B3 by the earlier experimental option; B2
 * uses the cookie, with the conversation's first bytes in the SYN; B4 sends such bytes without any option, which RFC
 * 9293 permits. On some paths later packets are dropped after a SYN with data, so these arms are last, and the baseline
 * follows once more (B5).
 */
#include "../core/abi/plugin.h"

#include <stdbool.h>

/* Places in pp_outcome.value. */
enum field { SYNACK, FIRST_SYNACK, ACK_KIND, ACK_LENGTH, SYN_SEQ, SYN_DATA, ACK, REFRESHED };

static const char *const fields[] = {
    [SYNACK] = "tcp_synflags_rev", [FIRST_SYNACK] = "original_synack", [ACK_KIND] = "tfo_ackkind",
    [ACK_LENGTH] = "tfo_ackclen",  [SYN_SEQ] = "tfo_seq",              [SYN_DATA] = "tfo_dlen",
    [ACK] = "tfo_ack",             [REFRESHED] = "tfo_refreshed",      NULL};

static const char *const chains[] = {"tfo", "original", NULL};

enum { KIND = 34, KIND_EXPERIMENTAL = 254 };

/* Sections 4.1.1 and 9: an empty cookie is a request. */
static const uint8_t request[2] = {KIND, 2};
static const uint8_t request_experimental[4] = {KIND_EXPERIMENTAL, 4, 0xf9, 0x89};

#define SPEAKING (PP_MODE_HTTP | PP_MODE_HTTPS | PP_MODE_DNSTCP) /* modes in which the client sends first */

enum arm { A, B1, B2, B3, B4, B5, ARMS };

static const struct pp_step steps[ARMS][1] = {
    [B1] = {{.on = PP_ON_SYN, .options = request, .options_len = sizeof request}},
    [B2] = {{.on = PP_ON_SYN, .fast_open = PP_FAST_OPEN_COOKIE | PP_FAST_OPEN_DATA}},
    [B3] = {{.on = PP_ON_SYN, .options = request_experimental, .options_len = sizeof request_experimental}},
    [B4] = {{.on = PP_ON_SYN, .fast_open = PP_FAST_OPEN_DATA}},
};

static const struct pp_arm arms[ARMS] = {
    [A] = {.name = "A", .title = "no Fast Open"},
    [B1] = {.name = "B1", .title = "SYN with a request for a cookie", .connectivity = "tfo.cookie.connectivity",
            .steps = steps[B1], .nsteps = 1, .what = "SYNs that ask for a Fast Open cookie"},
    [B2] = {.name = "B2", .title = "SYN with B1's cookie and data; without a cookie, with a request",
            .connectivity = "tfo.connectivity", .modes = SPEAKING, .steps = steps[B2], .nsteps = 1, .after = "B1",
            .last = 1, .what = "SYNs with a Fast Open cookie and data"},
    [B3] = {.name = "B3", .title = "SYN with a request of the experimental kind",
            .connectivity = "tfo.experimental.connectivity", .steps = steps[B3], .nsteps = 1,
            .what = "SYNs that ask for an experimental cookie"},
    [B4] = {.name = "B4", .title = "SYN with data and no option", .connectivity = "tfo.bare.connectivity",
            .modes = SPEAKING, .steps = steps[B4], .nsteps = 1, .last = 2, .what = "SYNs with data and no option"},
    [B5] = {.name = "B5", .title = "no Fast Open, once data was in a SYN", .modes = SPEAKING, .after = "B4", .last = 2},
};

enum condition { RECEIVED, NOT_RECEIVED, EXP_RECEIVED, EXP_NOT_RECEIVED, REFRESH, ACKED, NOT_ACKED, LOST, BARE_ACKED,
                 BARE_NOT_ACKED, RESIDUAL, CONDITIONS };

static const struct pp_condition conditions[CONDITIONS] = {
    [RECEIVED] = {.name = "tfo.cookie.received", .what = "The answer to the SYN of B1 had a cookie."},
    [NOT_RECEIVED] = {.name = "tfo.cookie.not_received",
                      .what = "The answer to the SYN of B1 had none."},
    [EXP_RECEIVED] = {.name = "tfo.experimental.received",
                      .what = "The answer to the SYN of B3 had a cookie, in the experimental kind."},
    [EXP_NOT_RECEIVED] = {.name = "tfo.experimental.not_received",
                          .what = "The answer to the SYN of B3 had none."},
    [REFRESH] = {.name = "tfo.cookie.refreshed", .modes = SPEAKING,
                 .what = "The answer to the SYN of B2 did not acknowledge its data, and had another cookie: B1 met "
                         "another server, or its key has changed."},
    [ACKED] = {.name = "tfo.syndata.acked", .modes = SPEAKING,
               .what = "The answer to the SYN of B2 acknowledged its data."},
    [NOT_ACKED] = {.name = "tfo.syndata.not_acked", .modes = SPEAKING,
                   .what = "The answer to the SYN of B2 acknowledged none of its data, and had no other cookie."},
    [LOST] = {.name = "tfo.syndata.failed", .modes = SPEAKING, .absence = PP_ABSENCE_TWICE,
              .what = "The SYN of B2 had a cookie and data, and no SYN/ACK came, where B1 had one."},
    [BARE_ACKED] = {.name = "tfo.bare.acked", .modes = SPEAKING,
                    .what = "The answer to the SYN of B4 acknowledged data that came without a cookie."},
    [BARE_NOT_ACKED] = {.name = "tfo.bare.not_acked", .modes = SPEAKING,
                        .what = "The answer to the SYN of B4 acknowledged none of its data."},
    [RESIDUAL] = {.name = "tfo.connectivity.residual", .modes = SPEAKING,
                  .what = "In three rounds B5 failed, and what went without Fast Open behind B2 or B4, while the same "
                          "got through in front of it, and never the other way round: a SYN with data leaves the "
                          "target out of reach for a while. No error bound."},
};

static bool has_synack(const struct pp_outcome *o)
{
    const int64_t both = PP_TCP_SYN | PP_TCP_ACK;

    return o->took_part && o->observed && o->value[SYNACK] != PP_NULL && (o->value[SYNACK] & both) == both;
}

/* States that O's SYN/ACK lacked an option, unless it was a retransmission, in which Linux omits the cookie. */
static void state_lack(const struct pp_outcome *o, enum condition condition, struct pp_sink *sink)
{
    if (o->value[FIRST_SYNACK] == 1)
        sink->state(sink, condition, 0);
    else
        sink->doubt(sink, condition, 0);
}

/* Section 4.1.1: an option with another length is to be ignored. */
static bool has_cookie(const struct pp_outcome *o, int64_t kind)
{
    int64_t len = o->value[ACK_LENGTH];

    return o->value[ACK_KIND] == kind && len >= 4 && len <= 16 && len % 2 == 0;
}

/* Bytes of the SYN's data that the SYN/ACK acknowledges, modulo 2^32. */
static int64_t acked(const struct pp_outcome *o)
{
    return (int64_t)(uint32_t)((uint64_t)o->value[ACK] - (uint64_t)o->value[SYN_SEQ] - 1);
}

static void conclude(const struct pp_round_view *round, struct pp_sink *sink)
{
    const struct pp_outcome *b1 = &round->arm[B1], *b2 = &round->arm[B2], *b3 = &round->arm[B3], *b4 = &round->arm[B4];
    bool sent = b2->took_part && b2->observed && b2->value[SYN_DATA] != PP_NULL && b2->value[SYN_DATA] > 0;

    if (has_synack(b1) && has_cookie(b1, KIND))
        sink->state(sink, RECEIVED, 0);
    else if (has_synack(b1))
        state_lack(b1, NOT_RECEIVED, sink);
    if (has_synack(b3) && has_cookie(b3, KIND_EXPERIMENTAL))
        sink->state(sink, EXP_RECEIVED, 0);
    else if (has_synack(b3))
        state_lack(b3, EXP_NOT_RECEIVED, sink);
    if (sent && !has_synack(b2) && has_synack(b1))
        sink->state(sink, LOST, 0);
    else if (sent && has_synack(b2) && acked(b2) == b2->value[SYN_DATA])
        sink->state(sink, ACKED, 0);
    else if (sent && has_synack(b2) && acked(b2) == 0 && b2->value[REFRESHED] == 1)
        sink->state(sink, REFRESH, 0);
    else if (sent && has_synack(b2) && acked(b2) == 0)
        state_lack(b2, NOT_ACKED, sink);
    if (has_synack(b4) && b4->value[SYN_DATA] > 0 && acked(b4) == b4->value[SYN_DATA])
        sink->state(sink, BARE_ACKED, 0);
    else if (has_synack(b4) && b4->value[SYN_DATA] > 0 && acked(b4) == 0)
        state_lack(b4, BARE_NOT_ACKED, sink);
}

static void sum_up(const struct pp_verdicts_view *verdicts, struct pp_sink *sink)
{
    if (verdicts->arm[B5] == PP_VERDICT_RESIDUAL)
        sink->state(sink, RESIDUAL, 0);
}

PP_PLUGIN_DEFINE = {
    .abi = PP_PLUGIN_ABI,
    .size = sizeof(struct pp_plugin),
    .name = "tfo",
    .title = "does TCP Fast Open (RFC 7413) get through?",
    .description =
        "Each target is talked to plainly (A); with a SYN that asks for a cookie (B1); with a SYN that has that "
        "cookie and the conversation's first bytes (B2); with a SYN that asks in the experimental kind of option "
        "(B3); with a SYN that has data and no option at all (B4); and plainly once more (B5). B2 goes behind B1, and "
        "uses a fresh cookie in every round; a target that gives none is asked for one once more. B2, B4 and B5 go "
        "last, in this order, and need a connect mode with something to say.\n"
        "\n"
        "Data that is not acknowledged is sent again behind the handshake, by the rules: servers may have reasons of "
        "their own to leave it, as too many such connections at once. It says nothing of the path.",
    .modes = PP_MODE_TCP | SPEAKING,
    .default_mode = PP_MODE_HTTP,
    .arms = arms,
    .narms = ARMS,
    .conditions = conditions,
    .nconditions = CONDITIONS,
    .chains = chains,
    .fields = fields,
    .conclude = conclude,
    .sum_up = sum_up,
};
