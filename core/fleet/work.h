/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * work.h: a worker takes chunks from the bus, feeds them to one long-running `measure`, stores the observations on its
 * disk until the bus has them, and acknowledges a chunk then. It renews its lease of a chunk while the status lines of
 * `measure` advance; the chunks of a dead worker go to others when the campaign's lease has expired. A chunk over which
 * `measure` dies is tried again alone; after three times it is reported as failed. One thread.
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
    const char *const *options;           /* options that a campaign may set; NULL at the end */
    const char *const *experiments;       /* experiments that a campaign may have; NULL at the end */
    bool any_version;                     /* accept campaigns that another version has submitted */
    uint64_t rate_max;                    /* packets a second, the most that a campaign gets; 0: no limit */
    const char *doctor;                   /* findings as JSON, for the heartbeat; NULL: none */
    unsigned chunks;                      /* at once */
    bool once;                            /* end when nothing is left to do */
    const volatile int *stop;             /* set by a signal handler: the worker gives its chunks back and ends */
};

/* 0: ended as asked, or -1 printed. */
int pp_fleet_work(const struct pp_fleet_work *w);

#endif
