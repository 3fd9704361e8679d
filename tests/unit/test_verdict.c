/* SPDX-License-Identifier: BSD-2-Clause */
/* test_verdict.c: words and evidence; the figures are those of the method's own text and of exact fractions. */
#include "core/verdict/verdict.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void words_of_a_round(void **state)
{
    (void)state;
    assert_int_equal(pp_verdict_of_round(true, true), PP_VERDICT_WORKS);
    assert_int_equal(pp_verdict_of_round(true, false), PP_VERDICT_BROKEN);
    assert_int_equal(pp_verdict_of_round(false, true), PP_VERDICT_TRANSIENT);
    assert_int_equal(pp_verdict_of_round(false, false), PP_VERDICT_OFFLINE);
}

static void broken_outweighs_all(void **state)
{
    (void)state;
    for (int w = 0; w < PP_VERDICTS; w++) {
        assert_int_equal(pp_verdict_gravest(PP_VERDICT_BROKEN, (enum pp_verdict)w), PP_VERDICT_BROKEN);
        assert_int_equal(pp_verdict_gravest((enum pp_verdict)w, PP_VERDICT_WORKS), w);
    }
}

#define W PP_WEIGHT

/* M controls, K failures, whether the arm is one of them: the ratio, as exact fractions give it. */
static void factors(void **state)
{
    static const struct {
        unsigned m, k;
        bool failed;
        double weight, ratio;
    } rows[] = {
        {1, 0, false, W, 1},                  {1, 1, false, W, 0.019801980198},
        {1, 1, true, W, 1.9801980198},        {1, 2, true, W, 1},
        {2, 0, false, W, 1},                  {2, 1, false, W, 0.0294117647059},
        {2, 1, true, W, 2.94117647059},       {2, 2, false, W, 0.0149253731343},
        {2, 2, true, W, 1.49253731343},       {2, 3, true, W, 1},
        {3, 0, false, W, 1},                  {3, 1, false, W, 0.0388349514563},
        {3, 1, true, W, 3.88349514563},       {3, 2, false, W, 0.019801980198},
        {3, 2, true, W, 1.9801980198},        {3, 3, false, W, 0.0132890365449},
        {3, 3, true, W, 1.32890365449},       {3, 4, true, W, 1},
        {1, 1, false, 1 / W, 1.9801980198},   {1, 1, true, 1 / W, 0.019801980198},
        {2, 1, false, 1 / W, 1.49253731343},  {2, 1, true, 1 / W, 0.0149253731343},
        {2, 2, false, 1 / W, 2.94117647059},  {2, 2, true, 1 / W, 0.0294117647059},
        {3, 1, false, 1 / W, 1.32890365449},  {3, 1, true, 1 / W, 0.0132890365449},
        {3, 2, false, 1 / W, 1.9801980198},   {3, 2, true, 1 / W, 0.019801980198},
        {3, 3, false, 1 / W, 3.88349514563},  {3, 3, true, 1 / W, 0.0388349514563},
        {0, 0, false, W, 1},                  {0, 1, true, W, 1}, /* alone: says nothing */
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double ratio = pp_evidence_factor(rows[i].m, rows[i].k, rows[i].failed, rows[i].weight);
        if (!(fabs(ratio - rows[i].ratio) <= rows[i].ratio * 1e-11))
            fail_msg("row %zu: %.12g, not %.12g", i, ratio, rows[i].ratio);
    }
    for (unsigned m = 1; m <= 3; m++)
        assert_float_equal(pp_evidence_clean(m), pp_evidence_factor(m, 1, true, W), 0);
}

/* For any K failures among M + 1 flows, the mean factor over all positions of the arm is 1. */
static void the_mean_is_one(void **state)
{
    static const double weights[] = {W, 1 / W, 2, 1e6};

    (void)state;
    for (unsigned m = 1; m <= 20; m++)
        for (unsigned k = 1; k <= m; k++)
            for (size_t i = 0; i < sizeof weights / sizeof *weights; i++) {
                double share = k / (m + 1.);
                double mean = share * pp_evidence_factor(m, k, true, weights[i]) +
                              (1 - share) * pp_evidence_factor(m, k, false, weights[i]);
                assert_true(fabs(mean - 1) < 1e-12);
            }
}

/* Labels exchanged, in a round of one control: the mirror image is the same figure. */
static void mirrored(void **state)
{
    (void)state;
    for (int fate = 0; fate < 4; fate++) {
        struct pp_trials t = pp_trials_none(), exchanged = pp_trials_none();
        bool a_ok = fate & 1, b_ok = fate & 2;

        pp_trials_add(&t, 1, !a_ok, b_ok, 1e-4);
        pp_trials_add(&exchanged, 1, !b_ok, a_ok, 1e-4);
        assert_float_equal(t.mirrored, exchanged.e, 1e-12);
        assert_float_equal(t.e, exchanged.mirrored, 1e-12);
    }
}

