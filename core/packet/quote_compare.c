/* SPDX-License-Identifier: BSD-2-Clause */
/* quote_compare.c: compares a quote with the packet sent, field by field, as far as the quote reaches. */
#include "quote.h"

#include "quote_parts.h"

enum { IP4_HEADER = 20, IP6_HEADER = 40, TCP_HEADER = 20, UDP_HEADER = 8, QUOTED_AT_LEAST = 8 };
enum { FRAGMENT = 44, AUTH = 51 };

void pp_quote_note(struct pp_diff *d, const struct pp_change *c)
{
    if (d->changes == PP_CHANGES_MAX) {
        d->more = true;
        return;
    }
    d->change[d->changes++] = *c;
}

/* Compares FIELD, which ends at offset END of the packet sent: adds a change where SENT and SEEN differ. */
static bool number(struct pp_diff *d, uint8_t field, unsigned end, uint64_t sent, uint64_t seen)
{
    if (sent == seen)
        return false;
    pp_quote_note(d, &(struct pp_change){.field = field, .end = (uint16_t)end, .sent = sent, .seen = seen});
    return true;
}

static uint64_t big_endian(const uint8_t *b, unsigned len)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < len; i++)
        v = v << 8 | b[i];
    return v;
}

bool pp_quote_bytes(struct pp_diff *d, struct pp_change c, const struct pp_bytes *sent, const struct pp_bytes *seen)
{
    unsigned both = sent->len < seen->len ? sent->len : seen->len, at = 0, left, right;

    while (at < both && sent->b[at] == seen->b[at])
        at++;
    if (at == both && sent->len == seen->len)
        return false;
    if (sent->len <= 8 && seen->len <= 8)
        at = 0;
    left = sent->len - at < 8 ? sent->len - at : 8;
    right = seen->len - at < 8 ? seen->len - at : 8;
    c.at = at < UINT8_MAX ? (uint8_t)at : UINT8_MAX;
    c.len = (uint8_t)(left > right ? left : right);
    c.sent = big_endian(sent->b + at, left);
    c.seen = big_endian(seen->b + at, right);
    pp_quote_note(d, &c);
    return true;
}

/* Compares LEN bytes at A and B, which end at offset END of the packet sent, as far as both were captured. */
static bool stretch(struct pp_diff *d, uint8_t field, unsigned end, const uint8_t *a, const uint8_t *b, unsigned len)
{
    return pp_quote_bytes(d, (struct pp_change){.field = field, .end = (uint16_t)end}, &(struct pp_bytes){a, len},
                          &(struct pp_bytes){b, len});
}

static uint16_t swapped(uint16_t v)
{
    return (uint16_t)(v << 8 | v >> 8);
}

/* Old kernels quote the length in their own byte order, without the header, or as 0. */
static bool same_length(uint16_t sent, uint16_t seen, unsigned header)
{
    uint16_t less = (uint16_t)(sent - header);

    return seen == sent || seen == 0 || seen == swapped(sent) || seen == less || seen == swapped(less);
}

/*
 * True if Q ends where its IPv4 header says, and not because this router quotes but 8 bytes of the upper layer: the
 * length is that of the packet, and no old kernel's reading of a longer one.
 */
static bool ends_there(const struct pp_quote *q)
{
    const uint8_t *seen = q->packet.ip;

    return !q->more && q->len == pp_get16(seen + 2) && q->len > (seen[0] & 0xfu) * 4 + QUOTED_AT_LEAST;
}

/*
 * True if the quoted IPv4 header's checksum is valid for the header as quoted or as it was on the wire: with another
 * TTL (the router decrements it before or after it quotes), with the length and flags as sent.
 */
static bool checksum_explained(const uint8_t *seen, const uint8_t *sent, unsigned header)
{
    uint8_t b[60];
    const uint8_t ttl[] = {seen[8], (uint8_t)(seen[8] + 1), sent[8], 1, 0};

    memcpy(b, seen, header);
    for (unsigned own = 0; own < 2; own++) {
        for (unsigned i = 0; i < sizeof ttl; i++) {
            b[8] = ttl[i];
            if (pp_sum_finish(pp_sum(b, header, 0)) == 0)
                return true;
        }
        memcpy(b + 2, sent + 2, 2);
        if (pp_get16(b + 6) == swapped(pp_get16(sent + 6)))
            memcpy(b + 6, sent + 6, 2);
    }
    return false;
}

