/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * address_pair.h: start times of the IPv4 and IPv6 address of one name (a pair). Both are to be probed close in time,
 * but each goes to the worker of its own prefix, with a queue and a pace of its own. The first rounds of both begin at
 * the later of the times at which their workers may begin them. The table has a fixed size: where two pairs share a
 * slot at the same time, the addresses of the earlier pair begin independently of each other. Any thread.
 */
#ifndef PP_ADDRESS_PAIR_H
#define PP_ADDRESS_PAIR_H

#include <stdint.h>

struct pp_address_pairs; /* opaque */

struct pp_address_pairs *pp_address_pairs_new(void); /* NULL: no memory */
void pp_address_pairs_free(struct pp_address_pairs *t);
/* A worker has taken one address of PAIR and may begin it at START, in ns of the timers' clock. */
void pp_address_pairs_arrive(struct pp_address_pairs *t, uint64_t pair, int64_t start);
/* The time at which both addresses of PAIR begin. PP_NEVER: one has not arrived; 0: another pair took the slot. */
int64_t pp_address_pairs_start(struct pp_address_pairs *t, uint64_t pair);

#endif
