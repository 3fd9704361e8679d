/* SPDX-License-Identifier: BSD-2-Clause */
/* counts.c: counts words, conditions, dummies and evidence. */
#include "counts.h"

#include "confirm.h"
#include "where.h"

static void add_dummy(struct pp_verdict_counts *c, const struct pp_plan *plan, const struct pp_finding *found)
{
    const struct pp_arm_state *d = &found->arm[pp_slot_d(plan)];

    if (d->trials.fb + d->trials.sb == 0)
        return;
    c->aa_n++;
    c->aa_fail += d->word == PP_VERDICT_BROKEN;
    if (found->dummy && (d->first == PP_VERDICT_WORKS || d->first == PP_VERDICT_BROKEN)) {
        c->aa_first_n++;
        c->aa_first_fail += d->first == PP_VERDICT_BROKEN;
    }
}

static void add_statements(uint64_t *to, const struct pp_statements *s)
{
    for (unsigned i = 0; s && i < s->n; i++)
        to[s->v[i].index]++;
}

static void add_sums(uint64_t *to, const struct pp_plan *plan, const struct pp_finding *found, bool first)
{
    struct pp_statement sums[PP_MAX_CONDITIONS];

    for (unsigned i = 0, n = pp_sum_up(plan, found, first, sums); i < n; i++)
        to[sums[i].index]++;
}

/* The word that ARM gets if its target is not measured any further. */
static enum pp_verdict word_so_far(const struct pp_finding *found, const struct pp_arm_state *arm)
{
    const struct pp_trials *t = &arm->trials;

    if (arm->ended)
        return arm->word;
    if (!found->ever_ok)
        return PP_VERDICT_OFFLINE;
    if (t->fb)
        return t->sb ? PP_VERDICT_UNSTABLE : PP_VERDICT_BROKEN;
    return t->fa ? PP_VERDICT_TRANSIENT : PP_VERDICT_WORKS;
}

/* True if ARM was measured, or another arm implies its word. */
static bool is_known(const struct pp_arm_state *arm)
{
    return arm->ended || arm->trials.sb + arm->trials.fb;
}

/* The target once, whatever number of its arms are broken. */
static void add_target(struct pp_verdict_counts *c, const struct pp_plan *plan, const struct pp_finding *found,
                       bool pending)
{
    bool reached = false, broken = false;

    for (unsigned i = 0; i < plan->narms; i++) {
        enum pp_verdict word;
        if (!pp_finding_judges(plan, found, i) || (pending && !is_known(&found->arm[i])))
            continue;
        word = pending ? word_so_far(found, &found->arm[i]) : found->arm[i].word;
        reached |= word != PP_VERDICT_OFFLINE;
        broken |= word == PP_VERDICT_BROKEN;
    }
    c->reached += reached;
    c->any_broken += broken;
}

static void add_word(struct pp_verdict_counts *c, const struct pp_plan *plan, const struct pp_finding *found,
                     unsigned slot, bool pending)
{
    const struct pp_arm_state *arm = &found->arm[slot], *base = &found->arm[plan->arm[slot].base];
    bool based = plan->arm[slot].base != 0;
    unsigned index = plan->arm[slot].index;
    enum pp_verdict word = pending ? word_so_far(found, arm) : arm->word;

    c->word[index][word]++;
    c->implied[index] += arm->implied_by != 0;
    if (arm->first < PP_VERDICTS) {
        c->first[index][arm->first]++;
        if (!based || base->first == PP_VERDICT_WORKS ||
            (base->first == PP_VERDICT_NONE && base->word == PP_VERDICT_WORKS))
            c->first_based[index][arm->first]++;
    }
    if (!based || (pending ? word_so_far(found, base) : base->word) == PP_VERDICT_WORKS)
        c->based[index][word]++;
}

/* Counts how an offline target failed (silent, refused, ...), by its first judged arm. */
static void add_offline(struct pp_verdict_counts *c, const struct pp_plan *plan, const struct pp_finding *found)
{
    unsigned arms = 0, first = 0;

    for (unsigned i = plan->narms; i-- > 0;)
        if (pp_finding_judges(plan, found, i)) {
            if (found->arm[i].word != PP_VERDICT_OFFLINE)
                return;
            first = i;
            arms++;
        }
    if (arms)
        c->offline_how[found->arm[first].how]++;
}

