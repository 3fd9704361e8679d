/* SPDX-License-Identifier: BSD-2-Clause */
/* test_decode.c: datagrams as Scapy builds them, truncated as by captures, and malformed. */
#include "../../core/packet/packet.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "golden_packets.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define G(name) #name, golden_##name, sizeof golden_##name

/* Names the row that differs. */
#define SAME(what, is, want) same_number(what, #is, (uint64_t)(is), (uint64_t)(want))

static const char a4[] = "192.0.2.1", b4[] = "198.51.100.2", a6[] = "2001:db8::1", b6[] = "2001:db8:1::2";

static void same_number(const char *what, const char *field, uint64_t is, uint64_t want)
{
    if (is != want)
        fail_msg("%s: %s is %" PRIu64 ", not %" PRIu64, what, field, is, want);
}

static void same_addr(const char *what, const struct pp_addr *a, const char *text)
{
    struct pp_addr want;

    assert_int_equal(pp_addr_parse(&want, text, strlen(text)), 0);
    if (!pp_addr_eq(a, &want))
        fail_msg("%s: not %s", what, text);
}

/* A copy in a block of exactly LEN bytes, so that a sanitizer sees a read too far. */
static uint8_t *exact(const uint8_t *bytes, size_t len)
{
    uint8_t *b = malloc(len ? len : 1);

    assert_non_null(b);
    memcpy(b, bytes, len);
    return b;
}

/* What Scapy's expression, over each packet in golden_packets.h, says. */
static const struct {
    const char *name;
    const uint8_t *bytes;
    size_t len;
    const char *src, *dst;
    uint8_t proto, tos, ttl, ip_flags;
    uint16_t ip_id;
    uint32_t flow_label;
    uint16_t sport, dport;
    uint32_t l4_off, payload_len;
    bool fragment, truncated;
    uint16_t frag_off;
} rows[] = {
    {G(syn4), a4, b4, 6, 0, 64, 0x40, 0x1234, 0, 61000, 80, 20, 0, false, false, 0},
    {G(syn4_ecn), a4, b4, 6, 2, 64, 0x40, 0x1235, 0, 61001, 443, 20, 0, false, false, 0},
    {G(syn4_data), a4, b4, 6, 0, 64, 0x40, 2, 0, 61002, 80, 20, 16, false, false, 0},
    {G(data4), a4, b4, 6, 1, 64, 0x40, 0x4321, 0, 61000, 80, 20, 19, false, false, 0},
    {G(ack4_plain), a4, b4, 6, 0, 3, 0, 5, 0, 61000, 80, 20, 0, false, false, 0},
    {G(evil4), a4, b4, 6, 0, 64, 0x80, 6, 0, 61000, 80, 20, 0, false, false, 0},
    {G(udp4), a4, b4, 17, 0, 64, 0x40, 7, 0, 40000, 53, 20, 5, false, false, 0},
    {G(udp4_even), a4, b4, 17, 0xb8, 64, 0x40, 9, 0, 40000, 53, 20, 6, false, false, 0},
    {G(frag4_first), a4, b4, 17, 0, 64, 0x20, 10, 0, 40000, 53, 20, 16, true, false, 0},
    {G(frag4_later), a4, b4, 17, 0, 64, 0, 10, 0, 0, 0, 20, 0, true, true, 24},
    {G(syn6), a6, b6, 6, 0, 64, 0, 0, 0xabcde, 61000, 80, 40, 0, false, false, 0},
    {G(data6), a6, b6, 6, 2, 64, 0, 0, 0x12345, 61000, 80, 40, 3, false, false, 0},
    {G(udp6), a6, b6, 17, 0, 64, 0, 0, 1, 40000, 53, 40, 5, false, false, 0},
    {G(ext6_all), a6, b6, 17, 0, 64, 0, 0, 0, 40000, 53, 120, 5, false, false, 0},
    {G(ext6_routed), a6, b6, 17, 0, 64, 0, 0, 0, 40000, 53, 64, 5, false, false, 0},
    {G(frag6_atomic), a6, b6, 17, 0, 64, 0, 9, 0, 40000, 53, 48, 5, false, false, 0},
    {G(frag6_first), a6, b6, 17, 0, 64, 0, 9, 0, 40000, 53, 48, 8, true, false, 0},
    {G(frag6_later), a6, b6, 17, 0, 64, 0, 9, 0, 0, 0, 48, 0, true, true, 16},
    {G(ext6_mobility), a6, b6, 6, 0, 64, 0, 0, 0, 1, 2, 48, 0, false, false, 0},
};

