/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * behaviour.h: the table of behaviours of middleboxes and servers: the name in scenarios, the packets concerned, the
 * action, and the effects on the truth. A new behaviour is a new row of behaviour.c; a change that match, flags and
 * marks cannot express also needs a function `act`.
 */
#ifndef PP_BEHAVIOUR_H
#define PP_BEHAVIOUR_H

#include "../../core/packet/packet.h"

enum pp_lab_dir { PP_LAB_FWD = 1, PP_LAB_REV = 2 }; /* fwd: client -> server */

/* By what flows are counted: bits of pp_counting.per. */
enum pp_count_per { PP_PER_SOURCE = 1, PP_PER_DESTINATION = 2, PP_PER_PAIR = 3 };

enum pp_count_kind {
    PP_COUNT_QUOTA = 1, /* a token bucket for new flows: `flows` in `seconds`, and as many at once */
    PP_COUNT_BAN,       /* no new flow for `seconds` after an odd packet */
    PP_COUNT_ONE,       /* the host ignores one flow of each group: the first or the second, by chance */
    /* and the last flow, if the group is as large as the one before; in the first group, the second flow */
    PP_COUNT_LAST,
};

struct pp_counting {
    uint8_t kind;     /* enum pp_count_kind */
    uint8_t per;      /* enum pp_count_per: boxes */
    uint16_t flows;   /* quota: default for scenarios */
    uint16_t seconds; /* quota, ban: default for scenarios */
};

enum pp_box_action {
    PP_BOX_PASS,   /* goes on unchanged */
    PP_BOX_CHANGE, /* goes on changed; the caller makes the checksums right */
    PP_BOX_DROP,
    PP_BOX_RST,  /* dropped and answered with a RST in the host's name */
    PP_BOX_SYNACK, /* dropped and, a SYN, answered with a SYN/ACK in the host's name, and forgotten */
    PP_BOX_ICMP, /* dropped and answered "administratively prohibited" (RFC 1812 section 5.2.7.1, RFC 4443
                    section 3.1) by the hop */
    PP_BOX_TOO_BIG, /* dropped and answered "packet too big" (RFC 1191, RFC 8201) by the hop */
    PP_BOX_FORGE,   /* goes on, and is answered as TOO_BIG */
    PP_BOX_REFUSE,  /* dropped and answered "unrecognized IPv6 option" (RFC 4443 section 3.4) by the hop */
};

/* The fragments that a row concerns: its ACTION applies to them only, and whole packets pass. */
enum pp_box_fragments {
    PP_FRAGMENTS_ALL = 1,
    PP_FRAGMENTS_LATER,  /* all but first ones */
    PP_FRAGMENTS_TINY,   /* first ones of TCP with less than 16 bytes of it: RFC 1858 section 3.1.1 */
    PP_FRAGMENTS_SMALL,  /* first ones of less than 64 bytes behind the IP header, whatever they carry */
    PP_FRAGMENTS_EARLY,  /* later fragments that come before the first one */
    PP_FRAGMENTS_JOINED, /* all: the box reassembles them and forwards the whole packet; ACTION is not used */
};

