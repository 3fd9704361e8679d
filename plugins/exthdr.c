/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * exthdr.c: do IPv6 extension headers get through (RFC 8200 section 4)? Hop-by-hop and destination options, fragments
 * and the flow label, on SYNs or on datagrams. No arm exceeds the limits of end hosts: each header has one option,
 * which a node that does not know it must skip (the upper two bits of its type are 00), and at most 6 bytes of padding.
 * Linux drops packets with more than eight options, with more than 7 bytes of padding, and with options that ask for it
 * (01).
 */
#include "../core/abi/plugin.h"

#include <stdbool.h>

enum { HOP_BY_HOP = 0, DESTINATION = 60 };

/*
 * Types of options. RFC 4727 section 4 reserves 0x1e and 0x9e for experiments. A node that does not know the second
 * must discard the packet and send an ICMPv6 Parameter Problem with code 2 to its source (RFC 8200 section 4.2).
 */
enum { PADN = 0x01, SKIPPED = 0x1e, MIN_PATH_MTU = 0x30, REFUSED = 0x9e };

/* ---- headers --------------------------------------------------------------------------------------------------- */

enum { UNIT = 8, UNITS_MAX = 32 };

/* Row I: I + 1 units of 8 bytes, filled by one option. The first byte, the next header, is filled in. */
#define ROW(i) [i] = {0, i, SKIPPED, UNIT * (i) + 4}
#define ROWS(i) ROW(i), ROW((i) + 1), ROW((i) + 2), ROW((i) + 3)
static const uint8_t bytes[UNITS_MAX][UNIT * UNITS_MAX] = {ROWS(0),  ROWS(4),  ROWS(8),  ROWS(12),
                                                           ROWS(16), ROWS(20), ROWS(24), ROWS(28)};

#define SIZED(i) [i] = {.type = DESTINATION, .len = UNIT * ((i) + 1), .bytes = bytes[i]}
#define ALL_SIZED(i) SIZED(i), SIZED((i) + 1), SIZED((i) + 2), SIZED((i) + 3)
static const struct pp_extension sized[UNITS_MAX] = {ALL_SIZED(0),  ALL_SIZED(4),  ALL_SIZED(8),  ALL_SIZED(12),
                                                     ALL_SIZED(16), ALL_SIZED(20), ALL_SIZED(24), ALL_SIZED(28)};

#define SHORT(kind, ...) {.type = (kind), .len = UNIT, .bytes = (const uint8_t[]){0, 0, __VA_ARGS__}}
static const struct pp_extension hbh_pad[] = {SHORT(HOP_BY_HOP, PADN, 4, 0, 0, 0, 0)};
static const struct pp_extension hbh[] = {SHORT(HOP_BY_HOP, SKIPPED, 4, 0, 0, 0, 0)};
/* RFC 9268 section 5: the least MTU so far, 1500 to begin with; nothing to return; R asks for it back. */
static const struct pp_extension hbh_mtu[] = {SHORT(HOP_BY_HOP, MIN_PATH_MTU, 4, 1500 >> 8, 1500 & 0xff, 0, 1)};
static const struct pp_extension hbh_asked[] = {SHORT(HOP_BY_HOP, REFUSED, 4, 0, 0, 0, 0)};
static const struct pp_extension dst_pad[] = {SHORT(DESTINATION, PADN, 4, 0, 0, 0, 0)};
static const struct pp_extension dst_asked[] = {SHORT(DESTINATION, REFUSED, 4, 0, 0, 0, 0)};

/* ---- arms ------------------------------------------------------------------------------------------------------ */

#define BOTH(name, ...)                                                                                                \
    static const struct pp_step name[] = {{.on = PP_ON_SYN, __VA_ARGS__}, {.on = PP_ON_DATAGRAM, __VA_ARGS__}}

BOTH(with_hbh_pad, .nextensions = 1, .extensions = hbh_pad);
BOTH(with_hbh, .nextensions = 1, .extensions = hbh);
BOTH(with_hbh_mtu, .nextensions = 1, .extensions = hbh_mtu);
BOTH(with_hbh_asked, .which = PP_SENT_FIRST, .nextensions = 1, .extensions = hbh_asked);
BOTH(with_dst_pad, .nextensions = 1, .extensions = dst_pad);
BOTH(with_dst_asked, .which = PP_SENT_FIRST, .nextensions = 1, .extensions = dst_asked);
BOTH(atomic, .fragments = 1);
BOTH(split, .fragments = 2);
static const struct pp_step zero[] = {{.on = PP_ON_SYN, .label = PP_LABEL_FIXED},
                                      {.on = PP_ON_ACK, .label = PP_LABEL_FIXED},
                                      {.on = PP_ON_DATAGRAM, .label = PP_LABEL_FIXED}};

