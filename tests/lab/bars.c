/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bars.c: the limits for verdicts, and whether a run keeps them. The full run must keep shares exactly; a smaller run
 * may miss them by as much as chance explains (one-sided, 99.9 %).
 */
#include "bars.h"

#include "first.h"
#include "runner.h"

#include "core/base/error.h"
#include "core/verdict/stats.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>

/* By population: the least share of broken arms found, of others called works. */
static const struct bars {
    const char *scenario, *p, *kind;
    double found, works;
} table[] = {
    {"accuracy", "0", "iid", 1, 1},
    {"accuracy", "0.01", "iid", .999, .999},
    {"accuracy", "0.02", "iid", .999, .995},
    {"accuracy", "0.05", "iid", .999, .99},
    {"accuracy", "0.01", "episode", .999, .999},
    {"accuracy", "0.02", "episode", .998, .995},
    {"accuracy", "0.05", "episode", .995, .99},
    {"mixed", "-", "iid", 0, 0},
    {"mixed", "-", "episode", 0, 0},
    {NULL, "0.02", "iid", .999, .995}, /* an experiment's own scenario */
};

/* In an episode arms differ only where it begins or ends between them: neighbours start so far apart, on average. */
#define EPISODE 30.0
#define GAP .5

/* The least share of arms unstable by flow with that reason: if the bad flow came late, `changed` is right as well. */
#define RIGHT_REASON .99

static const char *const group_name[MATRIX_GROUPS] = {
    [MATRIX_HARMLESS] = "harmless", [MATRIX_BROKEN] = "broken",       [MATRIX_BEHIND] = "behind",
    [MATRIX_CONTROLS] = "control",  [MATRIX_BY_CHANCE] = "by chance", [MATRIX_AWAY] = "offline",
    [MATRIX_MIRRORED] = "mirrored",
};

struct report {
    uint64_t full; /* hosts of the full run */
    FILE *out;
    unsigned held, missed;
    struct bars_counted counted;
};

static const struct bars *bars_of(const struct matrix_set *s)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct bars *b = &table[i];

        if ((!b->scenario || strcmp(b->scenario, s->scenario) == 0) && strcmp(b->p, s->p) == 0 &&
            strcmp(b->kind, s->kind) == 0)
            return b;
    }
    BUG("no bars for %s, %s, %s", s->scenario, s->p, s->kind);
}

PP_PRINTF(3, 4) static void bar(struct report *r, bool pass, const char *fmt, ...)
{
    va_list ap;

    ++*(pass ? &r->held : &r->missed);
    printf("%s ", pass ? "ok  " : "MISS");
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    putchar('\n');
}

/* At least the share LEAST of N. */
static bool enough(const struct report *r, const struct matrix_set *s, uint64_t k, uint64_t n, double least)
{
    if ((double)k >= least * (double)n)
        return true;
    return s->hosts[MATRIX_FULL] < r->full && pp_binomial_lower(n - k, n, .999) <= 1 - least;
}

/* The mixed population: shares of hosts, and the probability that one of their flows fails. */
static const struct part {
    double share, p;
} mixed[] = {{.6, .001}, {.3, .01}, {.09, .1}, {.01, .5}};

/* The mean probability of a population; p (1 - p) differs little from it. */
static double p_of(const struct matrix_set *s)
{
    double mean = 0;

    for (size_t i = 0; i < sizeof mixed / sizeof *mixed; i++)
        mean += mixed[i].share * mixed[i].p;
    return strcmp(s->p, "-") ? strtod(s->p, NULL) : mean;
}

/* Of N arms of S that make no difference, so many are called broken on average. In episodes fewer are. */
static double expected_unlucky(const struct matrix_set *s, uint64_t n)
{
    double sum = 0;

    if (strcmp(s->p, "-") != 0)
        return (double)n * bars_unlucky(strtod(s->p, NULL));
    for (size_t i = 0; i < sizeof mixed / sizeof *mixed; i++)
        sum += mixed[i].share * bars_unlucky(mixed[i].p);
    return (double)n * sum;
}

