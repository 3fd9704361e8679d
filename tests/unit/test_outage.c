/* SPDX-License-Identifier: BSD-2-Clause */
/* test_outage.c: series of baseline flows, and which silence is an outage of the vantage point. */
#include "../../core/probe/outage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define B PP_OUTAGE_BUCKET
#define T0 (1000 * B) /* the series' begin; what is below is counted in buckets from there */

/* SENT flows in each of the buckets FROM to TO (not included), of which ANSWERED got an answer. */
struct stretch {
    unsigned from, to, sent, answered;
};

static struct pp_outage *series(const struct stretch *s, size_t n)
{
    struct pp_outage *o = calloc(1, sizeof *o);

    assert_non_null(o);
    for (size_t i = 0; i < n && s[i].to; i++)
        for (unsigned at = s[i].from; at < s[i].to; at++)
            for (unsigned flow = 0; flow < s[i].sent; flow++) {
                pp_outage_sent(o, T0 + at * B + flow);
                if (flow < s[i].answered)
                    pp_outage_answered(o, T0 + at * B + flow);
            }
    return o;
}

#define ROWS 4

/* AT: of the flow that failed. FROM, TO: the window that is found; TO 0: none. NOW_AT: do new targets wait then? */
static const struct {
    const char *what;
    struct stretch s[ROWS];
    unsigned at, from, to;
    unsigned now_at;
    bool now;
} rows[] = {
    {"an uplink that was down", {{0, 20, 5, 5}, {20, 120, 5, 0}, {120, 150, 5, 5}}, 50, 20, 120, 70, true},
    {"its first flow", {{0, 20, 5, 5}, {20, 120, 5, 0}, {120, 150, 5, 5}}, 20, 20, 120, 35, false},
    {"its last flow", {{0, 20, 5, 5}, {20, 120, 5, 0}, {120, 150, 5, 5}}, 119, 20, 120, 60, true},
    {"before it", {{0, 20, 5, 5}, {20, 120, 5, 0}, {120, 150, 5, 5}}, 19, 0, 0, 165, false},
    {"after it", {{0, 20, 5, 5}, {20, 120, 5, 0}, {120, 150, 5, 5}}, 120, 0, 0, 155, false},
    {"still down", {{0, 20, 5, 5}, {20, 60, 5, 0}}, 30, 20, 60, 60, true},
    {"half of the targets dead: no outage", {{0, 100, 5, 2}}, 50, 0, 0, 90, false},
    {"nearly all dead, but one answers at times",
     {{0, 20, 5, 5}, {20, 28, 5, 0}, {28, 29, 5, 1}, {29, 37, 5, 0}}, 25, 0, 0, 40, false},
    {"a stretch of dead targets, shorter than 1 s", {{0, 20, 5, 5}, {20, 29, 50, 0}, {29, 60, 5, 5}}, 25, 0, 0, 59,
     false},
    {"long, but of fewer than 20 flows", {{0, 20, 5, 5}, {20, 39, 1, 0}, {39, 60, 5, 5}}, 25, 0, 0, 59, false},
    {"20 flows will do", {{0, 20, 5, 5}, {20, 40, 1, 0}, {40, 60, 5, 5}}, 25, 20, 40, 59, false},
    {"nothing ever answered: dead targets, as far as is known", {{0, 100, 5, 0}}, 50, 0, 0, 90, false},
    {"19 answers are too few to tell", {{0, 19, 1, 1}, {19, 100, 5, 0}}, 50, 0, 0, 90, false},
    {"20 are enough", {{0, 20, 1, 1}, {20, 100, 5, 0}}, 50, 20, 100, 90, true},
    {"times without flows belong to neither side", {{0, 20, 5, 5}, {30, 40, 5, 0}, {50, 60, 5, 0}, {70, 90, 5, 5}}, 35,
     30, 60, 82, false},
    {"the failed flow was not one that counts", {{0, 20, 5, 5}, {30, 40, 5, 0}, {50, 60, 5, 0}, {70, 90, 5, 5}}, 45, 30,
     60, 82, false},
    {"longer ago than is kept", {{0, 20, 5, 5}, {20, 120, 5, 0}, {1200, 1210, 5, 5}}, 50, 0, 0, 1209, false},
};

