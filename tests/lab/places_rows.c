/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * places_rows.c: boxes at hops 2 to 9 with 0, 1 and 3 silent routers around, quotes of several lengths, routers that
 * answer rarely or in parallel; and paths without a box.
 */
#include "places.h"

static const struct pp_step ecn_syn[] = {{.on = PP_ON_SYN, .tcp_set = PP_TCP_ECE | PP_TCP_CWR}};
static const struct pp_step ect0_data[] = {{.on = PP_ON_SYN, .tcp_set = PP_TCP_ECE | PP_TCP_CWR},
                                           {.on = PP_ON_DATA, .tos_mask = 3, .tos = PP_ECT0}};
static const struct pp_step ef_datagram[] = {{.on = PP_ON_DATAGRAM, .tos_mask = 0xfc, .tos = 46 << 2}};
static const uint8_t unknown_option[] = {253, 4, 0, 1};
static const struct pp_step option_syn[] = {{.on = PP_ON_SYN, .options = unknown_option, .options_len = 4}};

static const struct pp_arm tcp_arms[] = {
    {.name = "A", .title = "plain"},
    {.name = "B1", .title = "ECN-setup SYN", .connectivity = "t.syn", .steps = ecn_syn, .nsteps = 1},
    {.name = "B2", .title = "ECT(0) data", .connectivity = "t.data", .steps = ect0_data, .nsteps = 2},
    {.name = "B3", .title = "unknown option", .connectivity = "t.option", .steps = option_syn, .nsteps = 1},
};
static const struct pp_arm udp_arms[] = {
    {.name = "A", .title = "plain"},
    {.name = "B1", .title = "EF", .connectivity = "t.udp", .steps = ef_datagram, .nsteps = 1},
};
static const struct pp_plugin tcp = {.abi = PP_PLUGIN_ABI, .size = sizeof(struct pp_plugin), .name = "t", .title = "t",
                                     .modes = PP_MODE_DNSTCP, .default_mode = PP_MODE_DNSTCP, .arms = tcp_arms,
                                     .narms = 4};
static const struct pp_plugin udp = {.abi = PP_PLUGIN_ABI, .size = sizeof(struct pp_plugin), .name = "t", .title = "t",
                                     .modes = PP_MODE_DNSUDP, .default_mode = PP_MODE_DNSUDP, .arms = udp_arms,
                                     .narms = 2};

enum { SYN = 1, DATA, OPTION, EF = 1 };

#define SERVER "\"server\": \"ecn\", \"ports\": [53], \"delay_ms\": 15, \"jitter_ms\": 5"
#define LOSS(p) SERVER ", \"loss\": " #p
#define HOPS 2, 9, SERVER
#define SILENT(hop) "{\"hop\": " #hop ", \"answers\": 0}"

#define DROP PP_PLACE_DROP
#define RESET PP_PLACE_RESET
#define ANSWER PP_PLACE_ANSWER
#define REWRITE PP_PLACE_REWRITE

/* A box that leaves nothing to chance, with 0, 1 and 3 silent routers around. */
#define BOX(what, plugin, arm, kind, ...)                                                                              \
    {what, plugin, arm, {__VA_ARGS__}, HOPS, NULL, 0, kind, PLACES_NARROW, 0, 0},                                      \
    {what "; 1 silent router", plugin, arm, {__VA_ARGS__}, HOPS, NULL, 1, kind, PLACES_NAMED, 0, 0},                   \
    {what "; 3 silent routers", plugin, arm, {__VA_ARGS__}, HOPS, NULL, 3, kind, PLACES_NAMED, 0, 0}

#define ROUTERS(what, plugin, arm, kind, bar, routers, ...)                                                            \
    {what, plugin, arm, {__VA_ARGS__}, HOPS, routers, 0, kind, bar, 0, 0}

#define NOTHING(what, plugin, arm, server, routers) {what, plugin, arm, {NULL}, 0, 0, server, routers, 0, -1, 0, 0, 0}

