/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * locating.h: --locate within a worker. When the rounds of a target are done and have confirmed a loss on the path, the
 * target is swept before its finding is handed out; a sample of the working targets is swept, too. Sweeps have a port
 * of their own, and share the wire, the rate and the pace of the worker's rounds. The worker's thread.
 */
#ifndef PP_LOCATING_H
#define PP_LOCATING_H

#include "state.h"

#define PP_LOCATING_MAX 32 /* targets at once: each may hold some 300 KiB */

struct pp_locating; /* opaque */

/*
 * Takes the worker's last port. BACK is called for each target whose sweeps have ended, which it owns from then on.
 * NULL with errno 0: there are too few ports; NULL with another errno: no memory.
 */
struct pp_locating *pp_locating_new(struct pp_worker *w, void (*back)(struct pp_worker *w, struct pp_job *job));
void pp_locating_free(struct pp_locating *l);
/* JOB's rounds are done and valid. True: JOB will be swept, and is in no list or table until BACK is called for it. */
bool pp_locating_take(struct pp_worker *w, struct pp_job *job);
/* Runs the sweeps that are due; pp_locating_next: the time (ns, timers' clock) of the next call, PP_NEVER: none. */
void pp_locating_run(struct pp_worker *w);
int64_t pp_locating_next(const struct pp_locating *l);
/* The limit of packets that expire at one router, which the sweeps keep. */
struct pp_hop_rate *pp_locating_hop_rate(const struct pp_locating *l);
/* The number of targets for which BACK has not been called. */
uint64_t pp_locating_count(const struct pp_locating *l);
/* Ends all sweeps, and calls BACK for each target with the places found so far. */
void pp_locating_stop(struct pp_worker *w);
bool pp_locating_has_port(const struct pp_locating *l, uint16_t port);
/* Handles a packet to the sweeps' port, an ICMP error about one from it or, OURS, one that left. KEY: of its flow. */
void pp_locating_packet(struct pp_worker *w, const struct pp_frame *f, const struct pp_packet *pkt,
                        const struct pp_flow_key *key, bool ours);

#endif
