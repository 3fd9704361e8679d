/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * losses.h: what the capture and the receive path of one worker have lost, as of the last look: a look costs more than
 * sending a packet, so those who judge say how old it may be. Its worker's thread.
 */
#ifndef PP_LOSSES_H
#define PP_LOSSES_H

#include "../verdict/finding.h"
#include "../verdict/live_counters.h"
#include "../wire/wire.h"

struct pp_loss_watch {
    struct pp_wire *wire;
    struct pp_live_counters *counters;
    const _Atomic uint64_t *gaps; /* of the host; NULL: none are counted */
    uint64_t stalls;              /* of the gaps, this thread's own */
    struct pp_losses now;         /* as of the last look */
    int64_t looked_at;
};

/* Brings W->now up to date, unless the last look was at NOW, too. */
void pp_losses_look(struct pp_loss_watch *w, int64_t now);
/* This thread was not let run. */
void pp_losses_stall(struct pp_loss_watch *w);

#endif