enum arm { A, HBH_PAD, HBH, HBH_MTU, HBH_ASKED, DST_PAD, DST_ASKED, ATOMIC, SPLIT, ZERO, FIRST_SIZE };

enum { SIZES_MAX = PP_MAX_ARMS - FIRST_SIZE };

#define IMPLIES(...) .implies = (const char *const[]){__VA_ARGS__, NULL}
#define STEPS(s) .steps = s, .nsteps = sizeof s / sizeof *s

static const struct pp_arm arms[FIRST_SIZE] = {
    [A] = {.name = "A", .title = "no extension header"},
    [HBH_PAD] = {.name = "B1", .title = "hop-by-hop options, padding alone",
                 .connectivity = "exthdr.hbh.pad.connectivity", STEPS(with_hbh_pad), .family = 6,
                 .what = "hop-by-hop options of padding alone"},
    [HBH] = {.name = "B2", .title = "hop-by-hop options of 8 bytes", .connectivity = "exthdr.hbh.connectivity",
             STEPS(with_hbh), .family = 6, .what = "hop-by-hop options", IMPLIES("B1")},
    [HBH_MTU] = {.name = "B3", .title = "the option for the least MTU of the path",
                 .connectivity = "exthdr.hbh.mtu.connectivity", STEPS(with_hbh_mtu), .family = 6,
                 .what = "the option of RFC 9268", IMPLIES("B1")},
    [HBH_ASKED] = {.name = "B4", .title = "a hop-by-hop option to be refused, then none",
                   .connectivity = "exthdr.hbh.asked.connectivity", STEPS(with_hbh_asked), .family = 6,
                   .what = "packets behind a hop-by-hop option to be refused"},
    [DST_PAD] = {.name = "B5", .title = "destination options, padding alone",
                 .connectivity = "exthdr.dst.pad.connectivity", STEPS(with_dst_pad), .family = 6,
                 .what = "destination options of padding alone"},
    [DST_ASKED] = {.name = "B6", .title = "a destination option to be refused, then none",
                   .connectivity = "exthdr.dst.asked.connectivity", STEPS(with_dst_asked), .family = 6,
                   .what = "packets behind a destination option to be refused"},
    [ATOMIC] = {.name = "B7", .title = "an atomic fragment", .connectivity = "exthdr.fragment.atomic.connectivity",
                STEPS(atomic), .family = 6, .what = "atomic fragments"},
    [SPLIT] = {.name = "B8", .title = "two fragments", .connectivity = "exthdr.fragment.split.connectivity",
               STEPS(split), .family = 6, .what = "packets in two fragments"},
    [ZERO] = {.name = "B9", .title = "the flow label zero", .connectivity = "exthdr.label.zero.connectivity",
              STEPS(zero), .family = 6, .what = "packets whose flow label is zero"},
};

/* A size implies the next smaller one, the smallest the header with padding only. */
#define NAMES(i) {"B" #i, NULL}
static const char *const implied[SIZES_MAX][2] = {{"B5", NULL}, NAMES(10), NAMES(11), NAMES(12), NAMES(13), NAMES(14)};

static const struct pp_plugin_option options[] = {
    {.name = "size", .arg = "N[,N...]", .def = "8,24,56,64,128,256", .min = UNIT, .max = UNIT * UNITS_MAX,
     .most = SIZES_MAX, .what = "bytes of destination options, multiples of 8, an arm for each"},
};

enum condition {
    MAXLEN,
    HBH_REACHED, HBH_PARSED, HBH_FILTERED,
    DST_REACHED, DST_PARSED, DST_FILTERED,
    REFUSED_ON_PATH, REFUSED_BY_TARGET,
    HBH_OPTION, DST_OPTION,
    RETURNED,
    CONDITIONS
};