static void silence(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pp_outage *o = series(rows[i].s, ROWS);
        bool covers = pp_outage_covers(o, T0 + rows[i].at * B + B / 2);

        if (covers != (rows[i].to != 0) || o->nwindows != covers)
            fail_msg("%s: %s an outage", rows[i].what, covers ? "" : "not");
        if (covers && (o->window[0].from != T0 + rows[i].from * B || o->window[0].to != T0 + rows[i].to * B))
            fail_msg("%s: from %g to %g", rows[i].what, (double)(o->window[0].from - T0) / B,
                     (double)(o->window[0].to - T0) / B);
        if (pp_outage_now(o, T0 + rows[i].now_at * B) != rows[i].now)
            fail_msg("%s: new targets %s wait", rows[i].what, rows[i].now ? "have to" : "must not");
        free(o);
    }
}

/* Each failed flow finds the window that is known by then; of one outage there is one window. */
static void windows_are_merged(void **state)
{
    struct pp_outage *o = series((struct stretch[ROWS]){{0, 20, 5, 5}, {20, 40, 5, 0}}, ROWS);

    (void)state;
    assert_true(pp_outage_covers(o, T0 + 25 * B));
    assert_int_equal(o->window[0].to, T0 + 40 * B);
    for (unsigned at = 40; at < 60; at++)
        pp_outage_sent(o, T0 + at * B);
    assert_true(pp_outage_covers(o, T0 + 21 * B));
    assert_true(pp_outage_covers(o, T0 + 55 * B));
    assert_int_equal(o->nwindows, 1);
    assert_int_equal(o->window[0].from, T0 + 20 * B);
    assert_int_equal(o->window[0].to, T0 + 60 * B);
    for (unsigned at = 60; at < 90; at++) { /* up, and down again */
        pp_outage_sent(o, T0 + at * B);
        if (at < 65)
            pp_outage_answered(o, T0 + at * B);
    }
    assert_true(pp_outage_covers(o, T0 + 80 * B));
    assert_int_equal(o->nwindows, 2);
    assert_int_equal(o->window[1].from, T0 + 65 * B);
    assert_int_equal(o->window[1].to, T0 + 90 * B);
    free(o);
}

/* An answer that comes late takes a flow out of what was taken for an outage. */
static void a_late_answer(void **state)
{
    struct pp_outage *o = series((struct stretch[ROWS]){{0, 20, 5, 5}, {20, 35, 5, 0}}, ROWS);

    (void)state;
    assert_true(pp_outage_covers(o, T0 + 22 * B));
    pp_outage_answered(o, T0 + 27 * B);
    assert_false(pp_outage_covers(o, T0 + 22 * B));
    free(o);
}

/* More outages than are kept one by one: the last window goes on to the end, and nothing is written past it. */
static void many_windows(void **state)
{
    struct pp_outage *o = calloc(1, sizeof *o);
    unsigned at = 0;

    (void)state;
    assert_non_null(o);
    for (unsigned n = 0; n < PP_OUTAGE_WINDOWS + 10; n++) {
        for (unsigned i = 0; i < 10; i++, at++)
            for (unsigned flow = 0; flow < 2; flow++) {
                pp_outage_sent(o, T0 + at * B);
                pp_outage_answered(o, T0 + at * B);
            }
        for (unsigned i = 0; i < 20; i++, at++)
            pp_outage_sent(o, T0 + at * B);
        assert_true(pp_outage_covers(o, T0 + (at - 5) * B));
    }
    assert_int_equal(o->nwindows, PP_OUTAGE_WINDOWS);
    assert_int_equal(o->window[0].from, T0 + 10 * B);
    assert_int_equal(o->window[PP_OUTAGE_WINDOWS - 1].to, T0 + at * B);
    free(o);
}

/* No window is found for a flow in the future or from before the series. */
static void outside_the_series(void **state)
{
    struct pp_outage *o = series((struct stretch[ROWS]){{0, 20, 5, 5}, {20, 60, 5, 0}}, ROWS);

    (void)state;
    assert_false(pp_outage_covers(o, T0 + 100 * B));
    assert_false(pp_outage_covers(o, T0 - 10 * B));
    pp_outage_answered(o, T0 + 100 * B);
    pp_outage_sent(o, T0 - 2000 * B);
    assert_true(pp_outage_covers(o, T0 + 30 * B));
    free(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence),      cmocka_unit_test(windows_are_merged), cmocka_unit_test(a_late_answer),
        cmocka_unit_test(many_windows), cmocka_unit_test(outside_the_series),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
