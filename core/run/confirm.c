/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * confirm.c: after a round: which arms have ended, whether there is a further round and when. The method is
 * pathprobe-measure(1), Verdicts: each target is its own control, and whatever is not plain success in round 1 is asked
 * again until the evidence or a limit decides.
 */
#include "job.h"
#include "order.h"

static bool is_confirming(const struct pp_plan *plan)
{
    return plan->rounds == 0;
}

/* The dummy of a target in the A/A share is an arm like any other; else it only comes along. */
static bool is_arm(const struct pp_plan *plan, const struct pp_job *job, unsigned slot)
{
    return pp_job_judges(plan, job, slot) || (slot == pp_slot_d(plan) && job->dummy);
}

/* ---- counting ------------------------------------------------------------------------------------------------- */

static void count_baseline(struct pp_trials *t, const struct pp_outcome *o)
{
    if (o->took_part)
        ++*(o->ok ? &t->sa : &t->fa);
}

static void count(struct pp_arm_state *arm, const struct pp_plan *plan, const struct pp_result *r, unsigned slot)
{
    if (!r->slot[slot].took_part)
        return;
    ++*(r->slot[slot].ok ? &arm->trials.sb : &arm->trials.fb);
    count_baseline(&arm->trials, &r->slot[0]);
    count_baseline(&arm->trials, &r->slot[pp_slot_a2(plan)]);
}

static void count_alone(struct pp_arm_state *arm, const struct pp_outcome *o)
{
    ++*(o->ok ? &arm->trials.sb : &arm->trials.fb);
}

static void note_first(struct pp_job *job, const struct pp_plan *plan, const struct pp_result *r)
{
    for (unsigned i = 1; i < PP_SLOTS; i++)
        if (i < plan->narms || i == pp_slot_d(plan))
            job->arm[i].first = pp_word_of_round(r->slot[0].ok, r->slot[i].ok);
    if (plan->alone)
        job->arm[0].first = r->slot[0].ok ? PP_WORKS : PP_OFFLINE;
}

/* ---- ending ------------------------------------------------------------------------------------------------------ */

/* An arm that goes behind this one is undecided, and needs it in every round. */
static bool is_needed(const struct pp_plan *plan, const struct pp_job *job, unsigned slot)
{
    for (unsigned i = 1; i < plan->narms; i++)
        if (!job->arm[i].ended && pp_order_after(plan, i) == slot)
            return true;
    return false;
}

/*
 * True: all arms have ended. A dummy that only comes along is judged like them, but nobody waits for it. What goes
 * behind another arm stands behind it here, too, and ends first.
 */
static bool judge_all(const struct pp_plan *plan, struct pp_job *job)
{
    bool ended = true;

    for (unsigned i = PP_SLOTS; i-- > 1;) {
        struct pp_arm_state *arm = &job->arm[i];
        enum pp_word word;
        if (arm->ended || (!is_arm(plan, job, i) && i != pp_slot_d(plan)))
            continue;
        if (pp_verdict_judge(&arm->trials, job->round, job->audited, plan->alpha, &word) && !is_needed(plan, job, i)) {
            arm->ended = true;
            arm->word = (uint8_t)word;
        } else {
            ended &= !is_arm(plan, job, i);
        }
    }
    return ended;
}

/* A share of the targets that plainly work is asked again, to learn what single successes hide. */
static bool audit(struct pp_worker *w, struct pp_job *job)
{
    if (pp_job_chance(w, job, PP_CHANCE_AUDIT) >= w->plan->audit)
        return false;
    for (unsigned i = 1; i < PP_SLOTS; i++) {
        if (is_arm(w->plan, job, i) && job->arm[i].word != PP_WORKS)
            return false;
    }
    for (unsigned i = 1; i < PP_SLOTS; i++)
        job->arm[i].ended = false;
    job->audited = true;
    return true;
}

/* True: round 1 left a statement in doubt. Arms that would have ended as working are asked for it once more. */
static bool ask_again(const struct pp_plan *plan, struct pp_job *job)
{
    if (!pp_statements_in_doubt(job))
        return false;
    for (unsigned i = 1; i < PP_SLOTS; i++)
        if (is_arm(plan, job, i) && job->arm[i].word == PP_WORKS)
            job->arm[i].ended = false;
    return true;
}