static const struct pp_condition conditions[CONDITIONS] = {
    [MAXLEN] = {.name = "exthdr.dst.maxlen", .has_value = 1,
                .what = "The most bytes of destination options that get through, of those that were asked; 0: none."},
    [HBH_REACHED] = {.name = "exthdr.hbh.asked.reached",
                     .what = "The target itself refused B4's option: hop-by-hop options arrive."},
    [HBH_PARSED] = {.name = "exthdr.hbh.asked.parsed",
                    .what = "A router refused B4's option: it looks at hop-by-hop options."},
    [HBH_FILTERED] = {.name = "exthdr.hbh.asked.filtered",
                      .what = "Another ICMP error came back for B4's first packet: it was refused for its header."},
    [DST_REACHED] = {.name = "exthdr.dst.asked.reached",
                     .what = "The target itself refused B6's option: destination options arrive."},
    [DST_PARSED] = {.name = "exthdr.dst.asked.parsed",
                    .what = "Another than the target refused B6's option: it looks at what is not for it."},
    [DST_FILTERED] = {.name = "exthdr.dst.asked.filtered",
                      .what = "Another ICMP error came back for B6's first packet: it was refused for its header."},
    [REFUSED_ON_PATH] = {.name = "exthdr.path.refused",
                         .what = "A header, a fragment or a label was answered by an ICMP error of another than the "
                                 "target, and A got through."},
    [REFUSED_BY_TARGET] = {.name = "exthdr.target.refused", .what = "The same of the target itself."},
    [HBH_OPTION] = {.name = "exthdr.hbh.option.lost",
                    .what = "Hop-by-hop options are lost with the option of B2, and not where they are padding alone, "
                            "or hold the option of B4: not the header is dropped, but what it holds."},
    [DST_OPTION] = {.name = "exthdr.dst.option.lost",
                    .what = "Destination options of 8 bytes are lost, and not where they are padding alone, or hold "
                            "the option of B6: not the header is dropped, but what it holds."},
    [RETURNED] = {.name = "exthdr.hbh.mtu.returned", .has_value = 1,
                  .what = "The target has returned the least MTU of the path, which is this (RFC 9268)."},
};

static const char *configure(const struct pp_numbers *option, struct pp_tables *t)
{
    uint32_t size[SIZES_MAX];

    pp_numbers_rising(option, size);
    for (; t->narms < FIRST_SIZE; t->narms++)
        t->arms[t->narms] = arms[t->narms];
    for (uint32_t i = 0; i < option->n; i++) {
        const struct pp_extension *x;
        struct pp_arm *arm;

        if (size[i] % UNIT)
            return t->text(t, "an extension header has a multiple of 8 bytes, which %u is not", size[i]);
        x = &sized[size[i] / UNIT - 1];
        arm = pp_tables_arm(t);
        arm->title = t->text(t, "destination options of %u bytes", size[i]);
        arm->connectivity = t->text(t, "exthdr.dst.%u.connectivity", size[i]);
        arm->family = 6;
        arm->what = arm->title;
        arm->implies = implied[i];
        pp_tables_step(t, (struct pp_step){.on = PP_ON_SYN, .nextensions = 1, .extensions = x});
        pp_tables_step(t, (struct pp_step){.on = PP_ON_DATAGRAM, .nextensions = 1, .extensions = x});
    }
    pp_tables_conditions(t, conditions, CONDITIONS);
    return NULL;
}

/* ---- conditions ------------------------------------------------------------------------------------------------ */

/* Places in pp_outcome.value. */
enum field { TYPE, CODE, OF_TARGET, MTU };

static const char *const fields[] = {
    [TYPE] = "exthdr_error_type",
    [CODE] = "exthdr_error_code",
    [OF_TARGET] = "exthdr_error_dip",
    [MTU] = "exthdr_mtu_rev",
    NULL,
};

static const char *const chains[] = {"icmp", "exthdr", NULL};

enum { PARAMETER_PROBLEM = 4, UNKNOWN_OPTION = 2 }; /* RFC 4443 section 3.4 */

/*
 * States whether the first packet of ARM, with an option that must be refused, was refused: REACHED and the two
 * conditions after it.
 */
static void conclude_asked(const struct pp_round_view *round, enum arm arm, unsigned reached, struct pp_sink *sink)
{
    const struct pp_outcome *o = &round->arm[arm];
    bool target;

    if (!o->took_part || !o->observed || o->value[TYPE] == PP_NULL || !round->arm[A].ok)
        return;
    target = o->value[OF_TARGET] == 1;
    if (o->value[TYPE] == PARAMETER_PROBLEM && o->value[CODE] == UNKNOWN_OPTION)
        sink->state(sink, target ? reached : reached + 1, 0);
    else if (!target)
        sink->state(sink, reached + 2, 0);
}

