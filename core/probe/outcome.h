/* SPDX-License-Identifier: BSD-2-Clause */
/* outcome.h: what a round came to, from its flows and from what was lost meanwhile. Its worker's thread. */
#ifndef PP_OUTCOME_H
#define PP_OUTCOME_H

#include "state.h"

/* What the round of JOB, which has just ended, came to. LOSSES are looked up where silence has to be believed. */
void pp_result_of(const struct pp_prober *pr, const struct pp_job *job, struct pp_loss_watch *losses,
                  struct pp_result *r);
/* Of what the round's flows were, for the time after it; NULL: no memory. */
struct pp_round_note *pp_round_note_new(const struct pp_prober *pr, const struct pp_job *job,
                                        const struct pp_result *r);

#endif
