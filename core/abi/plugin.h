/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plugin.h: the public interface of an experiment, all that a plugin sees of pathprobe.
 *
 * A plugin is one shared object that exports one constant, `struct pp_plugin`, by PP_PLUGIN_DEFINE. It is data:
 * arms with their treatments, the conditions that it can state, the flow fields that it wants to see. Code is
 * needed for one thing only: to say, from the fields of one round, which conditions hold.
 *
 * The ABI is versioned: `abi` and `size` come first and are checked before anything else is read. Within one ABI
 * number struct pp_plugin only grows at its end, and the structs that stand in arrays do not change; zero is the
 * default of every field that a plugin leaves out.
 */
#ifndef PP_PLUGIN_H
#define PP_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PP_PLUGIN_ABI 4

/* Limits of one experiment. */
#define PP_MAX_ARMS 16  /* the baseline included */
#define PP_MAX_STEPS 8  /* rows of one treatment */
#define PP_MAX_LAST 2
#define PP_MAX_PLACES 5 /* in the order of arms; see `last` */
#define PP_MAX_SEGMENTS 4 /* of pp_step.segments: FIRST and LAST tell no more apart */
#define PP_MAX_EXTENSIONS 4 /* of one step */
#define PP_MAX_FRAGMENTS 4 /* of one packet */
#define PP_MAX_HEADERS 512 /* bytes of extension headers of one packet; of IPv4 options there is room for 40 */
#define PP_MAX_PREFIX 64 /* bytes in front of a message */
#define PP_MAX_FIELDS 32
#define PP_MAX_CONDITIONS 64
#define PP_MAX_OPTIONS 8
#define PP_MAX_NUMBERS 64 /* of one option */
#define PP_MAX_WHAT 56 /* bytes of pp_arm.what */
#define PP_MIN_SIZE 1280 /* bytes of pp_step.size: the least MTU of IPv6 */
#define PP_MAX_SIZE 1500 /* what an Ethernet frame carries */
#define PP_NULL INT64_MIN /* a field's value: not seen */

/* ---- what is done to which packet -------------------------------------------------------------- */

/*
 * The classes of packets a probe sends. Pure acknowledgments, FIN and RST are PP_ON_ACK: no treatment marks them
 * unless it says so.
 */
enum pp_on {
    PP_ON_SYN,      /* every SYN, the retransmitted ones too */
    PP_ON_ACK,      /* TCP segments without payload other than SYN; `which` tells them apart */
    PP_ON_DATA,     /* TCP segments with payload, retransmissions as the original */
    PP_ON_DATAGRAM, /* UDP */
    PP_ON_COUNT
};

/*
 * Packets within a class, a set; 0: all of them. The step that marks FINs alone:
 *     {.on = PP_ON_ACK, .which = PP_FIN, .tos_mask = 0x03, .tos = PP_ECT0}
 */
enum pp_which {
    PP_SENT_FIRST = 1 << 0, /* SYN, DATA, DATAGRAM: as they are sent for the first time */
    PP_SENT_AGAIN = 1 << 1, /* their retransmissions */
    PP_PURE_ACK = 1 << 2,   /* ACK: neither FIN nor RST */
    PP_FIN = 1 << 3,        /* ACK: with FIN, retransmitted ones too */
    PP_RST = 1 << 4,        /* ACK: with RST */
};

/* TCP flags as in RFC 9293 section 3.1 and RFC 9768 section 3.1.1: the low 12 bits of bytes 12 and 13. */
enum pp_tcp_flag {
    PP_TCP_FIN = 0x001,
    PP_TCP_SYN = 0x002,
    PP_TCP_RST = 0x004,
    PP_TCP_PSH = 0x008,
    PP_TCP_ACK = 0x010,
    PP_TCP_URG = 0x020,
    PP_TCP_ECE = 0x040,
    PP_TCP_CWR = 0x080,
    PP_TCP_AE = 0x100,
};

/* The ECN field, the low two bits of the TOS byte or traffic class (RFC 3168 section 5). */
enum pp_ecn { PP_NOT_ECT = 0, PP_ECT1 = 1, PP_ECT0 = 2, PP_CE = 3 };