static void conclude(const struct pp_round_view *round, struct pp_sink *sink)
{
    bool refused[2] = {false}; /* by the path, by the target */
    int64_t mtu = 0;

    conclude_asked(round, HBH_ASKED, HBH_REACHED, sink);
    conclude_asked(round, DST_ASKED, DST_REACHED, sink);
    for (unsigned i = 1; i < round->narms; i++) {
        const struct pp_outcome *o = &round->arm[i];

        if (!o->took_part || !o->observed)
            continue;
        if (!o->ok && o->how == PP_HOW_ICMP && round->arm[A].ok)
            refused[o->value[OF_TARGET] == 1] = true;
        if (i == HBH_MTU && o->value[MTU] != PP_NULL)
            mtu = o->value[MTU];
    }
    if (refused[0])
        sink->state(sink, REFUSED_ON_PATH, 0);
    if (refused[1])
        sink->state(sink, REFUSED_BY_TARGET, 0);
    if (mtu)
        sink->state(sink, RETURNED, mtu);
}

/* Sums up an ARM's verdict beside that of PADDING only. REACHED: such headers arrive with another option. */
static void sum_up_option(uint8_t arm, uint8_t padding, bool reached, unsigned condition, struct pp_sink *sink)
{
    if (arm == PP_VERDICT_BROKEN && (padding == PP_VERDICT_WORKS || reached))
        sink->state(sink, condition, 0);
}

/* States the largest size that works, if all larger ones are broken or were not measured; 0, if all are broken. */
static void sum_up_maxlen(const struct pp_verdicts_view *v, struct pp_sink *sink)
{
    unsigned i = v->narms - 1;
    bool broken = false;

    for (; i >= FIRST_SIZE && (v->arm[i] == PP_VERDICT_BROKEN || v->arm[i] == PP_VERDICT_NONE); i--)
        broken |= v->arm[i] == PP_VERDICT_BROKEN;
    if (i >= FIRST_SIZE ? v->arm[i] == PP_VERDICT_WORKS : broken)
        sink->state(sink, MAXLEN, i >= FIRST_SIZE ? v->arms[i].steps[0].extensions[0].len : 0);
}

static void sum_up(const struct pp_verdicts_view *v, struct pp_sink *sink)
{
    sum_up_maxlen(v, sink);
    sum_up_option(v->arm[HBH], v->arm[HBH_PAD], v->stated[HBH_REACHED], HBH_OPTION, sink);
    if (v->arms[FIRST_SIZE].steps[0].extensions[0].len == UNIT) /* as long as those of DST_PAD and DST_ASKED */
        sum_up_option(v->arm[FIRST_SIZE], v->arm[DST_PAD], v->stated[DST_REACHED], DST_OPTION, sink);
}

PP_PLUGIN_DEFINE = {
    .abi = PP_PLUGIN_ABI,
    .size = sizeof(struct pp_plugin),
    .name = "exthdr",
    .title = "do IPv6 extension headers get through (RFC 8200)?",
    .description =
        "Over IPv6 alone. Each target is sent SYNs, or datagrams, without extension headers (A); with hop-by-hop "
        "options of 8 bytes (B2), among them that of RFC 9268 (B3); with destination options of several lengths (B10 "
        "and on, --size); as an atomic fragment (B7) and in two (B8); and with the flow label zero (B9), which all "
        "others have by chance. If A gets through and another does not, the path or the target drops it.\n"
        "\n"
        "Targets have limits of their own. So each header holds one option that nodes which do not know it have to "
        "skip, and next to no padding. B1 and B5 are the same headers with padding alone, which every node knows: "
        "where these get through, it is the option that is dropped. The first packet of B4 and B6 holds an option "
        "that nodes which do not know it have to refuse with an ICMPv6 error; it is sent again without a header: an "
        "error of the target itself proves that the header has arrived, one of a router that it looks at such "
        "options. No error proves nothing.\n"
        "\n"
        "Hop-by-hop options may take a router's slow path: of packets with them no more than 100 leave in a second, "
        "whatever --rate. In the connect mode tcp the fragments of B8 part the SYN within its options, as it has no "
        "data to be parted in; where the SYN's header may not be parted (RFC 7112), ask over UDP.",
    .modes = PP_MODE_TCP | PP_MODE_DNSUDP | PP_MODE_QUICVN | PP_MODE_QUICINIT,
    .default_mode = PP_MODE_TCP,
    .chains = chains,
    .fields = fields,
    .conclude = conclude,
    .options = options,
    .noptions = 1,
    .configure = configure,
    .sum_up = sum_up,
};
