/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * confirm.h: the method from round to round (pathprobe-measure(1), Verdicts): takes the result of a round, updates the
 * target's arms, and decides which arms take part in the next round. Pure but for memory.
 */
#ifndef PP_CONFIRM_H
#define PP_CONFIRM_H

#include "finding.h"

/* The result of one round. */
struct pp_result {
    struct pp_outcome slot[PP_SLOTS];
    int64_t value[PP_SLOTS][PP_MAX_FIELDS];
    struct pp_statement stated[PP_MAX_CONDITIONS];
    uint8_t nstated;
    struct pp_losses drops; /* during the round */
    int64_t began, ended;   /* ns, of the worker's clock */
    bool valid;             /* no outcome depends on packets that may have been lost before the capture */
};

/*
 * Counts a valid round. True: a further round follows, due at *AT. False: the target is complete, all its arms have
 * words. RNG: for jitter.
 */
bool pp_confirm(struct pp_finding *f, const struct pp_plan *plan, const struct pp_result *r, struct pp_rng *rng,
                int64_t *at);
/* The slots that take part in the next round. */
uint32_t pp_confirm_slots(const struct pp_plan *plan, const struct pp_finding *f);

/* ---- statements.c: conditions other than connectivity ---- */

/*
 * Keeps the statements of this round; they replace earlier ones about the same groups. Where the two differ, the group
 * is mixed. 0, or -1: no memory.
 */
int pp_statements_keep(struct pp_finding *f, const struct pp_plan *plan, const struct pp_result *r);
/* True if a statement has to be repeated by another round before it stands. */
bool pp_statements_in_doubt(const struct pp_finding *f);
/* After the last round: removes statements that are still in doubt, unless --rounds is 1. */
void pp_statements_settle(struct pp_finding *f, const struct pp_plan *plan);

/* ---- sumup.c: conditions that follow from the verdicts of several arms ---- */

/* The conditions that the plugin derives from the arms' words, by round 1 (FIRST) or at the end. Returns how many. */
unsigned pp_sum_up(const struct pp_plan *plan, const struct pp_finding *f, bool first,
                   struct pp_statement out[PP_MAX_CONDITIONS]);

#endif
