/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * round.h: conducts one round of a target: the slots that take part, in random order, close in time, each once.
 * pp_round_timer returns the next step, which the scheduler takes. The worker's thread.
 */
#ifndef PP_ROUND_H
#define PP_ROUND_H

#include "state.h"

/* Begins the round of JOB that is due, with job->slots. */
void pp_round_begin(struct pp_worker *w, struct pp_job *job);
/* Handles the timer of JOB, which is in a round. */
struct pp_round_end pp_round_timer(struct pp_worker *w, struct pp_job *job);
/* Ends the flows of JOB's round without a result. */
void pp_round_abandon(struct pp_job *job);
/* Frees the probes of JOB's round. */
void pp_round_release(struct pp_job *job);

/* ---- round_memory.c ---- */

/* A job for T, which it owns from then on; NULL: no memory, T is still the caller's. */
struct pp_job *pp_job_new(struct pp_worker *w, struct pp_target *t, const struct pp_job_kind *kind);
void pp_job_free(struct pp_job *job);
size_t pp_job_idle_bytes(const struct pp_job *job);
/* bytes that JOB holds in a round, with the flows of job->slots */
size_t pp_job_busy_bytes(const struct pp_worker *w, const struct pp_job *job);

#endif