static void compare4(struct pp_diff *d, const struct pp_packet *was, const struct pp_quote *q, unsigned len)
{
    const struct pp_packet *is = &q->packet;
    const uint8_t *a = was->ip, *b = is->ip;
    unsigned header = (a[0] & 0xfu) * 4, theirs = (b[0] & 0xfu) * 4;
    bool flags_swapped = pp_get16(b + 6) == swapped(pp_get16(a + 6));

    number(d, PP_FIELD_ECN, 2, a[1] & 3, b[1] & 3);
    number(d, PP_FIELD_DSCP, 2, a[1] >> 2, b[1] >> 2);
    if (!same_length(pp_get16(a + 2), pp_get16(b + 2), theirs) || ends_there(q))
        number(d, PP_FIELD_IP_LENGTH, 4, pp_get16(a + 2), pp_get16(b + 2));
    number(d, PP_FIELD_IP_ID, 6, was->ip_id, is->ip_id);
    if (!flags_swapped) {
        number(d, PP_FIELD_IP_FLAGS, 8, was->ip_flags, is->ip_flags);
        number(d, PP_FIELD_IP_OFFSET, 8, was->frag_off, is->frag_off);
    }
    number(d, PP_FIELD_IP_PROTOCOL, 10, a[9], b[9]);
    if (!pp_addr_eq(&was->src, &is->src))
        stretch(d, PP_FIELD_IP_SOURCE, 16, a + 12, b + 12, 4);
    if (theirs != header)
        number(d, PP_FIELD_IP_HEADER, header, header, theirs);
    else if (header <= len)
        stretch(d, PP_FIELD_IP_HEADER, header, a + IP4_HEADER, b + IP4_HEADER, header - IP4_HEADER);
    if (theirs <= len && theirs <= is->ip_cap && !checksum_explained(b, a, theirs))
        number(d, PP_FIELD_IP_CHECKSUM, 12, pp_get16(a + 10), pp_get16(b + 10));
}

static unsigned extension_len(uint8_t kind, const uint8_t *b)
{
    return kind == FRAGMENT ? 8 : kind == AUTH ? (b[1] + 2u) * 4 : (b[1] + 1u) * 8;
}

/* Compares the extension headers of both, as far as the first next header that differs, or the upper layer. */
static void compare_chain(struct pp_diff *d, const struct pp_packet *was, const struct pp_packet *is)
{
    unsigned at = IP6_HEADER, end = was->l4 ? (unsigned)(was->l4 - was->ip) : was->ip_cap;
    uint8_t sent = was->ip[6], seen = is->ip[6];

    if (number(d, PP_FIELD_IP_PROTOCOL, 7, sent, seen))
        return;
    while (at + 8 <= end && at + 8 <= is->ip_cap) {
        unsigned size = extension_len(sent, was->ip + at), theirs = extension_len(sent, is->ip + at);
        unsigned there = is->ip_cap - at < size ? is->ip_cap - at : size;

        if (at + size > end)
            return;
        if (number(d, PP_FIELD_IP_PROTOCOL, at + 1, was->ip[at], is->ip[at]))
            return;
        if (stretch(d, PP_FIELD_IP_HEADER, at + there, was->ip + at + 1, is->ip + at + 1, there - 1) && size != theirs)
            return;
        sent = was->ip[at];
        at += size;
    }
}

static void compare6(struct pp_diff *d, const struct pp_packet *was, const struct pp_packet *is)
{
    const uint8_t *a = was->ip, *b = is->ip;

    number(d, PP_FIELD_ECN, 2, was->tos & 3, is->tos & 3);
    number(d, PP_FIELD_DSCP, 2, was->tos >> 2, is->tos >> 2);
    if (!same_length(pp_get16(a + 4), pp_get16(b + 4), 0))
        number(d, PP_FIELD_IP_LENGTH, 6, pp_get16(a + 4), pp_get16(b + 4));
    if (!pp_addr_eq(&was->src, &is->src))
        stretch(d, PP_FIELD_IP_SOURCE, 24, a + 8, b + 8, 16);
    compare_chain(d, was, is);
    number(d, PP_FIELD_FLOW_LABEL, 4, was->flow_label, is->flow_label);
}

/* Both upper layers: WAS as sent from offset OFF on, IS with THERE bytes of it quoted. */
struct upper {
    const struct pp_packet *was, *is;
    unsigned off, there;
};