static void golden_fields(void **state)
{
    (void)state;
    for (unsigned i = 0; i < COUNT(rows); i++) {
        struct pp_packet p;

        if (pp_packet_decode(&p, rows[i].bytes, rows[i].len) != 0)
            fail_msg("%s does not decode", rows[i].name);
        same_addr(rows[i].name, &p.src, rows[i].src);
        same_addr(rows[i].name, &p.dst, rows[i].dst);
        SAME(rows[i].name, p.ip_len, rows[i].len);
        SAME(rows[i].name, p.ip_cap, rows[i].len);
        SAME(rows[i].name, p.proto, rows[i].proto);
        SAME(rows[i].name, p.tos, rows[i].tos);
        SAME(rows[i].name, p.ttl, rows[i].ttl);
        SAME(rows[i].name, p.ip_flags, rows[i].ip_flags);
        SAME(rows[i].name, p.ip_id, rows[i].ip_id);
        SAME(rows[i].name, p.flow_label, rows[i].flow_label);
        SAME(rows[i].name, p.sport, rows[i].sport);
        SAME(rows[i].name, p.dport, rows[i].dport);
        SAME(rows[i].name, p.l4 - p.ip, rows[i].l4_off);
        SAME(rows[i].name, p.l4_len, rows[i].len - rows[i].l4_off);
        SAME(rows[i].name, p.payload_len, rows[i].payload_len);
        SAME(rows[i].name, p.payload_cap, rows[i].payload_len);
        SAME(rows[i].name, p.fragment, rows[i].fragment);
        SAME(rows[i].name, p.truncated, rows[i].truncated);
        SAME(rows[i].name, p.frag_off, rows[i].frag_off);
    }
}

static void tcp_fields(void **state)
{
    struct pp_packet p;

    (void)state;
    assert_int_equal(pp_packet_decode(&p, golden_data4, sizeof golden_data4), 0);
    assert_int_equal(p.tcp.seq, 0x11223345);
    assert_int_equal(p.tcp.ack, 0x99887766);
    assert_int_equal(p.tcp.flags, PP_TCP_PSH | PP_TCP_ACK);
    assert_int_equal(p.tcp.window, 502);
    assert_int_equal(p.tcp.opt_len, 12);
    assert_memory_equal(p.payload, "GET / HTTP/1.0\r\n\r\nx", 19);
    assert_int_equal(pp_packet_decode(&p, golden_syn4_accecn, sizeof golden_syn4_accecn), 0);
    assert_int_equal(p.tcp.flags, PP_TCP_SYN | PP_TCP_ECE | PP_TCP_CWR | PP_TCP_AE);
    assert_int_equal(p.tcp.opt_len, 20);
}

