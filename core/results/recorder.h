/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * recorder.h: what comes of one worker's findings: a line for the writer, packets for --pcap, counts. The worker's
 * thread calls it; its counts are read once that has ended.
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
    uint64_t stream;                 /* the worker's seed: with the number of a line, its obs_id */
    uint64_t lines;
    uint64_t interim;                /* lines beside these */
    struct pp_buf line;
    struct pp_verdict_totals totals;
};

/* Sets what the worker's config says of findings, and borrows from the rest of it. 0, or -1: no memory (printed). */
int pp_recorder_init(struct pp_recorder *r, struct pp_worker_config *c, struct pp_writer *writer,
                     struct pp_writer *pcap);
void pp_recorder_release(struct pp_recorder *r);

/* Counts F for the display. */
void pp_recorder_count(struct pp_live_counters *t, const struct pp_plan *plan, const struct pp_finding *f, bool valid);

#endif