#define ALPHA 1e-4

/*
 * A trial by its rounds: for each, how many of the controls failed (of one in round 1, then of three), and the arm's
 * `+` or `-`: "0- 0- 1+".
 */
static struct pp_trials trials_of(const char *rounds, double alpha)
{
    struct pp_trials t = pp_trials_none();

    for (unsigned n = 1; *rounds; n++, rounds += rounds[2] == ' ' ? 3 : 2)
        pp_trials_add(&t, n == 1 ? 1 : 3, (unsigned)(rounds[0] - '0'), rounds[1] == '+', alpha);
    return t;
}

#define SEVEN "0- 0- 0- 0- 0- 0- 0-"

/* Rounds; ports on which the arm failed; what the judge says after the last of them. */
static const struct {
    const char *what, *rounds;
    unsigned ports;
    bool forced, last;
    enum pp_judgement is;
    enum pp_verdict word;
} judged[] = {
    {"both succeed at once", "0+", 0, false, false, PP_HAS_ENDED, PP_VERDICT_WORKS},
    {"... and it is an audit", "0+", 0, true, false, PP_GOES_ON, 0},
    {"only in round 1 is one enough", "1+ 0+", 0, false, false, PP_HAS_ENDED, PP_VERDICT_WORKS}, /* A's third success */
    {"a lone failure", "0-", 1, false, false, PP_GOES_ON, 0},
    {"all failed", "1-", 1, false, false, PP_GOES_ON, 0},
    {"the baseline failed", "1+", 0, false, false, PP_GOES_ON, 0},
    {"seven clean rounds: E = 6,793", SEVEN, 7, false, true, PP_GOES_ON, 0},
    {"eight: 26,380, but the list is for more", SEVEN " 0-", 8, false, false, PP_GOES_ON, 0},
    {"... and no round is left", SEVEN " 0-", 8, false, true, PP_LACKS_PORTS, 0},
    {"... nor is a port lacking", SEVEN " 0-", 10, false, true, PP_HAS_ENDED, PP_VERDICT_BROKEN},
    {"eleven: 1,545,028", SEVEN " 0- 0- 0- 0-", 11, false, false, PP_HAS_ENDED, PP_VERDICT_BROKEN},
    {"... on too few ports", SEVEN " 0- 0- 0- 0-", 9, false, false, PP_LACKS_PORTS, 0},
    {"eleven of an audit", SEVEN " 0- 0- 0- 0-", 11, true, false, PP_HAS_ENDED, PP_VERDICT_BROKEN},
    {"a success behind the bound", SEVEN " 0- 0+", 8, false, false, PP_HAS_ENDED, PP_VERDICT_UNSTABLE},
    {"... though controls fail then, and E drops", SEVEN " 0- 3+", 8, false, false, PP_HAS_ENDED, PP_VERDICT_UNSTABLE},
    {"a success in front of it", "0- 0+ 0- 0- 0- 0- 0- 0- 0-", 8, false, false, PP_HAS_ENDED, PP_VERDICT_UNSTABLE},
    {"the mirror image", "1+ 3+ 3+ 3+ 3+ 3+ 3+", 0, false, false, PP_GOES_ON, 0},
    {"... after eight rounds", "1+ 3+ 3+ 3+ 3+ 3+ 3+ 3+", 0, false, false, PP_HAS_ENDED, PP_VERDICT_TRANSIENT},
    {"... of an audit", "1+ 3+ 3+ 3+ 3+ 3+ 3+ 3+", 0, true, false, PP_HAS_ENDED, PP_VERDICT_TRANSIENT},
    {"A failed at first, the arm never: A's second success", "1+ 1+", 0, false, false, PP_GOES_ON, 0},
    {"... and third", "1+ 1+ 2+", 0, false, false, PP_HAS_ENDED, PP_VERDICT_WORKS},
    {"an arm that failed once, at its second success", "0- 0+ 0+", 1, false, false, PP_GOES_ON, 0},
    {"... at its third", "0- 0+ 0+ 0+", 1, false, false, PP_HAS_ENDED, PP_VERDICT_WORKS},
    {"an arm that failed twice, at its second success", "0- 0- 0+ 0+", 2, false, false, PP_GOES_ON, 0},
    {"... at its third", "0- 0- 0+ 0+ 0+", 2, false, false, PP_HAS_ENDED, PP_VERDICT_UNSTABLE},
    {"many failures with A's as many", "1- 3- 2- 1- 3- 2+ 1+ 3+", 5, false, false, PP_HAS_ENDED, PP_VERDICT_UNSTABLE},
    {"an audit goes on to its fifth round", "0+ 0+ 0+ 0+", 0, true, false, PP_GOES_ON, 0},
    {"... and ends there", "0+ 0+ 0+ 0+ 0+", 0, true, false, PP_HAS_ENDED, PP_VERDICT_WORKS},
    {"an audit with a failure", "0+ 0- 0+ 0+ 0+", 1, true, false, PP_HAS_ENDED, PP_VERDICT_WORKS},
    {"an audit with two", "0+ 0- 0- 0+ 0+", 2, true, false, PP_HAS_ENDED, PP_VERDICT_UNSTABLE},
    {"an audit that is undecided in round 5", "0+ 0- 0- 0- 0+", 3, true, false, PP_GOES_ON, 0},
};

