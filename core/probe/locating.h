/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * locating.h: --locate within a worker. A target whose rounds are done, and of which something is confirmed that was
 * lost on the way there, is swept before its finding is handed out; so is a sample of those that work. Sweeps have a
 * port of the worker's own, and share wire, rate and pace with its rounds. Its worker's thread.
 */
#ifndef PP_LOCATING_H
#define PP_LOCATING_H

#include "state.h"

#define PP_LOCATING_MAX 32 /* targets at once: each may hold some 300 KiB */

struct pp_locating; /* opaque */

/*
 * Takes the worker's last port. BACK: where targets go when they are done with. NULL with errno 0: there are too few
 * ports; else no memory.
 */
struct pp_locating *pp_locating_new(struct pp_worker *w, void (*back)(struct pp_worker *w, struct pp_job *job));
void pp_locating_free(struct pp_locating *l);
/* True: JOB, whose rounds are done and valid, is swept first. It is in no list or table until BACK is called. */
bool pp_locating_take(struct pp_worker *w, struct pp_job *job);
/* Does what is due now. Returns the time of the next call. */
void pp_locating_run(struct pp_worker *w);
int64_t pp_locating_next(const struct pp_locating *l);
/* Targets that have not come back. */
uint64_t pp_locating_count(const struct pp_locating *l);
/* All come back now, with what there is. */
void pp_locating_stop(struct pp_worker *w);
bool pp_locating_has_port(const struct pp_locating *l, uint16_t port);
/* A packet that came to that port, or an error about what left from it; OURS: one that left. KEY: of its flow. */
void pp_locating_packet(struct pp_worker *w, const struct pp_frame *f, const struct pp_packet *pkt,
                        const struct pp_flow_key *key, bool ours);

#endif
