/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * observer.h: turns captured frames into flow records, for `pathprobe observe`. A flow begins with its first packet
 * (fwd is that packet's direction, except that a lone SYN/ACK is taken as rev); it ends when a chain considers it
 * complete and LINGER has passed, or after IDLE without a packet. The caller sets the clock: packet time for a file,
 * the wall clock for an interface, so a quiet interface never delays records. Memory is bounded: beyond MAX_FLOWS the
 * flow idle for longest is emitted early (and counted). Single thread.
 */
#ifndef PP_OBSERVER_H
#define PP_OBSERVER_H

#include "chain.h"

struct pp_observer; /* opaque */

struct pp_observer_config {
    const struct pp_chainset *chains; /* borrowed */
    int64_t idle;                     /* ns */
    int64_t linger;
    uint64_t max_flows;
    bool keep_wrong; /* count packets with a wrong checksum, too: in a capture made before an offload fills it in */
    void (*emit)(void *arg, const void *record); /* called with a finished record, borrowed */
    void *arg;
};

struct pp_observer_stats {
    uint64_t packets, undecodable; /* frames passed in; those without an IP datagram */
    uint64_t no_flow;              /* no key: later fragments, truncated headers */
    uint64_t wrong_checksum;       /* a wrong checksum: left out unless keep_wrong */
    uint64_t cut;                  /* truncated by the capture, and counted in a flow's pkt_cut */
    uint64_t no_memory;            /* dropped, as no memory was left for a flow */
    uint64_t flows, early;         /* flows begun; flows ended early because of max_flows */
};

/* C is copied; what it points to is borrowed. NULL: no memory. */
struct pp_observer *pp_observer_new(const struct pp_observer_config *c);
void pp_observer_free(struct pp_observer *o); /* emits all open flows */
/* Takes a datagram of LEN bytes in the frame, CAP of them captured. STAMP: ns since 1970. */
void pp_observer_frame(struct pp_observer *o, const uint8_t *ip, size_t cap, size_t len, int64_t stamp);
/*
 * Sets the clock to NOW (ns) and ends expired flows. Call before passing the frames of that time; a step back is
 * ignored. Stamps go into the records and do not move the clock, so they may come out of order; the first frame's stamp
 * starts a clock that was never set.
 */
void pp_observer_clock(struct pp_observer *o, int64_t now);
void pp_observer_stats(const struct pp_observer *o, struct pp_observer_stats *s);

#endif
