/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * prefix_rate.h: rounds begun per second and network (pp_addr_network): no network is hit in a burst because a list
 * names it often. A table of fixed size: networks that share a slot share its pace, which only errs on the polite side.
 * Addresses that are not public (a laboratory) are not paced. One per worker: all targets of a network go to the same
 * one.
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
/* When a round to A may start, NOW or later; the slot is taken. */
int64_t pp_prefix_rate_take(struct pp_prefix_rate *p, const struct pp_addr *a, int64_t now);
/* The prefix that A is paced with; A itself if it is not paced. */
struct pp_addr pp_prefix_rate_prefix(const struct pp_addr *a);

#endif
