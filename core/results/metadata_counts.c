/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * metadata_counts.c: writes the counts of a run into its metadata: all numbers of the summary about targets and their
 * verdicts, for programs.
 */
#include "metadata.h"

#include "../base/json.h"
#include "../verdict/stats.h"

/* Targets with each condition: by round 1 alone, or after all rounds. */
static void conditions(struct pp_json *j, const struct pp_run_record *c, const char *key, bool first)
{
    const struct pp_plan *plan = &c->run->plan;
    const struct pp_verdict_counts *n = &c->totals.counts;
    const struct pp_plugin *p = plan->plugin;
    char name[128];

    pp_json_object(j, key);
    for (unsigned i = pp_plan_judged(plan); i < plan->narms; i++)
        for (int word = 0; plan->arm[i].arm->connectivity && word < PP_VERDICTS; word++) {
            unsigned index = plan->arm[i].index;
            if (!pp_plan_word(plan, word))
                continue;
            snprintf(name, sizeof name, "%s.%s", plan->arm[i].arm->connectivity, pp_plan_word(plan, word));
            pp_json_uint(j, name, (first ? n->first : n->word)[index][word]);
        }
    for (unsigned i = 0; i < p->nconditions; i++)
        pp_json_uint(j, p->conditions[i].name, (first ? n->first_condition : n->condition)[i]);
    pp_json_end(j, '}');
}

/* Targets that were begun and had no observation when the run ended, by their words so far. */
static void pending(struct pp_json *j, const struct pp_run_record *c)
{
    const struct pp_plan *plan = &c->run->plan;
    const struct pp_verdict_counts *n = &c->totals.pending;
    char name[128];

    pp_json_object(j, "pending");
    pp_json_uint(j, "targets", n->targets);
    for (unsigned i = pp_plan_judged(plan); i < plan->narms; i++)
        for (int word = 0; plan->arm[i].arm->connectivity && word < PP_VERDICTS; word++) {
            uint64_t targets = n->word[plan->arm[i].index][word];
            if (!pp_plan_word(plan, word) || !targets)
                continue;
            snprintf(name, sizeof name, "%s.%s", plan->arm[i].arm->connectivity, pp_plan_word(plan, word));
            pp_json_uint(j, name, targets);
        }
    pp_json_end(j, '}');
}

static void aa(struct pp_json *j, const struct pp_run_record *c)
{
    const struct pp_verdict_counts *n = &c->totals.counts;

    pp_json_object(j, "aa");
    pp_json_uint(j, "n", n->aa_n);
    pp_json_uint(j, "fail", n->aa_fail);
    pp_json_num(j, "upper95", n->aa_n ? pp_binomial_upper(n->aa_fail, n->aa_n, 0.95) : 1, 6);
    pp_json_num(j, "alpha", c->run->plan.alpha, 6);
    pp_json_uint(j, "first_n", n->aa_first_n);
    pp_json_uint(j, "first_fail", n->aa_first_fail);
    pp_json_end(j, '}');
}

static void any(struct pp_json *j, const struct pp_verdict_counts *n)
{
    pp_json_object(j, "any");
    pp_json_uint(j, "reached", n->reached);
    pp_json_uint(j, "broken", n->any_broken);
    pp_json_end(j, '}');
}

/* Offline targets, by how they failed. */
static void add_offline_causes(struct pp_json *j, const struct pp_verdict_counts *n)
{
    pp_json_object(j, "offline_how");
    for (int how = 0; how < PP_HOW_COUNT; how++)
        if (pp_how_name[how])
            pp_json_uint(j, pp_how_name[how], n->offline_how[how]);
    pp_json_end(j, '}');
}

/* By arm: targets whose word another arm implied. */
static void implied(struct pp_json *j, const struct pp_run_record *c)
{
    const struct pp_plan *plan = &c->run->plan;

    pp_json_object(j, "implied");
    for (unsigned i = 1; i < plan->narms; i++)
        if (plan->arm[i].arm->connectivity)
            pp_json_uint(j, plan->arm[i].arm->name, c->totals.counts.implied[plan->arm[i].index]);
    pp_json_end(j, '}');
}

static void audit(struct pp_json *j, const struct pp_verdict_counts *n)
{
    pp_json_object(j, "audit");
    pp_json_uint(j, "n", n->audited);
    pp_json_uint(j, "changed", n->audit_changed);
    pp_json_num(j, "upper95", n->audited ? pp_binomial_upper(n->audit_changed, n->audited, 0.95) : 1, 6);
    pp_json_end(j, '}');
}

/* Writes the published list (e-BH). There is no histogram before the first target. */
static void list(struct pp_json *j, const struct pp_run_record *c)
{
    struct pp_ebh_list found = {0};

    if (c->totals.ebh.bin)
        found = pp_ebh_threshold(&c->totals.ebh, c->run->plan.fdr);
    pp_json_object(j, "list");
    pp_json_num(j, "q", c->run->plan.fdr, 6);
    pp_json_uint(j, "n", c->totals.ebh.n);
    pp_json_uint(j, "size", found.size);
    pp_json_num(j, "threshold", found.threshold, 9);
    pp_json_num(j, "largest", found.largest, 9);
    pp_json_uint(j, "needed", found.needed);
    pp_json_end(j, '}');
}

static void interval(struct pp_json *j, const char *key, struct pp_interval i, uint64_t clusters)
{
    pp_json_object(j, key);
    pp_json_num(j, "low", i.low, 6);
    pp_json_num(j, "high", i.high, 6);
    pp_json_uint(j, "clusters", clusters);
    pp_json_end(j, '}');
}

/* Writes McNemar's test on round 1 for each arm. */
static void mcnemar(struct pp_json *j, const struct pp_run_record *c)
{
    const struct pp_plan *plan = &c->run->plan;

    pp_json_array(j, "mcnemar");
    for (unsigned i = 1; i < plan->narms; i++) {
        const struct pp_pairs *p = &c->totals.pairs[plan->arm[i].index];
        struct pp_difference d;
        if (!p->prefix.bucket || plan->arm[i].witness)
            continue;
        d = pp_pairs_difference(p, 0.95);
        pp_json_object(j, NULL);
        pp_json_str(j, "arm", plan->arm[i].arm->name);
        pp_json_str(j, "condition", plan->arm[i].arm->connectivity);
        pp_json_uint(j, "n", p->n);
        pp_json_uint(j, "b_only", p->b_only);
        pp_json_uint(j, "a_only", p->a_only);
        pp_json_num(j, "p", d.p, 6);
        pp_json_num(j, "difference", d.mean, 6);
        interval(j, "prefix", d.prefix, d.prefixes);
        interval(j, "as", d.as, d.ases);
        pp_json_end(j, '}');
    }
    pp_json_end(j, ']');
}

void pp_metadata_counts(struct pp_json *j, const struct pp_run_record *c)
{
    conditions(j, c, "first_round", true);
    conditions(j, c, "final", false);
    any(j, &c->totals.counts);
    add_offline_causes(j, &c->totals.counts);
    implied(j, c);
    pending(j, c);
    aa(j, c);
    audit(j, &c->totals.counts);
    list(j, c);
    mcnemar(j, c);
}
