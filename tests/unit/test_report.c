/* SPDX-License-Identifier: BSD-2-Clause */
/* test_report.c: escaping of untrusted text, and intervals of shares if targets of one network fail together. */
#include "core/aggregate/aggregate.h"
#include "core/report/page.h"

#include "core/base/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void strangers(void **state)
{
    static const struct {
        const char *text, *html, *plain;
    } rows[] = {
        {"a<b>&\"'", "a&lt;b&gt;&amp;&quot;&#39;", "a<b>&\"'"},
        {"caf\xc3\xa9 \xe2\x82\xac", "caf\xc3\xa9 \xe2\x82\xac", "caf\xc3\xa9 \xe2\x82\xac"},
        {"\x1b[31m\r\n\x7f", "\\u{1b}[31m\\u{d}\\u{a}\\u{7f}", "\\u{1b}[31m\\u{d}\\u{a}\\u{7f}"},
        {"\xe2\x80\xae""exe\xe2\x81\xa6", "\\u{202e}exe\\u{2066}", "\\u{202e}exe\\u{2066}"},
        {"\xc2\x85\xef\xbb\xbf\xe2\x80\x8b", "\\u{85}\\u{feff}\\u{200b}", "\\u{85}\\u{feff}\\u{200b}"},
        {"\xff\xc0\xaf\xed\xa0\x80", "\\xff\\xc0\\xaf\\xed\\xa0\\x80", "\\xff\\xc0\\xaf\\xed\\xa0\\x80"},
    };
    struct pp_buf out;

    (void)state;
    pp_buf_init(&out, 1000);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int html = 0; html < 2; html++) {
            pp_buf_reset(&out);
            pp_safe_text(&out, rows[i].text, strlen(rows[i].text), html);
            pp_buf_addc(&out, '\0');
            assert_string_equal(out.data, html ? rows[i].html : rows[i].plain);
        }
    pp_buf_release(&out);
}

/* ---- intervals -------------------------------------------------------------------------------------------------- */

#define NETWORKS 200
#define EACH 20

static void line(struct pp_report *f, struct pp_reading *r, unsigned network, unsigned host, bool broken)
{
    char text[256];
    const char *why;
    int len = snprintf(text, sizeof text, "{\"dip\":\"10.%u.%u.%u\",\"experiment\":\"x\",\"connect\":\"tcp\","
                       "\"conditions\":[\"x.connectivity.%s\"]}", network / 250, network % 250, host,
                       broken ? "broken" : "works");

    assert_int_equal(pp_reading_line(r, text, (size_t)len, &why), 0);
    assert_int_equal(pp_report_line(f, r), 0);
}

/*
 * Whole networks are broken, each by chance: the truth has to lie in the interval as often as it says, which it does
 * not by an interval that takes targets for independent.
 */
static void shares_cover(void **state)
{
    struct pp_rng random = pp_rng_init(20261130, 1);
    struct pp_reading *r = calloc(1, sizeof *r);
    const double truth = 0.05;
    unsigned covered = 0, naive = 0;

    (void)state;
    for (unsigned run = 0; run < 200; run++) {
        struct pp_report *f = calloc(1, sizeof *f);
        struct pp_share s;
        struct pp_interval i;
        assert_int_equal(pp_report_open(f), 0);
        for (unsigned n = 0; n < NETWORKS; n++) {
            bool broken = pp_rng_unit(&random) < truth;
            for (unsigned h = 0; h < EACH; h++)
                line(f, r, n, h, broken);
        }
        s = pp_part_share(&f->part[0], &f->part[0].question[0],
                          (unsigned)pp_question_member(&f->part[0].question[0], PP_VERDICT_BROKEN));
        i = pp_binomial_interval(s.k, s.n, 0.95);
        covered += s.interval.low <= truth && truth <= s.interval.high;
        naive += i.low <= truth && truth <= i.high;
        assert_true(s.effect > EACH / 2.);
        pp_report_close(f);
        free(f);
    }
    free(r);
    assert_in_range(covered, 184, 200);
    assert_true(naive < 120);
}

