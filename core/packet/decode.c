/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * decode.c: the IP layer of a datagram (RFC 791, RFC 8200), down to where the upper layer starts. What cannot be
 * made sense of at the first header is refused; what ends early behind it is `truncated`.
 */
#include "packet.h"

#include "layers.h"

/* RFC 8200 sections 4.3-4.6, RFC 4302, RFC 6275. */
enum { HOPOPTS = 0, ROUTING = 43, FRAGMENT = 44, AUTH = 51, DSTOPTS = 60, MOBILITY = 135 };

enum {
    IP4_HEADER = 20,
    IP6_HEADER = 40,
    MAX_EXTENSIONS = 32, /* RFC 8200 section 4.1 orders seven: whoever sends more is playing */
    NOT_REACHED = 255,
    MF = 0x20,
};

static void upper_layer(struct pp_packet *p, uint32_t off, bool verify)
{
    p->l4_len = p->ip_len > off ? p->ip_len - off : 0;
    p->l4_cap = p->ip_cap > off ? p->ip_cap - off : 0;
    if (off <= p->ip_cap)
        p->l4 = p->ip + off;
    if (p->frag_off != 0 || p->proto == NOT_REACHED || p->l4 == NULL) {
        p->truncated = true;
        return;
    }
    verify = verify && !p->fragment;
    switch (p->proto) {
    case PP_PROTO_TCP:
        pp_decode_tcp(p, verify);
        break;
    case PP_PROTO_UDP:
        pp_decode_udp(p, verify);
        break;
    case PP_PROTO_ICMP:
    case PP_PROTO_ICMP6:
        /* One family's ICMP under the other is some unknown protocol. */
        if (p->family == (p->proto == PP_PROTO_ICMP ? 4 : 6))
            pp_decode_icmp(p, verify);
        break;
    default:
        break;
    }
}

static int decode4(struct pp_packet *p, const uint8_t *b, size_t cap, bool quote)
{
    uint32_t header, total;

    if (cap < IP4_HEADER)
        return -1;
    header = (b[0] & 0x0fu) * 4;
    total = pp_get16(b + 2);
    if (header < IP4_HEADER)
        return -1;
    if (total < header) {
        /* Some hosts quote the length in their own byte order or without the header: in a quote take what is there. */
        if (!quote)
            return -1;
        total = (uint32_t)cap;
    }
    p->ip_len = total;
    p->ip_cap = cap < total ? (uint32_t)cap : total;
    p->tos = b[1];
    p->ip_id = pp_get16(b + 4);
    p->ip_flags = b[6] & 0xe0;
    p->frag_off = (uint16_t)((pp_get16(b + 6) & 0x1fff) * 8);
    p->fragment = p->frag_off != 0 || p->ip_flags & MF;
    p->ttl = b[8];
    p->proto = b[9];
    p->src = pp_addr_from4(b + 12);
    p->dst = pp_addr_from4(b + 16);
    if (!quote && header <= p->ip_cap)
        p->ip_checksum = pp_sum_finish(pp_sum(b, header, 0)) == 0 ? PP_CHECKSUM_RIGHT : PP_CHECKSUM_WRONG;
    upper_layer(p, header, !quote);
    return 0;
}

static bool is_extension(uint8_t nh)
{
    return nh == HOPOPTS || nh == ROUTING || nh == FRAGMENT || nh == AUTH || nh == DSTOPTS || nh == MOBILITY;
}

static uint32_t extension_len(uint8_t kind, const uint8_t *b)
{
    if (kind == FRAGMENT)
        return 8;
    if (kind == AUTH)
        return (b[1] + 2u) * 4; /* RFC 4302 section 2.2 counts in other units than all others */
    return (b[1] + 1u) * 8;
}

/*
 * Walks from the first next header to the upper layer. Returns its offset; p->proto is NOT_REACHED if the chain is
 * cut, overlong or leaves the datagram. *ROUTED: a routing header has segments left, so the final destination is
 * not the header's.
 */
static uint32_t walk_extensions(struct pp_packet *p, bool *routed)
{
    uint32_t off = IP6_HEADER, len;
    const uint8_t *b = p->ip;
    uint8_t nh = b[6];

    for (unsigned n = 0; is_extension(nh); n++) {
        if (n == MAX_EXTENSIONS || p->ip_cap < off + 8)
            goto lost;
        len = extension_len(nh, b + off);
        if (p->ip_cap < off + len)
            goto lost;
        if (nh == ROUTING && b[off + 3] != 0)
            *routed = true;
        if (nh == FRAGMENT) {
            p->frag_off = pp_get16(b + off + 2) & 0xfff8;
            /* Neither offset nor more to come: an atomic fragment, the whole datagram (RFC 6946). */
            p->fragment = p->frag_off != 0 || b[off + 3] & 1;
        }
        nh = b[off];
        off += len;
        /* What follows in a later fragment is the middle of something, not a header. */
        if (p->frag_off != 0)
            break;
    }
    p->proto = is_extension(nh) ? NOT_REACHED : nh;
    return off;
lost:
    p->proto = NOT_REACHED;
    return off;
}

static int decode6(struct pp_packet *p, const uint8_t *b, size_t cap, bool quote)
{
    bool routed = false;
    uint32_t off;

    if (cap < IP6_HEADER)
        return -1;
    p->ip_len = IP6_HEADER + pp_get16(b + 4);
    /*
     * Zero is a jumbogram (RFC 2675), which no snap length of ours would hold, or really nothing: both end at the
     * header. A quote may have lost the length, so there the bytes count.
     */
    if (quote && p->ip_len == IP6_HEADER)
        p->ip_len = (uint32_t)cap;
    p->ip_cap = cap < p->ip_len ? (uint32_t)cap : p->ip_len;
    p->tos = (uint8_t)(pp_get16(b) >> 4);
    p->flow_label = pp_get32(b) & 0xfffff;
    p->ttl = b[7];
    p->src = pp_addr_from16(b + 8);
    p->dst = pp_addr_from16(b + 24);
    /* IPv4-mapped: never on the wire (RFC 4291 section 2.5.5.2), and here it would pass for an IPv4 flow's. */
    if (pp_addr_is4(&p->src) || pp_addr_is4(&p->dst))
        return -1;
    off = walk_extensions(p, &routed);
    upper_layer(p, off, !quote && !routed);
    return 0;
}

static int decode(struct pp_packet *p, const uint8_t *bytes, size_t cap, bool quote)
{
    *p = (struct pp_packet){.ip = bytes, .proto = NOT_REACHED};
    if (cap < 1)
        return -1;
    /* No datagram without jumbo option is longer: 40 bytes of header, 65535 of payload. */
    if (cap > IP6_HEADER + 0xffff)
        cap = IP6_HEADER + 0xffff;
    p->family = bytes[0] >> 4;
    if (p->family == 4)
        return decode4(p, bytes, cap, quote);
    if (p->family == 6)
        return decode6(p, bytes, cap, quote);
    return -1;
}

int pp_packet_decode(struct pp_packet *p, const uint8_t *bytes, size_t cap)
{
    return decode(p, bytes, cap, false);
}

int pp_packet_decode_quote(struct pp_packet *p, const uint8_t *bytes, size_t cap)
{
    return decode(p, bytes, cap, true);
}
