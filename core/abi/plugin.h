/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plugin.h: the public interface of experiments, and all that a plugin sees of pathprobe.
 *
 * A plugin is one shared object that exports one constant, `struct pp_plugin`, by PP_PLUGIN_DEFINE. It consists of
 * data: arms with their treatments, the conditions that it can state, the flow fields that it reads. Code is needed
 * only to decide, from the fields of one round, which conditions hold.
 *
 * The ABI is versioned: `abi` and `size` come first and are checked before anything else is read. Within one ABI number
 * struct pp_plugin only grows at its end, and structs that are array elements do not change; zero is the default of
 * every field that a plugin leaves out.
 *
 * All tables and strings of a plugin are read-only and must stay valid as long as the program runs. Unless said
 * otherwise, callbacks are called on any thread, must not block, and must not keep pointers to their arguments.
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
#define PP_MAX_ARMS 16  /* including the baseline */
#define PP_MAX_STEPS 8  /* of one arm */
#define PP_MAX_LAST 2
#define PP_MAX_PLACES 5 /* places in the order of arms; see `last` */
#define PP_MAX_SEGMENTS 4 /* of pp_step.segments: FIRST and LAST address no more */
#define PP_MAX_EXTENSIONS 4 /* of one step */
#define PP_MAX_FRAGMENTS 4 /* of one packet */
#define PP_MAX_HEADERS 512 /* bytes of extension headers of one packet; IPv4 options have at most 40 */
#define PP_MAX_PREFIX 64 /* bytes of pp_step.prefix */
#define PP_MAX_FIELDS 32
#define PP_MAX_CONDITIONS 64
#define PP_MAX_OPTIONS 8
#define PP_MAX_NUMBERS 64 /* numbers of one option */
#define PP_MAX_WHAT 56 /* bytes of pp_arm.what */
#define PP_MIN_SIZE 1280 /* bytes, of pp_step.size: the minimum MTU of IPv6 */
#define PP_MAX_SIZE 1500 /* bytes, of pp_step.size: the MTU of Ethernet */
#define PP_NULL INT64_MIN /* a field without a value: nothing was seen */

/* ---- treatments -------------------------------------------------------------------------------- */

/*
 * The classes of packets that a probe sends. A step changes only packets of its class, so pure acknowledgments, FIN and
 * RST (PP_ON_ACK) are changed only by steps of their own.
 */
enum pp_on {
    PP_ON_SYN,      /* every SYN, retransmissions too */
    PP_ON_ACK,      /* TCP segments without payload other than SYN; `which` selects among them */
    PP_ON_DATA,     /* TCP segments with payload; a retransmission is treated as the original */
    PP_ON_DATAGRAM, /* UDP */
    PP_ON_COUNT
};

/*
 * Packets within a class, a set; 0: all of them. A step that marks FINs alone:
 *     {.on = PP_ON_ACK, .which = PP_FIN, .tos_mask = 0x03, .tos = PP_ECT0}
 */
enum pp_which {
    PP_SENT_FIRST = 1 << 0, /* SYN, DATA, DATAGRAM: the first transmission */
    PP_SENT_AGAIN = 1 << 1, /* SYN, DATA, DATAGRAM: retransmissions */
    PP_PURE_ACK = 1 << 2,   /* ACK: neither FIN nor RST */
    PP_FIN = 1 << 3,        /* ACK: with FIN, retransmissions too */
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
    PP_UDP_CHECKSUM_ZERO,      /* zero, "no checksum" (RFC 768) */
    PP_UDP_CHECKSUM_IP_LENGTH, /* wrong: computed over the whole IP payload */
};

/* The checksum of a surplus area (RFC 9868 section 9). */
enum pp_ocs {
    PP_OCS_NONE,  /* no checksum: the surplus is sent as it is */
    PP_OCS_RIGHT,
    PP_OCS_WRONG,
    PP_OCS_ZERO,  /* zero, "unused" */
};

/* TCP options of an ordinary SYN, to be left out. */
enum pp_without {
    PP_WITHOUT_TIMESTAMPS = 1 << 0,   /* RFC 7323 */
    PP_WITHOUT_WINDOW_SCALE = 1 << 1, /* RFC 7323 */
    PP_WITHOUT_SACK = 1 << 2,         /* RFC 2018 */
};

