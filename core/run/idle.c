/* SPDX-License-Identifier: BSD-2-Clause */
/* idle.c: targets between their rounds: a list of them, what the display shows of it, and how it ends. */
#include "job.h"

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

void pp_idle_show(struct pp_worker *w)
{
    atomic_store_explicit(&w->c.tally->in_flight, w->in_flight, memory_order_relaxed);
    atomic_store_explicit(&w->c.tally->confirming, w->idle, memory_order_relaxed);
}

void pp_job_give_up(struct pp_worker *w, const struct pp_job *job)
{
    if (job->control)
        return;
    w->pending++;
    if (job->notes)
        pp_figures_add_pending(&w->figures, job);
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
