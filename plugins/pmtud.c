/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pmtud.c: which packet sizes get through to a target. Sizes are those of IP packets that must not be fragmented. The
 * largest size is measured first and implies the others: if it gets through, so do they. After it has failed beside the
 * baseline of 1280 bytes, the other sizes are measured, each with a verdict of its own. Packet Too Big messages of
 * routers (RFC 1191 and RFC 8201) are not authenticated: an answer of the target refutes them.
 */
#include "../core/abi/plugin.h"

#include <stdbool.h>

enum { BASE = PP_MIN_SIZE, SIZES_MAX = PP_MAX_ARMS - 1 };

#define DATAGRAMS (PP_MODE_QUICINIT | PP_MODE_QUICVN | PP_MODE_DNSUDP)

/* ---- arms by option -------------------------------------------------------------------------------------------- */

/* Arm I implies the one before it. */
#define NAMES(i) {"B" #i, NULL}
static const char *const implied[SIZES_MAX + 1][2] = {
    [2] = NAMES(1), NAMES(2), NAMES(3), NAMES(4), NAMES(5), NAMES(6), NAMES(7), NAMES(8), NAMES(9), NAMES(10),
    NAMES(11), NAMES(12), NAMES(13), NAMES(14),
};

static const struct pp_plugin_option options[] = {
    {.name = "size", .arg = "N[,N...]", .def = "1400,1420,1452,1460,1472,1480,1492,1500", .min = BASE + 1,
     .max = PP_MAX_SIZE, .most = SIZES_MAX,
     .what = "bytes of the packets to compare with those of 1280, an arm for each"},
};

enum condition { VALUE, PTB_SEEN, PTB_MTU, PTB_NOT_SEEN, PTB_FALSE, BLACKHOLE, MSS, CONDITIONS };

static const struct pp_condition conditions[CONDITIONS] = {
    [VALUE] = {.name = "pmtu.fwd.value", .has_value = 1,
               .what = "The largest of the sizes that get through, of those that were asked."},
    [PTB_SEEN] = {.name = "pmtu.ptb.seen",
                  .what = "A packet that did not get through was reported as too big, without the MTU that it met."},
    [PTB_MTU] = {.name = "pmtu.ptb.mtu", .has_value = 1,
                 .what = "The same, with the MTU; the smallest, if several were named."},
    [PTB_NOT_SEEN] = {.name = "pmtu.ptb.not_seen",
                      .what = "Packets that did not get through were not reported as too big."},
    [PTB_FALSE] = {.name = "pmtu.ptb.false",
                   .what = "A packet was reported as too big that got through, or for an MTU that the path cannot "
                           "have: not smaller than the packet, or smaller than one that got through."},
    [BLACKHOLE] = {.name = "pmtu.blackhole",
                   .what = "A size does not get through where a smaller one does, and no ICMP error says so: a sender "
                           "of such packets waits for ever."},
    [MSS] = {.name = "pmtu.mss.exceeded", .has_value = 1, .modes = PP_MODE_HTTP,
             .what = "Segments were longer than the maximum segment size that the target named, which is this."},
};

static struct pp_arm *add_arm(struct pp_tables *t, uint16_t size)
{
    struct pp_arm *arm = pp_tables_arm(t);

    arm->title = t->text(t, "packets of %u bytes", size);
    pp_tables_step(t, (struct pp_step){.on = PP_ON_DATAGRAM, .size = size});
    pp_tables_step(t, (struct pp_step){.on = PP_ON_DATA, .size = size});
    return arm;
}

static const char *configure(const struct pp_numbers *option, struct pp_tables *t)
{
    uint32_t size[SIZES_MAX];

    pp_numbers_rising(option, size);
    add_arm(t, BASE);
    for (uint32_t i = 0; i < option->n; i++) {
        struct pp_arm *arm = add_arm(t, (uint16_t)size[i]);

        arm->connectivity = t->text(t, "pmtu.fwd.%u.connectivity", size[i]);
        arm->what = arm->title;
        arm->implies = i ? implied[i + 1] : NULL;
    }
    pp_tables_conditions(t, conditions, CONDITIONS);
    return NULL;
}

/* ---- conditions ------------------------------------------------------------------------------------------------ */

/* Places in pp_outcome.value. */
enum field { PTB, MTU, UNTRUE, NAMED, LONGEST };

static const char *const fields[] = {
    [PTB] = "icmp_ptb", [MTU] = "icmp_ptb_mtu", [UNTRUE] = "icmp_ptb_false", [NAMED] = "mss_value_rev",
    [LONGEST] = "icmp_longest_fwd", NULL,
};

static const char *const chains[] = {"icmp", "mss", NULL};

struct reports {
    bool seen, untrue;
    int64_t mtu; /* the smallest; 0: none */
};

/*
 * Reads the messages about an arm. A size that got through was not too big; if A got through, no MTU below its size is
 * true.
 */
