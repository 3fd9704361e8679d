/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * packet.h: bytes -> meaning. Decodes one IP datagram into a view that points into the caller's bytes; never reads
 * past the captured length, never allocates, accepts any bytes. Pure functions, any thread. Sources: RFC 791, 8200,
 * 9293, 768, 9868, 792, 4443, 4884.
 *
 * Two lengths matter everywhere: what the header declares (`len`) and what the capture holds (`cap`, never more).
 */
#ifndef PP_PACKET_H
#define PP_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../abi/plugin.h" /* TCP flags, ECN codepoints */
#include "../base/addr.h"

enum pp_proto { PP_PROTO_ICMP = 1, PP_PROTO_TCP = 6, PP_PROTO_UDP = 17, PP_PROTO_ICMP6 = 58 };

/* The upper layer's checksum as received. */
enum pp_checksum {
    /*
     * Not all bytes captured, a fragment, no checksum in that protocol, or one made for other addresses than the
     * header's (a source route, a routing header, a home address option)
     */
    PP_CHECKSUM_UNKNOWN,
    PP_CHECKSUM_RIGHT,
    PP_CHECKSUM_PARTIAL, /* the folded pseudo-header sum alone: left to an offload (veth, loopback) */
    PP_CHECKSUM_NONE,    /* UDP: zero */
    PP_CHECKSUM_WRONG,
};

/* One TCP option as it stands. */
struct pp_tcpopt {
    uint8_t kind, len;      /* len includes kind and length byte; 1 for EOL and NOP */
    const uint8_t *data;    /* len - 2 bytes */
};

#define PP_TCP_FLAGS_END 14 /* bytes of a TCP header up to behind data offset and flags */

struct pp_tcp_view {
    uint32_t seq, ack;
    uint16_t flags; /* 12 bits: enum pp_tcp_flag and the reserved ones */
    uint16_t window, urgent;
    const uint8_t *opt; /* the option area as far as captured */
    uint8_t opt_len;
    bool opt_cut; /* there is more of it than was captured, or than is in this fragment */
    bool opt_bad; /* the walk ended in a length that cannot be: options before it are good */
};

struct pp_udp_view {
    uint16_t len; /* the UDP length field */
    const uint8_t *surplus; /* bytes behind the UDP length (RFC 9868), as far as captured; NULL: none */
    uint16_t surplus_len, surplus_cap;
};

/* The errors that quote a packet: ICMP 3, 4, 5, 11, 12; ICMPv6 1-4. */
struct pp_icmp_view {
    uint8_t type, code;
    uint32_t rest;        /* bytes 4-7, host order: MTU, pointer, id/seq */
    const uint8_t *quote; /* the quoted datagram; NULL: none in this type */
    uint16_t quote_len;   /* RFC 4884 length honoured; padding and extensions are cut off */
    bool padded;          /* RFC 4884 section 5: behind what the router quotes there may be zeros, up to 128 bytes */
    const uint8_t *ext;   /* RFC 4884's extension structure, unverified; NULL: none */
    uint16_t ext_len;
};

struct pp_packet {
    struct pp_addr src, dst;
    const uint8_t *ip; /* the first byte of the datagram */
    uint32_t ip_len;   /* declared: total length (v4), 40 + payload length (v6) */
    uint32_t ip_cap;
    uint8_t family;    /* 4 or 6 */
    uint8_t proto;     /* upper layer, behind all extension headers; 255 with `truncated` if not reached */
    uint8_t tos;       /* TOS byte or traffic class */
    uint8_t ttl;
    uint8_t ip_flags;  /* v4: the top three bits of byte 6 in place: RF 0x80, DF 0x40, MF 0x20 */
    uint8_t checksum;  /* enum pp_checksum */
    uint8_t ip_checksum; /* v4: as far as it can be judged; v6: PP_CHECKSUM_UNKNOWN */
    bool fragment;     /* any but a whole datagram */
    /*
     * The upper-layer header is not wholly there: l4, ports, views hold what is (ports 0 if not). From
     * PP_TCP_FLAGS_END bytes of a TCP header on, its flags and the length of the payload are known.
     */
    bool truncated;
    uint16_t frag_off; /* bytes */
    uint16_t ip_id;    /* v6: the low half of a fragment header's identification; 0: there is none */
    uint32_t flow_label;
    uint16_t sport, dport; /* TCP, UDP; host order */
    const uint8_t *l4;
    uint32_t l4_len, l4_cap;
    const uint8_t *payload; /* behind the TCP or UDP header; UDP: within the UDP length; link padding never counts */
    uint32_t payload_len, payload_cap;
    union {
        struct pp_tcp_view tcp;
        struct pp_udp_view udp;
        struct pp_icmp_view icmp;
    };
};

