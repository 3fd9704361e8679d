/* SPDX-License-Identifier: BSD-2-Clause */
/* test_estimate.c: estimates of the time left of a run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "../../core/results/estimate.h"

#include <math.h>
#include <string.h>

static void left(void **state)
{
    static const struct {
        const char *what;
        struct pp_estimate e;
        double wanted;
    } rows[] = {
        {"no total", {.begun = 10, .done = 5, .starts_ps = 5, .at_most = -1}, -1},
        {"no total, but a limit", {.begun = 10, .done = 5, .starts_ps = 5, .at_most = 30}, 30},
        {"nothing begun yet", {.total = 100, .at_most = -1}, -1},
        {"at the present pace", {.total = 100, .begun = 50, .done = 40, .starts_ps = 5, .at_most = -1}, 10},
        {"with a confirmation behind the last one",
         {.total = 100, .begun = 50, .done = 40, .starts_ps = 5, .confirming_takes = 240, .at_most = -1}, 250},
        {"all begun: as long as the slowest takes",
         {.total = 100, .begun = 100, .done = 97, .confirmed_in = 185, .confirming_takes = 240, .at_most = -1}, 185},
        {"one that takes longer than the rest",
         {.total = 100, .begun = 90, .done = 80, .starts_ps = 10, .confirmed_in = 185, .confirming_takes = 62,
          .at_most = -1}, 185},
        {"overdue", {.total = 100, .begun = 100, .done = 99, .confirmed_in = -7, .at_most = -1}, 1},
        {"done", {.total = 100, .begun = 100, .done = 100, .confirmed_in = -7, .at_most = -1}, 0},
        {"cut off before", {.total = 1000, .begun = 50, .done = 40, .starts_ps = 5, .at_most = 12}, 12},
        {"more than there are, as lists are that grow",
         {.total = 100, .begun = 120, .done = 120, .starts_ps = 5, .at_most = -1}, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (fabs(pp_estimate_left(&rows[i].e) - rows[i].wanted) > 1e-9)
            fail_msg("%s: %g, not %g", rows[i].what, pp_estimate_left(&rows[i].e), rows[i].wanted);
}

static void text(void **state)
{
    static const struct {
        double left;
        const char *wanted;
    } rows[] = {{0, "0 s"}, {.2, "1 s"}, {99, "99 s"}, {100, "2 min"}, {240, "4 min"}, {5999, "100 min"},
                {7800, "2 h 10 min"}, {360001, "4 d 4 h"}, {-1, NULL}, {1e12, NULL}};
    char out[32];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool known = pp_estimate_text(rows[i].left, out);
        assert_int_equal(known, rows[i].wanted != NULL);
        if (known)
            assert_string_equal(out, rows[i].wanted);
    }
}

static void smooth(void **state)
{
    double rate = pp_estimate_smooth(0, 100, 1);

    (void)state;
    assert_true(rate == 100); /* the first one is all that is known */
    for (int i = 0; i < 60; i++)
        rate = pp_estimate_smooth(rate, 10, 1);
    assert_true(rate > 10 && rate < 11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(left), cmocka_unit_test(text), cmocka_unit_test(smooth)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
