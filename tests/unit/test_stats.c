/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_stats.c: limits, tests and intervals beside the figures of scipy 1.10.1 and statsmodels 0.13.5, and by
 * simulation from fixed seeds. The call that made a number stands over its rows; import scipy.stats as st,
 * statsmodels.api as sm, numpy as np.
 */
#include "core/verdict/stats.h"

#include "core/base/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define LENGTH(a) (sizeof(a) / sizeof *(a))

static void assert_near(double got, double want, double relative)
{
    if (fabs(got - want) <= fabs(want) * relative)
        return;
    print_error("got %.12g, want %.12g\n", got, want);
    fail();
}

/*
 * lower, upper: st.beta.ppf(1-c, k, n-k+1), st.beta.ppf(c, k+1, n-k)
 * low, high: statsmodels.stats.proportion.proportion_confint(k, n, alpha=1-c, method='beta')
 */
static void binomial_limits(void **state)
{
    static const struct {
        uint64_t k, n;
        double c, lower, upper, low, high;
    } rows[] = {
        {0, 20000, 0.95, 0, 0.0001497753962, 0, 0.000184426964},
        {0, 1, 0.95, 0, 0.95, 0, 0.975},
        {1, 20000, 0.95, 2.564661431e-06, 0.0002371710266, 1.265889598e-06, 0.0002785503322},
        {5, 20000, 0.95, 9.851247779e-05, 0.0005255792997, 8.11791428e-05, 0.0005833193489},
        {3, 10, 0.99, 0.04750699895, 0.7028835277, 0.0370072211, 0.7351139853},
        {9, 10, 0.95, 0.6058366976, 0.9948838031, 0.554983883, 0.9974714215},
        {500, 1000, 0.95, 0.4735177312, 0.5264822688, 0.468549173, 0.531450827},
        {123, 1000000, 0.95, 0.0001053445139, 0.0001428655508, 0.0001022260363, 0.0001467546766},
        {999999, 1000000, 0.95, 0.9999952561, 0.9999999487, 0.9999944284, 0.9999999747},
        {1234567, 1000000000, 0.999, 0.001231138371, 0.001238002313, 0.001230916384, 0.00123822515},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        double digits = rows[i].n > 1000000 ? 1e-6 : 1e-8;
        struct pp_interval two = pp_binomial_interval(rows[i].k, rows[i].n, rows[i].c);

        assert_near(pp_binomial_lower(rows[i].k, rows[i].n, rows[i].c), rows[i].lower, digits);
        assert_near(pp_binomial_upper(rows[i].k, rows[i].n, rows[i].c), rows[i].upper, digits);
        assert_near(two.low, rows[i].low, digits);
        assert_near(two.high, rows[i].high, digits);
    }
    assert_near(pp_binomial_upper(0, 20000, .95), 1.5e-4, .01); /* the method's own example */
    assert_true(pp_binomial_lower(0, 0, .95) == 0 && pp_binomial_upper(0, 0, .95) == 1);
    assert_true(pp_binomial_lower(7, 7, .95) > .65 && pp_binomial_upper(7, 7, .95) == 1);
    /* 2.045 %; 2.95 %, of which a nearest value would make 2.9 or 3.0; all of them. */
    assert_near(pp_binomial_upper_percent(0, 145, .95), 2.1, 1e-9);
    assert_near(pp_binomial_upper_percent(0, 100, .95), 3, 1e-9);
    assert_near(pp_binomial_upper_percent(0, 0, .95), 100, 1e-9);
    assert_true(pp_binomial_agrees(5, 20000, 2.5e-4, .95) && !pp_binomial_agrees(15, 20000, 2.5e-4, .95));
}

/* statsmodels.stats.contingency_tables.mcnemar([[0, b], [a, 0]], exact=True).pvalue */
/* mpmath 1.3: the x at which betainc(a, b, 0, x, regularized=True) is p, by halving */
static void shares_of_so_many_witnesses(void **state)
{
    struct pp_interval i = pp_share_interval(2.5, 40.25, 0.95), whole = pp_binomial_interval(10, 500, 0.95);

    (void)state;
    assert_near(i.low, 0.0104681403902979, 1e-9);
    assert_near(i.high, 0.185733754482656, 1e-9);
    i = pp_share_interval(10, 500, 0.95);
    assert_near(i.low, whole.low, 1e-9);
    assert_near(i.high, whole.high, 1e-9);
    i = pp_share_interval(0, 0, 0.95);
    assert_true(i.low <= 0 && i.high >= 1);
}

