/* SPDX-License-Identifier: BSD-2-Clause */
/* test_report.c: text of strangers, and intervals of shares where targets of one network fail together. */
#include "core/aggregate/aggregate.h"
#include "core/report/sheet.h"

#include "core/base/random.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strangers),
        cmocka_unit_test(shares_cover),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