enum pp_udp_checksum {
    PP_UDP_CHECKSUM_RIGHT,
    PP_UDP_CHECKSUM_ZERO,      /* "none" (RFC 768) */
    PP_UDP_CHECKSUM_IP_LENGTH, /* wrongly taken over the whole IP payload */
};

/* The checksum of a surplus area (RFC 9868 section 9). */
enum pp_ocs {
    PP_OCS_NONE,  /* the surplus goes out as it is */
    PP_OCS_RIGHT,
    PP_OCS_WRONG,
    PP_OCS_ZERO,  /* "unused" */
};

/* TCP options that a SYN usually has. */
enum pp_without {
    PP_WITHOUT_TIMESTAMPS = 1 << 0,   /* RFC 7323 */
    PP_WITHOUT_WINDOW_SCALE = 1 << 1, /* RFC 7323 */
    PP_WITHOUT_SACK = 1 << 2,         /* RFC 2018 */
};

/* TCP Fast Open (RFC 7413). */
enum pp_fast_open {
    /*
     * The option with the cookie that the arm named by `after` was given in this round, in the kind in which it came;
     * a request for one, if there was none.
     */
    PP_FAST_OPEN_COOKIE = 1 << 0,
    /* The conversation's first bytes in the SYN; with PP_FAST_OPEN_COOKIE only if there is one. */
    PP_FAST_OPEN_DATA = 1 << 1,
};

/* Versions of HTTP, 1 being 1.0 and 1.1. */
enum pp_http_version { PP_HTTP_NONE, PP_HTTP_1 = 1, PP_HTTP_2 = 2 };

/* The IPv6 flow label (RFC 6437). */
enum pp_flow_label {
    PP_LABEL_FLOW,  /* one for each flow, by chance */
    PP_LABEL_FIXED, /* what the step says */
    PP_LABEL_PACKET, /* another with every packet, by chance */
};

/*
 * An IPv6 extension header (RFC 8200 section 4): its type, and all of its bytes from the length (in units of 8 bytes
 * behind the first 8) on. The first byte of BYTES, the next header, is filled in. Destination options of 8 bytes with
 * the option 0x1e, which a host that does not know it skips:
 *     {.type = 60, .len = 8, .bytes = (const uint8_t[]){0, 0, 0x1e, 4, 0, 0, 0, 0}}
 */
struct pp_extension {
    uint8_t type;         /* 0 hop-by-hop options, 60 destination options, 43 routing with no segments left */
    uint16_t len;         /* a multiple of 8 */
    const uint8_t *bytes;
};

/* What a QUIC server is asked: by a reserved version, to which it offers its own; or by an Initial (RFC 9000). */
enum pp_quic_asks { PP_QUIC_ASKS_OF_MODE, PP_QUIC_ASKS_VERSIONS, PP_QUIC_ASKS_INITIAL };

/*
 * One row: on packets FIRST..LAST (counted from 0 within their class; retransmissions count as the packet that they
 * repeat) of class ON, do this. LAST 0 with FIRST 0 means all of them; to mean the first packet only, set
 * `only_first`. Example, an ECN-setup SYN (RFC 3168 section 6.1.1):
 *     {.on = PP_ON_SYN, .tcp_set = PP_TCP_ECE | PP_TCP_CWR}
 */