/*
 * A word for every arm that none was found for. With --rounds N and N > 1 all arms take part in all of them and are
 * judged at the end.
 */
static void end_all(const struct pp_plan *plan, struct pp_job *job)
{
    for (unsigned i = 1; i < PP_SLOTS; i++) {
        struct pp_arm_state *arm = &job->arm[i];
        if (plan->rounds == 1)
            arm->word = arm->first;
        else if (!job->ever_ok && job->round >= 2)
            arm->word = PP_OFFLINE;
        else if (!arm->ended)
            arm->word = arm->trials.fb == 0 && (!is_confirming(plan) || i == pp_slot_d(plan)) ? PP_WORKS : PP_UNSTABLE;
        arm->ended = true;
    }
    if (plan->alone)
        job->arm[0].word = job->ever_ok ? PP_WORKS : PP_OFFLINE;
}

static bool limits_reached(const struct pp_plan *plan, struct pp_job *job)
{
    if (!is_confirming(plan))
        return job->round >= plan->rounds;
    if (plan->alone) /* online at once; offline not before the second round, whatever the other limits */
        return (job->ever_ok && !pp_statements_in_doubt(job)) || job->round >= 2;
    if (!job->ever_ok && job->round >= 2) /* silent in two rounds, a spacing apart: offline */
        return true;
    if (job->round >= plan->max_rounds)
        return true;
    job->budget_ended = plan->max_flows && job->flows + plan->narms + 2u > plan->max_flows;
    return job->budget_ended;
}

/* ---- the next round ---------------------------------------------------------------------------------------------- */

uint32_t pp_confirm_slots(const struct pp_worker *w, const struct pp_job *job)
{
    const struct pp_plan *plan = w->plan;
    uint32_t slots = 1;

    for (unsigned i = 1; i < plan->narms; i++)
        if (!(job->absent >> i & 1) && (job->round == 0 || !job->arm[i].ended))
            slots |= UINT32_C(1) << i;
    if (plan->alone)
        return slots;
    if (job->dummy || (job->round && is_confirming(plan)))
        slots |= UINT32_C(1) << pp_slot_d(plan);
    if (job->round && is_confirming(plan))
        slots |= UINT32_C(1) << pp_slot_a2(plan);
    return slots;
}

static int64_t jitter(struct pp_worker *w, int64_t span)
{
    return span + (int64_t)(pp_rng_unit(&w->rng) * 0.1 * (double)span);
}

static int64_t next_time(struct pp_worker *w, const struct pp_job *job, bool all_failed)
{
    if (job->round == 1 && !all_failed)
        return job->round_end + jitter(w, w->plan->cooldown);
    return job->round_start + jitter(w, w->plan->spacing);
}

bool pp_confirm(struct pp_worker *w, struct pp_job *job, const struct pp_result *r, int64_t *at)
{
    const struct pp_plan *plan = w->plan;
    bool all_failed = true, ended;

    for (unsigned i = 0; i < PP_SLOTS; i++) {
        all_failed &= !r->slot[i].ok;
        if (i > 0 && !job->arm[i].ended)
            count(&job->arm[i], plan, r, i);
    }
    job->ever_ok |= !all_failed;
    if (job->round == 1)
        note_first(job, plan, r);
    if (pp_statements_keep(job, plan, r) < 0)
        job->budget_ended = true;
    if (plan->alone)
        count_alone(&job->arm[0], &r->slot[0]);
    ended = !plan->alone && (is_confirming(plan) || job->round == plan->rounds) && judge_all(plan, job);
    if (ended && is_confirming(plan) && job->round == 1 && audit(w, job))
        ended = false;
    if (is_confirming(plan) && job->round == 1 && ask_again(plan, job))
        ended = false;
    if (ended || job->budget_ended || limits_reached(plan, job)) {
        end_all(plan, job);
        pp_statements_settle(job, plan);
        return false;
    }
    *at = next_time(w, job, all_failed);
    return true;
}
