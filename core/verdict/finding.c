/* SPDX-License-Identifier: BSD-2-Clause */
/* finding.c: creates and frees a finding, and makes the random choices for a target. */
#include "finding.h"

#include "../targets/dedup.h"

void pp_finding_init(struct pp_finding *f, const struct pp_plan *plan, const struct pp_target *t)
{
    *f = (struct pp_finding){.target = t, .absent = pp_finding_absent(plan, &t->addr)};
    f->notes_end = &f->notes;
    for (unsigned i = 0; i < PP_SLOTS_JUDGED; i++)
        f->arm[i].trials = pp_trials_none();
}

void pp_finding_release(struct pp_finding *f)
{
    if (f->flow_text) {
        pp_buf_release(f->flow_text);
        free(f->flow_text);
    }
    free(f->place);
    pp_round_log_free(f->notes);
    if (f->stated_first != f->stated)
        free(f->stated_first);
    free(f->stated);
}

/*
 * A number in [0, 1) for one choice about a target. It depends on the seed and the target alone, so that a run that was
 * interrupted and resumed chooses as one that was not; by chance (RNG) where a list may name a target again and again.
 */
enum choice { CHOOSE_DUMMY = 1, CHOOSE_AUDIT, CHOOSE_SAMPLE };

static double chance(const struct pp_finding *f, const struct pp_plan *plan, enum choice purpose, struct pp_rng *rng)
{
    const struct pp_target *t = f->target;

    if (plan->repeats)
        return pp_rng_unit(rng);
    return pp_dedup_chance(plan->seed, purpose, &t->addr, t->port, t->domain);
}

void pp_finding_ask_all(struct pp_finding *f)
{
    f->whole = true;
    f->held = 0;
}

void pp_finding_draw(struct pp_finding *f, const struct pp_plan *plan, struct pp_rng *rng)
{
    f->dummy = chance(f, plan, CHOOSE_DUMMY, rng) < plan->aa && !plan->alone;
    f->to_audit = chance(f, plan, CHOOSE_AUDIT, rng) < plan->audit && !plan->alone;
    f->to_sample = chance(f, plan, CHOOSE_SAMPLE, rng) < plan->locate_sample;
    f->held = pp_plan_held(plan, f->absent);
    if (pp_plan_is_whole(plan) || f->dummy || f->to_audit)
        pp_finding_ask_all(f);
}
