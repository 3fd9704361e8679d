/* SPDX-License-Identifier: BSD-2-Clause */
/* test_dedup.c: a million targets are new once, and take the memory that the header states. */
#include "../../core/targets/dedup.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define MILLION 1000000

static struct pp_addr nth(uint32_t i)
{
    uint8_t b[4] = {(uint8_t)(i >> 24), (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};

    return pp_addr_from4(b);
}

static void a_million(void **state)
{
    struct pp_dedup *d = pp_dedup_new();
    uint64_t bytes = 0;

    (void)state;
    assert_non_null(d);
    for (uint32_t i = 0; i < MILLION; i++) {
        struct pp_addr a = nth(i);
        if (pp_dedup_add(d, &a, 80, NULL) != 1)
            fail_msg("number %u is not new", i);
        assert_true(pp_dedup_bytes(d) <= 65536 + 12 * pp_dedup_count(d));
        bytes = pp_dedup_bytes(d);
    }
    for (uint32_t i = 0; i < MILLION; i++) {
        struct pp_addr a = nth(i);
        if (pp_dedup_add(d, &a, 80, NULL) != 0)
            fail_msg("number %u was forgotten", i);
    }
    assert_int_equal(pp_dedup_count(d), MILLION);
    assert_int_equal(pp_dedup_bytes(d), bytes);
    pp_dedup_free(d);
}

static void equal_and_different_targets(void **state)
{
    static const struct {
        uint32_t addr;
        uint16_t port;
        const char *domain;
        int result;
    } rows[] = {
        {1, 80, NULL, 1},          {1, 80, NULL, 0},          {1, 443, NULL, 1}, {2, 80, NULL, 1},
        {1, 80, "www.example", 1}, {1, 80, "WWW.Example", 0}, {1, 80, "w", 1},   {1, 0x5000, NULL, 1},
    };
    struct pp_dedup *d = pp_dedup_new();

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pp_addr a = nth(rows[i].addr);
        if (pp_dedup_add(d, &a, rows[i].port, rows[i].domain) != rows[i].result)
            fail_msg("row %zu", i);
    }
    pp_dedup_free(d);
}

/* pp_dedup_take succeeds as often as the target stands in the output; pp_dedup_add does not take it for new. */
static void targets_of_the_output(void **state)
{
    static const unsigned times[] = {0, 1, 2, 3, 7, 8, 100};
    struct pp_dedup *d = pp_dedup_new();

    (void)state;
    for (unsigned i = 0; i < sizeof times / sizeof *times; i++)
        for (unsigned n = 0; n < times[i]; n++) {
            struct pp_addr a = nth(i);
            assert_int_equal(pp_dedup_done(d, &a, 80, "a.example"), 0);
        }
    for (unsigned i = 0; i < sizeof times / sizeof *times; i++) {
        struct pp_addr a = nth(i);
        unsigned taken = 0;
        while (pp_dedup_take(d, &a, 80, "A.example"))
            taken++;
        assert_int_equal(taken, times[i]);
        assert_false(pp_dedup_take(d, &a, 443, "a.example"));
        assert_int_equal(pp_dedup_add(d, &a, 80, "a.example"), times[i] == 0);
    }
    pp_dedup_free(d);
}

static void a_million_done(void **state)
{
    struct pp_dedup *d = pp_dedup_new();

    (void)state;
    for (uint32_t i = 0; i < MILLION; i++) {
        struct pp_addr a = nth(i);
        assert_int_equal(pp_dedup_done(d, &a, 80, NULL), 0);
    }
    assert_true(pp_dedup_bytes(d) <= 65536 + 12 * (uint64_t)MILLION);
    for (uint32_t i = 0; i < MILLION; i++) {
        struct pp_addr a = nth(i);
        if (!pp_dedup_take(d, &a, 80, NULL) || pp_dedup_take(d, &a, 80, NULL))
            fail_msg("number %u is not taken once", i);
    }
    pp_dedup_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_million), cmocka_unit_test(equal_and_different_targets),
                                       cmocka_unit_test(targets_of_the_output), cmocka_unit_test(a_million_done)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
