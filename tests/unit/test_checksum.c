/* SPDX-License-Identifier: BSD-2-Clause */
/* test_checksum.c: RFC 1071 sums, pseudo-headers, and the verdict on a received checksum. */
#include "../../core/packet/packet.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "golden_packets.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static uint16_t stored(uint16_t finished)
{
    uint8_t b[2];

    memcpy(b, &finished, 2);
    return pp_get16(b);
}

/* RFC 1071 section 4.1, with words put together by hand. */
static uint16_t plain(const uint8_t *b, size_t len)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < len; i++)
        sum += i % 2 ? b[i] : (uint32_t)b[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

/* RFC 1071 section 3: the sum of these is 2ddf0 before, ddf2 after the carry. */
static void rfc1071_example(void **state)
{
    static const uint8_t b[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};

    (void)state;
    assert_int_equal(stored(pp_sum_finish(pp_sum(b, sizeof b, 0))), 0x220d);
    assert_int_equal(stored(pp_sum_finish(pp_sum(b + 4, 4, pp_sum(b, 4, 0)))), 0x220d);
    assert_int_equal(stored(pp_sum_finish(0)), 0xffff);
}

/* Every length and alignment, with bytes that carry at every step and with mixed ones. */
static void any_length_and_alignment(void **state)
{
    uint8_t b[160];

    (void)state;
    for (unsigned kind = 0; kind < 3; kind++) {
        for (unsigned i = 0; i < sizeof b; i++)
            b[i] = kind == 0 ? 0xff : kind == 1 ? (uint8_t)(i * 167 + 13) : (uint8_t)(i % 7 ? 0 : 0x80);
        for (unsigned at = 0; at < 9; at++)
            for (unsigned len = 0; at + len <= sizeof b; len++) {
                assert_int_equal(stored(pp_sum_finish(pp_sum(b + at, len, 0))), plain(b + at, len));
                assert_int_equal(stored(pp_sum_finish(pp_sum(b + at + len / 4 * 2, len - len / 4 * 2,
                                                             pp_sum(b + at, len / 4 * 2, 0)))),
                                 plain(b + at, len));
            }
    }
}

/* A sum near 2^64 must not lose its carry. */
static void long_sums_keep_their_carries(void **state)
{
    static uint8_t b[65536];
    uint64_t sum = 0;

    (void)state;
    memset(b, 0xff, sizeof b);
    for (unsigned i = 0; i < 64; i++)
        sum = pp_sum(b, sizeof b, sum);
    assert_int_equal(pp_sum_finish(sum), 0);
    assert_int_equal(stored(pp_sum_finish(pp_sum((const uint8_t[]){0, 1}, 2, sum))), 0xfffe);
}

static void pseudo_headers(void **state)
{
    /* Both laid out as the RFCs draw them: RFC 9293 section 3.1, RFC 8200 section 8.1. */
    static const uint8_t v4[12] = {192, 0, 2, 1, 198, 51, 100, 2, 0, 17, 0x01, 0x0d};
    static const uint8_t v6[40] = {0x20, 1,  0x0d, 0xb8, [15] = 1,  0x20,        1, 0x0d, 0xb8,
                                   0,    1,  [31] = 2,   0,  1, 2, 3, [39] = 58};
    struct pp_addr a = pp_addr_from4(v4), b = pp_addr_from4(v4 + 4);

    (void)state;
    assert_int_equal(stored(pp_sum_finish(pp_sum_pseudo(&a, &b, 17, 0x010d))), plain(v4, sizeof v4));
    a = pp_addr_from16(v6);
    b = pp_addr_from16(v6 + 16);
    assert_int_equal(stored(pp_sum_finish(pp_sum_pseudo(&a, &b, 58, 0x00010203))), plain(v6, sizeof v6));
}

#define G(name) golden_##name, sizeof golden_##name

static const struct {
    const uint8_t *bytes;
    size_t len;
    enum pp_checksum want;
} rows[] = {
    {G(syn4), PP_CHECKSUM_RIGHT},
    {G(syn4_data), PP_CHECKSUM_RIGHT},
    {G(data4), PP_CHECKSUM_RIGHT}, /* odd */
    {G(udp4), PP_CHECKSUM_RIGHT},
    {G(udp4_zero), PP_CHECKSUM_NONE},
    {G(frag4_first), PP_CHECKSUM_UNKNOWN},
    {G(frag4_later), PP_CHECKSUM_UNKNOWN},
    {G(syn6), PP_CHECKSUM_RIGHT},
    {G(data6), PP_CHECKSUM_RIGHT},
    {G(udp6), PP_CHECKSUM_RIGHT},
    {G(ext6_all), PP_CHECKSUM_RIGHT},
    {G(ext6_routed), PP_CHECKSUM_UNKNOWN}, /* for a destination that is not in the header */
    {G(frag6_atomic), PP_CHECKSUM_RIGHT},
    {G(frag6_first), PP_CHECKSUM_UNKNOWN},
    {G(icmp4_echo), PP_CHECKSUM_RIGHT},
    {G(icmp4_4884), PP_CHECKSUM_RIGHT},
    {G(icmp6_too_big), PP_CHECKSUM_RIGHT},
};

static void golden_packets_are_judged(void **state)
{
    uint8_t b[512];
    struct pp_packet p;

    (void)state;
    for (unsigned i = 0; i < COUNT(rows); i++) {
        assert_int_equal(pp_packet_decode(&p, rows[i].bytes, rows[i].len), 0);
        if (p.checksum != rows[i].want)
            fail_msg("row %u: checksum is %d, not %d", i, p.checksum, rows[i].want);
        assert_int_equal(p.ip_checksum, p.family == 4 ? PP_CHECKSUM_RIGHT : PP_CHECKSUM_UNKNOWN);
        if (rows[i].want != PP_CHECKSUM_RIGHT)
            continue;
        /* One bit turned anywhere in the upper layer makes it wrong... */
        memcpy(b, rows[i].bytes, rows[i].len);
        b[rows[i].len - 1] ^= 0x10;
        assert_int_equal(pp_packet_decode(&p, b, rows[i].len), 0);
        assert_int_equal(p.checksum, PP_CHECKSUM_WRONG);
        /* ... and a byte that is not there makes it unknown. */
        assert_int_equal(pp_packet_decode(&p, rows[i].bytes, rows[i].len - 1), 0);
        assert_int_equal(p.checksum, PP_CHECKSUM_UNKNOWN);
    }
}

/* The sums of the pseudo-headers alone, worked out by hand: 192.0.2.1, 198.51.100.2, protocol, length. */
static void an_offload_leaves_the_pseudo_header(void **state)
{
    uint8_t b[128];
    struct pp_packet p;

    (void)state;
    memcpy(b, golden_syn4, sizeof golden_syn4);
    pp_put16(b + 36, (uint16_t)(0xc000 + 0x0201 + 0xc633 + 0x6402 + 6 + 40 + 1)); /* + 1: the carry, end around */
    assert_int_equal(pp_packet_decode(&p, b, sizeof golden_syn4), 0);
    assert_int_equal(p.checksum, PP_CHECKSUM_PARTIAL);
    b[37] ^= 1;
    assert_int_equal(pp_packet_decode(&p, b, sizeof golden_syn4), 0);
    assert_int_equal(p.checksum, PP_CHECKSUM_WRONG);
    memcpy(b, golden_udp4, sizeof golden_udp4);
    pp_put16(b + 26, (uint16_t)(0xc000 + 0x0201 + 0xc633 + 0x6402 + 17 + 13 + 1));
    assert_int_equal(pp_packet_decode(&p, b, sizeof golden_udp4), 0);
    assert_int_equal(p.checksum, PP_CHECKSUM_PARTIAL);
}

static void a_wrong_ip_checksum_is_told(void **state)
{
    uint8_t b[sizeof golden_syn4];
    struct pp_packet p;

    (void)state;
    memcpy(b, golden_syn4, sizeof b);
    b[8]--; /* TTL */
    assert_int_equal(pp_packet_decode(&p, b, sizeof b), 0);
    assert_int_equal(p.ip_checksum, PP_CHECKSUM_WRONG);
    assert_int_equal(p.checksum, PP_CHECKSUM_RIGHT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc1071_example),
        cmocka_unit_test(any_length_and_alignment),
        cmocka_unit_test(long_sums_keep_their_carries),
        cmocka_unit_test(pseudo_headers),
        cmocka_unit_test(golden_packets_are_judged),
        cmocka_unit_test(an_offload_leaves_the_pseudo_header),
        cmocka_unit_test(a_wrong_ip_checksum_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
