/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * live_inject.h: the sending half of a live wire. One IPPROTO_RAW socket per family (one opened for TCP would get a
 * copy of all the host's TCP), bound to the interface, filled by sendmmsg. Needs CAP_NET_RAW while opening. One thread.
 */
#ifndef PP_LIVE_INJECT_H
#define PP_LIVE_INJECT_H

#include <stddef.h>
#include <stdint.h>

#include "source.h"

struct pp_inject; /* opaque */

/* Sockets for the families that V can use. NULL with a printed message and hint. */
struct pp_inject *pp_inject_open(const struct pp_vantage *v);
void pp_inject_free(struct pp_inject *in);

/*
 * Takes a copy of one datagram into the batch of its family; a full batch goes out at once. 0, or -1: not taken
 * (counted; no datagram, too long, a family without a socket, or too many failures that pp_inject_flush has not told
 * yet).
 */
int pp_inject_add(struct pp_inject *in, const uint8_t *ip, size_t len, uint64_t tag);
/* Sends what is batched and tells all failures since the last call. FAILED may add packets again. */
void pp_inject_flush(struct pp_inject *in, void (*failed)(void *arg, uint64_t tag), void *arg);

/* Packets that the kernel took, and that it did not. */
void pp_inject_counts(const struct pp_inject *in, uint64_t *sent, uint64_t *errors);

#endif