/* TCP Fast Open (RFC 7413). */
enum pp_fast_open {
    /*
     * The option with the cookie that the arm named by `after` received in this round, in the kind in which it came;
     * without a cookie, a cookie request.
     */
    PP_FAST_OPEN_COOKIE = 1 << 0,
    /* The conversation's first bytes are sent in the SYN; with PP_FAST_OPEN_COOKIE only if there is a cookie. */
    PP_FAST_OPEN_DATA = 1 << 1,
};

/* Versions of HTTP; 1 stands for 1.0 and 1.1. */
enum pp_http_version { PP_HTTP_NONE, PP_HTTP_1 = 1, PP_HTTP_2 = 2 };

/* The IPv6 flow label (RFC 6437). */
enum pp_flow_label {
    PP_LABEL_FLOW,  /* a random label per flow */
    PP_LABEL_FIXED, /* pp_step.flow_label */
    PP_LABEL_PACKET, /* a random label per packet */
};

/*
 * An IPv6 extension header (RFC 8200 section 4): its type, and all of its bytes. The first byte of BYTES, the next
 * header, is overwritten; the second is the length in units of 8 bytes, without the first 8. Example, destination
 * options of 8 bytes with the option 0x1e, which hosts that do not support it skip:
 *     {.type = 60, .len = 8, .bytes = (const uint8_t[]){0, 0, 0x1e, 4, 0, 0, 0, 0}}
 */
struct pp_extension {
    uint8_t type;         /* 0: hop-by-hop options, 60: destination options, 43: routing with no segments left */
    uint16_t len;         /* bytes, a multiple of 8 */
    const uint8_t *bytes;
};

/*
 * The first packet to a QUIC server: by the mode; of a reserved version, which the server answers by version
 * negotiation; or a version 1 Initial (RFC 9000).
 */
enum pp_quic_asks { PP_QUIC_ASKS_OF_MODE, PP_QUIC_ASKS_VERSIONS, PP_QUIC_ASKS_INITIAL };

/*
 * One step of a treatment: it changes packets FIRST..LAST (counted from 0 within their class; retransmissions count as
 * the original) of class ON. FIRST 0 with LAST 0 selects all of them; `only_first` selects the first packet only.
 * Example, an ECN-setup SYN (RFC 3168 section 6.1.1):
 *     {.on = PP_ON_SYN, .tcp_set = PP_TCP_ECE | PP_TCP_CWR}
 */
