/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quotes.c: ICMP errors about packets that Scapy built, with quotes truncated, padded, changed and followed by MPLS
 * labels at random (argument: the seed). Prints each as a line of hexadecimal, with the result of core/packet/quote.h,
 * which quotes.sh compares with that of another dissector.
 */
#include "../../core/base/random.h"
#include "../../core/packet/quote.h"

#include <inttypes.h>
#include <stdio.h>

#include "../unit/golden_packets.h"

enum { ERRORS = 300 };

static const struct {
    const uint8_t *b;
    size_t len;
} sent[] = {
    {golden_syn4, sizeof golden_syn4},       {golden_syn4_ecn, sizeof golden_syn4_ecn},
    {golden_syn4_data, sizeof golden_syn4_data}, {golden_data4, sizeof golden_data4},
    {golden_udp4, sizeof golden_udp4},       {golden_syn6, sizeof golden_syn6},
    {golden_data6, sizeof golden_data6},     {golden_udp6, sizeof golden_udp6},
};

/* Writes an error into B; returns its length. */
static size_t make(uint8_t *b, const uint8_t *packet, size_t len, struct pp_rng *chance)
{
    static const uint8_t cuts4[] = {28, 28, 40, 60, 200}, cuts6[] = {48, 48, 60, 80, 200};
    bool v4 = packet[0] >> 4 == 4;
    unsigned header = v4 ? 20 : 40, cut = (v4 ? cuts4 : cuts6)[pp_rng_below(chance, 5)], labels = 0;
    unsigned quoted = cut < len ? cut : (unsigned)len;
    uint8_t *q = b + header + 8;
    uint64_t sum;
    size_t size;

    memset(b, 0, 400);
    memcpy(q, packet, quoted);
    /* Bits that a path changes: traffic class, IP ID, ports, sequence number, flags, window, MSS. */
    for (unsigned n = (unsigned)pp_rng_below(chance, 3); n-- > 0;) {
        static const uint8_t at4[] = {1, 4, 5, 20, 21, 24, 27, 33, 34, 35, 43}, at6[] = {1, 40, 41, 44, 53, 54, 63};
        unsigned at = v4 ? at4[pp_rng_below(chance, sizeof at4)] : at6[pp_rng_below(chance, sizeof at6)];

        /* In IPv6 the low half of byte 1 is of the flow label; of the UDP header only ports are touched. */
        if (at < quoted && (packet[v4 ? 9 : 6] == PP_PROTO_TCP || at < header + 4))
            q[at] ^= v4 || at != 1 ? 0x03 : 0x30;
    }
    size = quoted;
    if (pp_rng_below(chance, 3) == 0) { /* RFC 4884 */
        labels = 1 + (unsigned)pp_rng_below(chance, 3);
        size = 128 + 4 + 4 + 4 * labels;
        b[header + (v4 ? 5 : 4)] = v4 ? 32 : 16;
        q[128] = 0x20;
        pp_put16(q + 132, (uint16_t)(4 + 4 * labels));
        q[134] = 1;
        q[135] = 1;
        for (unsigned i = 0; i < labels; i++)
            pp_put32(q + 136 + 4 * i, (uint32_t)pp_rng_below(chance, 1 << 20) << 12 | (i == labels - 1) << 8 | 64);
        sum = pp_sum(q + 128, size - 128, 0);
        memcpy(q + 130, &(uint16_t){pp_sum_finish(sum)}, 2);
    }
    b[0] = v4 ? 0x45 : 0x60;
    memcpy(b + (v4 ? 12 : 8), packet + (v4 ? 16 : 24), v4 ? 4 : 16);
    memcpy(b + (v4 ? 16 : 24), packet + (v4 ? 12 : 8), v4 ? 4 : 16);
    b[v4 ? 8 : 7] = 60;
    b[v4 ? 9 : 6] = v4 ? PP_PROTO_ICMP : PP_PROTO_ICMP6;
    b[header] = v4 ? 11 : 3;
    size += header + 8;
    pp_put16(b + (v4 ? 2 : 4), (uint16_t)(v4 ? size : size - header));
    if (v4)
        memcpy(b + 10, &(uint16_t){pp_sum_finish(pp_sum(b, header, 0))}, 2);
    sum = 0;
    if (!v4) {
        struct pp_addr src = pp_addr_from16(b + 8), dst = pp_addr_from16(b + 24);
        sum = pp_sum_pseudo(&src, &dst, PP_PROTO_ICMP6, (uint32_t)(size - header));
    }
    memcpy(b + header + 2, &(uint16_t){pp_sum_finish(pp_sum(b + header, size - header, sum))}, 2);
    return size;
}

/* Prints the fields in the dissector's form: a field that the quote does not reach is empty. */
static void say(const struct pp_quote *q)
{
    const struct pp_packet *p = &q->packet;
    bool tcp = p->proto == PP_PROTO_TCP;
    struct pp_tcpopt mss;

    printf("%d\t%d\t", p->tos >> 2, p->tos & 3);
    printf(p->family == 4 ? "0x%04x\t" : "\t", p->ip_id);
    printf("%u\t%u\t", p->sport, p->dport);
    printf(tcp ? "%" PRIu32 "\t" : "\t", p->tcp.seq);
    /* No data offset: padding, which is no header. */
    bool header = tcp && p->l4_cap >= 20 && p->l4[12] >> 4 != 0;
    printf(header ? "0x%04x\t%u\t" : "\t\t", p->tcp.flags, p->tcp.window);
    if (header && pp_tcpopt_find(&p->tcp, 2, 4, &mss))
        printf("%u", pp_get16(mss.data));
    printf("\t%u", q->labels);
    for (unsigned i = 0; i < q->labels; i++)
        printf("%c%u", i ? ',' : '\t', q->label[i].label);
    printf(q->labels ? "\n" : "\t\n");
}

int main(int argc, char **argv)
{
    struct pp_rng chance = pp_rng_init(argc > 1 ? strtoull(argv[1], NULL, 10) : 1, 0);

    for (unsigned i = 0; i < ERRORS; i++) {
        unsigned k = i % (sizeof sent / sizeof *sent);
        uint8_t b[400];
        size_t size = make(b, sent[k].b, sent[k].len, &chance);
        struct pp_packet error;
        struct pp_quote q;

        if (pp_packet_decode(&error, b, size) != 0 || !pp_quote_read(&q, &error)) {
            fprintf(stderr, "error %u is not read\n", i);
            return 1;
        }
        for (size_t n = 0; n < size; n++)
            printf("%02x", b[n]);
        putchar('\t');
        say(&q);
    }
    return 0;
}
