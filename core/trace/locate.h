/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * locate.h: locates boxes on the path to one target on one 5-tuple. It makes pairs of sweeps, by the baseline and an
 * arm in random order, until verdict/where.h needs no more; then the next arm. A callback reports the end. Single
 * thread.
 */
#ifndef PP_LOCATE_H
#define PP_LOCATE_H

#include "../verdict/where.h"
#include "sweep.h"

/* An arm to be located. */
struct pp_locate_arm {
    uint8_t arm; /* index in plan->arm */
    struct pp_where_ask ask;
};

struct pp_locate; /* opaque */
typedef void pp_locate_fn(struct pp_locate *l, void *arg);

struct pp_locate_config {
    struct pp_sweeper *sweeper;
    const struct pp_plan *plan;
    struct pp_http_pool *pool;    /* for modes with HTTP; else NULL */
    const struct pp_target *target; /* borrowed until the end */
    unsigned flow;                /* which of the sweeper's ports */
    const struct pp_locate_arm *arm;
    unsigned narms;
    uint8_t from;                 /* the smallest TTL; 0: 1 */
    uint8_t farthest;             /* the largest; 0: PP_WHERE_TTL_MAX */
    bool single;                  /* a census: one sweep of the first arm, no baseline */
    unsigned max_packets;         /* no further pair beyond; 0: no limit */
    unsigned max_flows;           /* sweeps of all arms; each later arm has a pair reserved; 0: no limit */
    struct pp_rng *rng;           /* for the order of a pair */
    pp_locate_fn *done;           /* once; L may be freed from within */
    void *arg;
};

/* Begins. NULL: no memory, or that 5-tuple is in use. */
struct pp_locate *pp_locate_new(const struct pp_locate_config *c, int64_t now);
void pp_locate_free(struct pp_locate *l, int64_t now);
/* Ends early, with the pairs so far (PP_WHERE_INTERRUPTED); calls DONE before it returns. */
void pp_locate_stop(struct pp_locate *l);

/* ---- the result, once DONE was called ---- */

/* The result of arm K of the config; *ON: the class of packets that was swept, -1: the arm cannot be swept. */
const struct pp_where *pp_locate_where(const struct pp_locate *l, unsigned k, int *on);
/* The sweeps of arm K, or of the BASELINE beside it: one of each pair, oldest first. */
unsigned pp_locate_sweeps(const struct pp_locate *l, unsigned k, bool baseline,
                          const struct pp_sweep *sweep[PP_WHERE_PAIRS_MAX]);
int64_t pp_locate_begun(const struct pp_locate *l); /* ns since 1970 */
void *pp_locate_owner(const struct pp_locate *l); /* the config's ARG */
uint16_t pp_locate_port(const struct pp_locate *l);
unsigned pp_locate_packets(const struct pp_locate *l);
unsigned pp_locate_flows(const struct pp_locate *l); /* sweeps */
size_t pp_locate_bytes(const struct pp_locate *l);   /* of memory */
#endif