struct pp_step {
    uint8_t on;          /* enum pp_on: PP_ON_DATA */
    uint8_t first, last; /* 1, 3: the second to the fourth packet of the class */
    uint8_t only_first;  /* 1: the first packet only */
    uint8_t tos_mask, tos; /* bits under the mask are replaced: {0x03, PP_ECT0} marks ECT(0), {0xfc, 46 << 2} EF */
    uint16_t tcp_set, tcp_clear; /* enum pp_tcp_flag: PP_TCP_ECE | PP_TCP_CWR */
    uint8_t ip_flags;     /* IPv4 only: bits to set of the byte that holds RF (0x80), DF (0x40), MF (0x20) */
    uint8_t ttl;          /* 12: expires at the twelfth router; 0: the system's default */
    uint8_t udp_checksum; /* enum pp_udp_checksum: PP_UDP_CHECKSUM_ZERO */
    uint8_t options_len;  /* 4; added behind the usual TCP options, padded with NOP */
    uint8_t without;      /* SYN: enum pp_without, options to leave out; on all SYNs, whatever FIRST and LAST */
    const uint8_t *options; /* {2, 4, 0x05, 0xb4}: kind and length bytes included (RFC 9293 section 3.1) */
    const uint8_t *payload; /* SYN: data in the SYN: "GET" */
    uint16_t payload_len;   /* 3 */
    uint8_t fast_open;      /* SYN: enum pp_fast_open; on all SYNs, whatever FIRST and LAST */
    /*
     * UDP: bytes behind the UDP length (RFC 9868). With OCS (enum pp_ocs) they begin with that checksum, where needed
     * behind a byte that brings it to an even place, and SURPLUS holds what follows: SURPLUS_LEN is the length of all
     * of it, so the last bytes of SURPLUS, which are there as if there were no checksum, are cut off.
     */
    uint16_t surplus_len;   /* 4 */
    const uint8_t *surplus; /* {0x00, 0x00, 0xff, 0xff} */
    uint8_t ocs;            /* enum pp_ocs */
    /* UDP: bytes that the message has more, in its own terms; in DNS at least 15, a padding option (RFC 7830). */
    uint16_t padding;
    /*
     * Data: the first bytes of the conversation are cut into so many segments, 2 to PP_MAX_SEGMENTS, of which number
     * `pause` (0: none) and those behind it wait until the others are acknowledged. For all data, whatever FIRST and
     * LAST. Example, a request in four segments of ECT(0), the last two once the first two have arrived:
     *     {.on = PP_ON_DATA, .tos_mask = 0x03, .tos = PP_ECT0, .segments = 4, .pause = 2}
     * Datagrams, 2 and no pause: the ClientHello of a QUIC Initial is cut into two, each in an Initial of its own.
     */
    uint8_t segments, pause;
    /*
     * Data, in modes with HTTP: PP_HTTP_2 asks for HTTP/2 (RFC 9113) besides HTTP/1.1, within TLS by ALPN (RFC 7301),
     * else by Upgrade (RFC 7540 section 3.2). For all data, whatever FIRST and LAST.
     */
    uint8_t http;
    /* Datagrams, in modes with QUIC: enum pp_quic_asks, what is asked instead of what the mode asks. */
    uint8_t quic;
    uint8_t which; /* enum pp_which: PP_FIN | PP_RST */
    /*
     * SYN, data, datagrams, with PP_SENT_FIRST: 1: not sent, as if the path had lost it; what is sent again brings it.
     * Example, a request that arrives by a retransmission marked ECT(0):
     *     {.on = PP_ON_DATA, .which = PP_SENT_FIRST, .only_first = 1, .withhold = 1},
     *     {.on = PP_ON_DATA, .which = PP_SENT_AGAIN, .tos_mask = 0x03, .tos = PP_ECT0}
     */
    uint8_t withhold;
    uint8_t set_window; /* TCP: 1: the window field is WINDOW, and not what the program has room for */
    uint16_t window;    /* 1000; without scale, as it stands in the header */
    uint16_t urgent;    /* TCP: the urgent pointer (RFC 9293 section 3.8.5), with or without PP_TCP_URG */
    uint8_t label;       /* IPv6: enum pp_flow_label. Such a step's arm has `family` 6 */
    uint32_t flow_label; /* with PP_LABEL_FIXED: 0 to 0xfffff */
    /*
     * IPv4: options behind the header (RFC 791 section 3.1), kind and length bytes included, at most 40 and no source
     * route; filled up with zeros. Such a step's arm has `family` 4. Example, router alert (RFC 2113): {148, 4, 0, 0}
     */
    uint8_t ip_options_len;
    const uint8_t *ip_options;
    /*
     * IPv6: extension headers in this order, behind those of earlier steps. Such a step's arm has `family` 6. At most
     * PP_MAX_HEADERS bytes in all.
     */
    uint8_t nextensions;
    const struct pp_extension *extensions;
    /*
     * The packet goes out in so many fragments, which never overlap; 1: IPv6 alone, an atomic fragment (RFC 6946).
     * Whole packets that are too short for so many make less. FIRST_FRAGMENT: bytes behind the IP header, or the
     * fragment header, in the first, a multiple of 8; 0: all are as long. FRAGMENTS_REVERSED: 1: the last goes first.
     * The fragment header follows hop-by-hop options and precedes all others. On IPv4, DF is cleared.
     */
    uint8_t fragments, fragments_reversed;
    uint16_t first_fragment; /* 8 */
    /* Datagrams: bytes in front of the message, at most PP_MAX_PREFIX; a server that does not know them is silent. */
    uint8_t prefix_len;
    const uint8_t *prefix;
    /*
     * Datagrams and data: bytes of the packet with its IP header, PP_MIN_SIZE to PP_MAX_SIZE. A datagram's message is
     * made so long in its own terms, instead of `padding`. Of a conversation over TCP, which has to be in HTTP, each
     * segment is cut to that size, the first one is so long, and the request is equally long whatever the size. For all
     * packets of the class, whatever FIRST and LAST. The MSS that the target names is not heeded: it says what the
     * target takes, or what a box on the way made of that, and this asks the path.
     */
    uint16_t size;
};

