/* SPDX-License-Identifier: BSD-2-Clause */
/* test_answer.c: DNS responses that Scapy built (one by hand, for its pointers), whole and cut at every byte. */
#include "../../core/names/answer.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* The CNAME of www.example.org comes after the A record of its target; a record of another name comes last. */
static const char chain[] =
    "00078180000100040000000003777777074578616d706c65036f7267000001000103776562076578616d706c65036e657400"
    "000100010000003c0004c000020703777777076578616d706c65036f726700000500010000012c001103776562076578616d"
    "706c65036e65740003776562076578616d706c65036e65740000010001000000320004c0000208056f74686572076578616d"
    "706c650000010001000000010004c6336401";
/* A CNAME and an A record whose names are pointers into others. */
static const char compressed[] =
    "00078180000100020000000003777777076578616d706c65036f72670000010001c00c000500010000003c000603776562c0"
    "10c02d000100010000001e0004c0000209";
static const char mx[] =
    "000781000001000300000000076578616d706c65036f726700000f0001076578616d706c65036f726700000f000100000009"
    "001100140162076578616d706c65036f726700076578616d706c65036f726700000f00010000000900110005016107657861"
    "6d706c65036f726700076578616d706c65036f726700000f0001000000090003000a00";
/* With a TTL beyond 31 bits. */
static const char aaaa[] =
    "000781000001000100000000027636076578616d706c6500001c0001027636076578616d706c6500001c0001800000050010"
    "20010db8000000000000000000000001";
static const char loop[] =
    "0000810000010002000000000161076578616d706c6500000100010161076578616d706c65000005000100000000000b0162"
    "076578616d706c65000162076578616d706c65000005000100000000000b0161076578616d706c6500";

/* ALPN h3; then records to refuse: keys out of order or twice, short port, half an address, unknown mandatory key. */
static const char https_h3[] =
    "00078180000100010000000003777777076578616d706c6503636f6d000041000103777777076578616d706c6503636f6d00"
    "0041000100000e100013000100000100060268330268320003000220fb";
static const char https_order[] =
    "00078180000100010000000003777777076578616d706c6503636f6d000041000103777777076578616d706c6503636f6d00"
    "0041000100000e10001000010000030002003500010003026833";
static const char https_twice[] =
    "00078180000100010000000003777777076578616d706c6503636f6d000041000103777777076578616d706c6503636f6d00"
    "0041000100000e10000f000100000300020035000300020036";
static const char https_short_port[] =
    "00078180000100010000000003777777076578616d706c6503636f6d000041000103777777076578616d706c6503636f6d00"
    "0041000100000e1000080001000003000135";
static const char https_half_address[] =
    "00078180000100010000000003777777076578616d706c6503636f6d000041000103777777076578616d706c6503636f6d00"
    "0041000100000e10000c00010000040005c000020101";
static const char https_long_alpn[] =
    "00078180000100010000000003777777076578616d706c6503636f6d000041000103777777076578616d706c6503636f6d00"
    "0041000100000e10000a00010000010003056833";
static const char https_unknown[] =
    "00078180000100010000000003777777076578616d706c6503636f6d000041000103777777076578616d706c6503636f6d00"
    "0041000100000e10001500010000000002ff0000010003026833ff000001aa";

static struct pp_dns_answer a;

