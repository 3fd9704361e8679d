/* SPDX-License-Identifier: BSD-2-Clause */
/* summary.c: what a run found and how far it can be trusted, in a table. */
#include "summary.h"

#include "stats.h"

#include <inttypes.h>

#define PROHIBITED_SHARE 0.01 /* of the list, from which on a sentence says it */

static double percent(uint64_t n, uint64_t of)
{
    return of ? 100.0 * (double)n / (double)of : 0;
}

/* A condition after confirmation beside what round 1 alone said of it: what a single trial would have published. */
static void row(FILE *f, const char *name, const char *suffix, uint64_t n, uint64_t first, uint64_t of)
{
    char whole[128];

    snprintf(whole, sizeof whole, "%s%s%s", name, *suffix ? "." : "", suffix);
    fprintf(f, "  %-38s %10" PRIu64 " %6.2f %% %10" PRIu64 " %6.2f %%\n", whole, n, percent(n, of), first,
            percent(first, of));
}

static void connectivity(const struct pp_campaign *c, FILE *f, uint64_t valid)
{
    for (unsigned i = pp_plan_judged(&c->plan); i < c->plan.narms; i++) {
        const struct pp_plan_arm *a = &c->plan.arm[i];
        const uint64_t *n = c->figures.census.word[a->index], *first = c->figures.census.first[a->index];
        for (int word = 0; a->arm->connectivity && word < PP_WORDS; word++)
            if (pp_plan_word(&c->plan, word) && (n[word] || first[word] || word <= PP_BROKEN))
                row(f, a->arm->connectivity, pp_plan_word(&c->plan, word), n[word], first[word], valid);
    }
}

static void conditions(const struct pp_campaign *c, FILE *f, uint64_t valid)
{
    const struct pp_plugin *p = c->plan.plugin;

    for (unsigned i = 0; i < p->nconditions; i++)
        if (c->figures.census.condition[i] || c->figures.census.first_condition[i])
            row(f, p->conditions[i].name, "", c->figures.census.condition[i], c->figures.census.first_condition[i],
                valid);
    if (c->figures.census.invalid)
        row(f, "pathspider.not_observed", "", c->figures.census.invalid, c->figures.census.invalid,
            c->figures.census.targets);
}

/* McNemar on round 1: does the arm fail more often than its baseline, all targets together? */
static void pairs(const struct pp_campaign *c, FILE *f)
{
    for (unsigned i = 1; i < c->plan.narms; i++) {
        const struct pp_plan_arm *a = &c->plan.arm[i];
        const struct pp_pairs *p = &c->figures.pairs[a->index];
        struct pp_difference d = pp_pairs_difference(p, 0.95);
        if (p->n)
            fprintf(f,
                    "round 1, %s: failed alone %" PRIu64 ", baseline failed alone %" PRIu64
                    ": p = %.2g (McNemar), %+.3f %% [%+.3f, %+.3f]\n",
                    a->arm->name, p->b_only, p->a_only, d.p, 100 * d.mean, 100 * d.widest.low, 100 * d.widest.high);
    }
}

/* What the figures above can be trusted for. */
static void controls(const struct pp_campaign *c, FILE *f)
{
    const struct pp_census *n = &c->figures.census;
    struct pp_ebh_list list;

    if (c->plan.rounds == 1) {
        fputs("one round per target: single trials, no error bound is claimed\n", f);
        return;
    }
    if (c->plan.alone) {
        fputs("offline: silent in two rounds; no comparison, so no error bound is claimed\n", f);
        return;
    }
    fprintf(f, "error bound: at most %g false `broken` per target and arm (alpha)\n", c->plan.alpha);
    if (n->aa_n)
        fprintf(f,
                "A/A: %" PRIu64 " of %" PRIu64 " dummy arms called broken, upper 95 %% limit %.2g; "
                "in round 1 alone %" PRIu64 " of %" PRIu64 "\n",
                n->aa_fail, n->aa_n, pp_binomial_upper(n->aa_fail, n->aa_n, 0.95), n->aa_first_fail, n->aa_first_n);
    if (n->audited)
        fprintf(f, "audit: %" PRIu64 " of %" PRIu64 " working arms did not hold up over five rounds\n",
                n->audit_changed, n->audited);
    list = pp_ebh_threshold(&c->figures.ebh, c->plan.fdr);
    fprintf(f, "published list at a false discovery rate of %g (e-BH): %" PRIu64 " of %" PRIu64 " tests", c->plan.fdr,
            list.size, c->figures.ebh.n);
    if (list.size)
        fprintf(f, ", those with e >= %.9g\n", list.threshold);
    else
        fputs("; the more tests, the more evidence each needs: --alpha 1e-6 gathers it\n", f);
    if (n->outage)
        fprintf(f, "%" PRIu64 " targets were asked during an outage of this vantage and stand as they are\n",
                n->outage);
}