/* Deviations of a server: behaviours without a direction. Bits of pp_behaviour.quirk. */
enum pp_quirk {
    PP_QUIRK_REFLECT = 1 << 0,    /* SYN/ACK carries the SYN's ECE and CWR */
    PP_QUIRK_KEEP_ECE = 1 << 1,   /* ECE never stops */
    PP_QUIRK_NO_ECHO = 1 << 2,    /* CE is never echoed */
    PP_QUIRK_COOKIE = 1 << 3,     /* SYN cookies: the timestamp alone keeps what was negotiated */
    PP_QUIRK_WINDOW0 = 1 << 4,    /* opens with window 0, as a SYN proxy does */
    PP_QUIRK_SECOND_SYN = 1 << 5, /* ignores the first SYN of a flow */
    PP_QUIRK_MIXED = 1 << 6,      /* a load balancer: half of the flows meet a backend without ECN */
    PP_QUIRK_ALTERNATE = 1 << 7,  /* ignores every other SYN, over all flows */
    PP_QUIRK_SYN_LIMIT = 1 << 8,  /* accepts one SYN per client in pp_behaviour.gap_ms, ignores others */
    PP_QUIRK_BARE = 1 << 9,       /* knows no TCP options */
    PP_QUIRK_DSCP_COPY = 1 << 10, /* answers with the codepoint of the last packet received */
    PP_QUIRK_DSCP_FIXED = 1 << 11, /* answers with PP_LAB_DSCP_FIXED */
    PP_QUIRK_JUMBO = 1 << 12,     /* names a maximum segment size of PP_LAB_MSS_JUMBO */
    PP_QUIRK_MIRROR = 1 << 13,    /* the SYN/ACK repeats an option of the SYN that it does not know */
    PP_QUIRK_MPTCP = 1 << 14,     /* speaks Multipath TCP, version 1 */
    PP_QUIRK_ACCECN = 1 << 16,    /* speaks AccECN (RFC 9768) */
    PP_QUIRK_MPTCP_COPY = 1 << 15, /* the SYN/ACK repeats MPTCP's option of the SYN */
    PP_QUIRK_TFO = 1 << 24,       /* TCP Fast Open: gives cookies, accepts data in a SYN with one */
    PP_QUIRK_TFO_KEYS = 1 << 25,  /* TCP Fast Open, and each flow meets a backend with its own key */
    /* TCP Fast Open without accepting data: too many pending connections (RFC 7413 section 5.1) */
    PP_QUIRK_TFO_BUSY = 1 << 26,
    PP_QUIRK_H2C = 1 << 17,       /* speaks HTTP/2 if Upgrade asks for it */
    PP_QUIRK_H2C_LIES = 1 << 18,  /* agrees to HTTP/2, and continues in HTTP/1.1 */
    PP_QUIRK_SYN_GRUDGE = 1 << 27, /* ignores all SYNs for pp_behaviour.gap_ms after a SYN with data */
    PP_QUIRK_UDP_OPTIONS = 1 << 20, /* answers a REQ among the options of UDP with RES (RFC 9868) */
    PP_QUIRK_QUIC_RETRY = 1 << 19, /* QUIC: validates the client's address by a Retry (RFC 9000 section 8.1.2) */
    PP_QUIRK_QUIC_LIES = 1 << 21,  /* always reports nine packets marked ECT(0) */
    PP_QUIRK_QUIC_CLOSES = 1 << 22, /* answers Initials by closing the connection */
    PP_QUIRK_QUIC_OLD = 1 << 23,   /* knows drafts of QUIC, not version 1 */
    PP_QUIRK_QUIC_MARKS = 1 << 28, /* sends packets marked ECT(0) */
    PP_QUIRK_OPTIONS_STRICT = 1 << 29, /* drops packets with IPv6 options that it does not know: all but padding */
    PP_QUIRK_ENDLESS = 1 << 30,    /* answers with interim responses without end */
};
/* A macro, as an enumerator is an int. Answers a DNS query that begins after PP_LAB_HEADER bytes, too. */
#define PP_QUIRK_DNS_BEHIND (UINT32_C(1) << 31)

#define PP_LAB_DSCP_FIXED 8 /* CS1 */
#define PP_LAB_MSS_JUMBO 8960
#define PP_LAB_HEADER 20 /* the basic header of PLUS */
#define PP_LAB_UPGRADE "Upgrade: h2c\r\n" /* the field of a request that asks for HTTP/2 (RFC 7540 section 3.2) */
/* The maximum segment size of other servers, by family. */
#define PP_LAB_MSS(family) ((family) == 4 ? 1460 : 1440)

/* Bits of pp_behaviour.options. */
#define PP_LAB_OPTION(kind) (UINT64_C(1) << (kind))
#define PP_LAB_OPTION_UNKNOWN (UINT64_C(1) << 63) /* all but those of RFC 9293, 2018 and 7323: 0 to 5, and
                                                      8 */

#define PP_LAB_OPTION_ACCECN (UINT64_C(1) << 62)  /* kinds 172 and 174 */

/*
 * An effect on the truth. SET: words GROUP=VALUE separated by one space; GROUP and VALUE are from truth.c's tables
 * (GROUP.VALUE is a condition). VALUE `-`: no condition of the group is stated; `?`: it is not known which. A GROUP
 * that begins with `*` stands for all groups that end so and have the value.
 */
