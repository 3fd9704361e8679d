/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * slow.h: limits packets that routers may process on their slow path. A packet with hop-by-hop options may be punted to
 * a router's CPU (RFC 9673 section 5), so all workers together send few of these per second, whatever the --rate. Each
 * wire queues its packets until their turn; a round reserves its maximum before it starts, so that few are queued.
 */
#ifndef PP_SLOW_H
#define PP_SLOW_H

#include "../base/token_bucket.h"
#include "wire.h"

#define PP_SLOW_RATE 100 /* packets per second */

/* The limit of the whole process. Any thread. */
struct pp_slow_rate {
    struct pp_token_bucket out;    /* packets that leave */
    struct pp_token_bucket rounds; /* packets that rounds may need, reserved before they start */
};

/* ROUND: the maximum of packets in one round. NOW: of the wires' clock, ns. */
void pp_slow_rate_init(struct pp_slow_rate *r, unsigned round, int64_t now);

struct pp_slow; /* opaque: the queue of one wire; the wire's thread */

struct pp_slow *pp_slow_new(struct pp_slow_rate *rate); /* NULL: no memory */
void pp_slow_free(struct pp_slow *s);

/*
 * Sends the packet now, or queues a copy for pp_wire_flush. 0, or -1: not sent, as by pp_wire_send, or the queue is
 * full.
 */
int pp_slow_send(struct pp_wire *w, const uint8_t *ip, size_t len, uint64_t tag);
/* Returns when the next packet queued by W may leave, on the wire's clock; PP_NEVER: the queue is empty. */
int64_t pp_slow_next(const struct pp_wire *w);
/* True if the queue is so long that callers should wait before they add packets. */
bool pp_slow_full(const struct pp_wire *w);

#endif