/* Reasons that did not occur are left out; `read` and `written` always stand. */
static void counts(const struct pp_campaign *c, FILE *f)
{
    const struct pp_counts *n = &c->counts;
    const struct {
        const char *what;
        uint64_t value;
    } rows[] = {
        {"duplicate", n->duplicate},
        {"invalid line", n->invalid_line},
        {"blocked", n->blocked},
        {"prohibited by their network", n->prohibited_network},
        {"prohibited by their host", n->prohibited_host},
        {"no route", n->no_route},
        {"sampled out", n->sampled_out},
        {"not started", n->not_started},
        {"pending", n->pending},
    };

    fprintf(f, "%" PRIu64 " read = %" PRIu64 " written", n->read, n->written);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].value)
            fprintf(f, " + %" PRIu64 " %s", rows[i].value, rows[i].what);
    fputc('\n', f);
    if (n->written_invalid)
        fprintf(f, "%" PRIu64 " of %" PRIu64 " observations are invalid: quality says why; exit status 3 tells of it\n",
                n->written_invalid, n->written);
}

/* What was not asked for that might change what the figures above stand for. */
static void prohibited(const struct pp_campaign *c, FILE *f)
{
    const struct pp_counts *n = &c->counts;
    const struct pp_prohibited *p = &c->prohibited;
    uint64_t all = n->prohibited_network + n->prohibited_host;
    char network[PP_ADDR_STRLEN], router[PP_ADDR_STRLEN];

    if (!all || (double)all < PROHIBITED_SHARE * (double)n->read)
        return;
    fprintf(f,
            "%" PRIu64 " of %" PRIu64 " targets (%.1f %%) were left alone, since the baseline was answered with "
            "\"administratively prohibited\"",
            all, n->read, percent(all, n->read));
    if (n->prohibited_network)
        fprintf(f, "; %" PRIu64 " are in %" PRIu64 " network%s whose routers did (%s for %s/%u%s)",
                n->prohibited_network, p->networks, p->networks > 1 ? "s" : "", pp_addr_str(&p->router, router),
                pp_addr_str(&p->network.addr, network), p->network.len - (pp_addr_is4(&p->network.addr) ? 96 : 0),
                p->networks > 1 ? ", for one" : "");
    if (n->prohibited_host)
        fprintf(f, "; %" PRIu64 " are on hosts that did so themselves, on another port", n->prohibited_host);
    fputc('\n', f);
}

static void quality(const struct pp_campaign *c, FILE *f)
{
    fprintf(f,
            "%" PRIu64 " packets sent, %" PRIu64 " refused; capture dropped %" PRIu64 " (ring) %" PRIu64
            " (interface) %" PRIu64 " (softnet); %" PRIu64 " late, %" PRIu64 " damaged\n",
            PP_TALLY(c, packets_out), PP_TALLY(c, send_errors), PP_TALLY(c, dropped_ring), PP_TALLY(c, dropped_if),
            PP_TALLY(c, dropped_softnet), PP_TALLY(c, late), PP_TALLY(c, wrong_checksum) + PP_TALLY(c, undecodable));
}

void pp_summary_print(const struct pp_campaign *c, FILE *f)
{
    uint64_t valid = c->figures.census.targets - c->figures.census.invalid;
    const struct pp_census *before = &c->resume.journal.figures.census;
    uint64_t now = c->figures.census.targets - before->targets;
    double seconds = (double)(c->end_mono - c->start_mono) / 1e9;

    if (pp_quiet)
        return;
    fprintf(f, "%s over %s: %" PRIu64 " targets", c->plan.plugin->name, c->plan.mode->name, c->figures.census.targets);
    if (c->resume.meta)
        fprintf(f, ", %" PRIu64 " of them now,", now);
    fprintf(f, " in %.1f s, %.0f targets/s, %.0f flows/s\n", seconds, seconds > 0 ? (double)now / seconds : 0,
            seconds > 0 ? (double)(c->figures.census.flows - before->flows) / seconds : 0);
    fprintf(f, "  %-38s %10s %8s %10s %8s\n", "", c->plan.rounds == 1 ? "" : "confirmed", "", "round 1", "");
    connectivity(c, f, valid);
    conditions(c, f, valid);
    pairs(c, f);
    controls(c, f);
    counts(c, f);
    prohibited(c, f);
    quality(c, f);
}