/*
 * 0, or -1 if it is no IPv4 or IPv6 datagram that can be made sense of (version, header length, length fields),
 * or an IPv6 one with an IPv4-mapped address (RFC 4291 section 2.5.5.2).
 * Nothing is printed.
 */
int pp_packet_decode(struct pp_packet *p, const uint8_t *bytes, size_t cap);
/*
 * The same for a datagram of which the frame held LEN bytes (link padding included), whatever the capture kept of them:
 * a length beyond that is cut to it, and stands in for one of 0 (a segment that an offload has yet to cut, or a
 * jumbogram: RFC 2675). Checksums are unknown then.
 */
int pp_packet_decode_frame(struct pp_packet *p, const uint8_t *bytes, size_t cap, size_t len);
/*
 * The same for a datagram quoted in an ICMP error: length fields may exceed what is there, routers may have changed
 * what they change, and checksums are not looked at. With 8 bytes of upper layer, ports and TCP seq are valid, flags
 * and options are not (`truncated`).
 */
int pp_packet_decode_quote(struct pp_packet *p, const uint8_t *bytes, size_t cap);

/*
 * "Fragmentation needed" (RFC 1191) or "packet too big" (RFC 8201), in answer to a flow of whose packets the longest
 * has LONGEST bytes with its IP header (0: not known). FALSE: no router can mean it, as the MTU would have let that one
 * pass, or none may be so small. *MTU is set for both; 0: none is named, as by routers older than RFC 1191.
 */
enum pp_too_big { PP_TOO_BIG_NOT, PP_TOO_BIG_FALSE, PP_TOO_BIG };
enum pp_too_big pp_icmp_too_big(const struct pp_packet *icmp, uint32_t longest, uint32_t *mtu);

/*
 * Walks TCP options: OFF starts at 0 and is moved on. True: *OPT holds one (NOPs are given, too; EOL ends). False: the
 * end, or a bad length.
 */
bool pp_tcpopt_next(const struct pp_tcp_view *t, unsigned *off, struct pp_tcpopt *opt);
/* The first option of KIND whose length is at least MIN_LEN; NULL data and false if there is none. */
bool pp_tcpopt_find(const struct pp_tcp_view *t, uint8_t kind, uint8_t min_len, struct pp_tcpopt *opt);

/*
 * RFC 9868 section 9: what makes the sum over AREA right, in network order: LEN bytes from the option checksum on,
 * which is zero in there, of a surplus of SURPLUS_LEN. 0: it is right as it stands.
 */
uint16_t pp_udpopt_checksum(const uint8_t *area, size_t len, size_t surplus_len);
/*
 * The data of the last option of KIND that takes SIZE bytes with kind and length; NULL: there is none, or nothing of
 * the surplus may be heeded: its checksum is wrong, a length cannot be, an UNSAFE option is among them.
 */
const uint8_t *pp_udpopt_find(const struct pp_packet *p, uint8_t kind, uint8_t size);

/*
 * A fingerprint of what a packet was meant to be: TOS, TTL, IPv4 flags, ports, for TCP seq, flags, window and options,
 * for UDP its length, whether there is a checksum, and the surplus; not IP ID or other checksums. Equal before sending
 * and on the tap: it left as built.
 */
uint32_t pp_packet_fingerprint(const struct pp_packet *p);

/* ---- RFC 1071 arithmetic -------------------------------------------------------------------------- */

/* One's complement sum, not folded, not inverted; an odd last byte is padded with zero. Chain by SUM. */
uint64_t pp_sum(const void *bytes, size_t len, uint64_t sum);
/* Folds and inverts. */
uint16_t pp_sum_finish(uint64_t sum); /* in network order, ready to be stored with memcpy */
/* The pseudo-header's sum (RFC 9293 section 3.1, RFC 8200 section 8.1). */
uint64_t pp_sum_pseudo(const struct pp_addr *src, const struct pp_addr *dst, uint8_t proto, uint32_t l4_len);

static inline uint16_t pp_get16(const uint8_t *b)
{
    return (uint16_t)(b[0] << 8 | b[1]);
}

static inline uint32_t pp_get32(const uint8_t *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static inline void pp_put16(uint8_t *b, uint16_t v)
{
    b[0] = (uint8_t)(v >> 8);
    b[1] = (uint8_t)v;
}

static inline void pp_put32(uint8_t *b, uint32_t v)
{
    pp_put16(b, (uint16_t)(v >> 16));
    pp_put16(b + 2, (uint16_t)v);
}

#endif
