/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * collect.h: writes the results on the bus into one file for each vantage point, with its metadata. Of each chunk (with
 * --split vantage: of each chunk of each vantage point) it takes the first complete attempt and no other, so that each
 * target has one observation, and rounds of two runs are never mixed. Main thread.
 */
#ifndef PP_FLEET_COLLECT_H
#define PP_FLEET_COLLECT_H

#include "campaign.h"

struct pp_fleet_collected {
    uint64_t chunks, done, failed; /* chunks of all queues: in total, completed, failed for good */
    uint64_t doubled;              /* complete attempts at chunks of which an earlier one was taken */
    uint64_t lost;                 /* those of the failed ones of which results are missing or damaged on the server */
    uint64_t gone;                 /* chunks that workers have completed, and of which the server has no closing */
    uint64_t strays;               /* messages in the queues that were no chunks */
    uint64_t clock_offset_ms;      /* the largest difference of a worker's clock from the server's, without its sign */
    uint64_t lines, counts[PP_FLEET_FATES], invalid;
    unsigned files;
};

/*
 * OUTPUT "x.ndjson" or "x.ndjson.zst" becomes x.VANTAGE.ndjson and so on, and x.VANTAGE.ndjson.meta.json beside it.
 * FORCE: existing files are replaced, after all new ones are complete. 0, or -1 printed: existing files are unchanged;
 * so too if a signal handler sets *STOP.
 */
int pp_fleet_collect(struct pp_bus *b, const char *campaign, const char *output, bool force, const volatile int *stop,
                     struct pp_fleet_collected *c);

#endif