struct pp_step {
    uint8_t on;          /* enum pp_on: PP_ON_DATA */
    uint8_t first, last; /* 1, 3: the second to the fourth packet of the class */
    uint8_t only_first;  /* 1: the first packet only */
    uint8_t tos_mask, tos; /* bits under the mask are replaced: {0x03, PP_ECT0} marks ECT(0), {0xfc, 46 << 2} EF */
    uint16_t tcp_set, tcp_clear; /* enum pp_tcp_flag: PP_TCP_ECE | PP_TCP_CWR */
    uint8_t ip_flags;     /* IPv4: bits to set in the byte with RF (0x80), DF (0x40), MF (0x20) */
    uint8_t ttl;          /* 12: expires at the twelfth router; 0: the host's default */
    uint8_t udp_checksum; /* enum pp_udp_checksum: PP_UDP_CHECKSUM_ZERO */
    uint8_t options_len;  /* 4; appended to the usual TCP options, padded with NOP */
    uint8_t without;      /* SYN: enum pp_without, options to leave out; on all SYNs, regardless of FIRST and LAST */
    const uint8_t *options; /* {2, 4, 0x05, 0xb4}: kind and length bytes included (RFC 9293 section 3.1) */
    const uint8_t *payload; /* SYN: data in the SYN: "GET" */
    uint16_t payload_len;   /* 3 */
    uint8_t fast_open;      /* SYN: enum pp_fast_open; on all SYNs, regardless of FIRST and LAST */
    /*
     * UDP: SURPLUS_LEN bytes behind the UDP length (RFC 9868); SURPLUS has as many. With OCS (enum pp_ocs) the area
     * begins with the option checksum, after a zero byte if it would start at an odd offset; SURPLUS follows, cut off
     * at the end by these two or three bytes, so that the area always has SURPLUS_LEN bytes.
     */
    uint16_t surplus_len;   /* 4 */
    const uint8_t *surplus; /* {0x00, 0x00, 0xff, 0xff} */
    uint8_t ocs;            /* enum pp_ocs */
    /*
     * UDP: the message is padded by so many bytes, in the way of its protocol; in DNS at least 15, a padding option
     * (RFC 7830).
     */
    uint16_t padding;
    /*
     * Data: the first bytes of the conversation are divided into so many segments, 2 to PP_MAX_SEGMENTS; those from
     * number `pause` on (0: none) wait until the earlier ones are acknowledged. Applies to all data, regardless of
     * FIRST and LAST. Example, a request in four segments of ECT(0), the last two sent once the first two are
     * acknowledged:
     *     {.on = PP_ON_DATA, .tos_mask = 0x03, .tos = PP_ECT0, .segments = 4, .pause = 2}
     * Datagrams, 2 and no pause: the ClientHello of a QUIC Initial is divided into two Initials.
     */
    uint8_t segments, pause;
    /*
     * Data, in modes with HTTP: PP_HTTP_2 offers HTTP/2 (RFC 9113) besides HTTP/1.1, within TLS by ALPN (RFC 7301),
     * else by Upgrade (RFC 7540 section 3.2). Applies to all data, regardless of FIRST and LAST.
     */
    uint8_t http;
    /* Datagrams, in modes with QUIC: enum pp_quic_asks: the first packet, instead of the mode's. */
    uint8_t quic;
    uint8_t which; /* enum pp_which: PP_FIN | PP_RST */
    /*
     * SYN, data, datagrams, with PP_SENT_FIRST: 1: the packet is not sent, as if the path had lost it; the
     * retransmission is. Example, a request that arrives by a retransmission marked ECT(0):
     *     {.on = PP_ON_DATA, .which = PP_SENT_FIRST, .only_first = 1, .withhold = 1},
     *     {.on = PP_ON_DATA, .which = PP_SENT_AGAIN, .tos_mask = 0x03, .tos = PP_ECT0}
     */
    uint8_t withhold;
    uint8_t set_window; /* TCP: 1: the window field is WINDOW instead of the receive buffer's room */
    uint16_t window;    /* 1000; unscaled, as in the header */
    uint16_t urgent;    /* TCP: the urgent pointer (RFC 9293 section 3.8.5), with or without PP_TCP_URG */
    uint8_t label;       /* IPv6: enum pp_flow_label. The arm must have `family` 6 */
    uint32_t flow_label; /* with PP_LABEL_FIXED: 0 to 0xfffff */
    /*
     * IPv4: options (RFC 791 section 3.1), kind and length bytes included, at most 40 bytes and no source route; padded
     * with zeros. The arm must have `family` 4. Example, router alert (RFC 2113): {148, 4, 0, 0}
     */
    uint8_t ip_options_len;
    const uint8_t *ip_options;
    /*
     * IPv6: extension headers in this order, after those of earlier steps, at most PP_MAX_HEADERS bytes in all. The arm
     * must have `family` 6.
     */
    uint8_t nextensions;
    const struct pp_extension *extensions;
    /*
     * The packet is sent in so many fragments, which do not overlap; 1: an atomic fragment (RFC 6946), IPv6 only. A
     * packet too short for so many makes fewer. FIRST_FRAGMENT: bytes of the first fragment behind its IP or fragment
     * header, a multiple of 8; 0: fragments of equal length. FRAGMENTS_REVERSED: 1: the last fragment is sent first.
     * The fragment header follows hop-by-hop options and precedes all other headers. On IPv4, DF is cleared.
     */
    uint8_t fragments, fragments_reversed;
    uint16_t first_fragment; /* 8 */
    /* Datagrams: bytes before the message, at most PP_MAX_PREFIX; a server that does not support them stays silent. */
    uint8_t prefix_len;
    const uint8_t *prefix;
    /*
     * Datagrams and data: bytes of the packet with its IP header, PP_MIN_SIZE to PP_MAX_SIZE. A datagram's message is
     * padded to that size, instead of by `padding`. A conversation over TCP must be in HTTP: no segment is longer, the
     * first one has exactly that size, and the request has the same length for all sizes. Applies to all packets of the
     * class, regardless of FIRST and LAST. The MSS that the target announces is ignored: it describes the target, or a
     * middlebox that rewrote it, and the step tests the path.
     */
    uint16_t size;
};

/* ---- conversations ------------------------------------------------------------------------------ */

