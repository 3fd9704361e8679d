/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frag.c: do fragments get through (RFC 791 section 2.3)? IPv4 only: over IPv6 fragments have an extension header, and
 * are part of `exthdr`. All arms send the same packets of 1280 bytes, so that halves are no small fragments, which some
 * firewalls drop for their size (RFC 1858); other arms test these. No fragment overlaps another.
 */
#include "../core/abi/plugin.h"

#include <stdbool.h>

enum { SIZE = PP_MIN_SIZE };

/* Datagrams, and segments with data: a fragmented SYN may be dropped because it is a SYN. */
#define STEPS(...) {{.on = PP_ON_DATAGRAM, .size = SIZE, __VA_ARGS__}, {.on = PP_ON_DATA, .size = SIZE, __VA_ARGS__}}

static const struct pp_step whole[] = STEPS(.fragments = 0), halves[] = STEPS(.fragments = 2),
                            small[] = STEPS(.fragments = 2, .first_fragment = 24),
                            tiny[] = STEPS(.fragments = 2, .first_fragment = 8),
                            swapped[] = STEPS(.fragments = 2, .fragments_reversed = 1);

enum arm { A, HALVES, SMALL, TINY, SWAPPED, ARMS };

#define ARM(name_, title_, prefix, steps_, what_)                                                                      \
    {.name = name_, .title = title_, .connectivity = prefix ".connectivity", .steps = steps_, .nsteps = 2,             \
     .family = 4, .what = what_}

static const struct pp_arm arms[ARMS] = {
    [A] = {.name = "A", .title = "whole packets", .steps = whole, .nsteps = 2},
    [HALVES] = ARM("B1", "in two halves", "frag", halves, "packets in two fragments"),
    [SMALL] = ARM("B2", "24 bytes, then the rest", "frag.small", small, "fragments behind a first one of 24 bytes"),
    [TINY] = ARM("B3", "8 bytes, then the rest", "frag.tiny", tiny, "fragments behind a first one of 8 bytes"),
    [SWAPPED] = ARM("B4", "in two halves, the last one first", "frag.swapped", swapped,
                    "fragments of which the last comes first"),
};

enum { LOST, BY_SIZE, BY_ORDER, CONDITIONS };

static const struct pp_condition conditions[CONDITIONS] = {
    [LOST] = {.name = "frag.lost", .what = "Fragments do not get through, however the packet is cut."},
    [BY_SIZE] = {.name = "frag.size.enforced",
                 .what = "Halves get through, and fragments behind a small first one do not."},
    [BY_ORDER] = {.name = "frag.order.enforced",
                  .what = "Halves get through, and not if the last one is sent first."},
};

static void sum_up(const struct pp_verdicts_view *v, struct pp_sink *sink)
{
    bool works = v->arm[HALVES] == PP_VERDICT_WORKS;
    unsigned broken = 0;

    for (unsigned i = HALVES; i < ARMS; i++)
        broken += v->arm[i] == PP_VERDICT_BROKEN;
    if (broken == ARMS - 1)
        sink->state(sink, LOST, 0);
    if (works && (v->arm[SMALL] == PP_VERDICT_BROKEN || v->arm[TINY] == PP_VERDICT_BROKEN))
        sink->state(sink, BY_SIZE, 0);
    if (works && v->arm[SWAPPED] == PP_VERDICT_BROKEN)
        sink->state(sink, BY_ORDER, 0);
}

PP_PLUGIN_DEFINE = {
    .abi = PP_PLUGIN_ABI,
    .size = sizeof(struct pp_plugin),
    .name = "frag",
    .title = "do fragments of IPv4 get through (RFC 791)?",
    .description =
        "Each target is sent packets of 1280 bytes: a request over TCP whose segments are that long, a query in DNS "
        "with padding (RFC 7830), or what starts QUIC. They go out whole (A); in two fragments, each with half of it "
        "(B1); in two of which the first has 24 bytes behind the IP header (B2), or 8, the least that there can be "
        "(B3); and in two halves of which the last is sent first (B4). No fragment overlaps another. If A gets through "
        "and a B does not, the path or the target drops such fragments.\n"
        "\n"
        "Of TCP, 8 bytes are the ports and the sequence number, without the flags: firewalls are told to drop such "
        "fragments (RFC 1858). 24 bytes have its fixed header. Of UDP, 8 bytes are the whole header.\n"
        "\n"
        "A firewall that puts fragments together, and what it does to them, is not seen: they get through.\n"
        "\n"
        "IPv4 only: over IPv6 fragments have an extension header, of which exthdr says what becomes.",
    .modes = PP_MODE_HTTP | PP_MODE_DNSUDP | PP_MODE_QUICVN | PP_MODE_QUICINIT,
    .default_mode = PP_MODE_HTTP,
    .arms = arms,
    .narms = ARMS,
    .conditions = conditions,
    .nconditions = CONDITIONS,
    .sum_up = sum_up,
};