/* At every truncation, nothing is read past the end, and no field claims more bytes than were captured. */
static void any_cut_is_safe(void **state)
{
    (void)state;
    for (unsigned i = 0; i < COUNT(rows); i++)
        for (size_t cap = 0; cap < rows[i].len; cap++) {
            uint8_t *b = exact(rows[i].bytes, cap);
            size_t header = rows[i].bytes[0] >> 4 == 4 ? 20 : 40;
            struct pp_packet p;

            assert_int_equal(pp_packet_decode(&p, b, cap), cap < header ? -1 : 0);
            if (cap >= header) {
                assert_int_equal(p.ip_cap, cap);
                assert_int_equal(p.ip_len, rows[i].len);
                assert_true(p.l4_cap <= p.l4_len && p.payload_cap <= p.payload_len);
                pp_packet_fingerprint(&p);
                if (cap >= rows[i].l4_off + 8 && p.frag_off == 0)
                    assert_int_equal(p.sport, rows[i].sport);
                if (cap < rows[i].l4_off + 8)
                    assert_true(p.truncated);
                if (cap < rows[i].l4_off)
                    assert_int_equal(p.proto, header == 40 ? 255 : rows[i].proto);
            }
            if (pp_packet_decode_quote(&p, b, cap) == 0)
                pp_packet_fingerprint(&p);
            free(b);
        }
}

/* ---- hostile and odd headers: one golden packet, some bytes put over it --------------------------------- */

struct patch {
    unsigned at, len;
    const char *bytes;
};

static const struct odd {
    const char *what;
    const uint8_t *bytes;
    size_t len;
    struct patch patch[2];
    unsigned pad; /* link padding behind */
    int result;
    bool truncated;
    uint8_t proto;
    uint32_t payload_len, payload_cap;
    uint8_t checksum;
} odd[] = {
#define MAPPED "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\x02\x01"
#define U(name) golden_##name, sizeof golden_##name
    {"version 0", U(syn4), {{0, 1, "\x05"}}, 0, -1, false, 0, 0, 0, 0},
    {"version 5", U(syn4), {{0, 1, "\x55"}}, 0, -1, false, 0, 0, 0, 0},
    {"ihl 4", U(syn4), {{0, 1, "\x44"}}, 0, -1, false, 0, 0, 0, 0},
    {"ihl 0", U(syn4), {{0, 1, "\x40"}}, 0, -1, false, 0, 0, 0, 0},
    {"ihl 15 behind the total length", U(udp4), {{0, 1, "\x4f"}}, 0, -1, false, 0, 0, 0, 0},
    {"ihl 15 behind the capture", U(udp4), {{0, 4, "\x4f\0\0\x80"}}, 0, 0, true, 17, 0, 0, PP_CHECKSUM_UNKNOWN},
    {"total length 19", U(syn4), {{2, 2, "\0\x13"}}, 0, -1, false, 0, 0, 0, 0},
    {"total length 0", U(syn4), {{2, 2, "\0\0"}}, 0, -1, false, 0, 0, 0, 0},
    {"total length 20", U(syn4), {{2, 2, "\0\x14"}}, 0, 0, true, 6, 0, 0, PP_CHECKSUM_UNKNOWN},
    {"total length beyond the capture", U(data4), {{2, 2, "\x05\xdc"}}, 0, 0, false, 6, 1500 - 52, 19,
     PP_CHECKSUM_UNKNOWN},
    {"ethernet padding", U(udp4), {{0}}, 27, 0, false, 17, 5, 5, PP_CHECKSUM_RIGHT},
    {"ethernet padding, IPv6", U(udp6), {{0}}, 9, 0, false, 17, 5, 5, PP_CHECKSUM_RIGHT},
    {"doff 4", U(syn4), {{32, 1, "\x40"}}, 0, 0, true, 6, 0, 0, PP_CHECKSUM_WRONG},
    {"doff 0", U(syn4), {{32, 1, "\x00"}}, 0, 0, true, 6, 0, 0, PP_CHECKSUM_WRONG},
    {"doff past the end", U(ack4_plain), {{32, 1, "\x60"}}, 0, 0, true, 6, 0, 0, PP_CHECKSUM_WRONG},
    {"UDP length 7", U(udp4), {{24, 2, "\0\x07"}}, 0, 0, false, 17, 0, 0, PP_CHECKSUM_WRONG},
    {"UDP length 0", U(udp4), {{24, 2, "\0\0"}}, 0, 0, false, 17, 0, 0, PP_CHECKSUM_WRONG},
    {"UDP length beyond the payload", U(udp4), {{24, 2, "\0\x0e"}}, 0, 0, false, 17, 5, 5, PP_CHECKSUM_WRONG},
    {"a fragment smaller than its TCP header", U(syn4), {{6, 2, "\x20\0"}, {2, 2, "\0\x24"}}, 0, 0, true, 6, 0, 0,
     PP_CHECKSUM_UNKNOWN},
    {"IPv6 payload length 0 (jumbogram?)", U(syn6), {{4, 2, "\0\0"}}, 0, 0, true, 6, 0, 0, PP_CHECKSUM_UNKNOWN},
    {"IPv6 payload length 0 with hop-by-hop", U(ext6_all), {{4, 2, "\0\0"}}, 0, 0, true, 255, 0, 0,
     PP_CHECKSUM_UNKNOWN},
    {"IPv6 chain that leaves the datagram", U(ext6_all), {{57, 1, "\xff"}}, 0, 0, true, 255, 0, 0, PP_CHECKSUM_UNKNOWN},
    {"IPv6 chain that ends in the middle", U(ext6_all), {{4, 2, "\0\x0c"}}, 0, 0, true, 255, 0, 0, PP_CHECKSUM_UNKNOWN},
    {"IPv6 chain that ends with nothing behind", U(ext6_all), {{4, 2, "\0\x50"}}, 0, 0, true, 17, 0, 0,
     PP_CHECKSUM_UNKNOWN},
    {"no next header", U(udp6), {{6, 1, "\x3b"}}, 0, 0, false, 59, 0, 0, PP_CHECKSUM_UNKNOWN},
    {"ESP", U(udp6), {{6, 1, "\x32"}}, 0, 0, false, 50, 0, 0, PP_CHECKSUM_UNKNOWN},
    {"IPv4-mapped source", U(syn6), {{8, 16, MAPPED}}, 0, -1, false, 0, 0, 0, 0},
    {"IPv4-mapped destination", U(syn6), {{24, 16, MAPPED}}, 0, -1, false, 0, 0, 0, 0},
    {"ICMP under IPv6", U(udp6), {{6, 1, "\x01"}}, 0, 0, false, 1, 0, 0, PP_CHECKSUM_UNKNOWN},
    {"ICMPv6 under IPv4", U(udp4), {{9, 1, "\x3a"}}, 0, 0, false, 58, 0, 0, PP_CHECKSUM_UNKNOWN},
};

