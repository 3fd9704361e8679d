/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * live_inject.h: the sending half of a live wire. One IPPROTO_RAW socket per family (a raw socket for TCP would receive
 * a copy of all the host's TCP), bound to the interface, filled by sendmmsg. Needs CAP_NET_RAW for opening. One thread.
 */
#ifndef PP_LIVE_INJECT_H
#define PP_LIVE_INJECT_H

#include <stddef.h>
#include <stdint.h>

#include "source.h"

struct pp_inject; /* opaque */

/* Opens sockets for the families that V can use. NULL with a printed message and hint. V is borrowed while opening. */
struct pp_inject *pp_inject_open(const struct pp_vantage *v);
void pp_inject_free(struct pp_inject *in);

/*
 * Copies one datagram into the batch of its family; a full batch is sent at once. 0, or -1: not taken (counted; no
 * datagram, too long, a family without a socket, or too many failures that pp_inject_flush has not reported yet).
 */
int pp_inject_add(struct pp_inject *in, const uint8_t *ip, size_t len, uint64_t tag);
/* Sends both batches and calls FAILED for each packet that failed since the last call. FAILED may add packets. */
void pp_inject_flush(struct pp_inject *in, void (*failed)(void *arg, uint64_t tag), void *arg);

/* Gives the packets that the kernel accepted, and those that it refused. */
void pp_inject_counts(const struct pp_inject *in, uint64_t *sent, uint64_t *errors);

#endif
