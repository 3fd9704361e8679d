/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * status.h: writes the progress of a run for other programs: a line of JSON, or OpenMetrics 1.0 for the textfile
 * collector of Prometheus' node_exporter. Pure functions.
 */
#ifndef PP_STATUS_H
#define PP_STATUS_H

#include "../base/buf.h"
#include "../targets/feeder.h"
#include "../verdict/verdict.h"

#define PP_METRICS_SIZE 4096 /* bytes of every file of metrics: one page, so that one write replaces it */

struct pp_status {
    double t, elapsed;        /* seconds since 1970, since the start */
    uint64_t in, done, total; /* total 0: not known */
    uint64_t in_flight, confirming, word[PP_VERDICTS], invalid, packets, dropped;
    double pps, targets_ps, eta; /* eta below 0: not known */
    bool final;
    const struct pp_target_counts *counts;                      /* valid if `final` */
    const char *experiment, *connect, *run_id, *vantage; /* vantage NULL: none */
};

/* True if PATH ends in .prom: a file of metrics. CAMPAIGN gets its name without directory and suffix. */
bool pp_status_is_metrics(const char *path, char *campaign, size_t size);
void pp_status_json(struct pp_buf *out, const struct pp_status *s);
/* Writes PP_METRICS_SIZE bytes; sets out->failed if names are too long to fit. */
void pp_status_metrics(struct pp_buf *out, const struct pp_status *s, const char *campaign);

#endif