static size_t bytes(uint8_t *out, const char *hex)
{
    size_t n = strlen(hex) / 2;

    for (size_t i = 0; i < n; i++) {
        char digits[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        out[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return n;
}

static int parse(const char *hex, const char *name, enum pp_dns_type type)
{
    uint8_t msg[512];
    size_t len = bytes(msg, hex);

    pp_answer_clear(&a);
    /* Cut short it is no response; an exact allocation shows a sanitizer what is read behind it. */
    for (size_t cut = 0; cut < len; cut++) {
        uint8_t *part = malloc(cut ? cut : 1);
        assert_non_null(part);
        memcpy(part, msg, cut);
        assert_int_equal(pp_answer_parse(&a, part, cut, name, type), -1);
        pp_answer_clear(&a);
        free(part);
    }
    return pp_answer_parse(&a, msg, len, name, type);
}

static void is_addr(unsigned i, const char *want)
{
    char text[PP_ADDR_STRLEN];

    assert_string_equal(pp_addr_str(&a.record[i].addr, text), want);
}

static void chains(void **state)
{
    (void)state;
    assert_int_equal(parse(chain, "www.example.org", PP_DNS_A), 0);
    assert_int_equal(a.count, 2);
    is_addr(0, "192.0.2.7");
    is_addr(1, "192.0.2.8");
    assert_int_equal(a.chain_len, 1);
    assert_string_equal(a.chain[0], "web.example.net");
    assert_int_equal(a.ttl, 50);
    assert_int_equal(parse(chain, "example.org", PP_DNS_A), 0);
    assert_int_equal(a.count, 0);
    assert_int_equal(parse(compressed, "www.example.org", PP_DNS_A), 0);
    assert_int_equal(a.count, 1);
    is_addr(0, "192.0.2.9");
    assert_string_equal(a.chain[0], "web.example.org");
    assert_int_equal(a.ttl, 30);
    assert_int_equal(parse(loop, "a.example", PP_DNS_A), -1);
}

static void other_types(void **state)
{
    (void)state;
    assert_int_equal(parse(mx, "example.org", PP_DNS_MX), 0);
    assert_int_equal(a.count, 3);
    assert_string_equal(a.record[0].host, "a.example.org");
    assert_string_equal(a.record[1].host, "");
    assert_string_equal(a.record[2].host, "b.example.org");
    assert_int_equal(a.record[2].preference, 20);
    assert_int_equal(parse(aaaa, "v6.example", PP_DNS_AAAA), 0);
    assert_int_equal(a.count, 1);
    is_addr(0, "2001:db8::1");
    assert_int_equal(a.ttl, 0);
}

/* As many addresses as 64 KiB of TCP hold: none is left out. The layout is RFC 1035's, section 4.1. */
static void addresses_of_64_kib_of_tcp(void **state)
{
    static const uint8_t question[] = {1, 'a', 0, 0, 1, 0, 1};
    static const uint8_t record[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4};
    static uint8_t msg[65535] = {0, 1, 0x81, 0x80, 0, 1};
    size_t len = 12;
    unsigned n;

    (void)state;
    memcpy(msg + len, question, sizeof question);
    len += sizeof question;
    for (n = 0; len + sizeof record + 4 <= sizeof msg; n++) {
        uint8_t address[4] = {198, 18, (uint8_t)(n >> 8), (uint8_t)n};
        memcpy(msg + len, record, sizeof record);
        memcpy(msg + len + sizeof record, address, 4);
        len += sizeof record + 4;
    }
    msg[6] = (uint8_t)(n >> 8);
    msg[7] = (uint8_t)n;
    assert_int_equal(pp_answer_parse(&a, msg, len, "a", PP_DNS_A), 0);
    assert_int_equal(n, 4094);
    assert_int_equal(a.count, n);
    for (unsigned i = 0; i < n; i++)
        assert_true(a.record[i].addr.b[14] == i >> 8 && a.record[i].addr.b[15] == (i & 255));
    pp_answer_clear(&a);
}

static void services(void **state)
{
    static const char *const bad[] = {https_order, https_twice, https_short_port, https_half_address, https_long_alpn};
    const struct pp_dns_service *s;

    (void)state;
    assert_int_equal(parse(https_h3, "www.example.com", PP_DNS_HTTPS), 0);
    s = &a.record[0].service;
    assert_true(s->usable && s->h3 && s->port == 8443);
    assert_int_equal(parse(https_unknown, "www.example.com", PP_DNS_HTTPS), 0);
    assert_false(a.record[0].service.usable);
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        if (parse(bad[i], "www.example.com", PP_DNS_HTTPS) != -1)
            fail_msg("malformed answer %u is taken", i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_of_64_kib_of_tcp),
        cmocka_unit_test(services),
        cmocka_unit_test(chains),
        cmocka_unit_test(other_types),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