/* ---- conversations ------------------------------------------------------------------------------ */

/* Connect modes, a set. */
enum pp_mode {
    PP_MODE_TCP = 1 << 0,  /* handshake, then close */
    PP_MODE_HTTP = 1 << 1, /* GET /, in HTTP/1.1 or what a step asks for, up to the first valid bytes of an answer */
    PP_MODE_HTTPS = 1 << 2, /* the same within TLS; the target's domain is named to the server (SNI, RFC 6066) */
    PP_MODE_DNSTCP = 1 << 3, /* a query for the target's domain, over TCP */
    PP_MODE_DNSUDP = 1 << 4, /* the same in a datagram */
    PP_MODE_QUICVN = 1 << 5, /* a QUIC packet of an unknown version, answered by version negotiation */
    PP_MODE_QUICINIT = 1 << 6, /* a QUIC Initial of version 1 with a ClientHello, answered by an Initial */
};

/* ---- arms, conditions, fields ------------------------------------------------------------------ */

/*
 * One way of talking. arms[0] is the baseline: no connectivity, and no steps but such as leave out options or give
 * packets a size.
 * `connectivity` is the prefix of the condition that says whether the arm gets through where the baseline does:
 * "ecn.connectivity" makes ecn.connectivity.{works,broken,transient,offline,unstable}. Example:
 *     {.name = "B1", .title = "ECN-setup SYN", .connectivity = "ecn.connectivity", .steps = setup, .nsteps = 1}
 */
struct pp_arm {
    const char *name;  /* "A", "B1", ... */
    const char *title; /* a few words: "ECN-setup SYN" */
    const char *connectivity;
    uint32_t modes; /* the connect modes in which this arm takes part: PP_MODE_HTTP; 0: all of the plugin's */
    const struct pp_step *steps;
    /*
     * 1 to PP_MAX_STEPS; 0 behind another arm: the baseline once more, to see what that one left. That one has no
     * connectivity and gets no verdict, but PP_VERDICT_RESIDUAL in sum_up where it shows damage.
     */
    uint32_t nsteps;
    /*
     * Arms go in random order, but for these: behind the arm called AFTER, which takes part in every round in which
     * this one does, and whose handshake is over by then ("B1", which stands earlier in the table, is not the baseline,
     * and goes behind none itself); and with LAST, up to PP_MAX_LAST, behind all arms that have less of it, for what
     * may leave traces. Such an arm is compared with baselines of its own, that go in random order with it: one flow
     * more in round 1, three in later ones. At most PP_MAX_PLACES are taken, that of most arms included.
     */
    const char *after;
    uint8_t last;
    /*
     * 4 or 6: takes part where the target has such an address. 0: always. Where all arms but the baseline are of one
     * family, targets of the other are left out.
     */
    uint32_t family;
    /*
     * What this arm sends and the baseline does not, as it fits into "do not let ... through": "ECN-setup SYNs", "data
     * marked CE". Begins in lower case but for names, no full stop, at most PP_MAX_WHAT bytes. NULL: the summary has to
     * do with name and title.
     */
    const char *what;
    /*
     * Arms that this one speaks for, NULL-terminated: it has all of their steps, at least under bits that a later step
     * of its own replaces, at least their size, their options in extension headers that are as long, and is answered
     * as they are, so that where it gets through, they do. A target is asked for them once this arm has not got through
     * beside the baseline; else they are `works`, and their verdict names this one. What `conclude` reads in such an
     * arm it reads in this one where that took no part; an arm that is not read alike has to stand for itself. All of
     * them have one place in the order, behind no other arm and none behind them. What the implied ones imply, this one
     * does. Example, of an arm that has B1's SYN and B2's
     * marks: .implies = (const char *const[]){"B1", "B2", NULL}
     */
    const char *const *implies;
};

