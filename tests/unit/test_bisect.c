/* SPDX-License-Identifier: BSD-2-Clause */
/* test_bisect.c: the sizes that are tried below a broken one, and the size found, for every outcome of the rounds. */
#include "../../core/verdict/confirm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ARMS = 4 }; /* A of 1280 bytes, B1 of 1400, B2 of 1420, B3 of 1500 */

static const struct pp_arm arm = {.connectivity = "t.connectivity"};
static struct pp_plan_arm arms[ARMS] = {{.arm = &arm, .size = 1280}, {.arm = &arm, .size = 1400},
                                        {.arm = &arm, .size = 1420}, {.arm = &arm, .size = 1500}};

/*
 * Words of B1 to B3: w works, b broken, u unstable. MTU: what gets through. FLOWS: the limit, 60 of them gone; 0: none.
 * A_OK: the baseline's outcome in these rounds; LUCKY: only the third flow of a size gets through.
 */
static const struct row {
    const char *what, *words;
    unsigned mtu, flows;
    bool a_fails, lucky, invalid, single;
    unsigned works, fails, rounds; /* works 0: nothing is looked for */
} rows[] = {
    {.what = "between the last two", .words = "wwb", .mtu = 1453, .works = 1453, .fails = 1454, .rounds = 7},
    {.what = "below all", .words = "bbb", .mtu = 1280, .works = 1280, .fails = 1281, .rounds = 6},
    {.what = "one byte below", .words = "wbb", .mtu = 1419, .works = 1419, .fails = 1420, .rounds = 5},
    {.what = "one flow of three is enough", .words = "wbb", .mtu = 1410, .lucky = true, .works = 1410, .fails = 1411,
     .rounds = 4},
    {.what = "nothing is broken", .words = "www", .mtu = 1500},
    {.what = "what lies between is not settled", .words = "wub", .mtu = 1410},
    {.what = "a larger size works", .words = "wbw", .mtu = 1410},
    {.what = "a larger size is not settled", .words = "wbu", .mtu = 1410, .works = 1410, .fails = 1411, .rounds = 4},
    {.what = "the baseline fails, too", .words = "wbb", .mtu = 1400, .a_fails = true, .works = 1400, .fails = 1420,
     .rounds = 3},
    {.what = "packets were missed", .words = "wbb", .mtu = 1400, .invalid = true, .works = 1400, .fails = 1420,
     .rounds = 3},
    {.what = "room for two rounds", .words = "wwb", .mtu = 1500, .flows = 68, .works = 1480, .fails = 1500,
     .rounds = 2},
    {.what = "one round is all that is asked for", .words = "wwb", .mtu = 1453, .single = true},
};

static void run_row(const struct row *row)
{
    struct pp_plan plan = {.narms = ARMS, .arm = arms, .ngroups = 1, .max_flows = row->flows, .rounds = row->single};
    struct pp_finding f = {.flows = 60, .round = 12};
    unsigned rounds = 0;

    for (unsigned i = 1; i < ARMS; i++)
        f.arm[i].word = row->words[i - 1] == 'w' ? PP_VERDICT_WORKS
                      : row->words[i - 1] == 'b' ? PP_VERDICT_BROKEN : PP_VERDICT_UNSTABLE;
    while (pp_bisect_next(&plan, &f)) {
        struct pp_result r = {.valid = !row->invalid};
        unsigned n = 0;

        assert_int_equal(f.ports_for, f.bisection.arm);
        assert_in_range(f.bisection.size, f.bisection.works + 1, f.bisection.fails - 1);
        for (uint32_t slots = pp_bisect_slots(); slots; slots &= slots - 1, f.flows++) {
            unsigned slot = (unsigned)__builtin_ctz(slots);
            r.slot[slot].took_part = true;
            r.slot[slot].ok = slot ? f.bisection.size <= row->mtu && (!row->lucky || n == 2) : !row->a_fails;
            n += slot != 0;
        }
        assert_int_equal(n, PP_BISECT_FLOWS);
        pp_bisect_count(&f, &r);
        if (++rounds > 20)
            fail_msg("%s: no end", row->what);
    }
    if (f.bisection.size || f.ports_for || rounds != row->rounds || (f.bisection.arm != 0) != (row->works != 0) ||
        (row->works && (f.bisection.works != row->works || f.bisection.fails != row->fails)))
        fail_msg("%s: %u works, %u fails, after %u rounds", row->what, f.bisection.works, f.bisection.fails, rounds);
}

static void all_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        run_row(&rows[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_rows)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
