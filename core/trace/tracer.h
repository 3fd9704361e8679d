/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tracer.h: the loop of `pathprobe trace`: it takes targets from a source, has many in flight at once, and locates each
 * by one or more trails. It owns its wire's loop; it runs on an interface and under the lab's virtual clock. Single
 * thread.
 */
#ifndef PP_TRACER_H
#define PP_TRACER_H

#include <stdatomic.h>

#include "../verdict/live_counters.h"
#include "locate.h"

struct pp_traced {
    struct pp_target *target;
    unsigned nflows;
    struct pp_locate *flow[]; /* NULL: that flow could not be made */
};

struct pp_tracer_config {
    const struct pp_plan *plan;
    struct pp_wire *wire;
    const uint16_t *ports;      /* at least as many as flows */
    unsigned nports;
    struct pp_token_bucket *rate;
    uint64_t prefix_rate;       /* trails begun per second and prefix; 0: no limit */
    uint64_t hop_rate, seed;
    struct pp_http_pool *pool;
    unsigned in_flight;         /* targets at once */
    unsigned flows;             /* trails per target, one after the other */
    const struct pp_locate_arm *arm;
    unsigned narms;
    uint8_t farthest;           /* the largest TTL; 0: PP_WHERE_TTL_MAX */
    bool census;                /* one sweep a target, of the first arm; routers with their rate used up are left out */
    struct pp_source_of_targets source;
    struct pp_live_counters *counters;     /* packets */
    const _Atomic int *stop;    /* not 0: end now, with the results so far */
    int64_t stop_at;            /* of the wire's clock: likewise; 0: never */
    void *arg;
    bool (*full)(void *arg);    /* true: take no new target for now */
    void (*done)(void *arg, const struct pp_traced *t); /* T and its target are freed after this returns */
};

/* Runs until all targets are done. 0, or -1: the wire failed, or no memory (printed). */
int pp_tracer_run(const struct pp_tracer_config *c);

#endif
