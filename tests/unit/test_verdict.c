/* SPDX-License-Identifier: BSD-2-Clause */
/* test_verdict.c: words and evidence; the figures are those of the method's own text and of R's dbinom. */
#include "core/run/verdict.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void words_of_a_round(void **state)
{
    (void)state;
    assert_int_equal(pp_word_of_round(true, true), PP_WORKS);
    assert_int_equal(pp_word_of_round(true, false), PP_BROKEN);
    assert_int_equal(pp_word_of_round(false, true), PP_TRANSIENT);
    assert_int_equal(pp_word_of_round(false, false), PP_OFFLINE);
}

static void broken_outweighs_all(void **state)
{
    (void)state;
    for (int w = 0; w < PP_WORDS; w++) {
        assert_int_equal(pp_word_gravest(PP_BROKEN, (enum pp_word)w), PP_BROKEN);
        assert_int_equal(pp_word_gravest((enum pp_word)w, PP_WORKS), w);
    }
}

/* Rows: failures and successes of the arm, of the baseline, and E to four digits. */
static void evidence(void **state)
{
    static const struct {
        struct pp_trials t;
        double e;
    } rows[] = {
        {{0, 0, 0, 0}, 1},
        {{5, 0, 0, 9}, 5921},    /* five clean rounds, two baselines from the second on: the method names 5,921 */
        {{8, 0, 0, 15}, 1.4e6},  /* eight: 1.4e6 */
        {{1, 0, 0, 1}, 3.724},   /* .95 * .98 / .25 */
        {{0, 1, 0, 1}, 0.049},   /* .05 * .98 */
        {{1, 0, 1, 0}, 0.019},   /* .95 * .02 */
        {{0, 1, 1, 0}, 0.004},   /* .05 * .02 / .25 */
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double e = pp_evidence(&rows[i].t);
        assert_true(fabs(e - rows[i].e) <= rows[i].e * (rows[i].e > 1e5 ? 0.05 : 0.001));
    }
}

/* An e-value under the null: whatever p is, the mean of E over all outcomes of n rounds is at most 1. */
static void evidence_is_an_e_value(void **state)
{
    (void)state;
    for (double p = 0.05; p < 1; p += 0.05)
        for (unsigned n = 1; n <= 6; n++) {
            double mean = 0;
            for (unsigned fb = 0; fb <= n; fb++)
                for (unsigned fa = 0; fa <= n; fa++) {
                    struct pp_trials t = {.fb = fb, .sb = n - fb, .fa = fa, .sa = n - fa};
                    double ways = exp(lgamma(n + 1) - lgamma(fb + 1) - lgamma(n - fb + 1) +
                                      lgamma(n + 1) - lgamma(fa + 1) - lgamma(n - fa + 1));
                    mean += ways * pow(p, fa + fb) * pow(1 - p, 2 * n - fa - fb) * pp_evidence(&t);
                }
            assert_true(mean <= 1 + 1e-9);
        }
}

/* Labels exchanged, and nothing else. */
static void mirrored(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 256; i++) {
        struct pp_trials t = {.fb = i & 3, .sb = i >> 2 & 3, .fa = i >> 4 & 3, .sa = i >> 6};
        struct pp_trials m = {.fb = t.fa, .sb = t.sa, .fa = t.fb, .sa = t.sb};
        assert_float_equal(pp_evidence_mirrored(&t), pp_evidence(&m), 0);
        assert_false(pp_evidence(&t) > 1 && pp_evidence(&m) > 1);
    }
}

#define ALPHA 2.5e-4

/* Rows: failures and successes of the arm, of the baseline, after which round; whether it has ended, and as what. */
static const struct {
    const char *what;
    struct pp_trials t;
    unsigned round;
    bool forced, ended;
    enum pp_word word;
} judged[] = {
    {"nothing yet", {0, 0, 0, 0}, 1, false, false, 0},
    {"both succeed at once", {0, 1, 0, 1}, 1, false, true, PP_WORKS},
    {"... and it is an audit", {0, 1, 0, 1}, 1, true, false, 0},
    {"only in round 1 is one enough", {0, 1, 0, 1}, 2, false, false, 0},
    {"a lone failure", {1, 0, 0, 1}, 1, false, false, 0},
    {"all failed", {1, 0, 1, 0}, 1, false, false, 0},
    {"the baseline failed", {0, 1, 1, 0}, 1, false, false, 0},
    /* E = .95^4 .98^7 / (4/11)^4 (7/11)^7 = 957, .95^5 .98^9 / (5/14)^5 (9/14)^9 = 5,921 */
    {"four clean rounds", {4, 0, 0, 7}, 4, false, false, 0},
    {"five", {5, 0, 0, 9}, 5, false, true, PP_BROKEN},
    {"five of an audit", {5, 0, 0, 9}, 5, true, true, PP_BROKEN},
    {"evidence comes before a third success of A", {8, 1, 0, 17}, 9, false, true, PP_BROKEN},
    {"the mirror image", {0, 9, 9, 0}, 5, false, true, PP_TRANSIENT},
    {"the mirror image of an audit", {0, 9, 9, 0}, 5, true, true, PP_TRANSIENT},
    {"A failed twice, the arm never: A's third success", {0, 4, 2, 2}, 3, false, false, 0},
    {"... is there", {0, 4, 2, 3}, 3, false, true, PP_WORKS},
    {"an arm that failed once, at its second success", {1, 2, 0, 5}, 3, false, false, 0},
    {"... at its third", {1, 3, 0, 7}, 4, false, true, PP_WORKS},
    {"an arm that failed twice, at its second success", {2, 2, 0, 7}, 4, false, false, 0},
    {"... at its third", {2, 3, 0, 9}, 5, false, true, PP_UNSTABLE},
    {"many failures with A's as many", {5, 3, 9, 4}, 8, false, true, PP_UNSTABLE},
    {"an audit goes on to its fifth round", {0, 4, 0, 7}, 4, true, false, 0},
    {"... and ends there", {0, 5, 0, 9}, 5, true, true, PP_WORKS},
    {"an audit with a failure", {1, 4, 0, 9}, 5, true, true, PP_WORKS},
    {"an audit with two", {2, 3, 0, 9}, 5, true, true, PP_UNSTABLE},
    {"an audit that is undecided in round 5", {3, 2, 0, 9}, 5, true, false, 0},
};