/* Connect modes, a set. */
enum pp_mode {
    PP_MODE_TCP = 1 << 0,  /* handshake, then close */
    PP_MODE_HTTP = 1 << 1, /* GET /, in HTTP/1.1 or a step's `http`, up to the first valid bytes of a response */
    PP_MODE_HTTPS = 1 << 2, /* the same within TLS; the target's domain is the SNI (RFC 6066) */
    PP_MODE_DNSTCP = 1 << 3, /* a query for the target's domain, over TCP */
    PP_MODE_DNSUDP = 1 << 4, /* the same in a datagram */
    PP_MODE_QUICVN = 1 << 5, /* a QUIC packet of an unknown version, answered by version negotiation */
    PP_MODE_QUICINIT = 1 << 6, /* a QUIC Initial of version 1 with a ClientHello, answered by an Initial */
};

/* ---- arms, conditions, fields ------------------------------------------------------------------ */

/*
 * One kind of conversation. arms[0] is the baseline: it has no connectivity, and only steps that leave out options or
 * set a size. `connectivity` is the prefix of the condition that states whether the arm gets through where the baseline
 * does: "ecn.connectivity" makes ecn.connectivity.{works,broken,transient,offline,unstable}. Example:
 *     {.name = "B1", .title = "ECN-setup SYN", .connectivity = "ecn.connectivity", .steps = setup, .nsteps = 1}
 */
struct pp_arm {
    const char *name;  /* "A", "B1", ... */
    const char *title; /* a few words: "ECN-setup SYN" */
    const char *connectivity;
    uint32_t modes; /* connect modes in which this arm takes part: PP_MODE_HTTP; 0: all of the plugin's */
    const struct pp_step *steps;
    /*
     * 1 to PP_MAX_STEPS. 0, with `after`: the baseline is repeated, to detect state that the other arm left on the
     * path. Such an arm has no connectivity and no verdict, except PP_VERDICT_RESIDUAL in sum_up where it shows damage.
     */
    uint32_t nsteps;
    /*
     * The arms of a round run in random order, with two exceptions. AFTER: this arm runs after the arm of that name,
     * which takes part in every round in which this one does, and whose handshake has ended by then; that arm comes
     * earlier in the table, is not the baseline, and has no `after` itself. LAST, up to PP_MAX_LAST: this arm runs
     * after all arms with a lower value, as it may leave state on the path. An arm with either is compared with
     * baselines of its own, in random order with it: one more flow in round 1, three in later rounds. The arms take at
     * most PP_MAX_PLACES places in this order, that of arms without either included.
     */
    const char *after;
    uint8_t last;
    /*
     * 4 or 6: the arm takes part if the target has such an address. 0: always. If all arms but the baseline have one
     * family, targets of the other are left out.
     */
    uint32_t family;
    /*
     * The packets that this arm sends and the baseline does not, as a noun that fits "do not let ... through":
     * "ECN-setup SYNs", "data marked CE". Begins in lower case except for names, no full stop, at most PP_MAX_WHAT
     * bytes. NULL: summaries use name and title.
     */
    const char *what;
    /*
     * Names of the arms that this one implies, NULL-terminated: where this arm gets through, they do. It has all of
     * their steps (except under bits that a later step of its own replaces), at least their size and their extension
     * header options at least as long, and targets answer it as they answer them. An implied arm is probed only after
     * this arm has failed while the baseline succeeded; until then its verdict is `works`, and names this arm. For an
     * implied arm that took no part in a round, `conclude` reads the outcome of this arm; an arm whose fields are read
     * differently must not be implied. All of these arms have the same place in the order, and no `after` to or from
     * them. Implication is transitive. Example, for an arm that has B1's SYN and B2's marks:
     *     .implies = (const char *const[]){"B1", "B2", NULL}
     */
    const char *const *implies;
};

/*
 * For a condition that states the absence of something: it is void if the capture dropped packets meanwhile. As packets
 * may be lost, state it only of packets that are no retransmissions (the chain `original`); and where absence is
 * unusual for a healthy target, use TWICE: the condition is then printed only if a second round states it too, which a
 * target gets for this reason alone if need be. With --rounds 1 the single round decides.
 */
enum pp_absence { PP_ABSENCE_NONE, PP_ABSENCE_ONCE, PP_ABSENCE_TWICE };

/*
 * A condition that `conclude` or `sum_up` may state. `name`: as printed, without a value; conditions of `connectivity`
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
 * The outcome of one arm in one round. `value[i]` is the flow field plugin->fields[i], or PP_NULL. Example, an arm
 * whose SYN was answered by a RST:
 *     {.took_part = 1, .observed = 1, .ok = 0, .how = PP_HOW_REFUSED, .value = ...}
 */
