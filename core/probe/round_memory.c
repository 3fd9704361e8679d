/* SPDX-License-Identifier: BSD-2-Clause */
/* round_memory.c: allocates the memory of a job, and computes its size. */
#include "round.h"

struct pp_job *pp_job_new(struct pp_worker *w, struct pp_target *t, const struct pp_job_kind *kind)
{
    struct pp_job *job = calloc(1, sizeof *job);

    if (!job)
        return NULL;
    job->worker = w;
    job->kind = kind;
    job->target = t;
    job->tick.kind = PP_TICK_JOB;
    job->link.key.remote = t->addr;
    pp_finding_init(&job->finding, w->plan, t);
    if (kind->counted)
        pp_finding_draw(&job->finding, w->plan, &w->rng);
    else
        pp_finding_ask_all(&job->finding);
    return job;
}

void pp_job_free(struct pp_job *job)
{
    pp_frames_free(&job->frames);
    pp_finding_release(&job->finding);
    free(job->target);
    free(job);
}

size_t pp_job_idle_bytes(const struct pp_job *job)
{
    const struct pp_finding *f = &job->finding;

    return sizeof *job + job->target->bytes + f->flows * sizeof(struct pp_note) +
           f->round * sizeof(struct pp_round_note) + (f->flow_text ? f->flow_text->cap : 0) +
           (job->frames ? job->frames->cap : 0);
}

size_t pp_job_busy_bytes(const struct pp_worker *w, const struct pp_job *job)
{
    size_t flow = w->prober.probe_size + w->plan->mode->cost;
    size_t bytes = pp_job_idle_bytes(job) + (size_t)__builtin_popcount(job->slots) * flow;

    for (unsigned i = 0; i < w->plan->narms; i++)
        if (job->slots >> i & 1 && w->plan->arm[i].http == PP_HTTP_2)
            bytes += PP_HTTP2_COST;
    return bytes;
}
