/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stats.c: exact binomial limits, McNemar's test and Student's quantile, all from one function: the regularised
 * incomplete beta function I_x(a, b) (Abramowitz and Stegun 26.5), whose tails are those of the binomial and of t.
 */
#include "stats.h"

#include <math.h>

/*
 * The continued fraction of I_x(a, b) (A&S 26.5.8) by Lentz's method as Thompson and Barnett (1986) changed it. It
 * converges in about sqrt(max(a, b)) steps for x < (a + 1) / (a + b + 2): the bound is met for 1e12 trials.
 */
static double beta_fraction(double a, double b, double x)
{
    const double tiny = 1e-300;
    double d = 1 - (a + b) * x / (a + 1), c = 1, h;

    d = 1 / (fabs(d) < tiny ? tiny : d);
    h = d;
    for (double m = 1; m < 2e6; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        double both = 1;

        for (int i = 0; i < 2; i++) {
            double term = i ? odd : even;

            d = 1 + term * d;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            c = 1 + term / c;
            c = fabs(c) < tiny ? tiny : c;
            both *= c * d;
        }
        h *= both;
        if (fabs(both - 1) < 1e-15)
            break;
    }
    return h;
}

/* lgamma(3) sets a global sign; any thread may call us. */
static double log_gamma(double x)
{
    int sign;

    return lgamma_r(x, &sign);
}

/* I_x(a, b), a and b > 0. Each tail is computed as itself, so a small one keeps its digits. */
static double beta_share(double a, double b, double x)
{
    double front;

    if (x <= 0 || x >= 1)
        return x >= 1;
    front = exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * log(x) + b * log1p(-x));
    if (x < (a + 1) / (a + b + 2))
        return front * beta_fraction(a, b, x) / a;
    return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

/* The x with I_x(a, b) = SHARE. I_x rises with x; halving is slow, sure, and called a few times a run. */
static double beta_quantile(double a, double b, double share)
{
    double low = 0, high = 1;

    for (int i = 0; i < 200 && high - low > 1e-15 * high; i++) {
        double x = (low + high) / 2;

        if (beta_share(a, b, x) < share)
            low = x;
        else
            high = x;
    }
    return (low + high) / 2;
}

double pp_binomial_upper(uint64_t k, uint64_t n, double confidence)
{
    return k >= n ? 1 : beta_quantile((double)k + 1, (double)(n - k), confidence);
}

double pp_binomial_upper_percent(uint64_t k, uint64_t n, double confidence)
{
    double percent = 100 * pp_binomial_upper(k, n, confidence), unit = pow(10, floor(log10(percent)) - 1);

    /* What has two digits already is not raised by its last bit. */
    return ceil(percent / unit - 1e-9) * unit;
}

double pp_binomial_lower(uint64_t k, uint64_t n, double confidence)
{
    return k == 0 || k > n ? 0 : beta_quantile((double)k, (double)(n - k) + 1, 1 - confidence);
}

struct pp_interval pp_binomial_interval(uint64_t k, uint64_t n, double confidence)
{
    double side = (1 + confidence) / 2;

    return (struct pp_interval){.low = pp_binomial_lower(k, n, side), .high = pp_binomial_upper(k, n, side)};
}

struct pp_interval pp_share_interval(double k, double n, double confidence)
{
    double side = (1 + confidence) / 2;

    return (struct pp_interval){.low = k <= 0 ? 0 : beta_quantile(k, n - k + 1, 1 - side),
                                .high = k >= n ? 1 : beta_quantile(k + 1, n - k, side)};
}

bool pp_binomial_agrees(uint64_t k, uint64_t n, double p, double confidence)
{
    struct pp_interval i = pp_binomial_interval(k, n, confidence);

    return i.low <= p && p <= i.high;
}

double pp_aa_predicted(double p, double together)
{
    return (1 - together) * p * (1 - p);
}

/* P(|X| <= t) = I_y(1/2, df/2) with y = t^2 / (df + t^2): small y, so that no digit is lost when df is large. */
double pp_student(double confidence, double df)
{
    double y = beta_quantile(.5, df / 2, confidence);

    return sqrt(df * y / (1 - y));
}

static double log_choose(double n, double k)
{
    return log_gamma(n + 1) - log_gamma(k + 1) - log_gamma(n - k + 1);
}

double pp_drawn_upper(uint64_t k, uint64_t n, uint64_t marked, uint64_t all)
{
    uint64_t least = n + marked > all ? n + marked - all : 0, most = n < marked ? n : marked;
    double term, sum;

    if (k <= least || k > most)
        return k <= least;
    term = exp(log_choose((double)marked, (double)k) + log_choose((double)(all - marked), (double)(n - k)) -
               log_choose((double)all, (double)n));
    sum = term;
    for (uint64_t i = k; i < most && term > 1e-17 * sum; i++) {
        term *= (double)(marked - i) * (double)(n - i) / ((double)(i + 1) * (double)(all + i + 1 - marked - n));
        sum += term;
    }
    return fmin(1, sum);
}

/* Twice the smaller tail of the binomial of 1/2: P(X <= m) of n = I_1/2(n - m, m + 1). */
double pp_mcnemar(uint64_t b_only, uint64_t a_only)
{
    double less = (double)(b_only < a_only ? b_only : a_only), more = (double)(b_only < a_only ? a_only : b_only);

    return less == more ? 1 : fmin(1, 2 * beta_share(more, less + 1, .5));
}