/*
 * What a condition says did not come. It is void where the capture dropped packets meanwhile. And packets get lost:
 * state it of such as were no repetition (the chain `original`), and where it is not what one expects of a healthy
 * target, TWICE: it is then printed only if a second round says the same, which a target without other need of one gets
 * for it. With --rounds 1 it is printed as that round says.
 */
enum pp_absence { PP_ABSENCE_NONE, PP_ABSENCE_ONCE, PP_ABSENCE_TWICE };

/*
 * A condition that `conclude` or `sum_up` may state. `name` as it is printed, without a value; those of `connectivity`
 * are not listed here. Names that are equal up to the last dot exclude each other. Example:
 *     {.name = "ecn.ipmark.ce.not_seen", .absence = PP_ABSENCE_ONCE, .what = "No data arrived marked CE."}
 */
struct pp_condition {
    const char *name;
    const char *what; /* one sentence */
    uint8_t has_value; /* printed as NAME:VALUE */
    uint8_t absence;   /* enum pp_absence: PP_ABSENCE_TWICE */
    uint32_t modes;    /* connect modes in which it can be stated; 0: all of the plugin's */
};

/*
 * What became of one arm in one round. `value[i]` is the flow field plugin->fields[i], or PP_NULL. Example, an arm
 * whose SYN was answered by a RST: {.took_part = 1, .observed = 1, .ok = 0, .how = PP_HOW_REFUSED, .value = ...}
 */
struct pp_outcome {
    uint8_t took_part; /* 0: not in this connect mode or not in this round, all else is 0 */
    uint8_t observed;  /* the capture saw the flow's first packet leave */
    uint8_t ok;        /* the conversation succeeded */
    uint8_t how;       /* enum pp_how, if not */
    uint8_t http;      /* enum pp_http_version: in which the answer came; in other modes, or without one: none */
    uint16_t status;   /* of that answer (RFC 9110 section 15): 200; 0: none */
    const int64_t *value;
};

enum pp_how {
    PP_HOW_NONE,
    PP_HOW_SILENT,    /* nothing came back */
    PP_HOW_RST,       /* a RST after the handshake, or on a SYN from something that did accept before */
    PP_HOW_REFUSED,   /* a RST in answer to the SYN */
    PP_HOW_ICMP,      /* an ICMP error */
    PP_HOW_STALLED,   /* handshake done, then silence */
    PP_HOW_BAD_REPLY, /* an answer, but not one of this protocol */
    PP_HOW_COUNT
};

struct pp_plugin;

/* Handed to conclude. Example: `round->arm[1].observed && round->arm[1].value[0] == 1` */
struct pp_round_view {
    uint32_t mode; /* one bit of enum pp_mode */
    uint32_t narms; /* as many as the plugin has */
    const struct pp_outcome *arm; /* by index in plugin->arms */
    const struct pp_plugin *plugin; /* whose round it is, with the arms that `configure` made */
};

/*
 * Handed to conclude, too: state condition I of plugin->conditions, with a value where it has one. Example:
 *     sink->state(sink, SEEN, 0);
 */
