/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * work.h: a worker: takes chunks from the bus, feeds them to one long-lived `measure`, keeps what comes out on its disk
 * until the bus has it, and acknowledges a chunk then. A chunk is held while the status line of `measure` moves; a
 * worker that dies loses its chunks to others after the campaign's lease. A chunk at which `measure` dies is tried
 * again alone; after three times it is counted as failed. One thread.
 */
#ifndef PP_FLEET_WORK_H
#define PP_FLEET_WORK_H

#include "../base/broker.h"
#include "campaign.h"
#include "spool.h"

#define PP_FLEET_STRIKES 3

struct pp_fleet_work {
    struct pp_bus *bus;           /* borrowed, all of these */
    struct pp_broker *broker;
    struct pp_spool *spool;
    const char *vantage, *version;
    const char *only;                     /* work for this campaign alone; NULL: for all */
    const char *const *options;           /* that a campaign may ask for; NULL at the end */
    const char *const *experiments;       /* that it may be about; NULL at the end */
    bool any_version;                     /* that another version may have submitted it */
    uint64_t rate_max;                    /* packets a second, whatever a campaign asks for; 0: no ceiling */
    const char *doctor;                   /* findings as JSON, for the heartbeat; NULL: none */
    unsigned chunks;                      /* at once */
    bool once;                            /* end when nothing is left to do */
    const volatile int *stop;             /* set by a signal handler: gives its chunks back and ends */
};

/* 0: ended as asked, or -1 printed. */
int pp_fleet_work(const struct pp_fleet_work *w);

#endif
