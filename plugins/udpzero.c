/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * udpzero.c: do datagrams without a checksum get through (RFC 768)? IPv4 only: over IPv6 receivers must drop such
 * datagrams (RFC 8200 section 8.1).
 */
#include "../core/abi/plugin.h"

static const struct pp_step steps[] = {{.on = PP_ON_DATAGRAM, .udp_checksum = PP_UDP_CHECKSUM_ZERO}};

static const struct pp_arm arms[] = {
    {.name = "A", .title = "with a checksum"},
    {.name = "B1", .title = "without one", .connectivity = "udpzero.connectivity", .steps = steps, .nsteps = 1,
     .family = 4, .what = "datagrams without a checksum"},
};

static const char *const chains[] = {"udp", NULL};

PP_PLUGIN_DEFINE = {
    .abi = PP_PLUGIN_ABI,
    .size = sizeof(struct pp_plugin),
    .name = "udpzero",
    .title = "do datagrams without a checksum get through (RFC 768)?",
    .description =
        "Each target is asked by datagrams with a checksum (A), and by such without one, that is with a checksum field "
        "of zero (B1). If A gets through and B1 does not, the path or the target drops datagrams without a checksum.\n"
        "\n"
        "IPv4 only: over IPv6 a receiver has to drop them (RFC 8200 section 8.1).",
    .modes = PP_MODE_DNSUDP | PP_MODE_QUICVN | PP_MODE_QUICINIT,
    .default_mode = PP_MODE_DNSUDP,
    .arms = arms,
    .narms = 2,
    .chains = chains,
};
