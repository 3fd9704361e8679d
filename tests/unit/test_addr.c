/* SPDX-License-Identifier: BSD-2-Clause */
/* test_addr.c: text, socket and header forms of addresses, and prefixes. */
#include "../../core/base/addr.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* OUT: the canonical text (RFC 5952 section 4), NULL where IN is no address. */
static const struct {
    const char *in, *out;
    int family;
} texts[] = {
    {"192.0.2.1", "192.0.2.1", 4},
    {"0.0.0.0", "0.0.0.0", 4},
    {"255.255.255.255", "255.255.255.255", 4},
    {"::ffff:192.0.2.1", "192.0.2.1", 4},
    {"::FFFF:c000:201", "192.0.2.1", 4},
    {"0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1", 4},
    {"2001:DB8::1", "2001:db8::1", 6},
    {"2001:0db8:0000:0000:0000:0000:0002:0001", "2001:db8::2:1", 6},
    {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1", 6},     /* 4.2.2: one group is not shortened */
    {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1", 6},              /* 4.2.3: the longest run */
    {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1", 6},        /* 4.2.3: the first of two */
    {"::", "::", 6},
    {"::1", "::1", 6},
    {"1::", "1::", 6},
    {"64:ff9b::192.0.2.33", "64:ff9b::c000:221", 6},
    {"fe80:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "fe80:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 6},
    {"", NULL, 0},
    {"1.2.3", NULL, 0},
    {"1.2.3.4.5", NULL, 0},
    {"1.2.3.256", NULL, 0},
    {"1.2.3.04", NULL, 0}, /* octal to some, decimal to others */
    {"0x1.2.3.4", NULL, 0},
    {"1.2.3.4 ", NULL, 0},
    {" 1.2.3.4", NULL, 0},
    {"16909060", NULL, 0},
    {":", NULL, 0},
    {":::", NULL, 0},
    {"1::2::3", NULL, 0},
    {"1:2:3:4:5:6:7", NULL, 0},
    {"1:2:3:4:5:6:7:8:9", NULL, 0},
    {"12345::", NULL, 0},
    {"[::1]", NULL, 0},
    {"fe80::1%lo", NULL, 0},
    {"::1.2.3", NULL, 0},
    {"2001:db8:1111:2222:3333:4444:5555:6666:7777:8888:9999", NULL, 0},
    {"example.com", NULL, 0},
};

static void text_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct pp_addr a, back;
        char buf[PP_ADDR_STRLEN];
        int rc = pp_addr_parse(&a, texts[i].in, strlen(texts[i].in));

        if ((rc == 0) != (texts[i].out != NULL))
            fail_msg("'%s' gives %d", texts[i].in, rc);
        if (rc < 0)
            continue;
        assert_string_equal(pp_addr_str(&a, buf), texts[i].out);
        assert_int_equal(pp_addr_family(&a), texts[i].family);
        assert_int_equal(pp_addr_parse(&back, buf, strlen(buf)), 0);
        assert_true(pp_addr_eq(&a, &back));
    }
}

static void text_ends_where_told(void **state)
{
    struct pp_addr a;
    char buf[PP_ADDR_STRLEN];
    /* A heap copy without NUL, so that a sanitizer sees a read behind it. */
    char *exact = malloc(9);

    (void)state;
    assert_non_null(exact);
    memcpy(exact, "192.0.2.1", 9);
    assert_int_equal(pp_addr_parse(&a, exact, 9), 0);
    free(exact);
    assert_int_equal(pp_addr_parse(&a, "192.0.2.17:80", 10), 0);
    assert_string_equal(pp_addr_str(&a, buf), "192.0.2.17");
    assert_int_equal(pp_addr_parse(&a, "192.0.2.1\0junk", 14), -1);
    assert_int_equal(pp_addr_parse(&a, "", 0), -1);
}

static void header_and_socket_forms(void **state)
{
    static const uint8_t raw4[4] = {192, 0, 2, 1};
    static const uint8_t raw6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
    struct pp_addr a4 = pp_addr_from4(raw4), a6 = pp_addr_from16(raw6), back;
    struct sockaddr_storage ss;
    struct sockaddr_in *in = (struct sockaddr_in *)&ss;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&ss;
    uint16_t port = 0;

    (void)state;
    assert_memory_equal(pp_addr_raw(&a4), raw4, 4);
    assert_memory_equal(pp_addr_raw(&a6), raw6, 16);
    assert_false(pp_addr_eq(&a4, &a6));

    assert_int_equal(pp_addr_sockaddr(&a4, 80, &ss), sizeof *in);
    assert_int_equal(ss.ss_family, AF_INET);
    assert_int_equal(in->sin_port, htons(80));
    assert_int_equal(in->sin_addr.s_addr, htonl(0xc0000201));
    assert_int_equal(pp_addr_from_sockaddr(&back, &port, (struct sockaddr *)&ss), 0);
    assert_true(pp_addr_eq(&back, &a4));
    assert_int_equal(port, 80);

    assert_int_equal(pp_addr_sockaddr(&a6, 443, &ss), sizeof *in6);
    assert_int_equal(ss.ss_family, AF_INET6);
    assert_int_equal(in6->sin6_port, htons(443));
    assert_int_equal(in6->sin6_scope_id, 0);
    assert_memory_equal(&in6->sin6_addr, raw6, 16);
    assert_int_equal(pp_addr_from_sockaddr(&back, NULL, (struct sockaddr *)&ss), 0);
    assert_true(pp_addr_eq(&back, &a6));

    /* A dual-stack socket reports IPv4 peers as mapped addresses. */
    memcpy(&in6->sin6_addr, a4.b, 16);
    assert_int_equal(pp_addr_from_sockaddr(&back, NULL, (struct sockaddr *)&ss), 0);
    assert_int_equal(pp_addr_family(&back), 4);

    ss.ss_family = AF_UNIX;
    assert_int_equal(pp_addr_from_sockaddr(&back, NULL, (struct sockaddr *)&ss), -1);
}

/* BASE NULL: no prefix. IN and OUT: an address inside and one outside (NULL where there is none). */
static const struct {
    const char *text, *base;
    int len;
    const char *in, *out;
} prefixes[] = {
    {"10.0.0.0/8", "10.0.0.0", 104, "10.255.255.255", "11.0.0.0"},
    {"10.1.2.3/8", "10.0.0.0", 104, "10.0.0.0", "9.255.255.255"},
    {"192.0.2.128/25", "192.0.2.128", 121, "192.0.2.255", "192.0.2.127"},
    {"192.0.2.255/30", "192.0.2.252", 126, "192.0.2.253", "192.0.2.251"},
    {"192.0.2.1", "192.0.2.1", 128, "192.0.2.1", "192.0.2.0"},
    {"192.0.2.1/32", "192.0.2.1", 128, "192.0.2.1", "192.0.2.3"},
    {"1.2.3.4/0", "0.0.0.0", 96, "255.255.255.255", "::1"},
    {"::ffff:10.0.0.0/104", "10.0.0.0", 104, "10.9.9.9", "11.0.0.0"},
    {"::ffff:0:0/96", "0.0.0.0", 96, "192.0.2.1", "::fffe:c000:201"},
    {"2001:2::/48", "2001:2::", 48, "2001:2:0:ffff::1", "2001:2:1::"},
    {"2001:db8::ffff/127", "2001:db8::fffe", 127, "2001:db8::ffff", "2001:db8::fffd"},
    {"2001:db8::1", "2001:db8::1", 128, "2001:db8::1", "2001:db8::"},
    {"fe80::/10", "fe80::", 10, "febf:ffff::", "fec0::"},
    {"::/0", "::", 0, "2001:db8::1", "192.0.2.1"},
    {"::/8", "::", 8, "::1", "192.0.2.1"},
    {"10.0.0.0/", NULL, 0, NULL, NULL},
    {"10.0.0.0/33", NULL, 0, NULL, NULL},
    {"10.0.0.0/-1", NULL, 0, NULL, NULL},
    {"10.0.0.0/+8", NULL, 0, NULL, NULL},
    {"10.0.0.0/08", NULL, 0, NULL, NULL},
    {"10.0.0.0/8 ", NULL, 0, NULL, NULL},
    {"10.0.0.0/8/8", NULL, 0, NULL, NULL},
    {"10.0.0.0/4294967304", NULL, 0, NULL, NULL},
    {"10.0.0.0/255.0.0.0", NULL, 0, NULL, NULL},
    {"10/8", NULL, 0, NULL, NULL},
    {"/8", NULL, 0, NULL, NULL},
    {"", NULL, 0, NULL, NULL},
    {"2001:db8::/129", NULL, 0, NULL, NULL},
    {"2001:db8/32", NULL, 0, NULL, NULL},
};

static struct pp_addr addr(const char *text)
{
    struct pp_addr a;

    assert_int_equal(pp_addr_parse(&a, text, strlen(text)), 0);
    return a;
}

static void prefix_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(prefixes); i++) {
        struct pp_prefix p;
        struct pp_addr in, out;
        char buf[PP_ADDR_STRLEN];
        int rc = pp_prefix_parse(&p, prefixes[i].text, strlen(prefixes[i].text));

        if ((rc == 0) != (prefixes[i].base != NULL))
            fail_msg("'%s' gives %d", prefixes[i].text, rc);
        if (rc < 0)
            continue;
        in = addr(prefixes[i].in);
        out = addr(prefixes[i].out);
        assert_string_equal(pp_addr_str(&p.addr, buf), prefixes[i].base);
        assert_int_equal(p.len, prefixes[i].len);
        if (!pp_prefix_has(&p, &in) || pp_prefix_has(&p, &out))
            fail_msg("'%s' has the wrong members", prefixes[i].text);
    }
}

