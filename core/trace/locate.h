/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * locate.h: one target on one 5-tuple: pairs of sweeps by the baseline and an arm, in an order by coin, until
 * verdict/where.h has heard enough; then the next arm. Tells its owner by a callback, as a conversation does. Single
 * thread.
 */
#ifndef PP_LOCATE_H
#define PP_LOCATE_H

#include "../verdict/where.h"
#include "sweep.h"

/* An arm that is asked about. */
struct pp_locate_arm {
    uint8_t arm; /* index in plan->arm */
    struct pp_where_ask ask;
};

struct pp_locate; /* opaque */
typedef void pp_locate_fn(struct pp_locate *l, void *arg);

struct pp_locate_config {
    struct pp_sweeper *sweeper;
    const struct pp_plan *plan;
    struct pp_http_pool *pool;    /* of modes with HTTP */
    const struct pp_target *target; /* borrowed until the end */
    unsigned flow;                /* which of the sweeper's ports */
    const struct pp_locate_arm *arm;
    unsigned narms;
    uint8_t from;                 /* the nearest TTL to ask; 0: 1 */
    uint8_t farthest;             /* the largest; 0: PP_WHERE_TTL_MAX */
    bool single;                  /* a census: one sweep of the first arm, no baseline */
    unsigned max_packets;         /* no further pair beyond; 0: no limit */
    unsigned max_flows;           /* sweeps, over all arms: each arm leaves the next ones a pair; 0: no limit */
    struct pp_rng *rng;           /* of the coin */
    pp_locate_fn *done;           /* once; L may be freed from within */
    void *arg;
};

/* NULL: no memory, or that 5-tuple is in use. */
struct pp_locate *pp_locate_new(const struct pp_locate_config *c, int64_t now);
void pp_locate_free(struct pp_locate *l, int64_t now);
/* Ends with what there is (PP_WHERE_INTERRUPTED): DONE is called from within. */
void pp_locate_stop(struct pp_locate *l);

/* ---- what there is, once it is done ---- */

/* What was found of arm K (of the config's), and on which class of packets it was asked; ON -1: it cannot be. */
const struct pp_where *pp_locate_where(const struct pp_locate *l, unsigned k, int *on);
/* Sweeps of arm K: one of each pair, oldest first. */
unsigned pp_locate_sweeps(const struct pp_locate *l, unsigned k, bool baseline,
                          const struct pp_sweep *sweep[PP_WHERE_PAIRS_MAX]);
int64_t pp_locate_begun(const struct pp_locate *l); /* ns since 1970 */
void *pp_locate_owner(const struct pp_locate *l); /* the config's ARG */
uint16_t pp_locate_port(const struct pp_locate *l);
unsigned pp_locate_packets(const struct pp_locate *l);
unsigned pp_locate_flows(const struct pp_locate *l); /* sweeps */
size_t pp_locate_bytes(const struct pp_locate *l);   /* of memory */
#endif