static void read_arm(const struct pp_outcome *o, bool base_ok, struct reports *r)
{
    int64_t mtu = o->value[MTU];
    bool untrue = o->value[UNTRUE] == 1, seen = o->value[PTB] == 1;

    if (seen && (o->ok || (base_ok && mtu != PP_NULL && mtu < BASE))) {
        untrue = true;
        seen = false;
    }
    r->untrue |= untrue;
    r->seen |= seen;
    if (seen && mtu != PP_NULL && (!r->mtu || mtu < r->mtu))
        r->mtu = mtu;
}

static void conclude_mss(const struct pp_round_view *round, struct pp_sink *sink)
{
    for (unsigned i = 1; i < round->narms && round->mode == PP_MODE_HTTP; i++) {
        const struct pp_outcome *o = &round->arm[i];

        /* 40 bytes of headers over IPv4, 60 over IPv6: a target may state the value for the other family. */
        if (o->took_part && o->observed && o->value[NAMED] != PP_NULL && o->value[LONGEST] > o->value[NAMED] + 60) {
            sink->state(sink, MSS, o->value[NAMED]);
            return;
        }
    }
}

static void conclude(const struct pp_round_view *round, struct pp_sink *sink)
{
    const struct pp_outcome *a = &round->arm[0];
    bool base_ok = a->took_part && a->observed && a->ok;
    struct reports r = {0};

    for (unsigned i = 0; i < round->narms; i++)
        if (round->arm[i].took_part && round->arm[i].observed)
            read_arm(&round->arm[i], base_ok, &r);
    if (r.mtu)
        sink->state(sink, PTB_MTU, r.mtu);
    else if (r.seen)
        sink->state(sink, PTB_SEEN, 0);
    else if (r.untrue)
        sink->state(sink, PTB_FALSE, 0);
    conclude_mss(round, sink);
}

/* States the largest size that works, if all larger ones are broken or were not measured; A's, if all are broken. */
static void sum_up_value(const struct pp_verdicts_view *v, bool broken, struct pp_sink *sink)
{
    unsigned i = v->narms - 1;

    while (i > 0 && (v->arm[i] == PP_VERDICT_BROKEN || v->arm[i] == PP_VERDICT_NONE))
        i--;
    if (i > 0 ? v->arm[i] == PP_VERDICT_WORKS : broken)
        sink->state(sink, VALUE, i > 0 ? v->arms[i].steps[0].size : BASE);
}

static void sum_up(const struct pp_verdicts_view *v, struct pp_sink *sink)
{
    bool broken = false;

    for (unsigned i = 1; i < v->narms; i++)
        broken |= v->arm[i] == PP_VERDICT_BROKEN;
    sum_up_value(v, broken, sink);
    if (!broken || v->stated[PTB_SEEN] || v->stated[PTB_MTU])
        return;
    if (!v->stated[PTB_FALSE])
        sink->state(sink, PTB_NOT_SEEN, 0);
    sink->state(sink, BLACKHOLE, 0);
}

PP_PLUGIN_DEFINE = {
    .abi = PP_PLUGIN_ABI,
    .size = sizeof(struct pp_plugin),
    .name = "pmtud",
    .title = "which sizes of packets get through, and who says so if not?",
    .description =
        "Each target is sent packets of 1280 bytes (A), which every path of IPv6 has to take, and longer ones (B1 and "
        "on, --size), IP header included, none of which may be fragmented: a QUIC Initial; in the connect mode quicvn "
        "the offer of a reserved version; in dnsudp a query with padding (RFC 7830); in http a request whose "
        "first segment has the size, and which is equally long for all sizes. If A gets through and a size does not, "
        "the path, or the target, drops it. Answers are shorter, so this speaks of the way to the target.\n"
        "\n"
        "The largest size is asked first. Where it gets through, the others are said to, on its word; where it fails, "
        "they are asked, too, until each has a verdict. Once a size is broken, further rounds look by halves for the "
        "largest that gets through, to the byte (the observation's \"bisected\"), three flows a size; with --rounds "
        "they are left out.\n"
        "\n"
        "A router before a link that is too small sends \"packet too big\" with the link's MTU, and its address is the "
        "place. Such a message can be forged: an answer from the target refutes it, and so does an impossible MTU. A "
        "size that fails without such a message has met a black hole. This experiment sends no such messages.\n"
        "\n"
        "What does not fit into the MTU of the interface here is not asked. In the connect mode http, the maximum "
        "segment size that the target names is not heeded, as it is often lowered on the way so that the path is never "
        "asked: a firewall that drops longer segments for it looks as a small MTU does (pmtu.mss.exceeded).",
    .modes = DATAGRAMS | PP_MODE_HTTP,
    .default_mode = PP_MODE_QUICINIT,
    .chains = chains,
    .fields = fields,
    .conclude = conclude,
    .options = options,
    .noptions = 1,
    .configure = configure,
    .sum_up = sum_up,
};