static void odd_headers(void **state)
{
    uint8_t bytes[512] = {0};

    (void)state;
    for (unsigned i = 0; i < COUNT(odd); i++) {
        const struct odd *o = &odd[i];
        struct pp_packet p;
        uint8_t *b;

        memset(bytes, 0xee, sizeof bytes);
        memcpy(bytes, o->bytes, o->len);
        for (unsigned j = 0; j < COUNT(o->patch); j++)
            if (o->patch[j].bytes != NULL)
                memcpy(bytes + o->patch[j].at, o->patch[j].bytes, o->patch[j].len);
        b = exact(bytes, o->len + o->pad);
        SAME(o->what, pp_packet_decode(&p, b, o->len + o->pad), o->result);
        if (o->result == 0) {
            SAME(o->what, p.truncated, o->truncated);
            SAME(o->what, p.proto, o->proto);
            SAME(o->what, p.payload_len, o->payload_len);
            SAME(o->what, p.payload_cap, o->payload_cap);
            SAME(o->what, p.checksum, o->checksum);
            pp_packet_fingerprint(&p);
        }
        free(b);
    }
}

static void an_endless_chain_ends(void **state)
{
    static uint8_t b[40 + 65528] = {0x60, [4] = 0xff, [5] = 0xf8, [6] = 60};
    struct pp_packet p;

    (void)state;
    for (unsigned off = 40; off < sizeof b; off += 8)
        b[off] = 60;
    assert_int_equal(pp_packet_decode(&p, b, sizeof b), 0);
    assert_int_equal(p.proto, 255);
    assert_true(p.truncated);
}