const struct places_row places_row[] = {
    BOX("SYN dropped", &tcp, SYN, DROP, "ecn.syn.drop\""),
    BOX("SYN answered by RST", &tcp, SYN, RESET, "ecn.syn.rst\""),
    BOX("SYN answered by SYN/ACK", &tcp, SYN, ANSWER, "ecn.syn.answer\""),
    BOX("data: ECT(0) cleared", &tcp, DATA, REWRITE, "ecn.ip.clear\""),
    BOX("data: ECT(0) dropped", &tcp, DATA, DROP, "ecn.ect.drop\""),
    BOX("datagram: EF re-marked", &udp, EF, REWRITE, "dscp.bleach\""),
    BOX("datagram: EF dropped", &udp, EF, DROP, "dscp.ef.drop\""),
    BOX("SYN: MSS clamped, no SACK", &tcp, OPTION, REWRITE, "mss.clamp\"", "tcpopt.sack.strip\""),
    BOX("SYN: option stripped", &tcp, OPTION, REWRITE, "tcpopt.unknown.strip\""),

    ROUTERS("SYN dropped, quotes of 8 bytes", &tcp, SYN, DROP, PLACES_NARROW, "{\"quote\": 8}", "ecn.syn.drop\""),
    ROUTERS("ECT(0) cleared, quotes of 8 bytes", &tcp, DATA, REWRITE, PLACES_NARROW, "{\"quote\": 8}",
            "ecn.ip.clear\""),
    ROUTERS("ECT(0) cleared, quotes of 28 bytes", &tcp, DATA, REWRITE, PLACES_NARROW, "{\"quote\": 28}",
            "ecn.ip.clear\""),
    ROUTERS("EF re-marked, quotes of 128 bytes", &udp, EF, REWRITE, PLACES_NARROW, "{\"quote\": 128}", "dscp.bleach\""),
    ROUTERS("option stripped, quotes of 128 bytes", &tcp, OPTION, REWRITE, PLACES_NARROW, "{\"quote\": 128}",
            "tcpopt.unknown.strip\""),
    ROUTERS("option stripped, quotes of 548 bytes", &tcp, OPTION, REWRITE, PLACES_NARROW, "{\"quote\": 548}",
            "tcpopt.unknown.strip\""),
    ROUTERS("option stripped, 3 MPLS labels", &tcp, OPTION, REWRITE, PLACES_NARROW, "{\"labels\": 3}",
            "tcpopt.unknown.strip\""),
    ROUTERS("ECT(0) cleared, 1 MPLS label", &tcp, DATA, REWRITE, PLACES_NARROW, "{\"labels\": 1}", "ecn.ip.clear\""),
    ROUTERS("SYN dropped, routers side by side by flow", &tcp, SYN, DROP, PLACES_NARROW, "{\"ways\": 4}",
            "ecn.syn.drop\""),
    ROUTERS("SYN dropped on one of four paths by flow", &tcp, SYN, DROP, PLACES_NARROW, "{\"ways\": 4}",
            "ecmp.ecn.syn.drop\""),
    ROUTERS("ECT(0) cleared, balanced packet by packet", &tcp, DATA, REWRITE, PLACES_RIGHT,
            "{\"ways\": 3, \"by\": \"packet\"}", "ecn.ip.clear\""),
    ROUTERS("SYN dropped, balanced packet by packet", &tcp, SYN, DROP, PLACES_RIGHT,
            "{\"ways\": 3, \"by\": \"packet\"}", "ecn.syn.drop\""),
    ROUTERS("SYN dropped, routers that answer half", &tcp, SYN, DROP, PLACES_RIGHT, "{\"answers\": 0.5}",
            "ecn.syn.drop\""),
    {"ECT(0) cleared, 1 answer a second a router", &tcp, DATA, {"ecn.ip.clear\""}, HOPS, "{\"rate\": 1}", 0, REWRITE,
     PLACES_RIGHT, 1, 0},
    {"SYN dropped, 1 answer a second a router", &tcp, SYN, {"ecn.syn.drop\""}, HOPS, "{\"rate\": 1}", 0, DROP,
     PLACES_RIGHT, 1, 0},
    {"SYN dropped, silent from hop 7 on", &tcp, SYN, {"ecn.syn.drop\""}, 2, 5, SERVER,
     SILENT(7) ", " SILENT(8) ", " SILENT(9) ", " SILENT(10) ", " SILENT(11) ", " SILENT(12) ", "
     SILENT(13) ", " SILENT(14) ", " SILENT(15), 0, DROP, PLACES_NAMED, 0, 0},
    {"SYN dropped, 1 % of packets lost", &tcp, SYN, {"ecn.syn.drop\""}, 2, 9, LOSS(0.01), NULL, 0, DROP, PLACES_RIGHT,
     0, 0},
    {"ECT(0) cleared, 1 % of packets lost", &tcp, DATA, {"ecn.ip.clear\""}, 2, 9, LOSS(0.01), NULL, 0, REWRITE,
     PLACES_RIGHT, 0, 0},

    NOTHING("nothing", &tcp, SYN, SERVER, NULL),
    NOTHING("nothing; 5 % of packets lost", &tcp, SYN, LOSS(0.05), NULL),
    NOTHING("nothing; 5 % lost, in session", &tcp, DATA, LOSS(0.05), NULL),
    NOTHING("nothing; 1 answer a second a router", &tcp, SYN, SERVER, "{\"rate\": 1}"),
    NOTHING("nothing; routers that answer half", &tcp, DATA, SERVER, "{\"answers\": 0.5}"),
    NOTHING("nothing; balanced packet by packet", &tcp, SYN, SERVER, "{\"ways\": 3, \"by\": \"packet\"}"),
    NOTHING("nothing; another path every ten seconds", &udp, EF, SERVER, "{\"ways\": 2, \"by\": \"time\"}"),
    NOTHING("nothing; balanced by the ToS byte", &udp, EF, SERVER, "{\"ways\": 4, \"by\": \"tos\"}"),
    NOTHING("nothing; all routers silent", &tcp, SYN, SERVER, "{\"answers\": 0}"),
    NOTHING("nothing; a dead target", &tcp, SYN, "\"server\": \"silent\", \"ports\": [53]", NULL),
    {"nothing; one new flow in 10 s admitted", &tcp, SYN, {"quota.pair\", \"flows\": 1, \"seconds\": 10"}, HOPS, NULL,
     0, -1, 0, 0, 0},
    {"nothing; three flows a minute, in session", &tcp, DATA, {"quota.pair\", \"flows\": 3, \"seconds\": 60"}, HOPS,
     NULL, 0, -1, 0, 0, 0},
    {"nothing; a proxy answers both arms", &tcp, SYN, {"syn.answer\""}, HOPS, NULL, 0, -1, 0, 0, 0},
    {"nothing yet; told to end after 30 s", &tcp, SYN, {"ecn.syn.drop\""}, 4, 4, SERVER, NULL, 0, -1, 0, 0,
     INT64_C(30000000000)},
};

const unsigned places_rows = sizeof places_row / sizeof *places_row;