struct pp_effect {
    uint8_t dirs;  /* bits of enum pp_lab_dir; 0: both directions */
    uint32_t modes; /* bits of enum pp_mode; 0: all */
    const char *set;
    const char *unless; /* a word GROUP=VALUE: no effect if it is true already; NULL: always */
};

#define PP_EFFECTS 4

struct pp_behaviour {
    const char *name;
    const char *what;    /* half a line */
    uint8_t row_fwd, row_rev; /* row in the taxonomy of behaviours; 0: none */
    uint8_t dirs; /* bits of enum pp_lab_dir that a scenario may use; 0: a quirk of the server, which has no hop */
    uint32_t quirk;
    /*
     * Concerns TCP segments whose FLAGS_MASK bits equal FLAGS (if FLAGS_MASK), and packets whose ECN codepoint is in
     * the set ECN.
     */
    uint16_t flags_mask, flags;
    uint8_t ecn;         /* bit n: codepoint n; 0: any */
    uint8_t action;      /* enum pp_box_action */
    /* BAD (0: one) of MEMBERS parallel boxes have the behaviour; a hash of the 5-tuple chooses the box */
    uint8_t members, bad;
    uint8_t odd;         /* concerns packets for which pp_packet_is_odd is true */
    uint16_t flags_clear;
    uint8_t mark, mark_set; /* with mark_set the ECN field becomes `mark` */
    uint8_t dscp_only;   /* concerns this codepoint alone; 0: any */
    /*
     * With dscp_change, bits of the codepoint outside DSCP_KEEP become those of DSCP_SET; with dscp_spare, a codepoint
     * with its upper two bits set, network control, is not changed (RFC 9435 section 4.2).
     */
    uint8_t dscp_change, dscp_keep, dscp_set, dscp_spare;
    /*
     * TCP options by kind: concerns segments with one of them. If action is CHANGE, each such option is replaced by
     * NOPs or, with mss_max, a larger maximum segment size is reduced to mss_max.
     */
    uint64_t options;
    uint16_t mss_max;
    uint8_t options_zero; /* the options become zeros instead */
    uint8_t options_min; /* concerns segments with at least so many bytes of options */
    uint16_t mtu;        /* concerns packets of more bytes */
    uint16_t named;      /* TOO_BIG, FORGE: the MTU in the message */
    uint8_t fragments;   /* enum pp_box_fragments; 0: fragments pass */
    uint8_t payload;     /* concerns segments with payload; CHANGE cuts it off */
    /* Concerns segments with TEXT in their payload; CHANGE replaces it by TEXT_SET of the same length. */
    const char *text, *text_set;
    /* Replaces all of the above. P was decoded from IP. */
    enum pp_box_action (*act)(uint8_t *ip, const struct pp_packet *p);
    uint16_t gap_ms;
    const struct pp_counting *counting; /* the box or host counts flows; NULL: it does not */
    uint8_t silences; /* may leave a host without any answer: `offline` is right, too */
    const char *why; /* the reason that a verdict `unstable` must have; NULL: any */
    struct pp_effect effects[PP_EFFECTS]; /* ends with the first whose `set` is NULL */
};

/* ---- functions for pp_behaviour.act ---- */

/* datagram.c: UDP, whole datagrams only. */
enum pp_box_action pp_box_length(uint8_t *ip, const struct pp_packet *p);    /* drops: UDP length not that of IP */
enum pp_box_action pp_box_verify(uint8_t *ip, const struct pp_packet *p);    /* drops: checksum by IP length wrong */
/* corrects the checksum for the IP length */
enum pp_box_action pp_box_recompute(uint8_t *ip, const struct pp_packet *p);
enum pp_box_action pp_box_strip(uint8_t *ip, const struct pp_packet *p);     /* cuts the surplus off */
enum pp_box_action pp_box_zero_drop(uint8_t *ip, const struct pp_packet *p); /* drops: no checksum */
enum pp_box_action pp_box_zero_fill(uint8_t *ip, const struct pp_packet *p); /* gives them one */
enum pp_box_action pp_box_large(uint8_t *ip, const struct pp_packet *p);     /* drops: IP carries over 1210 bytes */
enum pp_box_action pp_box_quic(uint8_t *ip, const struct pp_packet *p);      /* drops unknown versions of QUIC */
enum pp_box_action pp_box_initial(uint8_t *ip, const struct pp_packet *p);   /* drops Initials of QUIC version 1 */
enum pp_box_action pp_box_plus(uint8_t *ip, const struct pp_packet *p);      /* drops: PLUS's magic number in front */
/* The reserved flag of IPv4. */
enum pp_box_action pp_box_evil_drop(uint8_t *ip, const struct pp_packet *p);
enum pp_box_action pp_box_evil_clear(uint8_t *ip, const struct pp_packet *p);
enum pp_box_action pp_box_evil_set(uint8_t *ip, const struct pp_packet *p);

