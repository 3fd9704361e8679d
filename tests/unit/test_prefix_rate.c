/* SPDX-License-Identifier: BSD-2-Clause */
/* test_prefix_rate.c: rounds per second and prefix. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "../../core/targets/prefix_rate.h"

#define MS INT64_C(1000000)
#define S INT64_C(1000000000)

static struct pp_addr addr(const char *text)
{
    struct pp_addr a;

    assert_int_equal(pp_addr_parse(&a, text, strlen(text)), 0);
    return a;
}

/* Addresses of one /24 or /48 are paced together (pathprobe-measure(1), --prefix-rate). */
static void prefixes(void **state)
{
    static const struct {
        const char *a, *prefix;
    } rows[] = {
        {"8.8.8.8", "8.8.8.0"},
        {"8.8.8.255", "8.8.8.0"},
        {"8.8.9.0", "8.8.9.0"},
        {"2620:0:2d0:200::7", "2620:0:2d0::"},
        {"2620:0:2d0:ffff:ffff:ffff:ffff:ffff", "2620:0:2d0::"},
        {"2620:0:2d1::", "2620:0:2d1::"},
        /* Special-purpose addresses (RFC 6890), as of a laboratory, are paced each by itself. */
        {"10.1.2.3", "10.1.2.3"},
        {"192.0.2.77", "192.0.2.77"},
        {"127.0.0.1", "127.0.0.1"},
        {"2001:db8::5", "2001:db8::5"},
        {"2001:2:0:1::9", "2001:2:0:1::9"},
        {"fd00::1", "fd00::1"},
        /* An address that embeds a public IPv4 address is paced with the /24 of that address. */
        {"64:ff9b::808:808", "8.8.8.0"},
        {"64:ff9b:1::808:808", "8.8.8.0"},
        {"2002:808:808::1", "8.8.8.0"},
        {"2001:0:4136:e378:8000:63bf:f7f7:f7f7", "8.8.8.0"},
        {"64:ff9b::a01:203", "64:ff9b::a01:203"},
        {"2002:a01:203::1", "2002:a01:203::1"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pp_addr a = addr(rows[i].a), prefix = pp_prefix_rate_prefix(&a);
        char text[PP_ADDR_STRLEN];

        assert_string_equal(pp_addr_str(&prefix, text), rows[i].prefix);
    }
}

static void a_prefix_is_paced(void **state)
{
    struct pp_addr first = addr("8.8.8.8"), second = addr("8.8.8.9");
    struct pp_prefix_rate p;

    (void)state;
    assert_int_equal(pp_prefix_rate_init(&p, 10), 0);
    for (int i = 0; i < 25; i++) /* a burst is spread out over both addresses */
        assert_int_equal(pp_prefix_rate_take(&p, i % 2 ? &first : &second, 7 * S), 7 * S + i * 100 * MS);
    assert_int_equal(pp_prefix_rate_take(&p, &first, 100 * S), 100 * S); /* idle time is not saved up */
    assert_int_equal(pp_prefix_rate_take(&p, &first, 100 * S + 30 * MS), 100 * S + 100 * MS);
    pp_prefix_rate_release(&p);
}

/* Of 1,000 prefixes hardly any share a slot: at most a few of them have to wait. */
static void others_are_not_held_up(void **state)
{
    unsigned waited = 0;
    struct pp_prefix_rate p;

    (void)state;
    assert_int_equal(pp_prefix_rate_init(&p, 1), 0);
    for (unsigned i = 0; i < 1000; i++) {
        char text[32];
        struct pp_addr a;

        snprintf(text, sizeof text, "8.%u.%u.1", i / 200, i % 200);
        a = addr(text);
        waited += pp_prefix_rate_take(&p, &a, S) > S;
    }
    assert_true(waited < 200);
    pp_prefix_rate_release(&p);
}

static void not_paced(void **state)
{
    struct pp_addr public = addr("8.8.8.8"), lab = addr("10.0.0.1");
    struct pp_prefix_rate p;

    (void)state;
    assert_int_equal(pp_prefix_rate_init(&p, 0), 0);
    for (int i = 0; i < 100; i++)
        assert_int_equal(pp_prefix_rate_take(&p, &public, S), S);
    pp_prefix_rate_release(&p);
    assert_int_equal(pp_prefix_rate_init(&p, 1), 0);
    for (int i = 0; i < 100; i++)
        assert_int_equal(pp_prefix_rate_take(&p, &lab, S), S);
    pp_prefix_rate_release(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prefixes),
        cmocka_unit_test(a_prefix_is_paced),
        cmocka_unit_test(others_are_not_held_up),
        cmocka_unit_test(not_paced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
