/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verdict.h: from successes and failures to words, and the evidence behind them (the method: pathprobe-measure(1),
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

/* What one round says of an arm beside its baseline. */
enum pp_verdict pp_verdict_of_round(bool a_ok, bool b_ok);
/* Of the words of a target's arms, the one to count it under. */
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
#define PP_LIST_E 1e6    /* up to here a broken arm is asked on, for the published list */
#define PP_PORTS_MIN 10  /* different ports on which an arm has failed before it is called broken */

/* Failures and successes of an arm and of its controls, over the rounds of a target in which it took part. */
struct pp_trials {
    uint32_t fb, sb, fa, sa;
    double e, mirrored; /* evidence, and that for the mirror image; pp_trials_none */
    bool reached;       /* E has been at 1/alpha or more */
    uint8_t unasked;    /* of sb: in rounds in which what the arm needs of another had failed: it asked nothing */
};

static inline struct pp_trials pp_trials_none(void)
{
    return (struct pp_trials){.e = 1, .mirrored = 1};
}

/* One more valid round: M controls, of which FAILED failed. */
void pp_trials_add(struct pp_trials *t, unsigned m, unsigned failed, bool arm_ok, double alpha);

/* What a round of M controls, all of which get through while the arm does not, multiplies E by: no round says more. */
double pp_evidence_clean(unsigned m);

enum pp_judgement {
    PP_GOES_ON,
    PP_HAS_ENDED,
    PP_LACKS_PORTS, /* broken but for that: it has to fail on more ports */
};

/* What the judge is told beside the figures. */
struct pp_case {
    double alpha;
    unsigned round;  /* from 1 */
    unsigned ports;  /* different ones on which the arm failed */
    bool at_once;    /* it got through in round 1, as its control did */
    bool forced;     /* an audited arm, which that does not end */
    bool last;       /* no other round can follow but one for ports */
};

/*
 * After a round: has the arm ended, and as what? `offline` is not decided here: it is the target's, not the arm's. An
 * arm that goes on in its last round is for the caller to name.
 */
enum pp_judgement pp_verdict_judge(const struct pp_trials *t, const struct pp_case *c, enum pp_verdict *word);

/* How many rounds an arm takes that plainly does not get through, where its controls do, the list's included. */
unsigned pp_verdict_rounds(double alpha, unsigned max_rounds);

#endif