static bool reaches(const struct upper *u, unsigned end)
{
    return u->there >= end;
}

static bool pair16(struct pp_diff *d, const struct upper *u, uint8_t field, unsigned at)
{
    return reaches(u, at + 2) &&
           number(d, field, u->off + at + 2, pp_get16(u->was->l4 + at), pp_get16(u->is->l4 + at));
}

static bool pair32(struct pp_diff *d, const struct upper *u, uint8_t field, unsigned at)
{
    return reaches(u, at + 4) &&
           number(d, field, u->off + at + 4, pp_get32(u->was->l4 + at), pp_get32(u->is->l4 + at));
}

/* Compares the payload, as far as both have it. */
static bool compare_payload(struct pp_diff *d, const struct upper *u)
{
    const uint8_t *a = u->was->payload, *b = u->is->payload;
    const uint8_t *end = u->is->l4 + u->there;
    unsigned len = u->was->payload_cap, at = 0;

    if (a == NULL || b == NULL || b >= end)
        return false;
    if (len > u->is->payload_cap)
        len = u->is->payload_cap;
    if (len > end - b)
        len = (unsigned)(end - b);
    while (at < len && a[at] == b[at])
        at++;
    if (at == len)
        return false;
    a += at;
    len = len - at < 8 ? len - at : 8;
    pp_quote_note(d, &(struct pp_change){.field = PP_FIELD_PAYLOAD, .at = at < UINT8_MAX ? (uint8_t)at : UINT8_MAX,
                                         .len = (uint8_t)len, .end = (uint16_t)(a + 1 - u->was->ip),
                                         .sent = big_endian(a, len), .seen = big_endian(b + at, len)});
    return true;
}

/*
 * Compares the checksums at offset AT; a difference is a change only if no change in a COVERED field explains it. Where
 * only one of the two packets has one (UDP's is 0 if there is none, RFC 768), nothing explains it: NATs keep a 0.
 */
static void compare_checksum(struct pp_diff *d, const struct upper *u, uint8_t field, unsigned at, bool covered)
{
    uint16_t sent, seen;

    if (!reaches(u, at + 2))
        return;
    sent = pp_get16(u->was->l4 + at);
    seen = pp_get16(u->is->l4 + at);
    if (sent == seen)
        return;
    if (covered && (field != PP_FIELD_UDP_CHECKSUM || (sent == 0) == (seen == 0)))
        d->followed = true;
    else
        pair16(d, u, field, at);
}

static void compare_tcp(struct pp_diff *d, struct upper *u, bool covered)
{
    const uint8_t *a = u->was->l4, *b = u->is->l4;
    bool any = covered;

    if (u->was->l4_cap < TCP_HEADER)
        return;
    /* A data offset of 0 is invalid: these bytes are padding behind the 8 bytes that RFC 792 requires. */
    if (reaches(u, 13) && b[12] >> 4 == 0 && a[12] >> 4 != 0)
        u->there = QUOTED_AT_LEAST;
    any |= pair16(d, u, PP_FIELD_TCP_SPORT, 0);
    any |= pair16(d, u, PP_FIELD_TCP_DPORT, 2);
    any |= pair32(d, u, PP_FIELD_TCP_SEQ, 4);
    any |= pair32(d, u, PP_FIELD_TCP_ACK, 8);
    if (reaches(u, 14)) {
        uint16_t sent = pp_get16(a + 12), seen = pp_get16(b + 12);

        any |= number(d, PP_FIELD_TCP_OFFSET, u->off + 13, sent >> 12, seen >> 12);
        any |= number(d, PP_FIELD_TCP_RESERVED, u->off + 14, sent >> 9 & 7, seen >> 9 & 7);
        any |= number(d, PP_FIELD_TCP_FLAGS, u->off + 14, sent & 0x1ff, seen & 0x1ff);
    }
    any |= pair16(d, u, PP_FIELD_TCP_WINDOW, 14);
    any |= pair16(d, u, PP_FIELD_TCP_URGENT, 18);
    if (u->there > TCP_HEADER)
        any |= pp_quote_options(d, &u->was->tcp, &u->is->tcp, u->off + TCP_HEADER, u->there - TCP_HEADER,
                                (b[12] >> 4) * 4u - TCP_HEADER);
    any |= compare_payload(d, u);
    compare_checksum(d, u, PP_FIELD_TCP_CHECKSUM, 16, any);
}

