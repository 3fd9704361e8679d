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
 * Counts a valid round, or one of bisect.c's. True: a further round follows, due at *AT. False: the target is complete,
 * all its arms have words. RNG: for jitter.
 */
bool pp_confirm(struct pp_finding *f, const struct pp_plan *plan, const struct pp_result *r, struct pp_rng *rng,
                int64_t *at);
/* The slots that take part in the next round. */
uint32_t pp_confirm_slots(const struct pp_plan *plan, const struct pp_finding *f);

/* ---- bisect.c: the largest size of packets that gets through ---- */

/*
 * Once an arm that differs from the baseline in the size of its packets is broken, rounds behind all others look for
 * the largest size that gets through, to the byte: halfway between one that does and one that does not, three flows on
 * fresh ports (RFC 8899 section 5.1.2, MAX_PROBES), then the baseline, which tells a size that fails from a target that
 * is away. One flow that gets through is enough; a size fails if three do and the baseline does not. These rounds are
 * no evidence for any verdict, and alpha does not bound their error.
 *
 * The next size is put into f->bisection.size, its arm into f->ports_for. False: nothing (more) is to be looked for.
 */
bool pp_bisect_next(const struct pp_plan *plan, struct pp_finding *f);
/* The slots of such a round: the baseline goes last. */
uint32_t pp_bisect_slots(void);
/* Counts such a round, valid or not. */
void pp_bisect_count(struct pp_finding *f, const struct pp_result *r);

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
