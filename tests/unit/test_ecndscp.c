/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ecndscp.c: what the experiment `ecndscp` sums up from verdicts written by hand, and the arms that its option
 * makes. Its source is a part of this file, as in a static build.
 */
#define PP_STATIC_PLUGIN ecndscp
#include "../../plugins/ecndscp.c"

#include "../../core/loader/plugins.h"
#include "stated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define W PP_VERDICT_WORKS
#define X PP_VERDICT_BROKEN
#define U PP_VERDICT_UNSTABLE

static const struct {
    const char *what;
    uint8_t arm[16]; /* rows: codepoints 0, 8, 34, 46; columns: Not-ECT, ECT(0), ECT(1), CE */
    const char *conditions;
} rows[] = {
    {"nothing", {0, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W}, ""},
    {"ECT(0)", {0, X, W, W, W, X, W, W, W, X, W, W, W, X, W, W}, "ecn.lost"},
    {"46", {0, W, W, W, W, W, W, W, W, W, W, W, X, X, X, X}, "dscp.lost"},
    {"46 with ECT", {0, W, W, W, W, W, W, W, W, W, W, W, W, X, X, W}, "joint.lost"},
    {"46, and CE", {0, W, W, X, W, W, W, X, W, W, W, X, X, X, X, X}, "ecn.lost dscp.lost"},
    {"46 with ECT, where 46 alone is not decided", {0, W, W, W, W, W, W, W, W, W, W, W, U, X, X, W}, ""},
};

static void test_conclude(void **unused)
{
    static struct pp_plugin p;

    (void)unused;
    p = pp_plugin_ecndscp;
    p.conditions = conditions;
    p.nconditions = CONDITIONS;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct stated s;

        stated_init(&s, &p, "ecndscp.", 0);
        sum_up(&(struct pp_verdicts_view){.mode = PP_MODE_HTTP, .narms = 16, .arm = rows[i].arm}, &s.sink);
        if (strcmp(s.text, rows[i].conditions) != 0)
            fail_msg("%s: wanted '%s', got '%s'", rows[i].what, rows[i].conditions, s.text);
    }
}

static const char *text(struct pp_tables *t, const char *fmt, ...)
{
    (void)t;
    return fmt;
}

static void test_tables(void **unused)
{
    (void)unused;
    assert_int_equal(pp_plugin_check(&pp_plugin_ecndscp, "ecndscp"), 0);
    static struct pp_tables t;

    t.text = text;
    assert_null(configure(&(struct pp_numbers){.n = 2, .v = {0, 46}}, &t));
    assert_int_equal(t.narms, 8); /* 0 is there in any case, and once */
    assert_int_equal(t.arms[0].nsteps, 0);
    assert_int_equal(t.arms[2].nsteps, 2); /* data and datagrams alone */
    assert_int_equal(t.steps[2][0].tos, 1);
    assert_int_equal(t.arms[7].nsteps, 4);
    for (unsigned i = 0; i < 4; i++) {
        const struct pp_step *s = &t.steps[7][i];
        bool marked = s->on == PP_ON_DATA || s->on == PP_ON_DATAGRAM;

        assert_int_equal(s->tos, 46 << 2 | (marked ? 3 : 0));
        assert_int_equal(s->tos_mask, marked ? 0xff : 0xfc);
    }
    assert_non_null(configure(&(struct pp_numbers){.n = 1, .v = {0}}, &(struct pp_tables){.text = text}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_conclude), cmocka_unit_test(test_tables)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