static double percent(uint64_t k, uint64_t n)
{
    return n ? 100 * (double)k / (double)n : 0;
}

/* ---- the rows of accuracy.json (rows.c) ---- */

/* Writes a row for each behaviour: its bound is the share of broken arms found, or the number of false `broken`. */
static void put_rows(struct report *r, const struct matrix_set *s, const struct bars *b)
{
    for (unsigned i = 0; i < s->nrows; i++) {
        const struct matrix_row *row = &s->row[i];

        for (unsigned m = 0; m < MATRIX_METHODS; m++) {
            const struct matrix_count *c = &row->count[m];
            uint64_t most = bars_poisson(expected_unlucky(s, c->n));
            bool broken = row->expect == PP_VERDICT_BROKEN;

            if (c->n)
                rows_put(r->out, s, row->behaviour, row->arm, row->expect, m, c, broken ? b->found : (double)most,
                         broken ? enough(r, s, c->word[PP_VERDICT_BROKEN], c->n, b->found)
                                : c->word[PP_VERDICT_BROKEN] <= most);
        }
    }
}

/* ---- bars ---- */

/* The counts of GROUP, summed over all behaviours and arms. */
static struct matrix_count sum(const struct matrix_set *s, enum matrix_group group, unsigned method)
{
    struct matrix_count c = {0};

    for (unsigned i = 0; i < s->nrows; i++) {
        if (matrix_group(&s->row[i]) == group)
            matrix_add(&c, &s->row[i].count[method]);
    }
    return c;
}

static void nothing_lost(struct report *r, const struct matrix_set *s)
{
    for (unsigned m = 0; m < MATRIX_METHODS; m++) {
        uint64_t invalid = 0;

        if (!s->hosts[m])
            continue;

        for (enum matrix_group g = 0; g < MATRIX_GROUPS; g++)
            invalid += sum(s, g, m).invalid;
        bar(r, s->lost[m] == 0 && invalid == 0, "%s: of %" PRIu64 " targets %" PRIu64
            " without exactly one observation, %" PRIu64 " arms invalid", m == MATRIX_ONE ? "--rounds 1" : "confirmed",
            s->hosts[m], s->lost[m], invalid);
    }
}

/*
 * The share of pairs of arms of which one episode covers both or none; DUMMIES beside the arms of the set. Two of n in
 * random order are (n + 1) / 3 places apart; n differs between the set's modes, so its mean is taken.
 */
static double together(const struct matrix_set *s, unsigned dummies)
{
    double arms = 0, hosts = 0;

    if (strcmp(s->kind, "episode") != 0)
        return 0;
    for (unsigned i = 0; i < s->nrows; i++) {
        arms += (double)s->row[i].count[MATRIX_ONE].n;
        hosts += strcmp(s->row[i].arm, "B1") == 0 ? (double)s->row[i].count[MATRIX_ONE].n : 0;
    }
    return hosts > 0 ? 1 - GAP * (1 + arms / hosts + dummies + 1) / 3 / EPISODE : 1;
}