/* ---- UDP surplus (RFC 9868 section 7) -------------------------------------------------------------------- */

static void surplus(void **state)
{
    /* udp4 with IP length 42: 9 bytes behind the UDP length, which starts at an odd one; the checksum is RFC 768's. */
    uint8_t b[42];
    struct pp_packet p;

    (void)state;
    memcpy(b, golden_udp4, sizeof golden_udp4);
    memcpy(b + sizeof golden_udp4, "\x00\x5c\x53\x06\x06\xde\xad\xbe\xef", 9);
    pp_put16(b + 2, sizeof b);
    assert_int_equal(pp_packet_decode(&p, b, sizeof b), 0);
    assert_int_equal(p.udp.len, 13);
    assert_int_equal(p.payload_len, 5);
    assert_int_equal(p.udp.surplus_len, 9);
    assert_int_equal(p.udp.surplus_cap, 9);
    assert_memory_equal(p.udp.surplus, "\x00\x5c\x53\x06\x06\xde\xad\xbe\xef", 9);
    assert_int_equal(p.checksum, PP_CHECKSUM_RIGHT);
    assert_int_equal(pp_packet_decode(&p, b, 35), 0);
    assert_int_equal(p.udp.surplus_len, 9);
    assert_int_equal(p.udp.surplus_cap, 2);
    assert_int_equal(p.checksum, PP_CHECKSUM_RIGHT); /* all that it covers was captured */
    assert_int_equal(pp_packet_decode(&p, b, 30), 0);
    assert_null(p.udp.surplus);
    assert_int_equal(p.udp.surplus_len, 9);
    assert_int_equal(p.payload_cap, 2);
}

/* ---- ICMP errors ------------------------------------------------------------------------------------------ */

static const struct {
    const char *name;
    const uint8_t *bytes;
    size_t len;
    uint8_t type, code;
    uint32_t rest;
    uint16_t quote_len; /* 0: quotes nothing */
    uint8_t proto, tos;
    uint16_t sport, dport;
    bool truncated;
} errors[] = {
    {G(icmp4_quote8), 11, 0, 0, 28, 6, 0, 61000, 80, true},
    {G(icmp4_mtu), 3, 4, 1400, 60, 6, 1, 61000, 80, false},
    {G(icmp4_4884), 11, 0, 0x00200000, 60, 6, 1, 61000, 80, false},
    {G(icmp4_old_ext), 11, 0, 0, 60, 6, 1, 61000, 80, false},
    {G(icmp4_redirect), 5, 1, 0xcb007101, 28, 6, 0, 61000, 80, true},
    {G(icmp4_echo), 8, 0, 0x00070009, 0, 0, 0, 0, 0, false},
    {G(icmp6_exceeded), 3, 0, 0, 80, 6, 1, 61000, 80, false},
    {G(icmp6_too_big), 2, 0, 1280, 80, 6, 1, 61000, 80, false},
    {G(icmp6_4884), 1, 1, 0x10000000, 80, 6, 1, 61000, 80, false},
    {G(icmp6_param), 4, 1, 6, 57, 17, 0, 40000, 53, false},
};