static void an_arm_ends(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof judged / sizeof *judged; i++) {
        enum pp_word word = PP_WORDS;
        bool ended = pp_verdict_judge(&judged[i].t, judged[i].round, judged[i].forced, ALPHA, &word);
        if (ended != judged[i].ended || (ended && word != judged[i].word))
            fail_msg("%s: %s, %s", judged[i].what, ended ? "ended" : "undecided",
                     word < PP_WORDS ? pp_word_name[word] : "no word");
    }
}

/* How many clean rounds a smaller alpha takes: the method names five for 2.5e-4 and eight for 1e-6. */
static void rounds_by_alpha(void **state)
{
    static const struct {
        double alpha;
        unsigned rounds;
    } rows[] = {{2.5e-4, 5}, {1e-6, 8}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (unsigned n = 1; n <= rows[i].rounds; n++) {
            struct pp_trials t = {.fb = n, .sa = 2 * n - 1};
            enum pp_word word;
            assert_int_equal(pp_verdict_judge(&t, n, false, rows[i].alpha, &word), n == rows[i].rounds);
            if (n == rows[i].rounds)
                assert_int_equal(word, PP_BROKEN);
        }
}

/* What chance alone comes to, by going through all outcomes of 12 rounds: P(`broken`) where any flow fails with P. */
static double broken_by_chance(double p, double alpha)
{
    enum { ROUNDS = 12, A = 2 * ROUNDS, B = ROUNDS + 1 };
    static double now[A][A][B], next[A][A][B]; /* by fa, sa, fb; the rest of the rounds are sb */
    double broken = 0;

    memset(now, 0, sizeof now);
    now[0][0][0] = 1;
    for (unsigned round = 1; round <= ROUNDS; round++) {
        const double of_two[] = {(1 - p) * (1 - p), 2 * p * (1 - p), p * p}, of_one[] = {1 - p, p};
        unsigned asked = round == 1 ? 1 : 2;

        memset(next, 0, sizeof next);
        for (unsigned i = 0; i < A * A * B; i++) {
            unsigned fa = i / (A * B), sa = i / B % A, fb = i % B;
            for (unsigned k = 0; now[fa][sa][fb] > 0 && k < (asked + 1) * 2; k++) {
                unsigned a = k / 2, b = k % 2;
                double chance = now[fa][sa][fb] * (asked == 1 ? of_one[a] : of_two[a]) * of_one[b];
                struct pp_trials t = {.fa = fa + a, .sa = sa + asked - a, .fb = fb + b, .sb = round - fb - b};
                enum pp_word word;
                if (!pp_verdict_judge(&t, round, false, alpha, &word))
                    next[t.fa][t.sa][t.fb] += chance;
                else if (word == PP_BROKEN)
                    broken += chance;
            }
        }
        memcpy(now, next, sizeof now);
    }
    return broken;
}

/* Beside the same sums made by another program; never more than alpha, whatever P. */
static void chance_is_bounded(void **state)
{
    static const struct {
        double p, broken, alpha;
    } rows[] = {
        {.01, 9.494e-11, ALPHA},  {.05, 2.318e-7, ALPHA}, {.1, 5.020e-6, ALPHA}, {.2, 5.959e-5, ALPHA},
        {.357, 1.4656e-4, ALPHA}, {.5, 7.621e-5, ALPHA},  {.1, 4.3284e-7, 1e-4}, {.5, 1.0464e-5, 1e-4},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_true(fabs(broken_by_chance(rows[i].p, rows[i].alpha) - rows[i].broken) <= rows[i].broken * 0.001);
    for (double p = 0; p <= 1; p += 0.01)
        assert_true(broken_by_chance(p, ALPHA) <= ALPHA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_of_a_round),
        cmocka_unit_test(broken_outweighs_all),
        cmocka_unit_test(evidence),
        cmocka_unit_test(evidence_is_an_e_value),
        cmocka_unit_test(mirrored),
        cmocka_unit_test(an_arm_ends),
        cmocka_unit_test(rounds_by_alpha),
        cmocka_unit_test(chance_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
