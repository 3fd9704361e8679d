/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * decode.c: decodes the IP layer of a datagram (RFC 791, RFC 8200) as far as the start of the upper layer. A datagram
 * whose first header is invalid is refused; one that ends early behind it is `truncated`.
 */
#include "packet.h"

#include "layers.h"

/* RFC 8200 sections 4.3-4.6, RFC 4302, RFC 6275. */
enum { HOPOPTS = 0, ROUTING = 43, FRAGMENT = 44, AUTH = 51, DSTOPTS = 60, MOBILITY = 135 };

enum {
    IP4_HEADER = 20,
    IP6_HEADER = 40,
    MAX_EXTENSIONS = 32, /* RFC 8200 section 4.1 orders seven: more are an attack on the parser */
    NOT_REACHED = 255,
    MF = 0x20,
    LINK_PADDING = 46, /* Ethernet pads shorter datagrams to this length (IEEE 802.3), so it does not reveal theirs */
};

/*
 * IPv4 options (RFC 791 section 3.1), and options in IPv6 extension headers (RFC 8200 section 4.2, RFC 2675, RFC 6275).
 */
enum { OPT4_END = 0, OPT4_NOP = 1, OPT4_LSRR = 131, OPT4_SSRR = 137 };
enum { OPT6_PAD1 = 0, OPT6_JUMBO = 0xc2, OPT6_HOME_ADDRESS = 0xc9 };

/* The captured bytes: CAP of LEN that the frame held (0: not known). QUOTE: they come from an ICMP error. */
struct given {
    size_t cap, len;
    bool quote;
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
        /* ICMP of one family inside the other is an unknown protocol. */
        if (p->family == (p->proto == PP_PROTO_ICMP ? 4 : 6))
            pp_decode_icmp(p, verify);
        break;
    default:
        break;
    }
}

/*
 * Sets the lengths from the length field, which DECLARES so many bytes (0: unknown). False: the datagram is invalid.
 * *WHOLE turns false where the bytes are not the datagram as it is on the wire, so that its checksums cannot be
 * verified:
 *   - A segment that an offload has not yet cut, or has already put together (TSO, GRO, BIG TCP), has a length of 0:
 *     the frame's length counts.
 *   - A length beyond the frame's is cut to the frame's: the bytes in excess never existed.
 *   - Some hosts quote the length in their own byte order or without the header: in a quote the captured length
 *     counts.
 */
static bool set_lengths(struct pp_packet *p, const struct given *g, uint32_t header, uint32_t declares, bool *whole)
{
    if (declares < header) {
        *whole = false;
        if (g->quote)
            declares = (uint32_t)g->cap;
        else if (declares == 0 && g->len > LINK_PADDING)
            declares = (uint32_t)g->len;
        else
            return false;
    }
    if (g->len && declares > g->len) {
        *whole = false;
        declares = (uint32_t)g->len;
    }
    p->ip_len = declares;
    p->ip_cap = g->cap < declares ? (uint32_t)g->cap : declares;
    return true;
}

/*
 * True if HEADER bytes of IPv4 header, CAP of them captured, hold a source route with stops left (RFC 791 section 3.1):
 * the upper layer's checksum was computed for the last stop, not for the header's destination.
 */
static bool source_routed(const uint8_t *b, uint32_t header, uint32_t cap)
{
    uint32_t end = header < cap ? header : cap;

    for (uint32_t at = IP4_HEADER; at < end && b[at] != OPT4_END;) {
        if (b[at] == OPT4_NOP) {
            at++;
            continue;
        }
        if (at + 3 > end || b[at + 1] < 2)
            return false;
        /* The pointer counts from 1, and exceeds the option's length when the route is used up. */
        if ((b[at] == OPT4_LSRR || b[at] == OPT4_SSRR) && b[at + 2] <= b[at + 1])
            return true;
        at += b[at + 1];
    }
    return false;
}

static int decode4(struct pp_packet *p, const uint8_t *b, const struct given *g)
{
    uint32_t header;
    bool whole = !g->quote;

    if (g->cap < IP4_HEADER)
        return -1;
    header = (b[0] & 0x0fu) * 4;
    if (header < IP4_HEADER || !set_lengths(p, g, header, pp_get16(b + 2), &whole))
        return -1;
    p->tos = b[1];
    p->ip_id = pp_get16(b + 4);
    p->ip_flags = b[6] & 0xe0;
    p->frag_off = (uint16_t)((pp_get16(b + 6) & 0x1fff) * 8);
    p->fragment = p->frag_off != 0 || p->ip_flags & MF;
    p->ttl = b[8];
    p->proto = b[9];
    p->src = pp_addr_from4(b + 12);
    p->dst = pp_addr_from4(b + 16);
    /*
     * The header checksum covers only the header, so it is verified here, unless its length is still to be filled in.
     */
    if (!g->quote && header <= p->ip_cap && pp_get16(b + 2) != 0)
        p->ip_checksum = pp_sum_finish(pp_sum(b, header, 0)) == 0 ? PP_CHECKSUM_RIGHT : PP_CHECKSUM_WRONG;
    upper_layer(p, header, whole && !source_routed(b, header, p->ip_cap));
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
        return (b[1] + 2u) * 4; /* RFC 4302 section 2.2: AH counts 4-byte units minus 2, all others 8-byte units */
    return (b[1] + 1u) * 8;
}

