/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_packet.c: any bytes as a captured datagram: decodes, walks all that the view points to, and checks what packet.h
 * promises.
 */
#include "../../core/packet/packet.h"

#include "../../core/base/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads the LEN bytes at B, so that a sanitizer checks them, and asserts that they lie within the capture. */
static unsigned touch(const struct pp_packet *p, const uint8_t *b, size_t len)
{
    unsigned sum = 0;

    if (b == NULL)
        return 0;
    if (b < p->ip || b + len > p->ip + p->ip_cap)
        BUG("a view leaves the captured bytes");
    for (size_t i = 0; i < len; i++)
        sum += b[i];
    return sum;
}

static unsigned walk_tcp(const struct pp_packet *p)
{
    struct pp_tcpopt opt;
    unsigned off = 0, sum = touch(p, p->tcp.opt, p->tcp.opt_len), seen = 0;

    while (pp_tcpopt_next(&p->tcp, &off, &opt)) {
        if (++seen > 40 || off > p->tcp.opt_len)
            BUG("an option walk does not end");
        if (opt.len > 2)
            sum += touch(p, opt.data, opt.len - 2u);
    }
    for (unsigned kind = 0; kind < 256; kind += 5)
        sum += pp_tcpopt_find(&p->tcp, (uint8_t)kind, 4, &opt);
    return sum;
}

static unsigned walk(const struct pp_packet *p, unsigned depth)
{
    struct pp_packet inner;
    unsigned sum = touch(p, p->l4, p->l4_cap) + touch(p, p->payload, p->payload_cap);

    if (p->ip_cap > p->ip_len || p->l4_cap > p->l4_len || p->payload_cap > p->payload_len)
        BUG("more captured than declared");
    if (p->frag_off != 0)
        return sum;
    if (p->proto == PP_PROTO_TCP)
        sum += walk_tcp(p);
    if (p->proto == PP_PROTO_UDP)
        sum += touch(p, p->udp.surplus, p->udp.surplus_cap);
    if ((p->proto == PP_PROTO_ICMP || p->proto == PP_PROTO_ICMP6) && p->icmp.quote != NULL) {
        sum += touch(p, p->icmp.quote, p->icmp.quote_len);
        if (depth < 2 && pp_packet_decode_quote(&inner, p->icmp.quote, p->icmp.quote_len) == 0)
            sum += walk(&inner, depth + 1);
    }
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    volatile unsigned sink = 0;
    struct pp_packet p;

    if (pp_packet_decode(&p, data, size) == 0)
        sink = walk(&p, 0) + pp_packet_fingerprint(&p);
    /* The frame's length may exceed the bytes captured. */
    for (size_t more = 0; more <= 200000; more = more * 7 + 40)
        if (pp_packet_decode_frame(&p, data, size, size + more) == 0)
            sink += walk(&p, 0);
    (void)sink;
    return 0;
}
