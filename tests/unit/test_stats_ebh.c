/* SPDX-License-Identifier: BSD-2-Clause */
/* test_stats_ebh.c: the published list beside its definition, by hand, and by simulation from a fixed seed. */
#include "core/verdict/stats.h"

#include "core/base/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define LENGTH(a) (sizeof(a) / sizeof *(a))

static void ebh_of(struct pp_ebh *h, const double *e, size_t n)
{
    assert_int_equal(pp_ebh_init(h), 0);
    for (size_t i = 0; i < n; i++)
        pp_ebh_add(h, e[i]);
}

static void ebh_by_hand(void **state)
{
    static const struct {
        double e[5], q;
        uint64_t size, needed; /* needed: tests with the largest e */
    } rows[] = {
        {{0, 0, 0, 0, 0}, .5, 0, 0},
        {{60, 40, 20, 0, 0}, .1, 3, 1},      /* 50, 25 and 16.7 are asked of them */
        {{49, 24, 16, 12, 9}, .1, 0, 2},     /* each just short of 50, 25, 16.7, 12.5, 10 */
        {{51, 0, 0, 0, 0}, .1, 1, 1},
        {{10.1, 10.1, 10.1, 10.1, 10.1}, .1, 5, 5}, /* none alone, all together */
        {{1e300, INFINITY, NAN, -1, .99}, .1, 2, 1},
        {{1, 1, 1, 1, 1}, 1, 5, 5},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        struct pp_ebh h;
        struct pp_ebh_list l;
        uint64_t on = 0;

        ebh_of(&h, rows[i].e, 5);
        l = pp_ebh_threshold(&h, rows[i].q);
        assert_int_equal(h.n, 5);
        assert_int_equal(l.size, rows[i].size);
        assert_int_equal(l.needed, rows[i].needed);
        for (unsigned j = 0; j < 5; j++)
            on += rows[i].e[j] >= l.threshold;
        assert_int_equal(on, l.size);
        assert_true(isfinite(l.threshold));
        pp_ebh_release(&h);
    }
}

/* On an edge and a hair below it, where a logarithm rounds either way, count and threshold still agree. */
static void ebh_on_the_edge(void **state)
{
    (void)state;
    for (unsigned bin = 1; bin < PP_EBH_BINS; bin += 41)
        for (unsigned below = 0; below < 2; below++) {
            double edge = exp((double)bin / PP_EBH_STEPS), e = below ? nextafter(edge, 0) : edge;
            struct pp_ebh h;
            struct pp_ebh_list l;

            ebh_of(&h, &e, 1);
            l = pp_ebh_threshold(&h, 1);
            assert_int_equal(l.size, 1);
            assert_true(below ? l.threshold < e : l.threshold == e);
            pp_ebh_release(&h);
        }
}

static int falling(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;

    return (a < b) - (a > b);
}

/* The definition, word for word. */
static uint64_t ebh_sorted(double *e, size_t n, double q)
{
    uint64_t size = 0;

    qsort(e, n, sizeof *e, falling);
    for (size_t k = 1; k <= n; k++)
        if (e[k - 1] >= (double)n / (q * (double)k))
            size = k;
    return size;
}

/* A standard normal by Box and Muller. */
static double normal(struct pp_rng *rng)
{
    double r = sqrt(-2 * log(1 - pp_rng_unit(rng)));

    return r * cos(2 * M_PI * pp_rng_unit(rng));
}

/*
 * 900 likelihood ratios under the null, which all lean on one common shock, and 100 of real effects. The share of
 * false ones is at most q in the mean; the histogram never lists more than the definition, nor less than it at q
 * rounded by a step.
 */
static void ebh_holds_its_rate(void **state)
{
    enum { SAMPLES = 300, NULLS = 900, ALL = 1000 };
    const double shift = 3.5, q = .05;
    struct pp_rng rng = pp_rng_init(3, 2);
    double false_share = 0, found = 0, *e = calloc(ALL, sizeof *e);

    (void)state;
    assert_non_null(e);
    for (unsigned s = 0; s < SAMPLES; s++) {
        struct pp_ebh h[2];
        struct pp_ebh_list l;
        double shock = normal(&rng);
        uint64_t wrong = 0, on = 0;

        assert_int_equal(pp_ebh_init(&h[0]) | pp_ebh_init(&h[1]), 0);
        for (unsigned i = 0; i < ALL; i++) {
            double z = sqrt(.5) * shock + sqrt(.5) * normal(&rng) + (i < NULLS ? 0 : shift + 1);

            e[i] = exp(shift * z - shift * shift / 2);
            pp_ebh_add(&h[i % 2], e[i]);
        }
        pp_ebh_merge(&h[0], &h[1]);
        l = pp_ebh_threshold(&h[0], q);
        for (unsigned i = 0; i < ALL; i++) {
            on += e[i] >= l.threshold;
            wrong += i < NULLS && e[i] >= l.threshold;
        }
        assert_int_equal(on, l.size);
        assert_true(l.size <= ebh_sorted(e, ALL, q) && l.size >= ebh_sorted(e, ALL, q * exp(-1. / PP_EBH_STEPS)));
        false_share += l.size ? (double)wrong / (double)l.size / SAMPLES : 0;
        found += (double)(on - wrong) / (ALL - NULLS) / SAMPLES;
        pp_ebh_release(&h[0]);
        pp_ebh_release(&h[1]);
    }
    free(e);
    assert_true(false_share <= q && found > .3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ebh_by_hand),
        cmocka_unit_test(ebh_on_the_edge),
        cmocka_unit_test(ebh_holds_its_rate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