struct pp_outcome {
    uint8_t took_part; /* 0: not in this connect mode or round; all other members are 0 */
    uint8_t observed;  /* the capture saw the flow's first packet leave this host */
    uint8_t ok;        /* the conversation succeeded */
    uint8_t how;       /* enum pp_how, if `ok` is 0 */
    uint8_t http;      /* enum pp_http_version of the response; in other modes, or without one: PP_HTTP_NONE */
    uint16_t status;   /* of the response (RFC 9110 section 15): 200; 0: none */
    const int64_t *value;
};

enum pp_how {
    PP_HOW_NONE,
    PP_HOW_SILENT,    /* no packet came back */
    PP_HOW_RST,       /* a RST after the handshake, or to a SYN at a port that accepted one before */
    PP_HOW_REFUSED,   /* a RST in answer to the SYN */
    PP_HOW_ICMP,      /* an ICMP error */
    PP_HOW_STALLED,   /* silence after the handshake */
    PP_HOW_BAD_REPLY, /* an answer that is not valid in the mode's protocol */
    PP_HOW_COUNT
};

struct pp_plugin;

/* The argument of conclude. Example: `round->arm[1].observed && round->arm[1].value[0] == 1` */
struct pp_round_view {
    uint32_t mode; /* one bit of enum pp_mode */
    uint32_t narms; /* as many as the plugin has */
    const struct pp_outcome *arm; /* by index in plugin->arms */
    const struct pp_plugin *plugin; /* this plugin, with the arms that `configure` made */
};

/*
 * The functions by which conclude and sum_up state condition I of plugin->conditions, with a value if it has one.
 * Example:
 *     sink->state(sink, SEEN, 0);
 */
struct pp_sink {
    void *priv; /* private to pathprobe */
    void (*state)(struct pp_sink *sink, unsigned condition, int64_t value);
    /*
     * As state(), if the packet in question may be a retransmission that lacks what the first transmission had: as with
     * PP_ABSENCE_TWICE, a second round must state the same. Example, no option on a retransmitted SYN/ACK:
     *     sink->doubt(sink, NOT_RECEIVED, 0);
     */
    void (*doubt)(struct pp_sink *sink, unsigned condition, int64_t value);
};

/* ---- options of an experiment ------------------------------------------------------------------- */

/*
 * An option that the experiment adds to `pathprobe measure NAME`: distinct whole numbers, `--OPTION N[,N...]`. It
 * appears in --help, --config, the metadata and the completion. Example, dscp's:
 *     {.name = "codepoint", .arg = "N[,N...]", .def = "1,46", .min = 0, .max = 63, .most = 15,
 *      .what = "codepoints to compare with 0"}
 */
struct pp_plugin_option {
    const char *name;  /* [a-z][a-z0-9-]*, and not a name of `measure`'s own options */
    const char *arg;   /* the name of the value in --help */
    const char *def;   /* the default, as on a command line */
    const char *what;  /* one line, lower case, no full stop */
    uint32_t min, max; /* of each number */
    uint32_t most;     /* maximum count of numbers: 1 for a plain number */
};

struct pp_numbers {
    uint32_t n;
    uint32_t v[PP_MAX_NUMBERS]; /* in the order given, distinct */
};

/* Writes the numbers in ascending order to OUT, which has room for NUMBERS->n. */
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
 * Tables that `configure` fills in if arms depend on options. pathprobe owns them, zeroes them first, and keeps them as
 * long as the program runs. text() formats like printf; its result lives as long as the tables. More than PP_MAX_ARMS,
 * PP_MAX_STEPS or PP_MAX_CONDITIONS rows are refused after the call. Example:
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

/*
 * The next three functions add a row to a table. They count rows beyond the limit, for the check after `configure`, and
 * write them over the last one.
 */

/* Adds an arm and names it: A, B1, B2, ... */
static inline struct pp_arm *pp_tables_arm(struct pp_tables *t)
{
    uint32_t i = t->narms++;
    struct pp_arm *arm = &t->arms[i < PP_MAX_ARMS ? i : PP_MAX_ARMS - 1];

    arm->name = i ? t->text(t, "B%u", i) : "A";
    return arm;
}

