/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_svcb.c: the test vectors of RFC 9460 appendix D: RDATA in wire format, here of HTTPS records of example.com. Of
 * the failure cases the RFC has the presentation format alone; these are what a sender would make of it.
 */
#include "../../core/names/answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FOO_COM "03666f6f076578616d706c6503636f6d00"
#define FOO_ORG "03666f6f076578616d706c65036f726700"

static struct pp_dns_answer a;

/* A response with one record of RDATA in hex. */
static int parse(const char *rdata)
{
    static const uint8_t question[] = {0, 7, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e',
                                       3, 'c', 'o', 'm', 0, 0, 65, 0, 1},
                         record[] = {0xc0, 12, 0, 65, 0, 1, 0, 0, 0x0e, 0x10, 0};
    uint8_t msg[256], *exact;
    size_t len = 0;
    int rc;

    memcpy(msg, question, sizeof question);
    len += sizeof question;
    memcpy(msg + len, record, sizeof record);
    len += sizeof record;
    msg[len++] = (uint8_t)(strlen(rdata) / 2);
    for (const char *p = rdata; *p; p += 2) {
        char digits[3] = {p[0], p[1], '\0'};
        msg[len++] = (uint8_t)strtoul(digits, NULL, 16);
    }
    exact = malloc(len); /* shows a sanitizer what is read behind it */
    assert_non_null(exact);
    memcpy(exact, msg, len);
    pp_answer_clear(&a);
    rc = pp_answer_parse(&a, exact, len, "example.com", PP_DNS_HTTPS);
    free(exact);
    return rc;
}

static void is_hint(const struct pp_dns_service *s, int six, unsigned i, const char *want)
{
    char text[PP_ADDR_STRLEN];

    assert_true(i < s->hints[six]);
    assert_string_equal(pp_addr_str(&s->hint[six][i], text), want);
}

static const struct {
    const char *figure, *rdata, *host;
    unsigned priority, port, hints4, hints6;
    const char *alpn;
    bool usable;
} vectors[] = {
    {"2: AliasMode", "0000" FOO_COM, "foo.example.com", 0, 443, 0, 0, "", true},
    {"3: TargetName is \".\"", "0001" "00", "", 1, 443, 0, 0, "", true},
    {"4: specifies a port", "0010" FOO_COM "0003" "0002" "0035", "foo.example.com", 16, 53, 0, 0, "", true},
    {"5: a generic key", "0001" FOO_COM "029b" "0005" "68656c6c6f", "foo.example.com", 1, 443, 0, 0, "", true},
    {"6: an escape", "0001" FOO_COM "029b" "0009" "68656c6c6fd2716f6f", "foo.example.com", 1, 443, 0, 0, "", true},
    {"7: two IPv6 hints", "0001" FOO_COM "0006" "0020" "20010db8000000000000000000000001"
                          "20010db8000000000000000000530001", "foo.example.com", 1, 443, 0, 2, "", true},
    {"8: embedded IPv4", "0001" "076578616d706c6503636f6d00" "0006" "0010" "20010db80122034400000000c0000221",
     "example.com", 1, 443, 0, 1, "", true},
    {"9: sorted keys", "0010" FOO_ORG "0000" "0004" "0001" "0004" "0001" "0009" "02" "6832" "05" "68332d3139"
                       "0004" "0004" "c0000201", "foo.example.org", 16, 443, 1, 0, "\002h2\005h3-19", true},
    {"10: alpn with a comma", "0010" FOO_ORG "0001" "000c" "08" "665c6f6f2c626172" "02" "6832", "foo.example.org", 16,
     443, 0, 0, "\010f\\oo,bar\002h2", true},
    {"14: a mandatory key is missing", "0001" FOO_COM "0000" "0002" "007b", "foo.example.com", 1, 443, 0, 0, "", false},
    {"14, with a key that is known", "0001" FOO_COM "0000" "0002" "0003", "foo.example.com", 1, 443, 0, 0, "", false},
};

static void test_vectors(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        const struct pp_dns_service *s;

        if (parse(vectors[i].rdata) != 0 || a.count != 1)
            fail_msg("figure %s is not taken", vectors[i].figure);
        s = &a.record[0].service;
        assert_string_equal(a.record[0].host, vectors[i].host);
        assert_int_equal(a.record[0].preference, vectors[i].priority);
        if (s->port != vectors[i].port || s->hints[0] != vectors[i].hints4 || s->hints[1] != vectors[i].hints6 ||
            s->usable != vectors[i].usable || s->h3 || s->alpn_len != strlen(vectors[i].alpn) ||
            memcmp(s->alpn, vectors[i].alpn, s->alpn_len) != 0)
            fail_msg("figure %s: port %u, hints %u and %u, usable %d", vectors[i].figure, s->port, s->hints[0],
                     s->hints[1], s->usable);
    }
    assert_int_equal(parse(vectors[5].rdata), 0);
    is_hint(&a.record[0].service, 1, 0, "2001:db8::1");
    is_hint(&a.record[0].service, 1, 1, "2001:db8::53:1");
    assert_int_equal(parse(vectors[6].rdata), 0);
    is_hint(&a.record[0].service, 1, 0, "2001:db8:122:344::c000:221");
    assert_int_equal(parse(vectors[7].rdata), 0);
    is_hint(&a.record[0].service, 0, 0, "192.0.2.1");
}

static void test_failures(void **state)
{
    static const struct {
        const char *figure, *rdata;
    } bad[] = {
        {"11: a key twice", "0001" FOO_COM "007b" "0003" "616263" "007b" "0003" "646566"},
        {"12: mandatory", "0001" FOO_COM "0000" "0000"},
        {"12: alpn", "0001" FOO_COM "0001" "0000"},
        {"12: port", "0001" FOO_COM "0003" "0000"},
        {"12: ipv4hint", "0001" FOO_COM "0004" "0000"},
        {"12: ipv6hint", "0001" FOO_COM "0006" "0000"},
        {"13: no-default-alpn has a value", "0001" FOO_COM "0002" "0003" "616263"},
        {"15: mandatory in its own list", "0001" FOO_COM "0000" "0002" "0000"},
        {"16: a mandatory key twice", "0001" FOO_COM "0000" "0004" "007b007b" "007b" "0003" "616263"},
        {"mandatory keys out of order", "0001" FOO_COM "0000" "0004" "00040003" "0003" "0002" "0035" "0004" "0004"
                                        "c0000201"},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
        if (parse(bad[i].rdata) != -1)
            fail_msg("figure %s is taken", bad[i].figure);
    pp_answer_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_vectors), cmocka_unit_test(test_failures)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
