/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * observer.h: the passive side: frames in, flow records out, for `pathprobe observe`. A flow begins with its first
 * packet (fwd is that packet's direction, except that a lone SYN/ACK is taken as rev); it ends when a chain calls it
 * complete and LINGER has passed, or after IDLE without a packet. The clock is handed in: packet time for a file, the
 * wall clock for an interface, so a quiet interface never holds records back. Memory is bounded: past MAX_FLOWS the
 * flow idle for longest is given out early (and counted). Single thread.
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
    bool keep_wrong; /* packets with a wrong checksum count, too: captured where an offload fills it in later */
    void (*emit)(void *arg, const void *record); /* a finished record */
    void *arg;
};

struct pp_observer_stats {
    uint64_t packets, undecodable; /* handed in; of them no IP datagram */
    uint64_t no_flow;              /* of them without a flow to belong to: later fragments, headers cut */
    uint64_t wrong_checksum;       /* of them with a wrong checksum: left out unless keep_wrong */
    uint64_t cut;                  /* of them counted in a flow's pkt_cut: chains missed what the capture cut */
    uint64_t no_memory;            /* of them lost for want of memory */
    uint64_t flows, early;         /* begun; of them given out because of max_flows */
};

/* NULL: no memory. */
struct pp_observer *pp_observer_new(const struct pp_observer_config *c);
void pp_observer_free(struct pp_observer *o); /* emits what is there */
/* A datagram of which the frame held LEN bytes, of them CAP captured. */
void pp_observer_frame(struct pp_observer *o, const uint8_t *ip, size_t cap, size_t len, int64_t stamp);
/*
 * Time has come to NOW: expire. Call before the frames of that time; a step back is ignored. Stamps go into the
 * records only and never move the clock, so that they may come late or out of order.
 */
void pp_observer_clock(struct pp_observer *o, int64_t now);
void pp_observer_stats(const struct pp_observer *o, struct pp_observer_stats *s);

#endif
