/* SPDX-License-Identifier: BSD-2-Clause */
/* sumup.c: conditions that follow from the verdicts of several arms. */
#include "confirm.h"

struct sums {
    const struct pp_plan *plan;
    struct pp_statement *out;
    unsigned n;
};

static void state(struct pp_sink *sink, unsigned condition, int64_t value)
{
    struct sums *s = sink->priv;
    const struct pp_plugin *p = s->plan->plugin;

    if (condition >= p->nconditions || s->n == PP_MAX_CONDITIONS)
        return;
    if (p->conditions[condition].modes && !(p->conditions[condition].modes & s->plan->mode->bit))
        return;
    s->out[s->n++] = (struct pp_statement){.index = (uint16_t)condition, .value = value};
}

unsigned pp_sum_up(const struct pp_plan *plan, const struct pp_finding *f, bool first,
                   struct pp_statement out[PP_MAX_CONDITIONS])
{
    uint8_t arm[PP_MAX_ARMS], stated[PP_MAX_CONDITIONS] = {0};
    const struct pp_statements *said = first ? f->stated_first : f->stated;
    struct sums sums = {.plan = plan, .out = out};
    struct pp_verdicts_view view = {.mode = plan->mode->bit, .narms = plan->plugin->narms, .arm = arm,
                                    .arms = plan->plugin->arms, .stated = stated, .plugin = plan->plugin};
    struct pp_sink sink = {.priv = &sums, .state = state, .doubt = state};

    if (!plan->plugin->sum_up)
        return 0;
    memset(arm, PP_VERDICT_NONE, sizeof arm);
    for (unsigned i = 0; i < plan->narms; i++)
        if (pp_finding_judges(plan, f, i))
            arm[plan->arm[i].index] = first ? f->arm[i].first : f->arm[i].word;
        else if (plan->arm[i].witness && !first && pp_round_log_damage(plan, f->notes, i) == PP_DAMAGE_SEEN)
            arm[plan->arm[i].index] = PP_VERDICT_RESIDUAL;
    for (unsigned i = 0; said && i < said->n; i++)
        stated[said->v[i].index] = 1;
    plan->plugin->sum_up(&view, &sink);
    return sums.n;
}
