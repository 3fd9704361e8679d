/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scheduler.h: lets targets in and out, and keeps the time of those that rest. New rounds wait for the packet rate,
 * their prefix's pace, memory, the output and the capture's ring. Its worker's thread.
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
/* The timer of JOB: its round is due, or goes on, or is over. */
void pp_scheduler_timer(struct pp_worker *w, struct pp_job *job);
/* JOB, whose hops were asked, is handed out, and freed. */
void pp_scheduler_located(struct pp_worker *w, struct pp_job *job);
/* The reference targets, into their first round as soon as may be. */
void pp_scheduler_references(struct pp_worker *w);
/* No more rounds: targets that rest are pending. */
void pp_scheduler_drop_resting(struct pp_worker *w);
/* Rounds under way end, and those that wait for them do not begin; all of them are pending. */
void pp_scheduler_abandon(struct pp_worker *w);

/* ---- scheduler_resting.c: targets between their rounds ---- */

/* JOB has its next round AT. */
void pp_resting_add(struct pp_worker *w, struct pp_job *job, int64_t at);
void pp_resting_remove(struct pp_worker *w, struct pp_job *job);
/* For the display: how many are under way and in confirmation. */
void pp_resting_show(struct pp_worker *w);
/* And when the next round of those is due. */
void pp_resting_look(struct pp_worker *w);
/* JOB, in confirmation from now on, has its next round AT. */
void pp_resting_confirming(struct pp_worker *w, struct pp_job *job, int64_t at);
/* JOB, which is freed next, is pending; what rounds that count have said of it is told at the end. */
void pp_job_give_up(struct pp_worker *w, const struct pp_job *job);
/* JOB holds BYTES of the budget from now on. */
void pp_job_charge(struct pp_worker *w, struct pp_job *job, size_t bytes);
/* Uncharges and frees JOB, which is in no list or table. */
void pp_job_retire(struct pp_worker *w, struct pp_job *job);

#endif
