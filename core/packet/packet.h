/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * packet.h: parses packets. Decodes one IP datagram into a view that points into the caller's bytes; never reads past
 * the captured length, never allocates, accepts any bytes. Pure functions, any thread. Sources: RFC 791, 8200, 9293,
 * 768, 9868, 792, 4443, 4884.
 *
 * Each header has two lengths: the length that it declares (`len`) and the bytes of it that were captured (`cap`, never
 * more).
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
     * Not verified: not all bytes were captured, a fragment, a protocol without checksum, or a checksum made for other
     * addresses than the header's (a source route, a routing header, a home address option)
     */
    PP_CHECKSUM_UNKNOWN,
    PP_CHECKSUM_RIGHT,
    PP_CHECKSUM_PARTIAL, /* the folded pseudo-header sum alone: an offload has yet to finish it (veth, loopback) */
    PP_CHECKSUM_NONE,    /* UDP: zero, no checksum */
    PP_CHECKSUM_WRONG,
};

/* One TCP option, pointing into the packet. */
struct pp_tcpopt {
    uint8_t kind, len;      /* len includes kind and length byte; 1 for EOL and NOP */
    const uint8_t *data;    /* len - 2 bytes */
};

#define PP_TCP_FLAGS_END 14 /* bytes of a TCP header that include data offset and flags */

struct pp_tcp_view {
    uint32_t seq, ack;
    uint16_t flags; /* 12 bits: enum pp_tcp_flag and the reserved bits */
    uint16_t window, urgent;
    const uint8_t *opt; /* the option area, as far as captured */
    uint8_t opt_len;
    bool opt_cut; /* the option area is longer than the capture, or than this fragment */
    bool opt_bad; /* the walk met an invalid length; the options before it are valid */
};

struct pp_udp_view {
    uint16_t len; /* the UDP length field */
    const uint8_t *surplus; /* the surplus area behind the UDP length (RFC 9868), as far as captured; NULL: none */
    uint16_t surplus_len, surplus_cap;
};

/* An ICMP message; those that quote a packet: ICMP 3, 4, 5, 11, 12; ICMPv6 1-4. */
struct pp_icmp_view {
    uint8_t type, code;
    uint32_t rest;        /* bytes 4-7, host order: MTU, pointer, id/seq */
    const uint8_t *quote; /* the quoted datagram; NULL: this type quotes none */
    uint16_t quote_len;   /* bytes; by RFC 4884's length field, without padding and extensions */
    bool padded;          /* RFC 4884 section 5: the quote may be padded with zeros up to 128 bytes */
    const uint8_t *ext;   /* RFC 4884's extension structure, unverified; NULL: none */
    uint16_t ext_len;
};

struct pp_packet {
    struct pp_addr src, dst;
    const uint8_t *ip; /* the first byte of the datagram */
    uint32_t ip_len;   /* declared, bytes: total length (v4), 40 + payload length (v6) */
    uint32_t ip_cap;
    uint8_t family;    /* 4 or 6 */
    uint8_t proto;     /* upper layer, behind all extension headers; 255 with `truncated` if not reached */
    uint8_t tos;       /* TOS byte or traffic class */
    uint8_t ttl;
    uint8_t ip_flags;  /* v4: the top three bits of byte 6, in place: RF 0x80, DF 0x40, MF 0x20 */
    uint8_t checksum;  /* enum pp_checksum */
    uint8_t ip_checksum; /* v4: enum pp_checksum; v6: PP_CHECKSUM_UNKNOWN */
    bool fragment;     /* part of a fragmented datagram */
    /*
     * The upper-layer header was not captured whole: l4, ports and views hold the captured part (ports 0 if not
     * captured). With PP_TCP_FLAGS_END bytes of a TCP header or more, its flags and the length of the payload are
     * known.
     */
    bool truncated;
    uint16_t frag_off; /* fragment offset, bytes */
    uint16_t ip_id;    /* v6: the low 16 bits of a fragment header's identification; 0: no fragment header */
    uint32_t flow_label;
    uint16_t sport, dport; /* TCP, UDP; host order */
    const uint8_t *l4;
    uint32_t l4_len, l4_cap;
    const uint8_t *payload; /* behind the TCP or UDP header; UDP: within the UDP length; never link padding */
    uint32_t payload_len, payload_cap;
    union {
        struct pp_tcp_view tcp;
        struct pp_udp_view udp;
        struct pp_icmp_view icmp;
    };
};

