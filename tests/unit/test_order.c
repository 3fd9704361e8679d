/* SPDX-License-Identifier: BSD-2-Clause */
/* test_order.c: the order of a round's arms: every order that an experiment allows, equally often, and no other. */
#include "../../core/verdict/order.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define DRAWS 60000

/*
 * A, B1, B2 behind B1, B3 behind B1 and last, B4 last, B5 last of all: four groups. Then A' and D, which are slots 6
 * and 7, and three controls of each further group, from 8 on.
 */
static const struct pp_arm arms[] = {
    {.name = "A"}, {.name = "B1"}, {.name = "B2", .after = "B1"}, {.name = "B3", .after = "B1", .last = 1},
    {.name = "B4", .last = 1}, {.name = "B5", .last = 2},
};
static struct pp_plan_arm made[] = {
    {.arm = &arms[0]},
    {.arm = &arms[1]},
    {.arm = &arms[2], .after = 1, .group = 1},
    {.arm = &arms[3], .after = 1, .group = 2},
    {.arm = &arms[4], .group = 2},
    {.arm = &arms[5], .group = 3},
};
static const struct pp_plan plan = {.narms = 6, .arm = made, .ngroups = 4};

/* SLOTS, and how many orders of them there may be. */
static const struct {
    const char *what;
    uint32_t slots;
    unsigned orders;
} rows[] = {
    {"no order declared", 1 << 0 | 1 << 1 | 1 << 6, 6},
    {"one behind another", 1 << 0 | 1 << 1 | 1 << 2, 2},
    {"... with controls of its own", 1 << 0 | 1 << 1 | 1 << 2 | 7 << 8, 2 * 24},
    {"one last", 1 << 0 | 1 << 1 | 1 << 4, 2},
    {"behind another and last", 1 << 0 | 1 << 1 | 1 << 3, 2},
    {"two last", 1 << 0 | 1 << 3 | 1 << 4, 2},
    {"last and last of all", 1 << 0 | 1 << 4 | 1 << 5, 1},
    {"what it needs takes no part", 1 << 0 | 1 << 2, 1},
    {"all", 0xff, 48}, /* A, B1, A', D; then B2; then B3 and B4; then B5 */
    {"the last with a control", 0xff | 1 << 14, 96},
    {"alone", 1 << 0, 1},
    {"none", 0, 0},
};

static int place(const uint8_t *order, unsigned n, unsigned slot)
{
    for (unsigned i = 0; i < n; i++)
        if (order[i] == slot)
            return (int)i;
    return -1;
}

static void obeys(const char *what, uint32_t slots, const uint8_t *order, unsigned n)
{
    unsigned group = 0;

    assert_int_equal(n, __builtin_popcount(slots));
    for (unsigned slot = 0; slot < PP_SLOTS; slot++)
        assert_int_equal(place(order, n, slot) >= 0, slots >> slot & 1);
    for (unsigned i = 0; i < n; i++) {
        unsigned own = pp_slot_group(&plan, order[i]);

        if (own < group)
            fail_msg("%s: slot %u behind what goes later", what, order[i]);
        group = own;
        if (pp_order_after(&plan, order[i]) && place(order, n, 1) > (int)i)
            fail_msg("%s: slot %u before what it needs", what, order[i]);
    }
}

static void test_every_order_equally_often(void **unused)
{
    static uint64_t seen[200];
    static unsigned times[200];
    struct pp_rng rng = pp_rng_init(4, 0);

    (void)unused;
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        unsigned nseen = 0;

        for (unsigned i = 0; i < DRAWS; i++) {
            uint8_t order[PP_SLOTS];
            unsigned n = pp_order_draw(&plan, rows[r].slots, &rng, order), k = 0;
            uint64_t word = 0;

            obeys(rows[r].what, rows[r].slots, order, n);
            for (unsigned j = 0; j < n; j++)
                word = word << 4 | (order[j] + 1u);
            while (k < nseen && seen[k] != word)
                k++;
            if (k == nseen) {
                assert_true(nseen < 200);
                seen[nseen] = word;
                times[nseen++] = 0;
            }
            times[k]++;
        }
        assert_int_equal(nseen, rows[r].orders ? rows[r].orders : 1);
        /* Six standard deviations of a binomial with many orders: the variance is below the mean. */
        for (unsigned k = 0; k < nseen && nseen > 1; k++) {
            double mean = (double)DRAWS / nseen, off = times[k] - mean;
            if (off * off > 36 * mean)
                fail_msg("%s: an order %u times, not about %.0f", rows[r].what, times[k], mean);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_order_equally_often)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
