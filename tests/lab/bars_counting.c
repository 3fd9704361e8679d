/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bars_counting.c: what verdicts keep where flows fail by count, by port or by loss. Alpha bounds, per target and arm,
 * how often an arm is called broken, or transient, that makes no difference: over n targets no more are than the 99.9 %
 * limit of a Poisson variable with mean n alpha.
 */
#include "bars.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define CONFIDENCE .999
#define PORTS 10 /* on so many different ports an arm has failed before it is called broken */

/* The least number that a Poisson variable of MEAN does not exceed with probability CONFIDENCE. */
static uint64_t poisson_limit(double mean)
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

/* Of the flows of a treated arm so many meet a bad port; else 0: no arm is treated otherwise than the baseline. */
static double bad_share(const struct matrix_row *r)
{
    unsigned bad, members;

    return sscanf(r->behaviour, "%u of %u ports bad for the treatment", &bad, &members) == 2
               ? (double)bad / members : 0;
}

/* The most of N that may be called broken without an error of the method. */
static uint64_t most_broken(const struct matrix_row *r, uint64_t n)
{
    return poisson_limit((double)n * fmax(BARS_COUNTING_ALPHA, pow(bad_share(r), PORTS)));
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
    struct worst first = {0}, worst = {0};
    bool pass = true, held;

    for (unsigned i = 0; i < s->nrows; i++) {
        const struct matrix_row *r = &s->row[i];
        const struct matrix_count *c = &r->count[MATRIX_FULL];
        uint64_t broken = most_broken(r, c->n), transient = poisson_limit((double)c->n * BARS_COUNTING_ALPHA);
        bool quota = strncmp(r->behaviour, "4 flows a minute", 16) == 0 && strstr(r->behaviour, "per pair");

        sum->n += c->n;
        sum->broken += bad_share(r) > 0 ? 0 : c->word[PP_BROKEN];
        sum->transient += c->word[PP_TRANSIENT];
        look(&worst, r, c->word[PP_BROKEN], broken);
        look(&worst, r, c->word[PP_TRANSIENT], transient);
        if (quota) {
            look(&first, r, c->first_broken, broken);
            look(&first, r, c->first_transient, transient);
        }
        held = c->word[PP_BROKEN] <= broken && c->word[PP_TRANSIENT] <= transient;
        rows_put(out, s, r->behaviour, r->arm, r->expect, MATRIX_FULL, c, (double)broken, held);
        if (held)
            continue;
        pass = false;
        printf("MISS %s, %s: of %" PRIu64 " %" PRIu64 " broken, at most %" PRIu64 ", and %" PRIu64
               " transient, at most %" PRIu64 "\n",
               r->behaviour, r->arm, c->n, c->word[PP_BROKEN], broken, c->word[PP_TRANSIENT], transient);
    }
    if (first.row) {
        sum->first_missed |= first.over > 1;
        printf("     the first method behind 4 flows a minute: %s has %.2f times the limit\n", first.row->arm,
               first.over);
    }
    if (worst.row)
        printf("%s false `broken` and `transient` of each row and arm within the Poisson limit; the most: %s, %s, "
               "%.2f of it\n", pass ? "ok  " : "MISS", worst.row->behaviour, worst.row->arm, worst.over);
    return pass;
}
