/* SPDX-License-Identifier: BSD-2-Clause */
/* test_token_bucket.c: the token bucket: packets per second, bursts, debt, and the times at which to ask again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "../../core/base/token_bucket.h"

#define MS INT64_C(1000000)
#define S INT64_C(1000000000)

/* Asks again whenever it is told to, from FROM until TO. Returns the packets that were let through. */
static uint64_t draw(struct pp_token_bucket *r, unsigned n, int64_t from, int64_t to)
{
    uint64_t packets = 0;

    for (int64_t now = from; now < to;) {
        int64_t again = pp_token_bucket_take(r, n, now);
        if (again == 0) {
            packets += n;
            continue;
        }
        assert_true(again > now);
        now = again;
    }
    return packets;
}

/* Ten seconds of a greedy caller: not more than the rate and one burst, and nearly as much. */
static void a_rate_is_held_and_used(void **state)
{
    static const struct {
        uint64_t per_second;
        unsigned round;
        double burst;
    } rows[] = {
        {1000, 8, 10},        /* 10 ms of it */
        {2000, 16, 20},
        {100, 24, 24},        /* a whole round at least */
        {1, 8, 8},
        {1000000, 24, 10000},
        {10000000, 1, 100000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pp_token_bucket r;
        uint64_t got;

        pp_token_bucket_init(&r, rows[i].per_second, rows[i].round, 5 * S);
        got = draw(&r, rows[i].round, 5 * S, 15 * S);
        assert_true((double)got <= 10.0 * (double)rows[i].per_second + rows[i].burst + 1e-6);
        assert_true((double)got >= 10.0 * (double)rows[i].per_second - 1 - rows[i].round);
    }
}

static void no_limit_never_waits(void **state)
{
    struct pp_token_bucket r;

    (void)state;
    pp_token_bucket_init(&r, 0, 8, 0);
    for (int i = 0; i < 100000; i++)
        assert_int_equal(pp_token_bucket_take(&r, 1000, 0), 0);
    pp_token_bucket_settle(&r, 8, 100000);
    assert_int_equal(pp_token_bucket_take(&r, 1000, 0), 0);
}

/* The time it names is the right one: a nanosecond earlier is too early. */
static void again_is_exact(void **state)
{
    struct pp_token_bucket r;
    int64_t again;

    (void)state;
    pp_token_bucket_init(&r, 1000, 10, 0);
    assert_int_equal(pp_token_bucket_take(&r, 10, 0), 0);
    again = pp_token_bucket_take(&r, 10, 0);
    assert_in_range(again, 10 * MS, 10 * MS + 2);
    assert_int_not_equal(pp_token_bucket_take(&r, 10, again - 2), 0);
    assert_int_equal(pp_token_bucket_take(&r, 10, again), 0);
}

static void idle_time_is_not_saved_up(void **state)
{
    struct pp_token_bucket r;

    (void)state;
    pp_token_bucket_init(&r, 1000, 10, 0);
    assert_int_equal(pp_token_bucket_take(&r, 10, 3600 * S), 0);
    assert_int_not_equal(pp_token_bucket_take(&r, 1, 3600 * S), 0);
}

/* What a round sent beyond what it reserved is paid before the next one begins; what it saved is given back. */
static void rounds_are_settled(void **state)
{
    struct pp_token_bucket r;
    int64_t again;

    (void)state;
    pp_token_bucket_init(&r, 1000, 10, 0);
    assert_int_equal(pp_token_bucket_take(&r, 10, 0), 0);
    pp_token_bucket_settle(&r, 10, 110);
    again = pp_token_bucket_take(&r, 10, 0);
    assert_in_range(again, 110 * MS, 110 * MS + 2);
    assert_int_equal(pp_token_bucket_take(&r, 10, again), 0);
    pp_token_bucket_settle(&r, 10, 0);
    assert_int_equal(pp_token_bucket_take(&r, 10, again), 0);
    pp_token_bucket_settle(&r, 1000000, 0); /* never beyond the burst */
    assert_int_equal(pp_token_bucket_take(&r, 10, again), 0);
    assert_int_not_equal(pp_token_bucket_take(&r, 1, again), 0);
}

/* Clocks of several workers differ by a little: a step back neither gives nor takes tokens. */
static void a_step_back_changes_nothing(void **state)
{
    struct pp_token_bucket r;

    (void)state;
    pp_token_bucket_init(&r, 1000, 10, S);
    assert_int_equal(pp_token_bucket_take(&r, 10, S + 5 * MS), 0);
    assert_int_not_equal(pp_token_bucket_take(&r, 10, S), 0);
    assert_int_not_equal(pp_token_bucket_take(&r, 10, S + 14 * MS), 0);
    assert_int_equal(pp_token_bucket_take(&r, 10, S + 15 * MS + 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rate_is_held_and_used), cmocka_unit_test(no_limit_never_waits),
        cmocka_unit_test(again_is_exact),          cmocka_unit_test(idle_time_is_not_saved_up),
        cmocka_unit_test(rounds_are_settled),      cmocka_unit_test(a_step_back_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