/* A success of a flow that made no request does not prevent `broken`; any other success does. */
static void unasked(void **state)
{
    struct pp_trials t = trials_of("0- 0+ 0- 0- 0- 0- 0- 0- 0- 0- 0- 0-", ALPHA);
    struct pp_case c = {.alpha = ALPHA, .round = 12, .ports = 11, .last = true};
    enum pp_verdict word;

    (void)state;
    t.unasked = 1;
    assert_int_equal(pp_verdict_judge(&t, &c, &word), PP_HAS_ENDED);
    assert_int_equal(word, PP_VERDICT_BROKEN);
    t.unasked = 0;
    assert_int_equal(pp_verdict_judge(&t, &c, &word), PP_HAS_ENDED);
    assert_int_equal(word, PP_VERDICT_UNSTABLE);
}

static void an_arm_ends(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof judged / sizeof *judged; i++) {
        struct pp_trials t = trials_of(judged[i].rounds, ALPHA);
        enum pp_verdict word = PP_VERDICT_NONE;
        struct pp_case c = {.alpha = ALPHA,
                            .round = ((unsigned)strlen(judged[i].rounds) + 1) / 3,
                            .ports = judged[i].ports,
                            .at_once = strncmp(judged[i].rounds, "0+", 2) == 0,
                            .forced = judged[i].forced,
                            .last = judged[i].last};
        enum pp_judgement is = pp_verdict_judge(&t, &c, &word);
        if (is != judged[i].is || (is == PP_HAS_ENDED && word != judged[i].word))
            fail_msg("%s: %u, %s", judged[i].what, is, word < PP_VERDICTS ? pp_verdict_name[word] : "no word");
    }
}

/* How many clean rounds an alpha takes, one control in round 1 and three later; sums as exact fractions give them. */
static void rounds_by_alpha(void **state)
{
    static const struct {
        double alpha, e;
        unsigned rounds;
    } rows[] = {{2.5e-4, 6792.7436, 7}, {1e-4, 26379.587, 8}, {1e-5, 102444.997, 9}, {1e-6, 1545027.76, 11}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pp_trials t = pp_trials_none();

        for (unsigned n = 1; n <= rows[i].rounds; n++) {
            assert_false(t.reached);
            pp_trials_add(&t, n == 1 ? 1 : 3, 0, false, rows[i].alpha);
        }
        assert_true(t.reached);
        assert_true(fabs(t.e - rows[i].e) < rows[i].e * 1e-7);
    }
}

/*
 * The probability that E of an arm that makes no difference ever reaches 1/ALPHA in ROUNDS rounds, where in round n
 * exactly k(n) of the flows fail: no process of failures is worse than the worst of these.
 */
static double reaches(unsigned round, unsigned rounds, double e, double alpha)
{
    unsigned m = round == 1 ? 1 : 3;
    double worst = 0;

    if (e * alpha >= 1)
        return 1;
    if (round > rounds)
        return 0;
    for (unsigned k = 1; k <= m; k++) {
        double share = k / (m + 1.);
        double p = share * reaches(round + 1, rounds, e * pp_evidence_factor(m, k, true, W), alpha);
        if (e * pp_evidence_factor(m, k, false, W) * pow(pp_evidence_clean(3), rounds - round) * alpha >= 1)
            p += (1 - share) * reaches(round + 1, rounds, e * pp_evidence_factor(m, k, false, W), alpha);
        worst = p > worst ? p : worst;
    }
    return worst;
}

/* Even an adversary who knows E, and chooses before each round how many flows fail, is held to alpha. */
static void chance_is_bounded(void **state)
{
    static const double alphas[] = {.5, .1, .01, 1e-3, 1e-4};

    (void)state;
    for (size_t i = 0; i < sizeof alphas / sizeof *alphas; i++) {
        double p = reaches(1, 10, 1, alphas[i]);
        print_message("alpha %g: at most %.3g\n", alphas[i], p);
        assert_true(p <= alphas[i] && p > alphas[i] / 20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_of_a_round), cmocka_unit_test(broken_outweighs_all), cmocka_unit_test(factors),
        cmocka_unit_test(the_mean_is_one),  cmocka_unit_test(mirrored),             cmocka_unit_test(an_arm_ends),
        cmocka_unit_test(unasked),
        cmocka_unit_test(rounds_by_alpha),  cmocka_unit_test(chance_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
