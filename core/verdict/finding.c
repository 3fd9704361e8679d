/* SPDX-License-Identifier: BSD-2-Clause */
/* finding.c: its beginning and end, and the choices that are made by chance for a target. */
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
    pp_history_free(f->notes);
    if (f->stated_first != f->stated)
        free(f->stated_first);
    free(f->stated);
}

double pp_finding_chance(const struct pp_finding *f, const struct pp_plan *plan, enum pp_chance purpose,
                         struct pp_rng *rng)
{
    const struct pp_target *t = f->target;

    if (plan->repeats)
        return pp_rng_unit(rng);
    return pp_dedup_chance(plan->seed, purpose, &t->addr, t->port, t->domain);
}
