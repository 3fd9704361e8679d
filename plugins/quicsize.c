/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quicsize.c: which sizes of datagrams reach QUIC servers, and does a ClientHello in two datagrams? Clients that offer
 * post-quantum key shares send two Initials, and clients that search for the path MTU send more than the 1200 bytes
 * that every path must carry (RFC 9000 section 14). No datagram may be fragmented.
 */
#include "../core/abi/plugin.h"

enum arm { A, B1350, B1452, B1472, SPLIT, ARMS };

static const struct pp_step steps[ARMS][1] = {
    [B1350] = {{.on = PP_ON_DATAGRAM, .padding = 150}},
    [B1452] = {{.on = PP_ON_DATAGRAM, .padding = 252}},
    [B1472] = {{.on = PP_ON_DATAGRAM, .padding = 272}},
    [SPLIT] = {{.on = PP_ON_DATAGRAM, .segments = 2}},
};

static const struct pp_arm arms[ARMS] = {
    [A] = {.name = "A", .title = "1200 bytes"},
    [B1350] = {.name = "B1", .title = "1350 bytes", .connectivity = "quicsize.1350.connectivity", .steps = steps[B1350],
               .nsteps = 1, .what = "datagrams of 1350 bytes"},
    [B1452] = {.name = "B2", .title = "1452 bytes: 1500 with the headers of IPv6",
               .connectivity = "quicsize.1452.connectivity", .steps = steps[B1452], .nsteps = 1,
               .what = "datagrams of 1452 bytes"},
    [B1472] = {.name = "B3", .title = "1472 bytes: 1500 with the headers of IPv4", .family = 4,
               .connectivity = "quicsize.1472.connectivity", .steps = steps[B1472], .nsteps = 1,
               .what = "datagrams of 1472 bytes"},
    [SPLIT] = {.name = "B4", .title = "the ClientHello in two Initials", .modes = PP_MODE_QUICINIT,
               .connectivity = "quicsize.split.connectivity", .steps = steps[SPLIT], .nsteps = 1,
               .what = "ClientHellos in two Initials"},
};

static const char *const chains[] = {"udp", "quic", NULL};

PP_PLUGIN_DEFINE = {
    .abi = PP_PLUGIN_ABI,
    .size = sizeof(struct pp_plugin),
    .name = "quicsize",
    .title = "which sizes of datagrams get through to QUIC servers?",
    .description =
        "Each target is sent a QUIC Initial in a datagram of 1200 bytes (A), of 1350 (B1), 1452 (B2) and, over IPv4, "
        "1472 (B3), which may not be fragmented; and a ClientHello in two Initials of 1200 bytes each (B4). In the "
        "connect mode quicvn, A to B3 offer a reserved version. If A gets through and another does not, the "
        "path or the target drops such datagrams.\n"
        "\n"
        "Answers are shorter, so this speaks of the way to the target. What does not fit into the MTU of the interface "
        "here is not asked. Some servers acknowledge the first half of B4 before they have seen the second: the arm "
        "has got through then, too.",
    .modes = PP_MODE_QUICINIT | PP_MODE_QUICVN,
    .default_mode = PP_MODE_QUICINIT,
    .arms = arms,
    .narms = ARMS,
    .chains = chains,
};
