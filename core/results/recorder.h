/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * recorder.h: records the findings of one worker: a line for the writer, packets for --pcap, counts. Called by the
 * worker's thread; the main thread reads the counts once it has ended.
 */
#ifndef PP_RECORDER_H
#define PP_RECORDER_H

#include "../probe/worker.h"
#include "../stream/writer.h"
#include "../verdict/counts.h"

struct pp_recorder {
    const struct pp_plan *plan;
    struct pp_writer *writer, *pcap; /* pcap NULL: none */
    struct pp_live_counters *counters;
    uint64_t stream;                 /* the worker's seed; forms the obs_id with the number of a line */
    uint64_t lines;
    uint64_t interim;                /* interim lines, not in `number` */
    struct pp_buf line;
    struct pp_verdict_totals totals;
};

/*
 * Sets owner and keep_frames of the worker's config, and borrows from its other members. 0, or -1: no memory (printed).
 */
int pp_recorder_init(struct pp_recorder *r, struct pp_worker_config *c, struct pp_writer *writer,
                     struct pp_writer *pcap);
void pp_recorder_release(struct pp_recorder *r);

/* Counts F for the display. */
void pp_recorder_count(struct pp_live_counters *t, const struct pp_plan *plan, const struct pp_finding *f, bool valid);

#endif
