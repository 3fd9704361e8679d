/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verdict.h: from successes and failures to words, and the evidence behind them (the method: pathprobe-measure(1),
 * Verdicts). Pure functions.
 */
#ifndef PP_VERDICT_H
#define PP_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "../host/plugin.h"

enum pp_word { PP_WORKS, PP_BROKEN, PP_TRANSIENT, PP_OFFLINE, PP_UNSTABLE, PP_WORDS };

extern const char *const pp_word_name[PP_WORDS];
/* Of an experiment with one arm, which works or is offline; NULL: not a word of it. */
extern const char *const pp_word_name_alone[PP_WORDS];

/* enum pp_how as observations have it; NULL: it did not fail. */
extern const char *const pp_how_name[PP_HOW_COUNT];

/* What one round says of an arm beside its baseline. */
enum pp_word pp_word_of_round(bool a_ok, bool b_ok);
/* Of the words of a target's arms, the one to count it under. */
enum pp_word pp_word_gravest(enum pp_word x, enum pp_word y);

/* Failures and successes of an arm and of the baseline, over all rounds of a target. */
struct pp_trials {
    uint32_t fb, sb, fa, sa;
};

/*
 * The e-value against "the treatment changes nothing for this target":
 *     E = [ .95^fB .05^sB .02^fA .98^sA ] / max over p of [ p^(fA+fB) (1-p)^(sA+sB) ]
 */
double pp_evidence(const struct pp_trials *t);
/* The mirror image, against "the baseline fails where the arm succeeds" being chance: labels exchanged. */
double pp_evidence_mirrored(const struct pp_trials *t);

/* How many rounds an arm takes that plainly does not get through, where its baseline does. */
unsigned pp_verdict_rounds(double alpha, unsigned max_rounds);

/* The constants of E, for the record. */
#define PP_Q_ARM .95  /* how often a broken arm fails */
#define PP_Q_BASE .02 /* how often its baseline does */

/*
 * After a round: has the arm ended, and how? ROUND counts from 1; FORCED: an audited arm that is not let go by its
 * success in round 1. False: undecided. `offline` is not decided here: it is the target's, not the arm's.
 */
bool pp_verdict_judge(const struct pp_trials *t, unsigned round, bool forced, double alpha, enum pp_word *word);

#endif
