/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * losses.h: the packets that the capture and the receive path of one worker have dropped, as of the last reading.
 * Reading the counters costs more than sending a packet, so callers say how old a reading may be. The worker's thread.
 */
#ifndef PP_LOSSES_H
#define PP_LOSSES_H

#include "../verdict/finding.h"
#include "../verdict/live_counters.h"
#include "../wire/wire.h"

struct pp_loss_watch {
    struct pp_wire *wire;
    struct pp_live_counters *counters;
    const _Atomic uint64_t *gaps; /* gaps of the host: times at which silence shows nothing; NULL: none are counted */
    uint64_t stalls;              /* times at which this thread did not run */
    struct pp_losses now;         /* as of looked_at */
    int64_t looked_at;
};

/* Reads the counters into W->now, unless they were read at NOW (ns of the timers' clock) before. */
void pp_losses_look(struct pp_loss_watch *w, int64_t now);
/* Counts a gap: this thread did not run for a while. */
void pp_losses_stall(struct pp_loss_watch *w);

#endif