/* Arms that make no difference must not be called broken; a single round has to, or the bar would prove nothing. */
static void false_broken(struct report *r, const struct matrix_set *s)
{
    struct matrix_count one = {0}, full = {0}, c;
    double expected;
    uint64_t most;
    bool pass;

    for (enum matrix_group g = 0; g < MATRIX_GROUPS; g++) {
        if (g == MATRIX_BROKEN || g == MATRIX_BEHIND || g == MATRIX_BY_CHANCE || g == MATRIX_MIRRORED)
            continue;
        c = sum(s, g, MATRIX_FULL);
        matrix_add(&full, &c);
        c = sum(s, g, MATRIX_ONE);
        matrix_add(&one, &c);
    }
    expected = expected_unlucky(s, full.n);
    most = bars_poisson(expected);
    pass = full.word[PP_VERDICT_BROKEN] <= most;
    bar(r, pass, "false `broken`: %" PRIu64 " of %" PRIu64 " arms, at most %" PRIu64 " (%.2g expected by chance, alpha "
        "bounds %.1f)", full.word[PP_VERDICT_BROKEN], full.n, most, expected, RUNNER_ALPHA * (double)full.n);
    rows_put(r->out, s, "= false broken", "", -1, MATRIX_FULL, &full, (double)most, pass);
    rows_put(r->out, s, "= false broken", "", -1, MATRIX_ONE, &one, (double)most, one.word[PP_VERDICT_BROKEN] <= most);
    c = strcmp(s->scenario, "mixed") == 0 ? one : sum(s, MATRIX_HARMLESS, MATRIX_ONE);
    expected = pp_aa_predicted(p_of(s), together(s, 0)) * (double)c.n;
    if (expected < 10) /* nothing fails, or too few hosts to tell */
        printf("     --rounds 1: %" PRIu64 " harmless arms called broken\n", c.word[PP_VERDICT_BROKEN]);
    else
        bar(r, c.word[PP_VERDICT_BROKEN] > most, "--rounds 1 fails it: %" PRIu64 " of %" PRIu64 " arms called broken",
            c.word[PP_VERDICT_BROKEN], c.n);
}

static void truly_broken(struct report *r, const struct matrix_set *s, const struct bars *b)
{
    struct matrix_count c = sum(s, MATRIX_BROKEN, MATRIX_FULL);
    bool pass = enough(r, s, c.word[PP_VERDICT_BROKEN], c.n, b->found);

    if (!c.n)
        return;
    bar(r, pass, "broken arms found: %.3f %% of %" PRIu64 ", at least %.1f %%; unstable %.3f %%, offline %.3f %%",
        percent(c.word[PP_VERDICT_BROKEN], c.n), c.n, 100 * b->found, percent(c.word[PP_VERDICT_UNSTABLE], c.n),
        percent(c.word[PP_VERDICT_OFFLINE], c.n));
    bar(r, c.word[PP_VERDICT_WORKS] + c.word[PP_VERDICT_TRANSIENT] == 0,
        "broken arms called works or transient: %" PRIu64, c.word[PP_VERDICT_WORKS] + c.word[PP_VERDICT_TRANSIENT]);
    rows_put(r->out, s, "= broken", "", PP_VERDICT_BROKEN, MATRIX_FULL, &c, b->found, pass);
}

/*
 * Arms behind another one: if that one fails by chance in a round, the arm's flow makes no request. If that happens in
 * round 1, the arm is `works`.
 */
static void behind(struct report *r, const struct matrix_set *s, const struct bars *b)
{
    struct matrix_count c = sum(s, MATRIX_BEHIND, MATRIX_FULL);
    double p = p_of(s);

    if (!c.n)
        return;
    bar(r, enough(r, s, c.word[PP_VERDICT_BROKEN], c.n, b->found - p),
        "broken arms found behind another: %.3f %% of %" PRIu64 ", at least %.1f %%",
        percent(c.word[PP_VERDICT_BROKEN], c.n), c.n, 100 * (b->found - p));
    bar(r, c.word[PP_VERDICT_TRANSIENT] == 0 && pp_binomial_lower(c.word[PP_VERDICT_WORKS], c.n, .999) <= p,
        "of these, works, as the other failed: %" PRIu64 ", at most %.1f; transient: %" PRIu64,
        c.word[PP_VERDICT_WORKS], p * (double)c.n, c.word[PP_VERDICT_TRANSIENT]);
}