static void quotes(void **state)
{
    (void)state;
    for (unsigned i = 0; i < COUNT(errors); i++) {
        struct pp_packet p, q;

        SAME(errors[i].name, pp_packet_decode(&p, errors[i].bytes, errors[i].len), 0);
        SAME(errors[i].name, p.icmp.type, errors[i].type);
        SAME(errors[i].name, p.icmp.code, errors[i].code);
        SAME(errors[i].name, p.icmp.rest, errors[i].rest);
        SAME(errors[i].name, p.icmp.quote_len, errors[i].quote_len);
        SAME(errors[i].name, p.checksum, PP_CHECKSUM_RIGHT);
        if (errors[i].quote_len == 0) {
            assert_null(p.icmp.quote);
            continue;
        }
        SAME(errors[i].name, pp_packet_decode_quote(&q, p.icmp.quote, p.icmp.quote_len), 0);
        same_addr(errors[i].name, &q.src, q.family == 4 ? a4 : a6);
        same_addr(errors[i].name, &q.dst, q.family == 4 ? b4 : b6);
        SAME(errors[i].name, q.proto, errors[i].proto);
        SAME(errors[i].name, q.tos, errors[i].tos);
        SAME(errors[i].name, q.ttl, 1);
        SAME(errors[i].name, q.sport, errors[i].sport);
        SAME(errors[i].name, q.dport, errors[i].dport);
        SAME(errors[i].name, q.truncated, errors[i].truncated);
        SAME(errors[i].name, q.checksum, PP_CHECKSUM_UNKNOWN);
        SAME(errors[i].name, q.ip_checksum, PP_CHECKSUM_UNKNOWN);
        if (q.proto == PP_PROTO_TCP)
            SAME(errors[i].name, q.tcp.seq, 0x11223344);
        SAME(errors[i].name, q.tcp.flags * (q.proto == PP_PROTO_TCP), q.truncated || q.proto != 6 ? 0 : PP_TCP_SYN);
    }
}

static void any_cut_of_an_error_is_safe(void **state)
{
    (void)state;
    for (unsigned i = 0; i < COUNT(errors); i++)
        for (size_t cap = 20; cap < errors[i].len; cap++) {
            uint8_t *b = exact(errors[i].bytes, cap);
            struct pp_packet p, q;

            if (pp_packet_decode(&p, b, cap) == 0 && p.icmp.quote != NULL) {
                assert_true(p.icmp.quote + p.icmp.quote_len <= b + cap);
                if (pp_packet_decode_quote(&q, p.icmp.quote, p.icmp.quote_len) == 0)
                    pp_packet_fingerprint(&q);
            }
            free(b);
        }
}

/* A quote whose length field cannot be believed: swapped, without the header, far too long. */
static void quoted_lengths_are_not_believed(void **state)
{
    static const uint16_t lengths[] = {0x3c00, 40, 0, 19, 0xffff, 60};
    uint8_t b[60];
    struct pp_packet p;

    (void)state;
    for (unsigned i = 0; i < COUNT(lengths); i++) {
        memcpy(b, golden_syn4, sizeof b);
        pp_put16(b + 2, lengths[i]);
        assert_int_equal(pp_packet_decode_quote(&p, b, sizeof b), 0);
        assert_int_equal(p.sport, 61000);
        assert_int_equal(p.tcp.seq, 0x11223344);
    }
    memcpy(b, golden_syn4, sizeof b);
    b[0] = 0x44;
    assert_int_equal(pp_packet_decode_quote(&p, b, sizeof b), -1);
    assert_int_equal(pp_packet_decode_quote(&p, golden_syn4, 19), -1);
}

