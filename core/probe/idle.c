/* SPDX-License-Identifier: BSD-2-Clause */
/* idle.c: targets between their rounds: a list of them, what the display shows of it, and how it ends. */
#include "job.h"

#define LOOKED_AT 1000 /* targets, at most, ten times a second */

void pp_job_idle_add(struct pp_worker *w, struct pp_job *job)
{
    job->idle_next = w->idle_jobs;
    job->idle_prev = &w->idle_jobs;
    if (w->idle_jobs)
        w->idle_jobs->idle_prev = &job->idle_next;
    w->idle_jobs = job;
    w->idle++;
}

void pp_job_idle_remove(struct pp_worker *w, struct pp_job *job)
{
    *job->idle_prev = job->idle_next;
    if (job->idle_next)
        job->idle_next->idle_prev = job->idle_prev;
    w->idle--;
}

/* ---- for the display ---------------------------------------------------------------------------------------- */

static void raise(_Atomic int64_t *to, int64_t value)
{
    if (atomic_load_explicit(to, memory_order_relaxed) < value)
        atomic_store_explicit(to, value, memory_order_relaxed);
}

void pp_idle_show(struct pp_worker *w)
{
    atomic_store_explicit(&w->c.tally->in_flight, w->in_flight, memory_order_relaxed);
    atomic_store_explicit(&w->c.tally->confirming, w->confirming, memory_order_relaxed);
}

void pp_idle_look(struct pp_worker *w)
{
    int64_t next = PP_NEVER;

    /* Where many rest, some round is always under way. */
    for (const struct pp_job *job = w->idle <= LOOKED_AT ? w->idle_jobs : NULL; job; job = job->idle_next)
        if (job->confirming && job->tick.timer.at < next)
            next = job->tick.timer.at;
    atomic_store_explicit(&w->c.tally->next_round, next == PP_NEVER ? 0 : next, memory_order_relaxed);
}

/* How many rounds JOB has to come, the next one included: two of silence are offline, else as many as it takes. */
static unsigned rounds_left(const struct pp_plan *plan, const struct pp_job *job)
{
    unsigned all = job->finding.ever_ok || plan->rounds ? plan->expected_rounds : 2;

    return all > job->finding.round ? all - job->finding.round : 1;
}

void pp_idle_confirming(struct pp_worker *w, struct pp_job *job, int64_t at)
{
    int64_t takes = w->now - job->round_start, step = w->plan->spacing + w->plan->spacing / 20; /* with jitter */
    int64_t end = at + (rounds_left(w->plan, job) - 1) * (takes > step ? takes : step) + takes;

    if (job->control || job->finding.round == 0)
        return;
    w->confirming += !job->confirming;
    job->confirming = true;
    raise(&w->c.tally->confirmed_at, end);
    raise(&w->c.tally->confirming_takes, end - job->round_start);
}

/* ---- the end ------------------------------------------------------------------------------------------------ */

void pp_job_give_up(struct pp_worker *w, const struct pp_job *job)
{
    if (job->control)
        return;
    w->pending++;
    if (job->finding.notes && w->c.owner.pending)
        w->c.owner.pending(w->c.owner.arg, &job->finding);
}

void pp_admission_drop_idle(struct pp_worker *w)
{
    while (w->idle_jobs) {
        struct pp_job *job = w->idle_jobs;
        pp_job_idle_remove(w, job);
        pp_wheel_cancel(&w->wheel, &job->tick.timer);
        pp_job_give_up(w, job);
        pp_job_retire(w, job);
    }
    pp_idle_show(w);
}
