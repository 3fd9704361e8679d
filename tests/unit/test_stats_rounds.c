/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_stats_rounds.c: the sequential rule (Method: verdicts) simulated from fixed seeds, in a loop that shares only
 * evidence and judge with the engine: how often a healthy target is called broken, and how often a broken one is found,
 * where flows fail independently, in episodes, by count or by turn.
 */
#include "core/verdict/stats.h"

#include "core/base/random.h"
#include "core/verdict/verdict.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define ALPHA 1e-4
#define ROUNDS 12
#define WINDOW 30.  /* seconds; a host that fails in episodes is dead for whole windows */
#define ARM_GAP 1.  /* between the starts of a round's arms */
#define TIMEOUT 10. /* of a flow, hence of a round in which one failed */
#define LENGTH(a) (sizeof(a) / sizeof *(a))

enum kind {
    INDEPENDENT,
    EPISODES,
    QUOTA,    /* the first `quota` flows of a round get through */
    ONE,      /* exactly one flow of a round fails, at random */
    LAST,     /* the last one does */
};

struct world {
    double p; /* a flow, or a window, fails */
    enum kind kind;
    bool b_broken;
    unsigned quota;
};

struct target {
    const struct world *world;
    struct pp_rng *rng;
    double now;
    int64_t window; /* the last one drawn */
    bool dead;
    struct pp_trials t;
    unsigned round;
};

static bool flow_fails(struct target *t, unsigned turn, unsigned count, unsigned chosen)
{
    switch (t->world->kind) {
    case INDEPENDENT:
        return pp_rng_unit(t->rng) < t->world->p;
    case QUOTA:
        return turn >= t->world->quota;
    case ONE:
        return turn == chosen;
    case LAST:
        return turn + 1 == count;
    case EPISODES:
        break;
    }
    if ((int64_t)(t->now / WINDOW) != t->window) {
        t->window = (int64_t)(t->now / WINDOW);
        t->dead = pp_rng_unit(t->rng) < t->world->p;
    }
    return t->dead;
}

/* A round of B and M baselines in random order, then the wait for the next. */
static void play_round(struct target *t)
{
    unsigned m = t->round++ ? 3 : 1, failed = 0;
    double start = t->now;
    unsigned b_turn = (unsigned)pp_rng_below(t->rng, m + 1), chosen = (unsigned)pp_rng_below(t->rng, m + 1);
    bool b_fails = false;

    for (unsigned turn = 0; turn <= m; turn++, t->now += ARM_GAP) {
        bool fails = flow_fails(t, turn, m + 1, chosen);

        if (turn == b_turn)
            b_fails = fails || t->world->b_broken;
        else
            failed += fails;
    }
    pp_trials_add(&t->t, m, failed, !b_fails, ALPHA);
    t->now += failed || b_fails ? TIMEOUT : 0;
    t->now = t->round == 1 && failed + b_fails <= m ? t->now + 2 : fmax(t->now, start + 60);
    t->now += 6 * pp_rng_unit(t->rng);
}

static struct target begin(const struct world *w, struct pp_rng *rng)
{
    struct target t = {
        .world = w, .rng = rng, .now = WINDOW * pp_rng_unit(rng), .window = -1, .t = pp_trials_none()};

    play_round(&t);
    return t;
}

/* The method's own rule. Where it is undecided after the last round: unstable. */
static enum pp_verdict judge(const struct world *w, struct pp_rng *rng)
{
    struct target t = begin(w, rng);
    bool at_once = t.t.sa + t.t.sb == 2;
    enum pp_verdict word;

    for (;; play_round(&t)) {
        struct pp_case c = {.alpha = ALPHA, .round = t.round, .ports = PP_PORTS_MIN, .at_once = at_once,
                            .last = t.round == ROUNDS};
        if (pp_verdict_judge(&t.t, &c, &word) == PP_HAS_ENDED)
            return word;
        if (t.round >= 2 && t.t.sa + t.t.sb == 0)
            return PP_VERDICT_OFFLINE;
        if (t.round == ROUNDS)
            return PP_VERDICT_UNSTABLE;
    }
}

static void judge_many(const struct world *w, uint64_t n, uint64_t words[PP_VERDICTS])
{
    struct pp_rng rng = pp_rng_init(5, (uint64_t)(w->p * 1e4) << 5 | w->kind << 2 | w->quota << 1 | w->b_broken);

    memset(words, 0, PP_VERDICTS * sizeof *words);
    while (n-- > 0)
        words[judge(w, &rng)]++;
}

/*
 * No stop but the crossing itself, so this bounds every rule that stops earlier. A measured share speaks against the
 * bound only if even its lower limit lies above.
 */
