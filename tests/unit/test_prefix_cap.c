/* SPDX-License-Identifier: BSD-2-Clause */
/* test_prefix_cap.c: the limit on targets per /24 or /48, also with many prefixes. */
#include "../../core/targets/prefix_cap.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static int admit(struct pp_prefix_cap *c, const char *text)
{
    struct pp_addr a;

    assert_int_equal(pp_addr_parse(&a, text, strlen(text)), 0);
    return pp_prefix_cap_admit(c, &a);
}

static void two_of_each(void **state)
{
    static const struct {
        const char *addr;
        int admitted;
    } rows[] = {
        {"192.0.2.1", 1},          {"192.0.2.255", 1},      {"192.0.2.7", 0},   {"192.0.3.7", 1},
        {"0.0.0.1", 1},            {"0.0.0.2", 1},          {"0.0.0.3", 0},     {"::1:0:0:1", 1},
        {"2001:db8:1::1", 1},      {"2001:db8:1:f::2", 1},  {"2001:db8:1::3", 0}, {"2001:db8:2::1", 1},
        {"192.0.2.1", 0},          {"64:ff9b::192.0.2.1", 0}, {"64:ff9b::192.0.4.1", 1}, {"64:ff9b::192.0.5.1", 1},
        {"2002:c000:401::1", 1},   {"192.0.4.9", 0},
    };
    struct pp_prefix_cap *c = pp_prefix_cap_new(2);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (admit(c, rows[i].addr) != rows[i].admitted)
            fail_msg("row %zu: %s", i, rows[i].addr);
    }
    pp_prefix_cap_free(c);
}

static void many(void **state)
{
    struct pp_prefix_cap *c = pp_prefix_cap_new(PP_PREFIX_CAP_MAX);

    (void)state;
    for (unsigned round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < 100000; i++) {
            uint8_t b[4] = {(uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i, 1};
            struct pp_addr a = pp_addr_from4(b);
            if (pp_prefix_cap_admit(c, &a) != 1)
                fail_msg("prefix %u, round %u", i, round);
        }
    }
    for (unsigned i = 3; i < PP_PREFIX_CAP_MAX; i++)
        assert_int_equal(admit(c, "0.0.9.9"), 1);
    assert_int_equal(admit(c, "0.0.9.9"), 0);
    assert_int_equal(admit(c, "0.0.8.9"), 1);
    pp_prefix_cap_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_of_each),
        cmocka_unit_test(many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