/* The share of working arms that are not called `works` is bounded, whatever other verdict they have. */
static void working(struct report *r, const struct matrix_set *s, const struct bars *b, enum matrix_group group)
{
    struct matrix_count c = sum(s, group, MATRIX_FULL);
    bool pass = enough(r, s, c.word[PP_VERDICT_WORKS], c.n, b->works);

    if (!c.n || b->works == 0)
        return;
    bar(r, pass, "%s arms called works: %.3f %% of %" PRIu64 ", at least %.1f %%; unstable %.3f %%, offline %.3f %%",
        group_name[group], percent(c.word[PP_VERDICT_WORKS], c.n), c.n, 100 * b->works,
        percent(c.word[PP_VERDICT_UNSTABLE], c.n), percent(c.word[PP_VERDICT_OFFLINE], c.n));
    rows_put(r->out, s, group == MATRIX_HARMLESS ? "= harmless" : "= control", "", PP_VERDICT_WORKS, MATRIX_FULL, &c,
             b->works, pass);
}

static void by_chance(struct report *r, const struct matrix_set *s)
{
    for (unsigned i = 0; i < s->nrows; i++) {
        const struct matrix_row *row = &s->row[i];
        const struct matrix_count *c = &row->count[MATRIX_FULL];
        double most;

        if (matrix_group(row) != MATRIX_BY_CHANCE || !c->n)
            continue;
        /*
         * If the flow decides, B does make a difference, so alpha is no bound: it is that each of ten ports draws the
         * bad one of four paths, or has a flow that fails by chance.
         */
        most = row->by_flow ? pow(.25 + .75 * strtod(s->p, NULL), PP_PORTS_MIN) : RUNNER_ALPHA;
        bar(r, pp_binomial_lower(c->word[PP_VERDICT_BROKEN], c->n, .999) <= most,
            "%s, %s: %" PRIu64 " of %" PRIu64 " broken, expected at most %.1f", row->behaviour, row->arm,
            c->word[PP_VERDICT_BROKEN], c->n, most * (double)c->n);
        bar(r, c->met == 0, "%s, %s: none works that failed twice, but %" PRIu64, row->behaviour, row->arm, c->met);
        if (strcmp(s->p, "0") == 0 && row->by_flow)
            bar(r, enough(r, s, c->why_right, c->word[PP_VERDICT_UNSTABLE], RIGHT_REASON),
                "%s, %s: %" PRIu64 " of %" PRIu64 " unstable for the right reason, at least %.0f %%", row->behaviour,
                row->arm, c->why_right, c->word[PP_VERDICT_UNSTABLE], 100 * RIGHT_REASON);
    }
}

static void away(struct report *r, const struct matrix_set *s)
{
    struct matrix_count c = sum(s, MATRIX_AWAY, MATRIX_FULL);

    if (c.n)
        bar(r, c.word[PP_VERDICT_OFFLINE] == c.n, "offline hosts called so: %" PRIu64 " of %" PRIu64,
            c.word[PP_VERDICT_OFFLINE], c.n);
}

/*
 * An arm that works while the baseline fails is `transient`, unless one of its own flows fails by chance: then it is
 * `works`, if the baseline's failure cleared, or `unstable`. Of eight rounds at 5 % two thirds have no such failure.
 */
static void mirrored(struct report *r, const struct matrix_set *s)
{
    struct matrix_count c = sum(s, MATRIX_MIRRORED, MATRIX_FULL);

    if (c.n)
        bar(r, 2 * c.word[PP_VERDICT_TRANSIENT] >= c.n && !c.word[PP_VERDICT_BROKEN],
            "arms that alone get through: %" PRIu64 " of %" PRIu64 " transient, at least half; broken: %" PRIu64,
            c.word[PP_VERDICT_TRANSIENT], c.n, c.word[PP_VERDICT_BROKEN]);
}