static void null_crosses_rarely(void **state)
{
    static const struct world worlds[] = {
        {.p = .001},
        {.p = .01},
        {.p = .1},
        {.p = .3},
        {.p = .5},
        {.p = .01, .kind = EPISODES},
        {.p = .1, .kind = EPISODES},
        {.p = .5, .kind = EPISODES},
        {.kind = QUOTA, .quota = 1},
        {.kind = QUOTA, .quota = 2},
        {.kind = QUOTA, .quota = 3},
        {.kind = ONE},
        {.kind = LAST},
    };
    enum { TARGETS = 100000 };

    (void)state;
    for (size_t i = 0; i < LENGTH(worlds); i++) {
        struct pp_rng rng = pp_rng_init(5, i);
        uint64_t broken = 0, transient = 0;

        for (unsigned n = 0; n < TARGETS; n++) {
            struct target t = begin(&worlds[i], &rng);
            bool below = false;

            while (t.round < ROUNDS) {
                play_round(&t);
                below |= t.t.mirrored >= 1 / ALPHA;
            }
            broken += t.t.reached;
            transient += below;
        }
        print_message("p %g, kind %u, quota %u: E >= 1/alpha for %llu of %d, exchanged for %llu\n", worlds[i].p,
                      worlds[i].kind, worlds[i].quota, (unsigned long long)broken, TARGETS,
                      (unsigned long long)transient);
        assert_true(pp_binomial_lower(broken, TARGETS, .999) <= ALPHA);
        assert_true(pp_binomial_lower(transient, TARGETS, .999) <= ALPHA);
    }
}

/* Broken arms: the least share found, the rest never `works`. Healthy ones: the least share that works, none broken. */
static void words_by_failure_rate(void **state)
{
    static const struct {
        struct world w;
        double least;
    } rows[] = {
        {{.p = 0, .b_broken = true}, 1},
        {{.p = .01, .b_broken = true}, .999},
        {{.p = .02, .b_broken = true}, .999},
        {{.p = .05, .b_broken = true}, .999},
        {{.p = .01, .kind = EPISODES, .b_broken = true}, .999},
        {{.p = .02, .kind = EPISODES, .b_broken = true}, .998},
        {{.p = .05, .kind = EPISODES, .b_broken = true}, .995},
        {{.p = 0}, 1},
        {{.p = .01}, .999},
        {{.p = .05}, .99},
        {{.p = .01, .kind = EPISODES}, .999},
        {{.p = .05, .kind = EPISODES}, .99},
    };
    enum { TARGETS = 50000 };

    (void)state;
    for (size_t i = 0; i < LENGTH(rows); i++) {
        const struct world *w = &rows[i].w;
        uint64_t n[PP_VERDICTS];

        judge_many(w, TARGETS, n);
        print_message("p %g%s, B %s:", w->p, w->kind == EPISODES ? " in episodes" : "",
                      w->b_broken ? "broken" : "healthy");
        for (unsigned k = 0; k < PP_VERDICTS; k++)
            print_message(" %s %.3f %%", pp_verdict_name[k], 100. * (double)n[k] / TARGETS);
        print_message("\n");
        assert_true((double)n[w->b_broken ? PP_VERDICT_BROKEN : PP_VERDICT_WORKS] >= rows[i].least * TARGETS);
        assert_int_equal(n[w->b_broken ? PP_VERDICT_WORKS : PP_VERDICT_BROKEN], 0);
    }
}

/* Nothing is broken in a mixed population; a single trial finds hundreds that are, the rule none. */
static void mixed_population(void **state)
{
    static const struct {
        uint64_t targets;
        struct world w;
    } part[] = {{60000, {.p = .001}}, {30000, {.p = .01}}, {9000, {.p = .1}}, {1000, {.p = .5}}};
    uint64_t first = 0;

    (void)state;
    for (size_t i = 0; i < LENGTH(part); i++) {
        struct pp_rng rng = pp_rng_init(6, i);
        uint64_t n[PP_VERDICTS];

        judge_many(&part[i].w, part[i].targets, n);
        print_message("p %g: broken %llu\n", part[i].w.p, (unsigned long long)n[PP_VERDICT_BROKEN]);
        assert_int_equal(n[PP_VERDICT_BROKEN], 0);
        for (uint64_t k = 0; k < part[i].targets; k++) {
            struct target t = begin(&part[i].w, &rng);

            first += t.t.sa == 1 && t.t.fb == 1;
        }
    }
    assert_true(first > 100);
}

/* Round 1 calls an arm that is equal to the baseline broken as often as pp_aa_predicted says. */
static void twins_in_round_one(void **state)
{
    static const struct world worlds[] = {
        {.p = .01}, {.p = .05}, {.p = .5}, {.p = .05, .kind = EPISODES}, {.p = .5, .kind = EPISODES}};
    enum { TARGETS = 200000 };

    (void)state;
    for (size_t i = 0; i < LENGTH(worlds); i++) {
        double predicted = pp_aa_predicted(worlds[i].p, worlds[i].kind == EPISODES ? 1 - ARM_GAP / WINDOW : 0);
        struct pp_rng rng = pp_rng_init(7, i);
        uint64_t broken = 0;

        for (unsigned k = 0; k < TARGETS; k++) {
            struct target t = begin(&worlds[i], &rng);

            broken += t.t.sa == 1 && t.t.fb == 1;
        }
        assert_true(pp_binomial_agrees(broken, TARGETS, predicted, .999));
        assert_false(pp_binomial_agrees(broken, TARGETS, predicted * 1.5, .999));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(null_crosses_rarely),
        cmocka_unit_test(words_by_failure_rate),
        cmocka_unit_test(mixed_population),
        cmocka_unit_test(twins_in_round_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
