/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * address_pair.h: the addresses of one name (a pair) are to be probed close in time, but go to the workers of their
 * prefixes, each with a queue and a pace of its own. Here they agree on when their first rounds begin: as soon as both
 * may. A table of fixed size: pairs that share a slot at the same time may miss each other, and then begin as they can.
 * Any thread.
 */
#ifndef PP_ADDRESS_PAIR_H
#define PP_ADDRESS_PAIR_H

#include <stdint.h>

struct pp_address_pairs; /* opaque */

struct pp_address_pairs *pp_address_pairs_new(void); /* NULL: no memory */
void pp_address_pairs_free(struct pp_address_pairs *t);
/* One of PAIR is with its worker, and may begin at START. */
void pp_address_pairs_arrive(struct pp_address_pairs *t, uint64_t pair, int64_t start);
/* When those of PAIR begin. PP_NEVER: the other one has not arrived; 0: the pair is not known, or no more. */
int64_t pp_address_pairs_start(struct pp_address_pairs *t, uint64_t pair);

#endif