static void add_arm(struct pp_verdict_totals *f, const struct pp_finding *found, unsigned slot)
{
    const struct pp_arm_state *arm = &found->arm[slot];
    unsigned index = f->plan->arm[slot].index;
    uint64_t prefix = pp_cluster_prefix(&found->target->addr);

    add_word(&f->counts, f->plan, found, slot, false);
    if (f->plan->alone) /* one arm: there are no pairs and no evidence */
        return;
    f->counts.audited += found->audited;
    f->counts.audit_changed += found->audited && arm->word != PP_VERDICT_WORKS;
    pp_ebh_add(&f->ebh, arm->word == PP_VERDICT_BROKEN ? arm->trials.e : 0);
    if (arm->first < PP_VERDICTS)
        pp_pairs_add(&f->pairs[index], prefix, found->target->asn ? pp_cluster_as(found->target->asn) : prefix,
                 arm->first == PP_VERDICT_WORKS || arm->first == PP_VERDICT_BROKEN,
                 arm->first == PP_VERDICT_WORKS || arm->first == PP_VERDICT_TRANSIENT);
}

static void add_places(struct pp_verdict_counts *c, const struct pp_finding *found)
{
    bool any = false;

    for (unsigned i = 0; i < found->nplaces; i++)
        any |= pp_place_stands(&found->place[i]);
    c->located += found->located;
    c->placed += any;
}

void pp_verdict_totals_add(struct pp_verdict_totals *f, const struct pp_finding *found, bool valid)
{
    struct pp_verdict_counts *c = &f->counts;

    c->targets++;
    c->flows += found->flows;
    c->outage += found->outage;
    if (!valid) {
        c->invalid++;
        return;
    }
    for (unsigned i = 0; i < f->plan->narms; i++)
        if (pp_finding_judges(f->plan, found, i))
            add_arm(f, found, i);
    add_target(c, f->plan, found, false);
    add_offline(c, f->plan, found);
    add_dummy(c, f->plan, found);
    add_statements(c->first_condition, found->stated_first);
    add_statements(c->condition, found->stated);
    add_places(c, found);
}

void pp_verdict_totals_add_pending(struct pp_verdict_totals *f, const struct pp_finding *found)
{
    f->pending.targets++;
    add_target(&f->pending, f->plan, found, true);
    for (unsigned i = 0; i < f->plan->narms; i++)
        if (pp_finding_judges(f->plan, found, i) && is_known(&found->arm[i]))
            add_word(&f->pending, f->plan, found, i, true);
}

void pp_verdict_totals_sum_up(struct pp_verdict_totals *f, const struct pp_finding *found)
{
    add_sums(f->counts.first_condition, f->plan, found, true);
    add_sums(f->counts.condition, f->plan, found, false);
}

int pp_verdict_totals_init(struct pp_verdict_totals *f, const struct pp_plan *plan)
{
    memset(f, 0, sizeof *f);
    f->plan = plan;
    if (pp_ebh_init(&f->ebh) < 0)
        return -1;
    for (unsigned i = 1; i < plan->narms; i++)
        if (pp_pairs_init(&f->pairs[plan->arm[i].index]) < 0)
            return -1;
    return 0;
}

void pp_verdict_totals_release(struct pp_verdict_totals *f)
{
    pp_ebh_release(&f->ebh);
    for (unsigned i = 0; i < PP_MAX_ARMS; i++)
        pp_pairs_release(&f->pairs[i]);
}

static void add_up(struct pp_verdict_counts *into, const struct pp_verdict_counts *from)
{
    uint64_t *to = (uint64_t *)into;
    const uint64_t *add = (const uint64_t *)from;

    for (size_t i = 0; i < sizeof *into / sizeof *to; i++)
        to[i] += add[i];
}

void pp_verdict_totals_merge(struct pp_verdict_totals *into, const struct pp_verdict_totals *from)
{
    add_up(&into->counts, &from->counts);
    add_up(&into->pending, &from->pending);
    pp_ebh_merge(&into->ebh, &from->ebh);
    pp_nearby_merge(&into->nearby, &from->nearby);
    for (unsigned i = 1; i < into->plan->narms; i++) {
        unsigned index = into->plan->arm[i].index;
        pp_pairs_merge(&into->pairs[index], &from->pairs[index]);
    }
}
