/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * round.h: conducts one round of a target: the slots that take part, in random order, close in time, each once. A
 * round's end returns what follows; the scheduler does it. Its worker's thread.
 */
#ifndef PP_ROUND_H
#define PP_ROUND_H

#include "state.h"

/* The round that is due, with job->slots. */
void pp_round_begin(struct pp_worker *w, struct pp_job *job);
/* The timer of JOB, which is in its round. */
struct pp_round_end pp_round_timer(struct pp_worker *w, struct pp_job *job);
/* Ends its flows; nothing is concluded. */
void pp_round_abandon(struct pp_job *job);
/* Gives the probes back. */
void pp_round_release(struct pp_job *job);

/* ---- round_memory.c ---- */

/* T is the job's then; NULL: no memory, it is not. */
struct pp_job *pp_job_new(struct pp_worker *w, struct pp_target *t, const struct pp_job_kind *kind);
void pp_job_free(struct pp_job *job);
size_t pp_job_idle_bytes(const struct pp_job *job);
size_t pp_job_busy_bytes(const struct pp_worker *w, const struct pp_job *job); /* with the flows of job->slots */

#endif