/* The packets quoted were longer than the quote, as most are: then only RFC 4884 tells where it ends. */
static void extensions_are_cut_off(void **state)
{
    static const struct {
        const char *name;
        const uint8_t *bytes;
        size_t len;
        unsigned inner_len_at;
        uint16_t quote_len;
    } cut[] = {
        {G(icmp4_4884), 30, 128},     /* by its length, 32 words of 4 */
        {G(icmp4_old_ext), 30, 128},  /* by the extension at 128 */
        {G(icmp6_4884), 52, 128},     /* 16 words of 8 */
        {G(icmp4_mtu), 30, 60},       /* to the end */
        {G(icmp6_too_big), 52, 80},
    };
    uint8_t b[256];
    struct pp_packet p;

    (void)state;
    for (unsigned i = 0; i < COUNT(cut); i++) {
        memcpy(b, cut[i].bytes, cut[i].len);
        pp_put16(b + cut[i].inner_len_at, 1400);
        assert_int_equal(pp_packet_decode(&p, b, cut[i].len), 0);
        SAME(cut[i].name, p.icmp.quote_len, cut[i].quote_len);
    }
    /* Bytes at offset 128 with another version or a wrong checksum belong to the quoted packet. */
    memcpy(b, golden_icmp4_old_ext, sizeof golden_icmp4_old_ext);
    pp_put16(b + 30, 1400);
    b[sizeof golden_icmp4_old_ext - 1] ^= 1;
    assert_int_equal(pp_packet_decode(&p, b, sizeof golden_icmp4_old_ext), 0);
    assert_int_equal(p.icmp.quote_len, sizeof golden_icmp4_old_ext - 28);
}

/* The length byte of RFC 4884: garbage from a host without RFC 4884, and a length beyond the end of the message. */
static void wild_extension_lengths(void **state)
{
    static const uint8_t lengths[] = {1, 6, 255};
    uint8_t b[sizeof golden_icmp4_mtu];
    struct pp_packet p;

    (void)state;
    for (unsigned i = 0; i < COUNT(lengths); i++) {
        memcpy(b, golden_icmp4_mtu, sizeof b);
        b[25] = lengths[i];
        assert_int_equal(pp_packet_decode(&p, b, sizeof b), 0);
        assert_int_equal(p.icmp.quote_len, 60);
    }
}

/* ---- fingerprints ------------------------------------------------------------------------------------------ */

static uint32_t fingerprint(const uint8_t *bytes, size_t len)
{
    struct pp_packet p;

    assert_int_equal(pp_packet_decode(&p, bytes, len), 0);
    return pp_packet_fingerprint(&p);
}

static void fingerprints(void **state)
{
    /* TOS, DF, TTL, ports, seq, doff and flags, window, MSS, timestamp: each changes it. */
    static const unsigned counts[] = {1, 6, 8, 20, 23, 24, 32, 33, 34, 43, 51, 59};
    /* IP ID, header checksum, TCP checksum: none does. */
    static const unsigned not[] = {4, 5, 10, 11, 36, 37};
    uint8_t b[sizeof golden_syn4];
    uint32_t whole = fingerprint(golden_syn4, sizeof golden_syn4);

    (void)state;
    for (unsigned i = 0; i < COUNT(counts); i++) {
        memcpy(b, golden_syn4, sizeof b);
        b[counts[i]] ^= counts[i] == 6 ? 0x80 : counts[i] == 32 ? 0x01 : 0x04;
        if (fingerprint(b, sizeof b) == whole)
            fail_msg("byte %u does not count", counts[i]);
    }
    for (unsigned i = 0; i < COUNT(not); i++) {
        memcpy(b, golden_syn4, sizeof b);
        b[not[i]] ^= 0x04;
        assert_int_equal(fingerprint(b, sizeof b), whole);
    }
    whole = fingerprint(golden_data4, sizeof golden_data4);
    assert_int_equal(fingerprint(golden_data4, sizeof golden_data4 - 9), whole);
    assert_int_not_equal(fingerprint(golden_udp4, sizeof golden_udp4), fingerprint(golden_udp6, sizeof golden_udp6));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_fields),
        cmocka_unit_test(tcp_fields),
        cmocka_unit_test(any_cut_is_safe),
        cmocka_unit_test(odd_headers),
        cmocka_unit_test(an_endless_chain_ends),
        cmocka_unit_test(surplus),
        cmocka_unit_test(quotes),
        cmocka_unit_test(any_cut_of_an_error_is_safe),
        cmocka_unit_test(quoted_lengths_are_not_believed),
        cmocka_unit_test(extensions_are_cut_off),
        cmocka_unit_test(wild_extension_lengths),
        cmocka_unit_test(fingerprints),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
