/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scheduler.h: begins and ends targets, and sets the times of their rounds. A new round waits for the packet rate, its
 * prefix's rate, memory, the output's queue and room in the capture's ring. The worker's thread.
 */
#ifndef PP_SCHEDULER_H
#define PP_SCHEDULER_H

#include "state.h"

int pp_scheduler_init(struct pp_worker *w); /* -1: no memory */
void pp_scheduler_release(struct pp_worker *w);
/* Starts as many rounds as rate, prefixes, memory, owner and capture ring allow. */
void pp_scheduler_run(struct pp_worker *w);
/* The kernel refused a packet: no new rounds for a moment. */
void pp_scheduler_hold(struct pp_worker *w);
/* Handles the timer of JOB: its round begins, continues, or is complete. */
void pp_scheduler_timer(struct pp_worker *w, struct pp_job *job);
/* Passes the finding of JOB, which has been swept, to the owner, and frees JOB. */
void pp_scheduler_located(struct pp_worker *w, struct pp_job *job);
/* Begins the first rounds of the reference targets, as soon as possible. */
void pp_scheduler_references(struct pp_worker *w);
/* Ends the rounds: targets between two rounds become pending. */
void pp_scheduler_drop_resting(struct pp_worker *w);
/* Ends running rounds, and drops waiting ones; their targets become pending. */
void pp_scheduler_abandon(struct pp_worker *w);

/* ---- scheduler_resting.c: targets between their rounds ---- */

/* JOB's next round is due AT. */
void pp_resting_add(struct pp_worker *w, struct pp_job *job, int64_t at);
void pp_resting_remove(struct pp_worker *w, struct pp_job *job);
/* Updates the live counters: targets in flight and in confirmation. */
void pp_resting_show(struct pp_worker *w);
/* Updates the live counter of when the next round of confirmation is due. */
void pp_resting_look(struct pp_worker *w);
/* JOB enters confirmation; its next round is due AT. */
void pp_resting_confirming(struct pp_worker *w, struct pp_job *job, int64_t at);
/* Reports JOB, which is freed next, as pending; the results of its valid rounds are counted at the end. */
void pp_job_give_up(struct pp_worker *w, const struct pp_job *job);
/* JOB holds BYTES of the budget from now on. */
void pp_job_charge(struct pp_worker *w, struct pp_job *job, size_t bytes);
/* Uncharges and frees JOB, which is in no list or table. */
void pp_job_retire(struct pp_worker *w, struct pp_job *job);

#endif