/* Round 1 of equal arms: the dummy beside A, and B1 beside A where B1 makes no difference. */
static void rates(struct report *r, const struct matrix_set *s)
{
    double p = p_of(s), predicted = pp_aa_predicted(p, together(s, 1));
    struct pp_interval in;

    if (strcmp(s->p, "-") == 0)
        return;
    in = pp_binomial_interval(s->aa_fail, s->aa_n, .999);
    bar(r, pp_binomial_agrees(s->aa_fail, s->aa_n, predicted / (1 - p), .999),
        "A/A: %" PRIu64 " of %" PRIu64 " dummies failed beside a success, %.5f to %.5f; computed from p: %.5f",
        s->aa_fail, s->aa_n, in.low, in.high, predicted / (1 - p));
    for (unsigned i = 0; i < s->nrows; i++) {
        const struct matrix_row *row = &s->row[i];
        const struct matrix_count *c = &row->count[MATRIX_ONE];

        if (!row->healthy || strcmp(row->arm, "B1") != 0)
            continue;
        predicted = pp_aa_predicted(p, together(s, 0));
        in = pp_binomial_interval(c->word[PP_VERDICT_BROKEN], c->n, .999);
        bar(r, pp_binomial_agrees(c->word[PP_VERDICT_BROKEN], c->n, predicted, .999),
            "--rounds 1, %s: %" PRIu64 " of %" PRIu64 " broken, %.5f to %.5f; computed from p: %.5f", row->behaviour,
            c->word[PP_VERDICT_BROKEN], c->n, in.low, in.high, predicted);
    }
}

static void costs(const struct matrix_set *s)
{
    for (unsigned m = 0; m < MATRIX_METHODS; m++)
        if (s->hosts[m])
            printf("     %s: packets per target %.2f, virtual minutes %.0f, CPU seconds %.0f\n",
                   m == MATRIX_ONE ? "--rounds 1" : "confirmed", (double)s->packets[m] / (double)s->hosts[m],
                   s->minutes[m], s->cpu[m]);
}

static void set_report(struct report *r, const struct matrix_set *s)
{
    const struct bars *b;

    matrix_print(s);
    costs(s);
    if (strncmp(s->scenario, "counting ", 9) == 0) {
        ++*(bars_counting(s, r->out, &r->counted) ? &r->held : &r->missed);
        nothing_lost(r, s);
        return;
    }
    b = bars_of(s);
    put_rows(r, s, b);
    nothing_lost(r, s);
    false_broken(r, s);
    truly_broken(r, s, b);
    behind(r, s, b);
    working(r, s, b, MATRIX_HARMLESS);
    working(r, s, b, MATRIX_CONTROLS);
    by_chance(r, s);
    away(r, s);
    mirrored(r, s);
    rates(r, s);
}

/* The same bar for the first method of verdicts, which has to miss it. */
static void first_misses(struct report *r)
{
    uint64_t hosts = 20000, most = bars_poisson((double)hosts * BARS_COUNTING_ALPHA);
    int64_t broken = first_method(hosts, 1, BARS_COUNTING_ALPHA);

    bar(r, broken > (int64_t)most, "the first method misses it behind 3 flows a minute: %" PRId64 " of %" PRIu64
        " broken, at most %" PRIu64, broken, hosts, most);
}

int bars_report(const char *out, uint64_t hosts, char **parts)
{
    static struct matrix m;
    struct report r = {.full = hosts};

    for (unsigned i = 0; parts[i]; i++) {
        if (matrix_read(&m, parts[i]) < 0)
            return -1;
    }
    matrix_sort(&m);
    r.out = fopen(out, "we");
    if (!r.out)
        return pp_error_errno("cannot write '%s'", out);
    printf("Verdicts against the truth. `*`: or works, where the rounds have not met it.\n");
    for (unsigned i = 0; i < m.nsets; i++)
        set_report(&r, &m.set[i]);
    if (r.counted.n) {
        printf("\nWhere flows fail by count, port or loss: of %" PRIu64 " arms %" PRIu64 " broken, %" PRIu64
               " transient; alpha allows %.0f of each\n",
               r.counted.n, r.counted.broken, r.counted.transient, BARS_COUNTING_ALPHA * (double)r.counted.n);
        first_misses(&r);
    }
    printf("\n%u bars held, %u missed\n", r.held, r.missed);
    if (fclose(r.out))
        return pp_error_errno("cannot write '%s'", out);
    return r.missed ? -1 : 0;
}
