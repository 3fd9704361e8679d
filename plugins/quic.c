/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quic.c: do datagrams get through to a QUIC server whatever is done to them? Each target is offered a version of QUIC
 * that nobody knows, and has to answer with those that it does (RFC 9000 section 6): no handshake, no state, and every
 * HTTP/3 server can be asked. The answer says that a datagram got through, and nothing of how it looked by then.
 */
#include "../core/abi/plugin.h"

#define EXTRA 16 /* bytes */

static const uint8_t nothing[EXTRA] = {0};

enum arm { A, ECT0, ECT1, CE, EF, PADDING, SURPLUS, ARMS };

#define ECN(mark) {.on = PP_ON_DATAGRAM, .tos_mask = 0x03, .tos = mark}
static const struct pp_step steps[ARMS][1] = {
    [ECT0] = {ECN(PP_ECT0)},
    [ECT1] = {ECN(PP_ECT1)},
    [CE] = {ECN(PP_CE)},
    [EF] = {{.on = PP_ON_DATAGRAM, .tos_mask = 0xfc, .tos = 46 << 2}},
    [PADDING] = {{.on = PP_ON_DATAGRAM, .padding = EXTRA}},
    [SURPLUS] = {{.on = PP_ON_DATAGRAM, .surplus = nothing, .surplus_len = EXTRA, .ocs = PP_OCS_RIGHT}},
};

#define ARM(n, arm, title_, prefix, what_) \
    [arm] = {.name = n, .title = title_, .connectivity = prefix ".connectivity", .steps = steps[arm], .nsteps = 1, \
             .what = what_}
static const struct pp_arm arms[ARMS] = {
    [A] = {.name = "A", .title = "1200 bytes, Not-ECT, codepoint 0"},
    ARM("B1", ECT0, "ECT(0)", "quic.ect0", "datagrams marked ECT(0)"),
    ARM("B2", ECT1, "ECT(1)", "quic.ect1", "datagrams marked ECT(1)"),
    ARM("B3", CE, "CE", "quic.ce", "datagrams marked CE"),
    ARM("B4", EF, "codepoint 46, EF", "quic.ef", "datagrams with codepoint 46 (EF)"),
    ARM("B5", PADDING, "16 bytes longer", "quic.padding", "datagrams of 1216 bytes"),
    ARM("B6", SURPLUS, "a surplus of 16 bytes with a right checksum (RFC 9868)", "quic.surplus",
        "datagrams with a surplus"),
};

static const char *const chains[] = {"udp", NULL};

PP_PLUGIN_DEFINE = {
    .abi = PP_PLUGIN_ABI,
    .size = sizeof(struct pp_plugin),
    .name = "quic",
    .title = "do datagrams get through to QUIC servers whatever their marks?",
    .description =
        "Each target is offered, in a datagram of 1200 bytes, a version of QUIC that nobody knows, and answers with "
        "version negotiation (RFC 9000 section 6): plainly (A), with ECT(0) (B1), ECT(1) (B2) or CE (B3) in the IP "
        "header, with the codepoint of EF (B4), 16 bytes longer (B5), and with a surplus of 16 bytes behind the UDP "
        "length (B6). If A gets through and another does not, the path or the target drops such datagrams.\n"
        "\n"
        "An answer says that a datagram arrived, not that it arrived as it was sent: marks may have been cleared and a "
        "surplus cut off. A server may leave any of them unanswered and may limit how many it answers, so that a "
        "target which is offline here need not be.",
    .modes = PP_MODE_QUICVN,
    .default_mode = PP_MODE_QUICVN,
    .arms = arms,
    .narms = ARMS,
    .chains = chains,
};