/* Adds a step to the arm added last. */
static inline void pp_tables_step(struct pp_tables *t, struct pp_step step)
{
    uint32_t i = t->narms > PP_MAX_ARMS ? PP_MAX_ARMS - 1 : t->narms ? t->narms - 1 : 0, n = t->arms[i].nsteps++;

    t->arms[i].steps = t->steps[i];
    t->steps[i][n < PP_MAX_STEPS ? n : PP_MAX_STEPS - 1] = step;
}

static inline void pp_tables_conditions(struct pp_tables *t, const struct pp_condition *c, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++, t->nconditions++)
        t->conditions[t->nconditions < PP_MAX_CONDITIONS ? t->nconditions : PP_MAX_CONDITIONS - 1] = c[i];
}

/* The verdict on an arm. */
enum pp_verdict {
    PP_VERDICT_WORKS,
    PP_VERDICT_BROKEN,
    PP_VERDICT_TRANSIENT,
    PP_VERDICT_OFFLINE,
    PP_VERDICT_UNSTABLE,
    PP_VERDICT_NONE, /* the baseline; an arm that took no part; in round 1: not yet known */
    PP_VERDICT_RESIDUAL, /* of a repeated baseline: it failed after the other arm, in three rounds or more */
};

/* The argument of sum_up. Example: `verdicts->arm[1] == PP_VERDICT_BROKEN` */
struct pp_verdicts_view {
    uint32_t mode; /* one bit of enum pp_mode */
    uint32_t narms; /* as many as the plugin has */
    const uint8_t *arm; /* enum pp_verdict, by index in plugin->arms */
    const struct pp_arm *arms; /* plugin->arms, as made by `configure` */
    const uint8_t *stated;     /* by index in plugin->conditions: 1: stated by `conclude`, not withdrawn since */
    const struct pp_plugin *plugin; /* as in struct pp_round_view */
};

/*
 * A condition that, once confirmed, shows that an arm's treatment was lost on the forward path: --locate then locates
 * it.
 */
struct pp_loss {
    const char *condition, *arm; /* "ecn.negotiation.failed", "B1" */
};

/* ---- the plugin ---------------------------------------------------------------------------------- */

struct pp_plugin {
    uint32_t abi;  /* PP_PLUGIN_ABI */
    uint32_t size; /* sizeof(struct pp_plugin) when the plugin was compiled */
    const char *name;        /* as on the command line: [a-z][a-z0-9]*; the file is NAME.so */
    const char *title;       /* one line, for `pathprobe plugins`: "does ECN get through?" */
    const char *description; /* paragraphs for `pathprobe plugins NAME`, separated by an empty line */
    uint32_t modes;          /* supported modes: PP_MODE_TCP | PP_MODE_HTTP */
    uint32_t default_mode;   /* one of them: PP_MODE_TCP */
    const struct pp_arm *arms;
    uint32_t narms; /* 1 to PP_MAX_ARMS; 1: no comparison: the arm is online or offline */
    uint32_t nconditions;
    const struct pp_condition *conditions; /* those that conclude and sum_up may state */
    const char *const *chains; /* chains with the `fields`, NULL-terminated; `basic` and `tcp` are always present */
    const char *const *fields; /* fields in pp_outcome.value, NULL-terminated, by their names in `pathprobe observe` */
    /*
     * States the conditions that hold in one round, except connectivity. Called on a worker thread, must not block or
     * keep pointers. Every arm that took part was observed.
     */
    void (*conclude)(const struct pp_round_view *round, struct pp_sink *sink);
    const struct pp_plugin_option *options; /* of the experiment; they need `configure` */
    uint32_t noptions;
    /*
     * Makes arms and conditions from the options' values, which are in the order of `options`; `arms` and `conditions`
     * above are then left out. Called on the main thread: first at loading, with the defaults. Returns NULL, or what is
     * wrong with the values (static text, or by text()).
     */
    const char *(*configure)(const struct pp_numbers *option, struct pp_tables *tables);
    /*
     * States the conditions that follow from the verdicts of all arms. Called with the verdicts of round 1 alone, and
     * with the final ones. NULL: not called.
     */
    void (*sum_up)(const struct pp_verdicts_view *verdicts, struct pp_sink *sink);
    const struct pp_loss *losses; /* to be located besides broken arms; NULL: none */
    uint32_t nlosses;
    const char *domain; /* the domain for targets without one, as A-labels; NULL: none */
};

#define PP_PLUGIN_SYMBOL "pp_plugin_export"

/*
 * Defines the exported constant. Compiled with -DPP_STATIC_PLUGIN=NAME the same source is linked into the program, as
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