/*
 * Returns the SIZE data bytes of option KIND in the options header at B, LEN bytes long (RFC 8200 section 4.2); NULL:
 * no such option.
 */
static const uint8_t *option6(const uint8_t *b, uint32_t len, uint8_t kind, uint8_t size)
{
    for (uint32_t at = 2; at < len;) {
        if (b[at] == OPT6_PAD1) {
            at++;
            continue;
        }
        if (at + 2 > len || at + 2 + b[at + 1] > len)
            break;
        if (b[at] == kind && b[at + 1] == size)
            return b + at + 2;
        at += 2u + b[at + 1];
    }
    return NULL;
}

/*
 * Walks from the first next header to the upper layer. Returns its offset; p->proto is NOT_REACHED if the chain is cut,
 * overlong or leaves the datagram. *ROUTED turns true where the checksum was not computed for the header's addresses: a
 * routing header has segments left, so the final destination is another, or a home address (RFC 6275 section 6.3) is
 * the source.
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
        if ((nh == ROUTING && b[off + 3] != 0) || (nh == DSTOPTS && option6(b + off, len, OPT6_HOME_ADDRESS, 16)))
            *routed = true;
        if (nh == FRAGMENT) {
            p->frag_off = pp_get16(b + off + 2) & 0xfff8;
            p->ip_id = pp_get16(b + off + 6);
            /* Offset 0 and no more fragments: an atomic fragment, which is the whole datagram (RFC 6946). */
            p->fragment = p->frag_off != 0 || b[off + 3] & 1;
        }
        nh = b[off];
        off += len;
        /* A later fragment continues the payload: no header follows. */
        if (p->frag_off != 0)
            break;
    }
    p->proto = is_extension(nh) ? NOT_REACHED : nh;
    return off;
lost:
    p->proto = NOT_REACHED;
    return off;
}

/*
 * Returns the length that an IPv6 datagram declares; 0 if the frame's length decides. A payload length of 0 means a
 * jumbogram with its own length in the first header (RFC 2675), or a segment that an offload has not finished, or no
 * payload at all; the last is assumed where the frame has room for nothing but padding.
 */
static uint32_t declared6(const uint8_t *b, const struct given *g)
{
    const uint8_t *jumbo = NULL;
    uint32_t len;

    if (pp_get16(b + 4) != 0)
        return IP6_HEADER + pp_get16(b + 4);
    if (b[6] == HOPOPTS && g->cap >= IP6_HEADER + 8) {
        len = extension_len(HOPOPTS, b + IP6_HEADER);
        if (g->cap >= IP6_HEADER + len)
            jumbo = option6(b + IP6_HEADER, len, OPT6_JUMBO, 4);
    }
    if (jumbo && pp_get32(jumbo) > 0xffff && pp_get32(jumbo) < UINT32_MAX - IP6_HEADER)
        return IP6_HEADER + pp_get32(jumbo);
    return g->quote || g->len > LINK_PADDING ? 0 : IP6_HEADER;
}

static int decode6(struct pp_packet *p, const uint8_t *b, const struct given *g)
{
    bool routed = false, whole = !g->quote;
    uint32_t off;

    if (g->cap < IP6_HEADER || !set_lengths(p, g, IP6_HEADER, declared6(b, g), &whole))
        return -1;
    p->tos = (uint8_t)(pp_get16(b) >> 4);
    p->flow_label = pp_get32(b) & 0xfffff;
    p->ttl = b[7];
    p->src = pp_addr_from16(b + 8);
    p->dst = pp_addr_from16(b + 24);
    /*
     * IPv4-mapped addresses are never on the wire (RFC 4291 section 2.5.5.2); here one would be taken for an IPv4
     * flow's.
     */
    if (pp_addr_is4(&p->src) || pp_addr_is4(&p->dst))
        return -1;
    off = walk_extensions(p, &routed);
    upper_layer(p, off, whole && !routed);
    return 0;
}

static int decode(struct pp_packet *p, const uint8_t *bytes, struct given g)
{
    const size_t max = UINT32_MAX / 2; /* no frame is longer; the sum of two lengths cannot overflow */

    *p = (struct pp_packet){.ip = bytes, .proto = NOT_REACHED};
    if (g.cap < 1)
        return -1;
    g.cap = g.cap < max ? g.cap : max;
    g.len = g.len < max ? g.len : max;
    p->family = bytes[0] >> 4;
    if (p->family == 4)
        return decode4(p, bytes, &g);
    if (p->family == 6)
        return decode6(p, bytes, &g);
    return -1;
}

int pp_packet_decode(struct pp_packet *p, const uint8_t *bytes, size_t cap)
{
    return decode(p, bytes, (struct given){.cap = cap});
}

int pp_packet_decode_frame(struct pp_packet *p, const uint8_t *bytes, size_t cap, size_t len)
{
    return decode(p, bytes, (struct given){.cap = cap, .len = len > cap ? len : cap});
}

int pp_packet_decode_quote(struct pp_packet *p, const uint8_t *bytes, size_t cap)
{
    return decode(p, bytes, (struct given){.cap = cap, .quote = true});
}
