/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_quote.c: any bytes as the quote in an ICMP error, and as whole ICMP and ICMPv6 messages, with their type and
 * length byte.
 */
#include "../../core/packet/quote.h"

#include "../../core/base/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned touch(const struct pp_packet *p, const uint8_t *b, size_t len)
{
    unsigned sum = 0;

    if (b == NULL)
        return 0;
    if (b < p->ip || b + len > p->ip + p->ip_cap)
        BUG("a view leaves the quoted bytes");
    for (size_t i = 0; i < len; i++)
        sum += b[i];
    return sum;
}

static unsigned quote(const uint8_t *data, size_t size)
{
    struct pp_tcpopt opt;
    struct pp_packet p;
    unsigned sum, off = 0;

    if (pp_packet_decode_quote(&p, data, size) < 0)
        return 0;
    if (p.checksum != PP_CHECKSUM_UNKNOWN || p.ip_checksum != PP_CHECKSUM_UNKNOWN)
        BUG("a quote's checksum was judged");
    sum = touch(&p, p.l4, p.l4_cap) + touch(&p, p.payload, p.payload_cap) + pp_packet_fingerprint(&p);
    if (p.frag_off == 0 && p.proto == PP_PROTO_TCP)
        while (pp_tcpopt_next(&p.tcp, &off, &opt))
            sum += opt.len > 2 ? touch(&p, opt.data, opt.len - 2u) : 0;
    if (p.frag_off == 0 && p.proto == PP_PROTO_UDP)
        sum += touch(&p, p.udp.surplus, p.udp.surplus_cap);
    return sum;
}

/* Compares the quote with the quoted bytes and with a few others as the packet sent: quote.h's contract holds. */
static unsigned compare(const struct pp_packet *error)
{
    static const uint8_t syn[] = {
        0x45, 0x02, 0x00, 0x3c, 0x12, 0x34, 0x40, 0x00, 0x40, 0x06, 0x3c, 0x51, 0xc0, 0x00, 0x02, 0x01,
        0xc6, 0x33, 0x64, 0x02, 0xee, 0x48, 0x00, 0x50, 0x11, 0x22, 0x33, 0x44, 0x00, 0x00, 0x00, 0x00,
        0xa0, 0xc2, 0xfa, 0xf0, 0x29, 0xd3, 0x00, 0x00, 0x02, 0x04, 0x05, 0xb4, 0x04, 0x02, 0x08, 0x0a,
        0x01, 0x02, 0x03, 0x04, 0x00, 0x00, 0x00, 0x00, 0x01, 0x03, 0x03, 0x07};
    struct pp_packet whole;
    struct pp_quote q;
    struct pp_diff d;
    unsigned sum;

    if (!pp_quote_read(&q, error))
        return 0;
    if (q.len != error->icmp.quote_len || q.labels > PP_QUOTE_LABELS || (q.labels && !q.extended))
        BUG("a quote that is none");
    sum = pp_quote_is_of(&q, syn, sizeof syn);
    for (size_t len = 0; len <= sizeof syn; len += 20) {
        pp_quote_compare(&q, syn, len, &d);
        if (d.changes > PP_CHANGES_MAX || d.quote > q.len || d.quote > len)
            BUG("a comparison beyond its bounds");
        for (unsigned i = 0; i < d.changes; i++)
            if (d.change[i].field >= PP_FIELDS || d.change[i].end > len)
                BUG("a change of no field, or behind the packet");
    }
    /* A datagram compared with a complete quote of itself has no differences. */
    if (pp_packet_decode(&whole, error->icmp.quote, q.len) == 0 && whole.ip_len == q.len) {
        pp_quote_compare(&q, error->icmp.quote, q.len, &d);
        if (d.changes != 0 || d.followed)
            BUG("a packet differs from itself");
    }
    return sum;
}

/* HEADER: an IP header of LEN bytes; the fuzzed bytes are its payload. */
static unsigned in_error(const uint8_t *header, size_t len, const uint8_t *data, size_t size)
{
    uint8_t *b = malloc(len + size);
    struct pp_packet p;
    unsigned sum = 0;

    if (b == NULL)
        return 0;
    memcpy(b, header, len);
    memcpy(b + len, data, size);
    pp_put16(b + (len == 20 ? 2 : 4), (uint16_t)(len == 20 ? len + size : size));
    if (pp_packet_decode(&p, b, len + size) == 0 && p.icmp.quote != NULL) {
        sum = touch(&p, p.icmp.quote, p.icmp.quote_len);
        sum += quote(p.icmp.quote, p.icmp.quote_len);
        sum += compare(&p);
    }
    free(b);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t ip4[20] = {0x45, [8] = 64, [9] = PP_PROTO_ICMP}, ip6[40] = {0x60, [6] = PP_PROTO_ICMP6};
    volatile unsigned sink = quote(data, size);

    if (size > 4096)
        return 0;
    sink += in_error(ip4, sizeof ip4, data, size);
    sink += in_error(ip6, sizeof ip6, data, size);
    (void)sink;
    return 0;
}