struct pp_sink {
    void *priv; /* the host's */
    void (*state)(struct pp_sink *sink, unsigned condition, int64_t value);
    /*
     * The same on the word of a packet that may have had more when it was sent first: needs a second round that says
     * the same, as PP_ABSENCE_TWICE does. Example, no option on a SYN/ACK that is a repetition:
     *     sink->doubt(sink, NOT_RECEIVED, 0);
     */
    void (*doubt)(struct pp_sink *sink, unsigned condition, int64_t value);
};

/* ---- options of its own -------------------------------------------------------------------------- */

/*
 * An option that `pathprobe measure NAME` then has: distinct whole numbers, `--OPTION N[,N...]`. --help, the keys of
 * --config, the metadata and the completion follow from this. Example, dscp's:
 *     {.name = "codepoint", .arg = "N[,N...]", .def = "1,46", .min = 0, .max = 63, .most = 15,
 *      .what = "codepoints to compare with 0"}
 */
struct pp_plugin_option {
    const char *name;  /* [a-z][a-z0-9-]*, and none that `measure` has itself */
    const char *arg;   /* the name of the value in --help */
    const char *def;   /* the default, as it would be typed */
    const char *what;  /* one line, lower case, no full stop */
    uint32_t min, max; /* of each number */
    uint32_t most;     /* how many numbers at most: 1 for a plain number */
};

struct pp_numbers {
    uint32_t n;
    uint32_t v[PP_MAX_NUMBERS]; /* as typed: in that order, no two equal */
};

/* Its values in rising order; OUT has room for NUMBERS->n. */
static inline void pp_numbers_rising(const struct pp_numbers *numbers, uint32_t *out)
{
    for (uint32_t i = 0; i < numbers->n; i++) {
        uint32_t k = i;

        for (; k > 0 && out[k - 1] > numbers->v[i]; k--)
            out[k] = out[k - 1];
        out[k] = numbers->v[i];
    }
}

/*
 * Tables that `configure` fills where arms follow from options; the host's memory, all zero at first, and kept as long
 * as the program runs. text() formats like printf. Example:
 *     struct pp_arm *b = pp_tables_arm(t);
 *     b->connectivity = t->text(t, "dscp.%u.connectivity", option[0].v[0]);
 *     pp_tables_step(t, (struct pp_step){.on = PP_ON_SYN, .tos_mask = 0xfc, .tos = option[0].v[0] << 2});
 */
