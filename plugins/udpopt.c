/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * udpopt.c: do datagrams with options (RFC 9868) get through? The options are in a surplus after the UDP length. Their
 * checksum (OCS) makes the UDP checksum correct also for a box that computes it over the IP length. The arms that fail
 * show which length or checksum the path verifies.
 */
#include "../core/abi/plugin.h"

/* Places in pp_outcome.value. */
enum field { RES };

static const char *const fields[] = {[RES] = "udp_res_rev", NULL};

static const char *const chains[] = {"udp", NULL};

#define SURPLUS 16 /* bytes; padding in DNS takes 15 at least */

/* The end of options, then zeros, as RFC 9868 section 10 requires. */
static const uint8_t nothing[SURPLUS] = {0};
/* A request for an answer (section 11.7) with a token that no stack generates, then the end of options. */
static const uint8_t req[SURPLUS] = {6, 6, 'p', 'p', 'r', 'b'};

enum arm { A, PADDING, RIGHT, WRONG, ZERO, UNCHECKED, REQ, ARMS };

#define AREA(bytes, ocs_) .on = PP_ON_DATAGRAM, .surplus = bytes, .surplus_len = SURPLUS, .ocs = ocs_
static const struct pp_step steps[ARMS][1] = {
    [PADDING] = {{.on = PP_ON_DATAGRAM, .padding = SURPLUS}},
    [RIGHT] = {{AREA(nothing, PP_OCS_RIGHT)}},
    [WRONG] = {{AREA(nothing, PP_OCS_WRONG)}},
    [ZERO] = {{AREA(nothing, PP_OCS_NONE)}},
    [UNCHECKED] = {{AREA(nothing, PP_OCS_ZERO), .udp_checksum = PP_UDP_CHECKSUM_ZERO}},
    [REQ] = {{AREA(req, PP_OCS_RIGHT)}},
};

#define ARM(n, arm, title_, prefix, what_) \
    [arm] = {.name = n, .title = title_, .connectivity = prefix ".connectivity", .steps = steps[arm], .nsteps = 1, \
             .what = what_}
static const struct pp_arm arms[ARMS] = {
    [A] = {.name = "A", .title = "no options"},
    ARM("B1", PADDING, "as long as the others, without options", "udpopt.padding",
        "datagrams that are 16 bytes longer"),
    ARM("B2", RIGHT, "no option but the end, its checksum right", "udpopt", "datagrams with options"),
    ARM("B3", WRONG, "the same, its checksum wrong", "udpopt.wrong_ocs", "datagrams with a wrong checksum of options"),
    ARM("B4", ZERO, "zeros", "udpopt.zero", "datagrams with a surplus of zeros"),
    [UNCHECKED] = {.name = "B5", .title = "no checksum of options nor of the datagram",
                   .connectivity = "udpopt.unchecked.connectivity", .steps = steps[UNCHECKED], .nsteps = 1,
                   .family = 4, .what = "datagrams with options and no checksum at all"},
    ARM("B6", REQ, "a request for an answer, its checksum right", "udpopt.req", "datagrams with an options request"),
};

enum { LENGTH, OCS, RECEIVED, CONDITIONS };

static const struct pp_condition conditions[CONDITIONS] = {
    [LENGTH] = {.name = "udpopt.length.enforced",
                .what = "Whatever has a surplus is dropped, and what is padded to the same size is not: something "
                        "wants the UDP length to be that of IP."},
    [OCS] = {.name = "udpopt.ocs.required",
             .what = "A surplus gets through with a right checksum of its own, and with a wrong one or none it does "
                     "not: something sums by the IP length."},
    [RECEIVED] = {.name = "udpopt.res.received", .what = "The target answered the request of B6 with its token."},
};

static void conclude(const struct pp_round_view *round, struct pp_sink *sink)
{
    const struct pp_outcome *o = &round->arm[REQ];

    if (o->took_part && o->observed && o->value[RES] == 1)
        sink->state(sink, RECEIVED, 0);
}

/* An arm that the family does not have is ignored. */
static int may_be(uint8_t verdict, enum pp_verdict wanted)
{
    return verdict == PP_VERDICT_NONE || verdict == wanted;
}

static void sum_up(const struct pp_verdicts_view *v, struct pp_sink *sink)
{
    const uint8_t *arm = v->arm;

    if (arm[WRONG] != PP_VERDICT_BROKEN || arm[ZERO] != PP_VERDICT_BROKEN || arm[PADDING] != PP_VERDICT_WORKS)
        return;
    if (arm[RIGHT] == PP_VERDICT_BROKEN && arm[REQ] == PP_VERDICT_BROKEN && may_be(arm[UNCHECKED], PP_VERDICT_BROKEN))
        sink->state(sink, LENGTH, 0);
    else if (arm[RIGHT] == PP_VERDICT_WORKS && may_be(arm[UNCHECKED], PP_VERDICT_WORKS))
        sink->state(sink, OCS, 0);
}

PP_PLUGIN_DEFINE = {
    .abi = PP_PLUGIN_ABI,
    .size = sizeof(struct pp_plugin),
    .name = "udpopt",
    .title = "do datagrams with options get through (RFC 9868)?",
    .description =
        "UDP options stand in a surplus between the end of a datagram by its own length and its end by that of IP. A "
        "receiver that does not know them ignores the surplus and takes the rest.\n"
        "\n"
        "Each target is asked by datagrams without options (A); by such that are 16 bytes longer by padding (B1); and "
        "with a surplus of 16 bytes: no options, with the right checksum of the surplus (B2), with a wrong one (B3), "
        "zeros only (B4), without a checksum of the surplus and without one of the datagram (B5, IPv4 only), and a "
        "request for an answer (B6).\n"
        "\n"
        "If all of B2 to B6 are broken and B1 works, something enforces the UDP length. If B3 and B4 are broken and B2 "
        "works, something sums by the IP length, be it to verify the checksum or to make it anew. Whether a surplus "
        "arrives at the target cannot be seen from this end: no stack answers a request by itself, so that no answer "
        "means nothing.",
    .modes = PP_MODE_DNSUDP | PP_MODE_QUICVN | PP_MODE_QUICINIT,
    .default_mode = PP_MODE_DNSUDP,
    .arms = arms,
    .narms = ARMS,
    .conditions = conditions,
    .nconditions = CONDITIONS,
    .chains = chains,
    .fields = fields,
    .conclude = conclude,
    .sum_up = sum_up,
};