static void mask_keeps_the_first_bits(void **state)
{
    struct pp_addr all = addr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");

    (void)state;
    for (unsigned len = 0; len <= 130; len++) {
        struct pp_addr m = pp_addr_mask(&all, len);
        unsigned ones = 0, run = 0;

        for (unsigned i = 0; i < 128; i++) {
            unsigned set = m.b[i / 8] >> (7 - i % 8) & 1;
            ones += set;
            run += set && run == i;
        }
        assert_int_equal(ones, len < 128 ? len : 128);
        assert_int_equal(run, ones);
    }
}

/*
 * The vectors of RFC 6052 sections 2.4 and 2.1 (whose 2001:db8:122::/48 is 64:ff9b:1::/48 here), RFC 3056 and RFC 4380
 * (a client of 192.0.2.45, as Teredo's documentation has it).
 */
static void embedded_ipv4(void **state)
{
    static const struct {
        const char *addr, *v4, *other, *network;
    } rows[] = {
        {"64:ff9b::192.0.2.33", "192.0.2.33", NULL, "192.0.2.0"},
        {"64:ff9b::", "0.0.0.0", NULL, "0.0.0.0"},
        {"64:ff9b:0:1::192.0.2.33", NULL, NULL, "64:ff9b::"},
        {"64:ff9b:2::192.0.2.33", NULL, NULL, "64:ff9b:2::"},
        {"64:ff9b:1:c000:2:2100::", "192.0.2.33", NULL, "192.0.2.0"},    /* /48 */
        {"64:ff9b:1:3c0:0:221::", "192.0.2.33", NULL, "192.0.2.0"},      /* /56 */
        {"64:ff9b:1:344:c0:2:2100::", "192.0.2.33", NULL, "192.0.2.0"},  /* /64 */
        {"64:ff9b:1:344::192.0.2.33", "192.0.2.33", NULL, "192.0.2.0"},  /* /96 */
        {"64:ff9b:1::192.0.2.33", "192.0.2.33", NULL, "192.0.2.0"},
        {"64:ff9b:1:0:8:808:800::", "8.8.8.8", NULL, "8.8.8.0"},         /* /64, whose first octets are zero */
        {"64:ff9b:1:0:a08:808:800::", "8.0.0.0", NULL, "8.0.0.0"},       /* octet 8 is not zero */
        {"64:ff9b:1::", "0.0.0.0", NULL, "0.0.0.0"},
        {"2002:c000:221::", "192.0.2.33", NULL, "192.0.2.0"},
        {"2002:c000:221:1:2:3:4:5", "192.0.2.33", NULL, "192.0.2.0"},
        {"2001:0:4136:e378:8000:63bf:3fff:fdd2", "192.0.2.45", "65.54.227.120", "192.0.2.0"},
        {"2001:1::1", NULL, NULL, "2001:1::"},
        {"::192.0.2.33", "192.0.2.33", NULL, "192.0.2.0"},
        {"::", NULL, NULL, "::"},
        {"::1", NULL, NULL, "::"},
        {"::ffff:0:192.0.2.33", "192.0.2.33", NULL, "192.0.2.0"},
        {"192.0.2.33", NULL, NULL, "192.0.2.0"},
        {"2620:0:2d0:200::7", NULL, NULL, "2620:0:2d0::"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct pp_addr a = addr(rows[i].addr), v4[PP_EMBEDDED_MAX];
        struct pp_prefix network = pp_addr_network(&a);
        char buf[PP_ADDR_STRLEN];

        assert_int_equal(pp_addr_embedded(&a, v4), (rows[i].v4 != NULL) + (rows[i].other != NULL));
        if (rows[i].v4)
            assert_string_equal(pp_addr_str(&v4[0], buf), rows[i].v4);
        if (rows[i].other)
            assert_string_equal(pp_addr_str(&v4[1], buf), rows[i].other);
        assert_string_equal(pp_addr_str(&network.addr, buf), rows[i].network);
        assert_int_equal(network.len, strchr(rows[i].network, ':') ? 48 : 120);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_forms),
        cmocka_unit_test(text_ends_where_told),
        cmocka_unit_test(header_and_socket_forms),
        cmocka_unit_test(prefix_rows),
        cmocka_unit_test(mask_keeps_the_first_bits),
        cmocka_unit_test(embedded_ipv4),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
