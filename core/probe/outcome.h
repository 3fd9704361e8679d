/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * outcome.h: computes the result of a round from its flows and from the packets dropped meanwhile. The worker's thread.
 */
#ifndef PP_OUTCOME_H
#define PP_OUTCOME_H

#include "state.h"

/* Computes the result of JOB's round, which has just ended. LOSSES are read where an arm was silent. */
void pp_result_of(const struct pp_prober *pr, const struct pp_job *job, struct pp_loss_watch *losses,
                  struct pp_result *r);
/* Makes the note of the round's flows that is kept after the round, the caller's; NULL: no memory. */
struct pp_round_note *pp_round_note_new(const struct pp_prober *pr, const struct pp_job *job,
                                        const struct pp_result *r);

#endif
