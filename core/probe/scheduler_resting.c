/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scheduler_resting.c: targets between their rounds: their list and timers, their figures for the display, and their
 * end.
 */
#include "scheduler.h"

#include "round.h"

#define LOOKED_AT 1000 /* targets, at most, ten times a second */

void pp_job_charge(struct pp_worker *w, struct pp_job *job, size_t bytes)
{
    w->scheduler.held_bytes += bytes - job->charged;
    job->charged = bytes;
}

void pp_job_retire(struct pp_worker *w, struct pp_job *job)
{
    w->scheduler.references -= !job->kind->counted;
    w->scheduler.confirming -= job->confirming;
    pp_job_charge(w, job, 0);
    pp_job_free(job);
}

void pp_resting_add(struct pp_worker *w, struct pp_job *job, int64_t at)
{
    struct pp_scheduler *s = &w->scheduler;

    job->state = PP_JOB_RESTING;
    job->next = s->resting;
    job->prev = &s->resting;
    if (s->resting)
        s->resting->prev = &job->next;
    s->resting = job;
    s->idle++;
    pp_job_charge(w, job, pp_job_idle_bytes(job));
    pp_wheel_set(&w->wheel, &job->tick.timer, at);
}

void pp_resting_remove(struct pp_worker *w, struct pp_job *job)
{
    *job->prev = job->next;
    if (job->next)
        job->next->prev = job->prev;
    job->next = NULL;
    w->scheduler.idle--;
    pp_wheel_cancel(&w->wheel, &job->tick.timer);
}

/* ---- for the display ---------------------------------------------------------------------------------------- */

static void raise(_Atomic int64_t *to, int64_t value)
{
    if (atomic_load_explicit(to, memory_order_relaxed) < value)
        atomic_store_explicit(to, value, memory_order_relaxed);
}

void pp_resting_show(struct pp_worker *w)
{
    atomic_store_explicit(&w->c.counters->in_flight, w->scheduler.in_flight, memory_order_relaxed);
    atomic_store_explicit(&w->c.counters->confirming, w->scheduler.confirming, memory_order_relaxed);
}

void pp_resting_look(struct pp_worker *w)
{
    int64_t next = PP_NEVER;

    /* Where many rest, some round is always under way. */
    for (const struct pp_job *job = w->scheduler.idle <= LOOKED_AT ? w->scheduler.resting : NULL; job; job = job->next)
        if (job->confirming && job->tick.timer.at < next)
            next = job->tick.timer.at;
    atomic_store_explicit(&w->c.counters->next_round, next == PP_NEVER ? 0 : next, memory_order_relaxed);
}

/*
 * The number of rounds left for JOB, the next one included, as expected: two in all while it is silent, else the plan's
 * expected number.
 */
static unsigned rounds_left(const struct pp_plan *plan, const struct pp_job *job)
{
    unsigned all = job->finding.ever_ok || plan->rounds ? plan->expected_rounds : 2;

    return all > job->finding.round ? all - job->finding.round : 1;
}

void pp_resting_confirming(struct pp_worker *w, struct pp_job *job, int64_t at)
{
    int64_t takes = w->prober.now - job->round_start, step = w->plan->spacing + w->plan->spacing / 20; /* with jitter */
    int64_t end = at + (rounds_left(w->plan, job) - 1) * (takes > step ? takes : step) + takes;

    if (!job->kind->counted || job->finding.round == 0)
        return;
    w->scheduler.confirming += !job->confirming;
    job->confirming = true;
    raise(&w->c.counters->confirmed_at, end);
    raise(&w->c.counters->confirming_takes, end - job->round_start);
}

/* ---- the end ------------------------------------------------------------------------------------------------ */

void pp_job_give_up(struct pp_worker *w, const struct pp_job *job)
{
    if (!job->kind->counted)
        return;
    w->scheduler.pending++;
    if (job->finding.notes && w->c.owner.pending)
        w->c.owner.pending(w->c.owner.arg, &job->finding);
}

void pp_scheduler_drop_resting(struct pp_worker *w)
{
    while (w->scheduler.resting) {
        struct pp_job *job = w->scheduler.resting;
        pp_resting_remove(w, job);
        pp_job_give_up(w, job);
        pp_job_retire(w, job);
    }
    pp_resting_show(w);
}
