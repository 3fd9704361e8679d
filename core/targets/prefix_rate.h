/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * prefix_rate.h: limits the rounds begun per second to each network (pp_addr_network), so that a list that names a
 * network often causes no burst. The table has a fixed size: networks that share a slot share its rate, so that each
 * gets fewer rounds, never more. Addresses that are not public (a laboratory) are not limited. One table per worker:
 * all targets of a network go to the same worker.
 */
#ifndef PP_PREFIX_RATE_H
#define PP_PREFIX_RATE_H

#include "../base/addr.h"
#include "../base/siphash.h"

struct pp_prefix_rate {
    int64_t *next;    /* NULL: no limit */
    int64_t interval; /* ns between rounds */
    struct pp_sipkey key;
};

/* PER_SECOND 0: no limit. 0, or -1: no memory. */
int pp_prefix_rate_init(struct pp_prefix_rate *p, uint64_t per_second);
void pp_prefix_rate_release(struct pp_prefix_rate *p);
/* Reserves the next time (ns, NOW or later) at which a round to A may start, and returns it. */
int64_t pp_prefix_rate_take(struct pp_prefix_rate *p, const struct pp_addr *a, int64_t now);
/* The network by which A is limited; A itself if it is not limited. */
struct pp_addr pp_prefix_rate_prefix(const struct pp_addr *a);

#endif