static void mcnemar(void **state)
{
    static const struct {
        uint64_t b, a;
        double p;
    } rows[] = {
        {0, 0, 1},
        {1, 0, 1},
        {5, 5, 1},
        {6, 0, 0.03125},
        {10, 3, 0.09228515625},
        {121, 59, 4.434449264e-06},
        {59, 121, 4.434449264e-06},
        {3000, 2800, 0.008969436001},
        {1200, 10, 0}, /* below the smallest double */
        {100000, 101000, 0.02586239244},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_near(pp_mcnemar(rows[i].b, rows[i].a), rows[i].p, 1e-8);
}

/* y = scipy.special.betaincinv(.5, df/2, c); (df*y/(1-y))**.5; its st.t.ppf is good to 8 digits only */
static void student(void **state)
{
    static const struct {
        double c, df, t;
    } rows[] = {
        {0.95, 1, 12.70620474},  {0.95, 2, 4.30265273},      {0.99, 10, 3.169272673},
        {0.95, 100, 1.983971519}, {0.95, 16383, 1.960108796}, {0.5, 3, 0.7648923284},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_near(pp_student(rows[i].c, rows[i].df), rows[i].t, 1e-9);
}

/*
 * 242 pairs in 40 prefixes of 8 ASes, by the rule in the loop. With its d, and for groups g its i, then i // 5:
 * sm.OLS(d, np.ones(len(d))).fit(cov_type='cluster', cov_kwds={'groups': g}, use_t=True).conf_int()
 */
static void difference_by_cluster(void **state)
{
    struct pp_pairs all, half[2];
    struct pp_difference r, merged;
    unsigned worker = 0;

    (void)state;
    assert_int_equal(pp_pairs_init(&all) | pp_pairs_init(&half[0]) | pp_pairs_init(&half[1]), 0);
    for (unsigned i = 0; i < 40; i++)
        for (unsigned j = 0; j < 1 + i * 7 % 11; j++) {
            bool b_only = (i * i + 3 * j) % 13 == 0, a_only = !b_only && (i + 5 * j) % 17 == 0;
            uint8_t v4[4] = {10, 0, (uint8_t)i, (uint8_t)j};
            struct pp_addr address = pp_addr_from4(v4);
            uint64_t prefix = pp_cluster_prefix(&address), as = pp_cluster_as(64500 + i / 5);

            pp_pairs_add(&all, prefix, as, !a_only, !b_only);
            pp_pairs_add(&half[worker++ % 2], prefix, as, !a_only, !b_only);
        }
    r = pp_pairs_difference(&all, .95);
    assert_true(all.n == 242 && all.b_only == 20 && all.a_only == 13 && r.prefixes == 40 && r.ases == 8);
    assert_near(r.mean, 0.02892561983, 1e-9);
    assert_near(r.p, 0.296206368599087, 1e-9); /* mcnemar as above */
    assert_near(r.prefix.low, -0.007185458172, 1e-7);
    assert_near(r.prefix.high, 0.06503669784, 1e-7);
    assert_near(r.as.low, -0.01076142317, 1e-7);
    assert_near(r.as.high, 0.06861266284, 1e-7);
    assert_true(r.widest.low == r.as.low && r.widest.high == r.as.high);

    pp_pairs_merge(&half[1], &half[0]);
    merged = pp_pairs_difference(&half[1], .95);
    assert_memory_equal(&r, &merged, sizeof r);
    pp_pairs_release(&all);
    pp_pairs_release(&half[0]);
    pp_pairs_release(&half[1]);
}

/* Differences without variance still have an interval wider than zero. */
static void difference_of_little(void **state)
{
    struct pp_pairs p;
    struct pp_difference r;

    (void)state;
    assert_int_equal(pp_pairs_init(&p), 0);
    r = pp_pairs_difference(&p, .95);
    assert_true(r.mean == 0 && r.p == 1 && r.widest.low == -1 && r.widest.high == 1);
    for (unsigned i = 0; i < 100; i++)
        pp_pairs_add(&p, i % 50, 1, true, true);
    r = pp_pairs_difference(&p, .95);
    assert_true(r.prefixes == 50 && r.ases == 1 && r.as.low == -1 && r.as.high == 1);
    assert_near(r.prefix.high, 0.07112173646, 1e-8); /* st.beta.ppf(.975, 1, 50) */
    assert_near(r.prefix.low, -0.07112173646, 1e-8);
    pp_pairs_release(&p);
}

static void cluster_keys(void **state)
{
    static const struct {
        const char *x, *y;
        bool same;
    } rows[] = {
        {"192.0.2.1", "192.0.2.255", true},        {"192.0.2.1", "192.0.3.1", false},
        {"2001:db8:1::1", "2001:db8:1:ff::", true}, {"2001:db8:1::1", "2001:db8:2::1", false},
        {"0.0.1.1", "::1", false},                  {"192.0.2.1", "::c000:200:0:0:0", false},
        {"64:ff9b::808:808", "64:ff9b::101:101", false}, {"64:ff9b::808:808", "8.8.8.1", true},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct pp_addr x, y;

        assert_int_equal(pp_addr_parse(&x, rows[i].x, strlen(rows[i].x)), 0);
        assert_int_equal(pp_addr_parse(&y, rows[i].y, strlen(rows[i].y)), 0);
        assert_int_equal(pp_cluster_prefix(&x) == pp_cluster_prefix(&y), rows[i].same);
    }
    assert_true(pp_cluster_as(1) != pp_cluster_as(2) && pp_cluster_as(0xffffffff) >> 56 == 3);
}

/*
 * No difference between the arms, but it is whole prefixes that favour one: the robust 95 % interval covers 0 in 95
 * % of the samples (a little less with few clusters), the one that takes pairs for independent does not.
 */
static void interval_covers(void **state)
{
    enum { SAMPLES = 1000, PREFIXES = 120 };
    struct pp_rng rng = pp_rng_init(3, 1);
    unsigned robust = 0, naive = 0;

    (void)state;
    for (unsigned s = 0; s < SAMPLES; s++) {
        struct pp_clusters c;
        struct pp_interval i;
        double n = 0, sum = 0, squares = 0;

        assert_int_equal(pp_clusters_init(&c), 0);
        for (unsigned k = 0; k < PREFIXES; k++) {
            int mood = (int)pp_rng_below(&rng, 3) - 1;

            for (uint64_t j = 1 + pp_rng_below(&rng, 20); j > 0; j--) {
                int d = pp_rng_unit(&rng) < .7 ? mood : 0;

                pp_clusters_add(&c, (uint64_t)s << 32 | k, d);
                n++;
                sum += d;
                squares += d * d;
            }
        }
        i = pp_clusters_interval(&c, .95, NULL);
        robust += i.low <= 0 && 0 <= i.high;
        naive += fabs(sum / n) <= 1.96 * sqrt(squares / n / n);
        pp_clusters_release(&c);
    }
    assert_in_range(robust, SAMPLES * 93 / 100, SAMPLES * 97 / 100);
    assert_in_range(naive, 0, SAMPLES * 80 / 100);
}

/* sum(C(K, i) C(N - K, n - i)) / C(N, n) in whole numbers of Python */
static void drawn(void **state)
{
    static const struct {
        uint64_t k, n, marked, all;
        double p;
    } rows[] = {
        {3, 5, 10, 50, 0.0482603031962091},     {1, 1, 1, 2, 0.5},
        {24, 100, 30, 970, 5.0192615202902725e-20}, {0, 5, 2, 9, 1},
        {2, 2, 2, 2, 1},                        {6, 5, 9, 20, 0},
        {15, 485, 30, 970, 0.5733752096515399}, {5, 20, 5, 100000, 1.860666060093771e-19},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++)
        assert_near(pp_drawn_upper(rows[i].k, rows[i].n, rows[i].marked, rows[i].all), rows[i].p, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(binomial_limits),
        cmocka_unit_test(shares_of_so_many_witnesses),
        cmocka_unit_test(mcnemar),
        cmocka_unit_test(drawn),
        cmocka_unit_test(student),
        cmocka_unit_test(difference_by_cluster),
        cmocka_unit_test(difference_of_little),
        cmocka_unit_test(cluster_keys),
        cmocka_unit_test(interval_covers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
