/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * confirm.h: the method from round to round (pathprobe-measure(1), Verdicts): what a round came to, what follows from
 * it for the target's arms, and which arms are asked again. Pure but for memory.
 */
#ifndef PP_CONFIRM_H
#define PP_CONFIRM_H

#include "finding.h"

/* What one round came to. */
struct pp_result {
    struct pp_outcome slot[PP_SLOTS];
    int64_t value[PP_SLOTS][PP_MAX_FIELDS];
    struct pp_statement stated[PP_MAX_CONDITIONS];
    uint8_t nstated;
    struct pp_losses drops; /* during the round */
    int64_t began, ended;   /* ns, of the worker's clock */
    bool valid;             /* nothing of it rests on what was not seen */
};

/*
 * Takes a valid round into account. True: there is a further round, due at *AT. False: the target is done with, its
 * arms have their words. RNG: for jitter.
 */
bool pp_confirm(struct pp_finding *f, const struct pp_plan *plan, const struct pp_result *r, struct pp_rng *rng,
                int64_t *at);
/* The slots that take part in the next round. */
uint32_t pp_confirm_slots(const struct pp_plan *plan, const struct pp_finding *f);

/* ---- statements.c: conditions other than connectivity ---- */

/*
 * What this round says replaces what was said before of the same groups; where they differ, the group is mixed. 0, or
 * -1: no memory.
 */
int pp_statements_keep(struct pp_finding *f, const struct pp_plan *plan, const struct pp_result *r);
/* Something that was stated needs another round that says the same. */
bool pp_statements_in_doubt(const struct pp_finding *f);
/* There are no more rounds: what is in doubt is not stated, unless a single round was wanted. */
void pp_statements_settle(struct pp_finding *f, const struct pp_plan *plan);

/* ---- sumup.c: conditions that follow from the verdicts of several arms ---- */

/* What the plugin says of the arms' words together, of round 1 or in the end. Returns how many. */
unsigned pp_sum_up(const struct pp_plan *plan, const struct pp_finding *f, bool first,
                   struct pp_statement out[PP_MAX_CONDITIONS]);

#endif
