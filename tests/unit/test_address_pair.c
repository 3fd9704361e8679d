/* SPDX-License-Identifier: BSD-2-Clause */
/* test_address_pair.c: when the addresses of a pair begin. */
#include "../../core/probe/address_pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../core/base/wheel.h"

static void start_is_the_later_arrival(void **state)
{
    struct pp_address_pairs *t = pp_address_pairs_new();

    (void)state;
    assert_non_null(t);
    assert_int_equal(pp_address_pairs_start(t, 7), 0);
    pp_address_pairs_arrive(t, 7, 1000);
    assert_int_equal(pp_address_pairs_start(t, 7), PP_NEVER);
    assert_int_equal(pp_address_pairs_start(t, 8), 0);
    pp_address_pairs_arrive(t, 7, 400);
    assert_int_equal(pp_address_pairs_start(t, 7), 1000);
    pp_address_pairs_arrive(t, 8, 400);
    pp_address_pairs_arrive(t, 8, 3000);
    assert_int_equal(pp_address_pairs_start(t, 8), 3000);
    assert_int_equal(pp_address_pairs_start(t, 7), 1000);
    pp_address_pairs_free(t);
}

/* With more pairs than the table holds, an address whose pair was forgotten does not wait. */
static void many(void **state)
{
    struct pp_address_pairs *t = pp_address_pairs_new();
    uint64_t forgotten = 0;

    (void)state;
    assert_non_null(t);
    for (uint64_t pair = 1; pair <= 100000; pair++)
        pp_address_pairs_arrive(t, pair, (int64_t)pair);
    for (uint64_t pair = 1; pair <= 100000; pair++) {
        int64_t start = pp_address_pairs_start(t, pair);
        assert_true(start == 0 || start == PP_NEVER);
        forgotten += start == 0;
    }
    assert_in_range(forgotten, 1, 99999);
    pp_address_pairs_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(start_is_the_later_arrival),
        cmocka_unit_test(many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
