/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * twins.h: the addresses of one name (a pair) are to be probed close in time, but go to the workers of their prefixes,
 * each with a queue and a pace of its own. Here they agree on when their first rounds begin: as soon as both may. A
 * table of fixed size: pairs that share a slot at the same time may miss each other, and then begin as they can. Any
 * thread.
 */
#ifndef PP_TWINS_H
#define PP_TWINS_H

#include <stdint.h>

struct pp_twins; /* opaque */

struct pp_twins *pp_twins_new(void); /* NULL: no memory */
void pp_twins_free(struct pp_twins *t);
/* One of PAIR is with its worker, and may begin at START. */
void pp_twins_arrive(struct pp_twins *t, uint64_t pair, int64_t start);
/* When those of PAIR begin. PP_NEVER: the other one has not arrived; 0: the pair is not known, or no more. */
int64_t pp_twins_start(struct pp_twins *t, uint64_t pair);

#endif
