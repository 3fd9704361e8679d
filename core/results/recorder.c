/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * recorder.c: turns findings into lines of observations for the writer, and adds them to the counts. The functions are
 * a pp_finding_owner: the worker's thread calls them.
 */
#include "recorder.h"

#include "../base/error.h"
#include "observation.h"

void pp_recorder_count(struct pp_live_counters *t, const struct pp_plan *plan, const struct pp_finding *f, bool valid)
{
    _Atomic uint64_t *const of[PP_VERDICTS] = {&t->works, &t->broken, &t->transient, &t->offline, &t->unstable};
    enum pp_verdict word = PP_VERDICT_WORKS;

    atomic_fetch_add_explicit(&t->done, 1, memory_order_relaxed);
    if (!valid) {
        atomic_fetch_add_explicit(&t->invalid, 1, memory_order_relaxed);
        return;
    }
    for (unsigned i = 0; i < plan->narms; i++)
        if (pp_finding_judges(plan, f, i))
            word = pp_verdict_gravest(word, f->arm[i].word);
    atomic_fetch_add_explicit(of[word], 1, memory_order_relaxed);
}

static bool all_work(const struct pp_plan *plan, const struct pp_finding *f, bool valid)
{
    for (unsigned i = 0; i < plan->narms; i++)
        if (pp_finding_judges(plan, f, i) && f->arm[i].word != PP_VERDICT_WORKS)
            return false;
    return valid;
}

/* ---- the pp_finding_owner ------------------------------------------------------------------------------------ */

static bool full(void *arg)
{
    struct pp_recorder *r = arg;

    return pp_writer_full(r->writer) || (r->pcap && pp_writer_full(r->pcap));
}

static void first(void *arg, const struct pp_finding *f)
{
    struct pp_recorder *r = arg;

    pp_nearby_add(&r->totals.nearby, r->plan, f);
}

/*
 * Writes the line of a round that is not the last one. The line is dropped if the writer's queue is full or has failed:
 * a later line of the target has all its content.
 */
static void interim(void *arg, const struct pp_finding *f)
{
    struct pp_recorder *r = arg;

    pp_observation_write(&r->line, r->plan, f, true, r->stream, 0);
    if (!pp_writer_full(r->writer))
        r->interim += pp_writer_line(r->writer, r->line.data, r->line.len);
}

static void flow(void *arg, struct pp_finding *f, const struct pp_flow_seen *seen)
{
    struct pp_recorder *r = arg;

    pp_observation_flow(f, r->plan, seen);
}

static void done(void *arg, struct pp_finding *f, bool valid, const struct pp_buf *frames)
{
    struct pp_recorder *r = arg;

    pp_recorder_count(r->counters, r->plan, f, valid);
    pp_verdict_totals_add(&r->totals, f, valid);
    if (valid)
        pp_verdict_totals_sum_up(&r->totals, f);
    pp_observation_write(&r->line, r->plan, f, valid, r->stream, ++r->lines);
    pp_writer_line(r->writer, r->line.data, r->line.len);
    if (r->pcap && frames && !all_work(r->plan, f, valid))
        pp_writer_line(r->pcap, frames->data, frames->len);
}

static void pending(void *arg, const struct pp_finding *f)
{
    struct pp_recorder *r = arg;

    pp_verdict_totals_add_pending(&r->totals, f);
}

/* ---- life ------------------------------------------------------------------------------------------------------ */

int pp_recorder_init(struct pp_recorder *r, struct pp_worker_config *c, struct pp_writer *writer,
                     struct pp_writer *pcap)
{
    *r = (struct pp_recorder){
        .plan = c->plan, .writer = writer, .pcap = pcap, .counters = c->counters, .stream = c->seed};
    pp_buf_init(&r->line, PP_OBSERVATION_MAX);
    /* The buffer gets its full size here, so that no line is lost later for lack of memory. */
    if (pp_verdict_totals_init(&r->totals, c->plan) < 0 || !pp_buf_reserve(&r->line, PP_OBSERVATION_MAX))
        return pp_error("out of memory for a worker's lines");
    c->owner = (struct pp_finding_owner){.arg = r,
                                         .full = full,
                                         .first = first,
                                         .interim = c->plan->interim ? interim : NULL,
                                         .flow = c->plan->output_flows ? flow : NULL,
                                         .done = done,
                                         .pending = pending};
    c->keep_frames = pcap != NULL;
    return 0;
}

void pp_recorder_release(struct pp_recorder *r)
{
    pp_verdict_totals_release(&r->totals);
    pp_buf_release(&r->line);
}