/* Compares the surplus behind the UDP length (RFC 9868 section 7). */
static void compare_surplus(struct pp_diff *d, const struct upper *u)
{
    const struct pp_udp_view *a = &u->was->udp, *b = &u->is->udp;
    unsigned len = a->surplus_cap < b->surplus_cap ? a->surplus_cap : b->surplus_cap;

    if (a->surplus == NULL || b->surplus == NULL)
        return;
    if (len > u->is->l4 + u->there - b->surplus)
        len = b->surplus < u->is->l4 + u->there ? (unsigned)(u->is->l4 + u->there - b->surplus) : 0;
    stretch(d, PP_FIELD_UDP_SURPLUS, (unsigned)(a->surplus - u->was->ip) + len, a->surplus, b->surplus, len);
}

static void compare_udp(struct pp_diff *d, const struct upper *u, bool covered)
{
    bool any = covered;

    if (u->was->l4_cap < UDP_HEADER)
        return;
    any |= pair16(d, u, PP_FIELD_UDP_SPORT, 0);
    any |= pair16(d, u, PP_FIELD_UDP_DPORT, 2);
    any |= pair16(d, u, PP_FIELD_UDP_LENGTH, 4);
    any |= compare_payload(d, u);
    compare_checksum(d, u, PP_FIELD_UDP_CHECKSUM, 6, any);
    compare_surplus(d, u);
}

/*
 * Returns how many bytes of the quote belong to the packet. A router that quotes less than RFC 4884's 128 bytes may pad
 * with zeros. Zeros are padding where our packet, of LEN bytes, has other bytes in their place: behind the first 8
 * bytes of the upper layer, which begins at OFF, or behind the headers, which end at BODY.
 */
static unsigned without_padding(const struct pp_quote *q, const uint8_t *sent, unsigned len, unsigned off,
                                unsigned body)
{
    const uint8_t *b = q->packet.ip;
    unsigned last = q->len, cut;

    if (!q->padded)
        return q->len;
    while (last > 0 && b[last - 1] == 0)
        last--;
    cut = (last + 3) & ~3u;
    if (cut <= off + QUOTED_AT_LEAST)
        cut = off + QUOTED_AT_LEAST;
    else if (cut < body)
        return q->len;
    for (unsigned i = cut; i < q->len && i < len; i++)
        if (sent[i] != 0)
            return cut;
    return q->len;
}

static void compare_upper(struct pp_diff *d, struct upper *u)
{
    const struct pp_packet *was = u->was, *is = u->is;
    /* True: a change in the pseudo-header, which the checksum covers. */
    bool covered = !pp_addr_eq(&was->src, &is->src) || (is->ip_len <= is->ip_cap && is->l4_len != was->l4_len);

    if (was->proto == PP_PROTO_TCP)
        compare_tcp(d, u, covered);
    else if (was->proto == PP_PROTO_UDP)
        compare_udp(d, u, covered);
}

void pp_quote_compare(const struct pp_quote *q, const uint8_t *sent, size_t size, struct pp_diff *d)
{
    const struct pp_packet *is = &q->packet;
    struct pp_packet was;
    struct upper u;
    unsigned len = size < UINT16_MAX ? (unsigned)size : UINT16_MAX, valid, theirs;

    *d = (struct pp_diff){.quote = 0};
    if (is->ip == NULL || pp_packet_decode(&was, sent, len) != 0 || was.family != is->family || was.l4 == NULL)
        return;
    u = (struct upper){.was = &was, .is = is, .off = (unsigned)(was.l4 - was.ip)};
    valid = without_padding(q, sent, len, u.off, was.payload ? (unsigned)(was.payload - was.ip) : len);
    d->quote = (uint16_t)(valid < len ? valid : len);
    if (was.family == 4)
        compare4(d, &was, q, valid);
    else
        compare6(d, &was, is);
    theirs = is->l4 ? (unsigned)(is->l4 - is->ip) : 0;
    if (was.proto != is->proto || was.fragment || is->frag_off != 0 || theirs == 0 || theirs >= valid)
        return;
    u.there = valid - theirs < is->l4_cap ? valid - theirs : is->l4_cap;
    compare_upper(d, &u);
    /* All behind the 8 bytes was padding. */
    if (u.there == QUOTED_AT_LEAST && d->quote > u.off + QUOTED_AT_LEAST)
        d->quote = (uint16_t)(u.off + QUOTED_AT_LEAST);
}
