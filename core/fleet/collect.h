/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * collect.h: results on the bus -> a file for each vantage point, with its metadata. Of each chunk (with --split
 * vantage: of each vantage point's) the first whole attempt is taken and no other, so that each target has one
 * observation and rounds of two runs never mix. Main thread.
 */
#ifndef PP_FLEET_COLLECT_H
#define PP_FLEET_COLLECT_H

#include "campaign.h"

struct pp_fleet_collected {
    uint64_t chunks, done, failed; /* of all queues: what there is, what is whole, what was given up */
    uint64_t doubled;              /* whole attempts that were not taken */
    uint64_t strays;               /* messages in the queues that were no chunks */
    uint64_t clock_offset_ms;      /* the farthest that a worker's clock was off the server's, without its sign */
    uint64_t lines, counts[PP_FLEET_FATES], invalid;
    unsigned files;
};

/*
 * OUTPUT "x.ndjson" or "x.ndjson.zst" becomes x.VANTAGE.ndjson and so on, and x.VANTAGE.ndjson.meta.json beside it.
 * FORCE: they are replaced, once all of it is there. 0, or -1 printed: then they are as they were. *STOP ends it, so.
 */
int pp_fleet_collect(struct pp_bus *b, const char *campaign, const char *output, bool force, const volatile int *stop,
                     struct pp_fleet_collected *c);

#endif
