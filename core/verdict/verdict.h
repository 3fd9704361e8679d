/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verdict.h: derives verdicts and their evidence from successes and failures (the method: pathprobe-measure(1),
 * Verdicts). Pure functions.
 */
#ifndef PP_VERDICT_H
#define PP_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "../abi/plugin.h"

#define PP_VERDICTS PP_VERDICT_NONE /* how many an arm can get */

extern const char *const pp_verdict_name[PP_VERDICTS];
/* Of an experiment with one arm, which works or is offline; NULL: not a word of it. */
extern const char *const pp_verdict_name_alone[PP_VERDICTS];

/* enum pp_how as observations have it; NULL: it did not fail. */
extern const char *const pp_how_name[PP_HOW_COUNT];

/* The verdict of one round by the outcomes of its baseline and of the arm. */
enum pp_verdict pp_verdict_of_round(bool a_ok, bool b_ok);
/* The one of two words of a target's arms that it is counted under. */
enum pp_verdict pp_verdict_gravest(enum pp_verdict x, enum pp_verdict y);

/*
 * What one round says of an arm beside its controls, the baselines of the same round and group (plan.h). If the
 * treatment changes nothing, each of the M controls and the arm is equally likely to be among the K flows that failed,
 * whatever made them fail; if it does, the arm is WEIGHT times as likely as a control. Returns the ratio of the two
 * for what the arm did; 1 where all failed, or none, or there was no control. Its mean over the places that the arm may
 * have had is 1: a product over rounds is an e-value for any process of failures.
 */
double pp_evidence_factor(unsigned m, unsigned k, bool arm_failed, double weight);

#define PP_WEIGHT 100.   /* w; its inverse for the mirror image, in which the baseline fails and the arm does not */
#define PP_LIST_E 1e6    /* a broken arm is measured further until its E is this, for the published list */
#define PP_PORTS_MIN 10  /* different ports on which an arm has failed before it is called broken */

/* Failures and successes of an arm and of its controls, over the rounds of a target in which it took part. */
struct pp_trials {
    uint32_t fb, sb, fa, sa;
    double e, mirrored; /* evidence, and that for the mirror image; pp_trials_none */
    bool reached;       /* E has been at 1/alpha or more */
    uint8_t unasked;    /* of sb: in rounds in which the arm that it depends on had failed */
};

static inline struct pp_trials pp_trials_none(void)
{
    return (struct pp_trials){.e = 1, .mirrored = 1};
}

/* Adds a valid round with M controls, of which FAILED failed. */
void pp_trials_add(struct pp_trials *t, unsigned m, unsigned failed, bool arm_ok, double alpha);

/* The factor of a round in which the arm fails and all M controls succeed: the largest one of M controls. */
double pp_evidence_clean(unsigned m);

enum pp_judgement {
    PP_GOES_ON,
    PP_HAS_ENDED,
    PP_LACKS_PORTS, /* as broken, but it has failed on too few ports */
};

/* What pp_verdict_judge is told beside the trials. */
struct pp_case {
    double alpha;
    unsigned round;  /* from 1 */
    unsigned ports;  /* different ones on which the arm failed */
    bool at_once;    /* it got through in round 1, as its control did */
    bool forced;     /* an audited arm, which at_once does not end */
    bool last;       /* no other round can follow but one for ports */
};

/*
 * Decides after a round whether the arm has ended, and sets its word. `offline` is not decided here, as it is a
 * property of the target. If the arm goes on in its last round, the caller sets its word.
 */
enum pp_judgement pp_verdict_judge(const struct pp_trials *t, const struct pp_case *c, enum pp_verdict *word);

/* The number of rounds for an arm that always fails while its controls succeed, including those for the list. */
unsigned pp_verdict_rounds(double alpha, unsigned max_rounds);

#endif
