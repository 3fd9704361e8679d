/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ecndscp.c: what the experiment `ecndscp` sums up from verdicts written by hand, what it reads in counts of
 * marks, and the arms that its option makes. Its source is a part of this file, as in a static build.
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

static void test_sum_up(void **unused)
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

/* The names have to outlive the tables, so each gets its own static buffer. */
static __attribute__((format(printf, 2, 3))) const char *text(struct pp_tables *t, const char *fmt, ...)
{
    static char names[512][128];
    static unsigned n;
    va_list ap;

    (void)t;
    assert_true(n < 512);
    va_start(ap, fmt);
    vsnprintf(names[n], sizeof names[n], fmt, ap);
    va_end(ap);
    return names[n++];
}

/* ---- counts over QUIC: codepoints 0 and 46 ---- */

#define NO PP_NULL
/* One datagram, acknowledged: without counts; with ECT(0), ECT(1) and CE counted so often. */
#define BARE {1, 0, NO, NO, NO, 1}
#define SAID(ect0, ect1, ce) {1, 1, ect0, ect1, ce, 1}
#define LOST {NO, NO, NO, NO, NO, 1}
#define TWICE(ect0, ect1, ce) {1, 1, ect0, ect1, ce, 2}

static const struct {
    const char *what;
    int64_t value[8][6]; /* 0, then 46: Not-ECT, ECT(0), ECT(1), CE */
    const char *conditions;
} counts[] = {
    {"all as sent",
     {BARE, SAID(1, 0, 0), SAID(0, 1, 0), SAID(0, 0, 1), BARE, SAID(1, 0, 0), SAID(0, 1, 0), SAID(0, 0, 1)},
     "0.ect0.arrived:2 0.ect1.arrived:1 0.ce.arrived:3 46.ect0.arrived:2 46.ect1.arrived:1 46.ce.arrived:3"},
    {"no reports", {BARE, BARE, BARE, BARE, BARE, BARE, BARE, BARE}, ""},
    {"cleared beside 46", {BARE, SAID(1, 0, 0), SAID(0, 1, 0), SAID(0, 0, 1), BARE, BARE, BARE, BARE},
     "0.ect0.arrived:2 0.ect1.arrived:1 0.ce.arrived:3 46.ect0.arrived:0? mark.changed? "
     "46.ect1.arrived:0? mark.changed? 46.ce.arrived:0? mark.changed?"},
    {"CE beside 46", {BARE, SAID(1, 0, 0), SAID(0, 1, 0), SAID(0, 0, 1), BARE, SAID(0, 0, 1), SAID(0, 0, 1), LOST},
     "0.ect0.arrived:2 0.ect1.arrived:1 0.ce.arrived:3 46.ect0.arrived:3 mark.changed 46.ect1.arrived:3 mark.changed"},
    {"ECT(1) is ECT(0) in any case", {BARE, LOST, SAID(1, 0, 0), LOST, BARE, LOST, SAID(1, 0, 0), LOST},
     "0.ect1.arrived:2 46.ect1.arrived:2"},
    {"two of one packet", {BARE, SAID(2, 0, 0), SAID(0, 1, 0), SAID(0, 0, 1), BARE, BARE, BARE, BARE}, ""},
    {"of two each otherwise", {BARE, TWICE(1, 0, 1), LOST, LOST, BARE, TWICE(2, 0, 0), LOST, LOST},
     "46.ect0.arrived:2"},
};

static void test_conclude(void **unused)
{
    static struct pp_tables t;
    static struct pp_plugin p;

    (void)unused;
    t.text = text;
    assert_null(configure(&(struct pp_numbers){.n = 1, .v = {46}}, &t));
    p = pp_plugin_ecndscp;
    p.conditions = t.conditions;
    p.nconditions = t.nconditions;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        for (int quic = 0; quic < 2; quic++) {
            struct pp_outcome arm[8];
            struct stated s;

            for (unsigned k = 0; k < 8; k++)
                arm[k] = (struct pp_outcome){.took_part = 1, .observed = 1, .ok = 1, .value = counts[i].value[k]};
            stated_init(&s, &p, "ecndscp.", quic ? PP_MODE_QUICINIT : 0);
            conclude(&(struct pp_round_view){.mode = quic ? PP_MODE_QUICINIT : PP_MODE_HTTP, .narms = 8, .arm = arm,
                                             .plugin = &p}, &s.sink);
            if (strcmp(s.text, quic ? counts[i].conditions : "") != 0)
                fail_msg("%s: wanted '%s', got '%s'", counts[i].what, counts[i].conditions, s.text);
        }
    }
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sum_up), cmocka_unit_test(test_conclude),
                                       cmocka_unit_test(test_tables)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
