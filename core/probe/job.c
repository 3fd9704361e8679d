/* SPDX-License-Identifier: BSD-2-Clause */
/* job.c: a target's memory: made, charged to the worker's budget, kept between rounds, given back. */
#include "job.h"

#include "../targets/dedup.h"

double pp_job_chance(struct pp_worker *w, const struct pp_job *job, enum pp_chance purpose)
{
    const struct pp_target *t = job->target;

    if (w->plan->repeats)
        return pp_rng_unit(&w->rng);
    return pp_dedup_chance(w->plan->seed, purpose, &t->addr, t->port, t->domain);
}

struct pp_job *pp_job_new(struct pp_worker *w, struct pp_target *t)
{
    struct pp_job *job = calloc(1, sizeof *job);

    if (!job)
        return NULL;
    job->worker = w;
    job->target = t;
    job->tick.kind = PP_TICK_JOB;
    job->link.key.remote = t->addr;
    job->notes_end = &job->notes;
    job->absent = pp_job_absent(w->plan, &t->addr);
    for (unsigned i = 0; i < PP_SLOTS_JUDGED; i++)
        job->arm[i].trials = pp_trials_none();
    job->dummy = pp_job_chance(w, job, PP_CHANCE_DUMMY) < w->plan->aa && !w->plan->alone;
    return job;
}

void pp_job_free(struct pp_job *job)
{
    pp_frames_free(&job->frames);
    pp_frames_free(&job->flow_text);
    pp_history_free(job->notes);
    if (job->stated_first != job->stated)
        free(job->stated_first);
    free(job->stated);
    free(job->target);
    free(job);
}

void pp_job_charge(struct pp_worker *w, struct pp_job *job, size_t bytes)
{
    w->held_bytes += bytes - job->charged;
    job->charged = bytes;
}

size_t pp_job_idle_bytes(const struct pp_job *job)
{
    return sizeof *job + job->target->bytes + job->flows * sizeof(struct pp_note) +
           job->round * sizeof(struct pp_round_note) + (job->flow_text ? job->flow_text->cap : 0) +
           (job->frames ? job->frames->cap : 0);
}

size_t pp_job_busy_bytes(const struct pp_worker *w, const struct pp_job *job)
{
    size_t flow = w->probe_size + w->plan->mode->cost;
    size_t bytes = pp_job_idle_bytes(job) + (size_t)__builtin_popcount(job->slots) * flow;

    for (unsigned i = 0; i < w->plan->narms; i++)
        if (job->slots >> i & 1 && w->plan->arm[i].http == PP_HTTP_2)
            bytes += PP_HTTP2_COST;
    return bytes;
}

void pp_job_retire(struct pp_worker *w, struct pp_job *job)
{
    w->control_jobs -= job->control;
    w->confirming -= job->confirming;
    pp_job_charge(w, job, 0);
    pp_job_free(job);
}