struct pp_tables {
    uint32_t narms, nconditions;
    struct pp_arm arms[PP_MAX_ARMS];
    struct pp_step steps[PP_MAX_ARMS][PP_MAX_STEPS];
    struct pp_condition conditions[PP_MAX_CONDITIONS];
    const char *(*text)(struct pp_tables *tables, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
};

/* The next arm, with its name: A, B1, B2, ... */
static inline struct pp_arm *pp_tables_arm(struct pp_tables *t)
{
    struct pp_arm *arm = &t->arms[t->narms];

    arm->name = t->narms ? t->text(t, "B%u", t->narms) : "A";
    t->narms++;
    return arm;
}

/* Adds a step to the arm that was made last. */
static inline void pp_tables_step(struct pp_tables *t, struct pp_step step)
{
    uint32_t i = t->narms - 1;

    t->arms[i].steps = t->steps[i];
    t->steps[i][t->arms[i].nsteps++] = step;
}

static inline void pp_tables_conditions(struct pp_tables *t, const struct pp_condition *c, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        t->conditions[t->nconditions++] = c[i];
}

/* What is known of an arm in the end. */
enum pp_verdict {
    PP_VERDICT_WORKS,
    PP_VERDICT_BROKEN,
    PP_VERDICT_TRANSIENT,
    PP_VERDICT_OFFLINE,
    PP_VERDICT_UNSTABLE,
    PP_VERDICT_NONE, /* the baseline, or it took no part; of round 1, that says nothing of it */
    PP_VERDICT_RESIDUAL, /* of a baseline behind another arm: it failed behind that one, in three rounds or more */
};

/* Handed to sum_up. Example: `verdicts->arm[1] == PP_VERDICT_BROKEN` */
struct pp_verdicts_view {
    uint32_t mode; /* one bit of enum pp_mode */
    uint32_t narms; /* as many as the plugin has */
    const uint8_t *arm; /* enum pp_verdict, by index in plugin->arms */
    const struct pp_arm *arms; /* plugin->arms, as `configure` has made them */
    const uint8_t *stated;     /* by index in plugin->conditions: 1 if `conclude` has stated it, and that stands */
    const struct pp_plugin *plugin; /* as in struct pp_round_view */
};

/* A condition that says, once confirmed, that an arm's treatment was lost on the way there: --locate asks where. */
struct pp_loss {
    const char *condition, *arm; /* "ecn.negotiation.failed", "B1" */
};

/* ---- the plugin ---------------------------------------------------------------------------------- */

struct pp_plugin {
    uint32_t abi;  /* PP_PLUGIN_ABI */
    uint32_t size; /* sizeof(struct pp_plugin) as the plugin was compiled */
    const char *name;        /* as on the command line: [a-z][a-z0-9]*; the file is called NAME.so */
    const char *title;       /* one line, for `pathprobe plugins`: "does ECN get through?" */
    const char *description; /* paragraphs for `pathprobe plugins NAME`, an empty line between them */
    uint32_t modes;          /* what it can hold: PP_MODE_TCP | PP_MODE_HTTP */
    uint32_t default_mode;   /* one of them: PP_MODE_TCP */
    const struct pp_arm *arms;
    uint32_t narms; /* 1 to PP_MAX_ARMS; 1: an experiment without comparison, whose arm is online or offline */
    uint32_t nconditions;
    const struct pp_condition *conditions; /* what conclude may state */
    const char *const *chains; /* whose fields it uses, NULL-terminated; `basic` and `tcp` are always there */
    const char *const *fields; /* fields for pp_outcome.value, NULL-terminated, by the names of `pathprobe observe` */
    /*
     * States what one round says besides connectivity. Called on a worker thread, must not block, keeps nothing.
     * Every arm that took part was observed.
     */
    void (*conclude)(const struct pp_round_view *round, struct pp_sink *sink);
    const struct pp_plugin_option *options; /* its own; they need `configure` */
    uint32_t noptions;
    /*
     * Makes arms and conditions of the options' values, in the order of `options`; `arms` and `conditions` above are
     * then left out. Called first with the defaults, when the plugin is loaded. Returns NULL, or what is wrong with
     * the values.
     */
    const char *(*configure)(const struct pp_numbers *option, struct pp_tables *tables);
    /*
     * States what follows from the arms' verdicts together, as `conclude` states what follows from one round. Called
     * for the verdicts of round 1 alone, and for those that stand in the end. NULL: nothing does.
     */
    void (*sum_up)(const struct pp_verdicts_view *verdicts, struct pp_sink *sink);
    const struct pp_loss *losses; /* besides arms that are broken; NULL: none */
    uint32_t nlosses;
    const char *domain; /* what targets are asked for that name no domain, as A-labels; NULL: nothing */
};

#define PP_PLUGIN_SYMBOL "pp_plugin_export"

/*
 * Defines the exported constant. Built with -DPP_STATIC_PLUGIN=NAME the same source links into the program instead, as
 * `pp_plugin_NAME`.
 */
#ifdef PP_STATIC_PLUGIN
#define PP_PASTE2(a, b) a##b
#define PP_PASTE(a, b) PP_PASTE2(a, b)
#define PP_PLUGIN_DEFINE                                                                                               \
    extern const struct pp_plugin PP_PASTE(pp_plugin_, PP_STATIC_PLUGIN);                                              \
    const struct pp_plugin PP_PASTE(pp_plugin_, PP_STATIC_PLUGIN)
#else
#define PP_PLUGIN_DEFINE                                                                                               \
    extern const struct pp_plugin pp_plugin_export;                                                                    \
    __attribute__((visibility("default"))) const struct pp_plugin pp_plugin_export
#endif

#ifdef __cplusplus
}
#endif

#endif
