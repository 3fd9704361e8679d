/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bars_counting.c: the limits for verdicts if flows fail by count, by port or by loss. Alpha bounds, per target and
 * arm, how often an arm without a treatment is called broken or transient: over n targets at most the 99.9 % limit of a
 * Poisson variable with mean n alpha.
 */
#include "bars.h"

#include "runner.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define CONFIDENCE .999

uint64_t bars_poisson(double mean)
{
    double term = exp(-mean), sum = term;
    uint64_t k = 0;

    if (mean > 500) /* exp(-mean) is none any more; the limit of a normal one, continuity and skewness corrected */
        return (uint64_t)ceil(mean + 3.0902 * sqrt(mean) + (3.0902 * 3.0902 - 1) / 6 + .5);
    while (sum < CONFIDENCE) {
        term *= mean / (double)++k;
        sum += term;
    }
    return k;
}

#define COUNTS (RUNNER_ROUNDS + 1)

/* The state of an arm that failed in all rounds: the numbers of rounds in which one, two, three controls succeeded. */
struct standing {
    double p[COUNTS][COUNTS][COUNTS];
};

static double e_of(unsigned one, unsigned two, unsigned three)
{
    return pow(pp_evidence_factor(3, 3, true, PP_WEIGHT), one) * pow(pp_evidence_factor(3, 2, true, PP_WEIGHT), two) *
           pow(pp_evidence_factor(3, 1, true, PP_WEIGHT), three);
}

/* One more round of three controls. Returns how probable it is to have been called broken by its end. */
static double one_round(const struct standing *from, struct standing *to, double p, bool last)
{
    double broken = 0, q = 1 - p;

    memset(to, 0, sizeof *to);
    for (unsigned i = 0; i < COUNTS; i++)
        for (unsigned j = 0; j < COUNTS - i; j++)
            for (unsigned k = 0; k < COUNTS - i - j; k++) {
                const double ways[] = {p * p * p, 3 * p * p * q, 3 * p * q * q, q * q * q}; /* by successes */
                for (unsigned ok = 0; ok <= 3 && from->p[i][j][k] > 0; ok++) {
                    unsigned n[] = {i + (ok == 1), j + (ok == 2), k + (ok == 3)};
                    double chance = from->p[i][j][k] * p * ways[ok], e = e_of(n[0], n[1], n[2]);
                    if (e >= PP_LIST_E || (last && e * RUNNER_ALPHA >= 1))
                        broken += chance;
                    else if (n[0] < COUNTS && n[1] < COUNTS && n[2] < COUNTS)
                        to->p[n[0]][n[1]][n[2]] += chance;
                }
            }
    return broken;
}

double bars_unlucky(double p)
{
    static struct standing at[2];
    double broken = 0;

    memset(at, 0, sizeof at);
    /* Round 1 has one control; that it got through counts as two of three do: E is the same, 1.98. */
    at[1].p[0][1][0] = p * (1 - p);
    at[1].p[0][0][0] = p * p;
    for (unsigned round = 2; round <= RUNNER_ROUNDS; round++) {
        broken += one_round(&at[(round + 1) % 2], &at[round % 2], p, round == RUNNER_ROUNDS);
        if (round == 2)
            at[0].p[0][0][0] = 0; /* nothing has got through: offline */
    }
    return broken;
}

/* The share of flows of a treated arm that meet a bad port; 0 if the behaviour treats all arms like the baseline. */
static double bad_share(const struct matrix_row *r)
{
    unsigned bad, members;

    return sscanf(r->behaviour, "%u of %u ports bad for the treatment", &bad, &members) == 2
               ? (double)bad / members : 0;
}

/* The most of N that may be called broken without an error of the method. */
static uint64_t most_broken(const struct matrix_row *r, uint64_t n)
{
    return bars_poisson((double)n * fmax(BARS_COUNTING_ALPHA, pow(bad_share(r), PP_PORTS_MIN)));
}

struct worst {
    const struct matrix_row *row;
    double over; /* how many times the limit */
};

static void look(struct worst *w, const struct matrix_row *r, uint64_t k, uint64_t limit)
{
    double over = (double)k / (double)(limit ? limit : 1);

    if (!w->row || over > w->over)
        *w = (struct worst){r, over};
}

bool bars_counting(const struct matrix_set *s, FILE *out, struct bars_counted *sum)
{
    struct worst worst = {0};
    bool pass = true, held;

    for (unsigned i = 0; i < s->nrows; i++) {
        const struct matrix_row *r = &s->row[i];
        const struct matrix_count *c = &r->count[MATRIX_FULL];
        uint64_t broken = most_broken(r, c->n), transient = bars_poisson((double)c->n * BARS_COUNTING_ALPHA);

        sum->n += c->n;
        sum->broken += bad_share(r) > 0 ? 0 : c->word[PP_VERDICT_BROKEN];
        sum->transient += c->word[PP_VERDICT_TRANSIENT];
        look(&worst, r, c->word[PP_VERDICT_BROKEN], broken);
        look(&worst, r, c->word[PP_VERDICT_TRANSIENT], transient);
        held = c->word[PP_VERDICT_BROKEN] <= broken && c->word[PP_VERDICT_TRANSIENT] <= transient;
        rows_put(out, s, r->behaviour, r->arm, r->expect, MATRIX_FULL, c, (double)broken, held);
        if (held)
            continue;
        pass = false;
        printf("MISS %s, %s: of %" PRIu64 " %" PRIu64 " broken, at most %" PRIu64 ", and %" PRIu64
               " transient, at most %" PRIu64 "\n",
               r->behaviour, r->arm, c->n, c->word[PP_VERDICT_BROKEN], broken, c->word[PP_VERDICT_TRANSIENT],
               transient);
    }
    if (worst.row)
        printf("%s false `broken` and `transient` of each row and arm within the Poisson limit; the most: %s, %s, "
               "%.2f of it\n", pass ? "ok  " : "MISS", worst.row->behaviour, worst.row->arm, worst.over);
    return pass;
}
