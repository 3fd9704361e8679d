/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * outage.h: distinguishes an outage of the vantage point from dead targets, by a time series of baseline flows. An
 * outage is an interval of send times of at least 1 s with at least 20 baseline flows, all to different addresses, of
 * which none was answered, after 20 flows were answered in the run. One worker's thread.
 */
#ifndef PP_OUTAGE_H
#define PP_OUTAGE_H

#include <stdbool.h>
#include <stdint.h>

#define PP_OUTAGE_BUCKET INT64_C(100000000) /* ns */
#define PP_OUTAGE_BUCKETS 1024              /* 102 s: longer than any round */
#define PP_OUTAGE_WINDOWS 64

struct pp_outage_window {
    int64_t from, to; /* ns, the timers' clock */
};

struct pp_outage {
    struct {
        uint32_t sent, answered;
    } bucket[PP_OUTAGE_BUCKETS];
    int64_t newest; /* number of the newest bucket */
    uint64_t answered, sent;
    uint64_t since_answer; /* flows sent later than the last one that was answered */
    int64_t answered_at;   /* when that flow was sent */
    struct pp_outage_window window[PP_OUTAGE_WINDOWS]; /* the outages; when all are in use, the last one is extended */
    unsigned nwindows;
};

/* A baseline flow was sent at T; the flow sent at T was answered, by any packet. */
void pp_outage_sent(struct pp_outage *o, int64_t t);
void pp_outage_answered(struct pp_outage *o, int64_t t);
/* True if a flow sent at T falls into an outage, as far as is known now; records the outage in `window`. */
bool pp_outage_covers(struct pp_outage *o, int64_t t);
/* True if the last seconds before NOW look like an outage; new targets then wait. */
bool pp_outage_now(const struct pp_outage *o, int64_t now);

#endif
