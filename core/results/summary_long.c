/* SPDX-License-Identifier: BSD-2-Clause */
/* summary_long.c: prints, for -v, every condition with its share of targets, and tests over all targets. */
#include "summary_parts.h"

#include <inttypes.h>

static double percent(uint64_t n, uint64_t of)
{
    return of ? 100.0 * (double)n / (double)of : 0;
}

/*
 * Prints a condition after confirmation, and by round 1 alone, which a single trial would have published. ASKED: the
 * number of targets for which it can be stated.
 */
static void row(FILE *f, const char *name, const char *suffix, uint64_t n, uint64_t first, uint64_t of, uint64_t asked)
{
    char whole[128];

    snprintf(whole, sizeof whole, "%s%s%s", name, *suffix ? "." : "", suffix);
    fprintf(f, "  %-38s %10" PRIu64 " %6.2f %% %10" PRIu64 " %6.2f %%\n", whole, n, percent(n, of), first,
            percent(first, asked));
}

static void connectivity(const struct pp_run_record *c, FILE *f, uint64_t valid)
{
    for (unsigned i = pp_plan_judged(&c->run->plan); i < c->run->plan.narms; i++) {
        const struct pp_plan_arm *a = &c->run->plan.arm[i];
        uint64_t n[PP_VERDICTS], first[PP_VERDICTS], asked = 0;
        for (int word = 0; word < PP_VERDICTS; word++) {
            n[word] = c->totals.counts.word[a->index][word] + c->totals.pending.word[a->index][word];
            first[word] = c->totals.counts.first[a->index][word] + c->totals.pending.first[a->index][word];
            asked += first[word];
        }
        for (int word = 0; a->arm->connectivity && word < PP_VERDICTS; word++)
            if (pp_plan_word(&c->run->plan, word) && (n[word] || first[word] || word <= PP_VERDICT_BROKEN))
                row(f, a->arm->connectivity, pp_plan_word(&c->run->plan, word), n[word], first[word], valid,
                    asked);
    }
}

static void conditions(const struct pp_run_record *c, FILE *f, uint64_t valid)
{
    const struct pp_plugin *p = c->run->plan.plugin;

    for (unsigned i = 0; i < p->nconditions; i++)
        if (c->totals.counts.condition[i] || c->totals.counts.first_condition[i])
            row(f, p->conditions[i].name, "", c->totals.counts.condition[i], c->totals.counts.first_condition[i],
                valid, valid);
    if (c->totals.counts.invalid)
        row(f, "pathspider.not_observed", "", c->totals.counts.invalid, c->totals.counts.invalid,
            c->totals.counts.targets, c->totals.counts.targets);
}

/* Prints McNemar's test on round 1: whether the arm fails more often than its baseline over all targets. */
static void pairs(const struct pp_run_record *c, FILE *f)
{
    bool told = false;

    for (unsigned i = 1; i < c->run->plan.narms; i++) {
        const struct pp_plan_arm *a = &c->run->plan.arm[i];
        const struct pp_pairs *p = &c->totals.pairs[a->index];
        struct pp_difference d = pp_pairs_difference(p, 0.95);
        if (!p->n)
            continue;
        if (!told)
            fputs("\nDoes an arm fail more often than the baseline, over all targets? By one trial each\n"
                  "(McNemar's test; 95 % interval with the targets of a network taken together):\n", f);
        told = true;
        fprintf(f, "  %-3s failed alone %" PRIu64 ", baseline alone %" PRIu64 ": p = %.2g, %+.3f %%",
                a->arm->name, p->b_only, p->a_only, d.p, 100 * d.mean);
        if (d.widest.low <= -1 && d.widest.high >= 1)
            fputs(", too few networks for an interval\n", f);
        else
            fprintf(f, " [%+.3f, %+.3f]\n", 100 * d.widest.low, 100 * d.widest.high);
    }
}

void pp_summary_long(const struct pp_run_record *c, FILE *f)
{
    uint64_t valid = c->totals.counts.targets - c->totals.counts.invalid + c->totals.pending.targets;

    fprintf(f, "\n  %-38s %10s %8s %10s %8s\n", "",
            c->run->plan.rounds == 1 ? "" : c->totals.pending.targets ? "so far" : "confirmed", "", "round 1", "");
    connectivity(c, f, valid);
    conditions(c, f, valid);
    pairs(c, f);
}