/* The upper limit for an arm broken nowhere, beside an arm broken in NETWORKS networks, or for as many targets. */
static double bound_of_none(bool together, unsigned networks)
{
    struct pp_rng random = pp_rng_init(20261130, 2);
    struct pp_reading *r = calloc(1, sizeof *r);
    struct pp_report *f = calloc(1, sizeof *f);
    char text[256];
    const char *why;
    double high;

    assert_int_equal(pp_report_open(f), 0);
    for (unsigned n = 0; n < NETWORKS; n++) {
        bool broken = n < networks;
        for (unsigned h = 0; h < EACH; h++) {
            bool other = together ? broken : pp_rng_unit(&random) < (double)networks / NETWORKS;
            int len = snprintf(text, sizeof text,
                               "{\"dip\":\"10.%u.%u.%u\",\"experiment\":\"x\",\"connect\":\"tcp\","
                               "\"conditions\":[\"x.connectivity.%s\",\"x.more.connectivity.works\"]}",
                               n / 250, n % 250, h, other ? "broken" : "works");
            assert_int_equal(pp_reading_line(r, text, (size_t)len, &why), 0);
            assert_int_equal(pp_report_line(f, r), 0);
        }
    }
    high = 1 - pp_part_share(&f->part[0], &f->part[0].question[1], 0).interval.low; /* all of it works */
    pp_report_close(f);
    free(f);
    free(r);
    return high;
}

/* The bound for an arm broken nowhere counts witnesses as the other arm shows them: one a network if none is broken. */
static void none_is_bounded(void **state)
{
    double targets = pp_share_interval(0, NETWORKS * EACH, 0.95).high;
    double whole = pp_share_interval(0, NETWORKS, 0.95).high;

    (void)state;
    assert_true(fabs(bound_of_none(true, 0) / whole - 1) < 0.05); /* some networks share a bucket */
    assert_true(fabs(bound_of_none(true, 10) / whole - 1) < 0.1);
    assert_true(bound_of_none(false, 10) < 1.5 * targets);
}

/* A network with most of the broken targets stands out; targets behind one middlebox count as one witness. */
static void chance_of_a_network(void **state)
{
    (void)state;
    assert_true(pp_page_chance(24, 100, 30, 970, 1, 9) < 1e-15);
    assert_true(pp_page_chance(24, 100, 30, 970, 24, 9) > 0.05);
    assert_true(pp_page_chance(15, 485, 30, 970, 1, 1) > 0.5);
    assert_true(pp_page_chance(0, 100, 30, 970, 1, 9) >= 1);
    assert_true(pp_page_chance(5, 20, 5, 20, 1, 1) >= 1); /* one network has all */
    assert_true(pp_page_chance(3, 100, 30, 970, 1, 9) >= 1); /* as all have */
}

static void odds(void **state)
{
    char text[PP_ODDS_STRLEN];

    (void)state;
    assert_string_equal(pp_odds_str(13321.7, text), "1 in 13,000"); /* a bound is rounded down */
    assert_string_equal(pp_odds_str(26379.6, text), "1 in 26,000");
    assert_string_equal(pp_odds_str(10000, text), "1 in 10,000");
    assert_string_equal(pp_odds_str(99.99, text), "1 in 99");
    assert_string_equal(pp_odds_str(0.2, text), "1 in 1");
    assert_string_equal(pp_odds_str(0, text), "1 in 1");
    assert_string_equal(pp_odds_str(INFINITY, text), "1 in 1,000,000,000,000,000,000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strangers),
        cmocka_unit_test(shares_cover),
        cmocka_unit_test(none_is_bounded),
        cmocka_unit_test(chance_of_a_network),
        cmocka_unit_test(odds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
