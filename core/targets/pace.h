/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pace.h: rounds begun per second and network (pp_addr_network): no network is hit in a burst because a list names it
 * often. A table of fixed size: networks that share a slot share its pace, which only errs on the polite side.
 * Addresses that are not public (a laboratory) are not paced. One per worker: all targets of a network go to the same
 * one.
 */
#ifndef PP_PACE_H
#define PP_PACE_H

#include "../base/addr.h"
#include "../base/siphash.h"

struct pp_pace {
    int64_t *next;    /* NULL: no limit */
    int64_t interval; /* ns between rounds */
    struct pp_sipkey key;
};

/* PER_SECOND 0: no limit. 0, or -1: no memory. */
int pp_pace_init(struct pp_pace *p, uint64_t per_second);
void pp_pace_release(struct pp_pace *p);
/* When a round to A may start, NOW or later; the slot is taken. */
int64_t pp_pace_take(struct pp_pace *p, const struct pp_addr *a, int64_t now);
/* The prefix that A is paced with; A itself if it is not paced. */
struct pp_addr pp_pace_prefix(const struct pp_addr *a);

#endif