/*
 * Decodes the datagram in CAP bytes. 0, or -1 if the bytes are no valid IPv4 or IPv6 datagram (version, header length,
 * length fields), or an IPv6 one with an IPv4-mapped address (RFC 4291 section 2.5.5.2). Prints nothing. P borrows
 * BYTES.
 */
int pp_packet_decode(struct pp_packet *p, const uint8_t *bytes, size_t cap);
/*
 * As pp_packet_decode, for a datagram of which the frame held LEN bytes (link padding included), CAP of them captured:
 * a declared length beyond LEN is cut to LEN, and LEN replaces a declared length of 0 (a segment that an offload has
 * yet to cut, or a jumbogram: RFC 2675). Checksums are unknown in these cases.
 */
int pp_packet_decode_frame(struct pp_packet *p, const uint8_t *bytes, size_t cap, size_t len);
/*
 * As pp_packet_decode, for a datagram quoted in an ICMP error: length fields may exceed the quote, routers may have
 * changed header fields, and checksums are not verified. With 8 bytes of upper layer, ports and TCP seq are valid,
 * flags and options are not (`truncated`).
 */
int pp_packet_decode_quote(struct pp_packet *p, const uint8_t *bytes, size_t cap);

/*
 * Classifies an ICMP error as "fragmentation needed" (RFC 1191) or "packet too big" (RFC 8201), in answer to a flow
 * whose longest packet has LONGEST bytes with its IP header (0: not known). FALSE: forged or wrong, as that packet fits
 * into the MTU, or the MTU is below the family's minimum. *MTU (bytes) is set in both cases; 0: the error names none,
 * as from routers that predate RFC 1191.
 */
enum pp_too_big { PP_TOO_BIG_NOT, PP_TOO_BIG_FALSE, PP_TOO_BIG };
enum pp_too_big pp_icmp_too_big(const struct pp_packet *icmp, uint32_t longest, uint32_t *mtu);

/*
 * Walks TCP options: *OFF starts at 0, and is advanced by each call. True: *OPT holds the next option (NOPs are
 * returned, EOL ends the walk). False: the end, or an invalid length; *OFF then stays at that option.
 */
bool pp_tcpopt_next(const struct pp_tcp_view *t, unsigned *off, struct pp_tcpopt *opt);
/* Finds the first option of KIND whose length is at least MIN_LEN. False: none; OPT->data is NULL then. */
bool pp_tcpopt_find(const struct pp_tcp_view *t, uint8_t kind, uint8_t min_len, struct pp_tcpopt *opt);

/*
 * RFC 9868 section 9: computes the option checksum, in network order. AREA: LEN bytes from the option checksum on;
 * SURPLUS_LEN: bytes of the whole surplus. With the field zero in AREA: the value to store. With the field as received:
 * 0 if it is valid.
 */
uint16_t pp_udpopt_checksum(const uint8_t *area, size_t len, size_t surplus_len);
/*
 * Returns the data of the last option of KIND that has SIZE bytes, kind and length included. NULL: no such option, or a
 * receiver must ignore all options: the option checksum is wrong, a length is invalid, or an UNSAFE option is present.
 */
const uint8_t *pp_udpopt_find(const struct pp_packet *p, uint8_t kind, uint8_t size);

/*
 * Hashes the fields that a probe sets: TOS, TTL, IPv4 flags, ports, for TCP seq, flags, window and options, for UDP its
 * length, whether there is a checksum, and the surplus; not IP ID or other checksums. The hash before sending equals
 * the hash of the captured packet if it left as built.
 */
uint32_t pp_packet_fingerprint(const struct pp_packet *p);

/* ---- RFC 1071 arithmetic -------------------------------------------------------------------------- */

/* Adds LEN bytes to the one's complement sum SUM, not folded, not inverted; an odd last byte is padded with zero. */
uint64_t pp_sum(const void *bytes, size_t len, uint64_t sum);
/* Folds and inverts SUM. */
uint16_t pp_sum_finish(uint64_t sum); /* in network order, ready to be stored with memcpy */
/* The sum of the pseudo-header (RFC 9293 section 3.1, RFC 8200 section 8.1). L4_LEN: bytes of the upper layer. */
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
