/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * slow.h: the slow path. Routers may have a packet with hop-by-hop options looked at by their processor (RFC 9673
 * section 5), so of these few leave in a second, by all workers together and whatever the rate. Each wire holds its own
 * back until their turn; who begins rounds reserves beforehand what they can take at most, so that few are held.
 */
#ifndef PP_SLOW_H
#define PP_SLOW_H

#include "../base/token_bucket.h"
#include "wire.h"

#define PP_SLOW_RATE 100 /* packets in any second */

/* The rate of the whole process. Any thread. */
struct pp_slow_rate {
    struct pp_token_bucket out;    /* packets that leave */
    struct pp_token_bucket rounds; /* packets that rounds may need, before they begin */
};

/* ROUND: what one round may need at most. NOW: of the wires' clock. */
void pp_slow_rate_init(struct pp_slow_rate *r, unsigned round, int64_t now);

struct pp_slow; /* what a wire holds back. The wire's thread */

struct pp_slow *pp_slow_new(struct pp_slow_rate *rate); /* NULL: no memory */
void pp_slow_free(struct pp_slow *s);

/* Sends the packet in its turn: now, or by pp_wire_flush. 0, or -1: it is not taken, as of pp_wire_send. */
int pp_slow_send(struct pp_wire *w, const uint8_t *ip, size_t len, uint64_t tag);
/* When the next of those that W holds back may leave; PP_NEVER: it holds none. */
int64_t pp_slow_next(const struct pp_wire *w);
/* True if so many packets are held back that callers which can wait should do so. */
bool pp_slow_full(const struct pp_wire *w);

#endif
