/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * first.h: the evidence that verdicts once rested on, a likelihood ratio with one failure rate per target, kept as a
 * reference: behind boxes that count flows it has to miss the bar that the present evidence passes, or the bar proves
 * nothing. Pure functions.
 */
#ifndef PP_TEST_FIRST_H
#define PP_TEST_FIRST_H

#include <stdbool.h>
#include <stdint.h>

/* Failures and successes of an arm and of the baseline, over all rounds of a target. */
struct first_trials {
    uint32_t fb, sb, fa, sa;
};

/* E = [ .95^fB .05^sB .02^fA .98^sA ] / max over p of [ p^(fA+fB) (1-p)^(sA+sB) ] */
double first_evidence(const struct first_trials *t);

enum first_word { FIRST_UNDECIDED, FIRST_BROKEN, FIRST_TRANSIENT, FIRST_OTHER };

/* What that method said after round ROUND (from 1). */
enum first_word first_judge(const struct first_trials *t, unsigned round, double alpha);

#endif
