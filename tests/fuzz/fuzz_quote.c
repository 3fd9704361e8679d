/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_quote.c: any bytes as what an ICMP error quotes; and as an ICMP and an ICMPv6 message, whose type and length
 * byte are fuzzed too.
 */
#include "../../core/packet/packet.h"

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

/* HEADER: an IP header of LEN bytes to which the fuzzed bytes are the payload. */
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