/* headers.c: IPv6 extension headers, of whole packets. */
enum pp_box_action pp_box_hbh(uint8_t *ip, const struct pp_packet *p);          /* drops: hop-by-hop options */
enum pp_box_action pp_box_hbh_option(uint8_t *ip, const struct pp_packet *p);   /* drops: such but of padding alone */
enum pp_box_action pp_box_hbh_mtu(uint8_t *ip, const struct pp_packet *p);      /* drops: the option of RFC 9268 */
/* refuses hop-by-hop options by an ICMP error */
enum pp_box_action pp_box_hbh_prohibit(uint8_t *ip, const struct pp_packet *p);
/* acts on the upper bits of option types */
enum pp_box_action pp_box_hbh_heed(uint8_t *ip, const struct pp_packet *p);
enum pp_box_action pp_box_dst(uint8_t *ip, const struct pp_packet *p);          /* drops: destination options */
enum pp_box_action pp_box_dst_option(uint8_t *ip, const struct pp_packet *p);   /* drops: such but of padding alone */
enum pp_box_action pp_box_dst_long(uint8_t *ip, const struct pp_packet *p);     /* drops: such of over 56 bytes */
enum pp_box_action pp_box_atomic(uint8_t *ip, const struct pp_packet *p);       /* drops: atomic fragments */
enum pp_box_action pp_box_label(uint8_t *ip, const struct pp_packet *p);        /* drops: the flow label zero */

/*
 * The action that the options of P require from a HOST, or from a router, which reads hop-by-hop options only; as Linux
 * acts if it knows none of the options. STRICT: an unknown option is never skipped. REFUSED: *POINTER is the option's
 * position in P.
 */
enum pp_headers { PP_HEADERS_TAKEN, PP_HEADERS_DROPPED, PP_HEADERS_REFUSED };
enum pp_headers pp_headers_heeded(const struct pp_packet *p, bool host, bool strict, uint16_t *pointer);

/* mangle.c: corrupts P, in IP, in a way chosen by a hash of its bytes, and corrects all checksums. */
enum pp_box_action pp_mangle(uint8_t *ip, const struct pp_packet *p);

/* The behaviour NAME; NULL: there is none. */
const struct pp_behaviour *pp_behaviour_find(const char *name);
/* Row I of the table; NULL after the last one. */
const struct pp_behaviour *pp_behaviour_at(unsigned i);
/*
 * True if a plain client would not send P: a SYN with flags other than SYN, with options other than those of RFC 9293,
 * 2018 and 7323, or with 40 bytes of options; a datagram with a surplus or without a correct checksum; a packet with a
 * codepoint, a mark, the reserved flag of IPv4 or an IPv6 extension header; or a request for HTTP/2 by Upgrade.
 */
bool pp_packet_is_odd(const struct pp_packet *p);
/* options.c: True if the TCP header has one of B->options. CHANGE: changes them as B says. */
bool pp_behaviour_options(const struct pp_behaviour *b, uint8_t *tcp, const struct pp_packet *p, bool change);
/* The codepoint after behaviour B; -1: the packet is dropped. Only for rows that match by nothing else. */
int pp_behaviour_dscp(const struct pp_behaviour *b, int codepoint);
/*
 * Applies the row to the packet in IP, from which P was decoded. Fragments pass, except for rows about fragments. Rows
 * that need memory (EARLY, JOINED) are handled by pp_lab_travel.
 */
enum pp_box_action pp_behaviour_apply(const struct pp_behaviour *b, uint8_t *ip, const struct pp_packet *p);
/* Corrects the checksums of a changed packet. P was decoded from IP before the change. */
void pp_segment_fix(uint8_t *ip, const struct pp_packet *p);

#endif
