/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * score.h: observations counted against the truth, by behaviour: both are read line by line, and of a target a few
 * bytes are kept. Joined on dip and dp.
 */
#ifndef PP_TEST_SCORE_H
#define PP_TEST_SCORE_H

#include "core/abi/plugin.h"
#include "core/verdict/verdict.h"
#include "lab/host/hosts.h"

#define SCORE_CLASSES (2 * PP_LAB_CLASSES) /* what is true may differ between families */
#define SCORE_ARMS PP_MAX_ARMS

/* What the truth expects of an arm, and what was found. */
struct score_arm {
    char name[8];
    int expect;              /* enum pp_verdict */
    bool works_too;          /* where the rounds have not met it */
    char why[24];            /* the reason that `unstable` needs; "": any */
    uint64_t n, word[PP_VERDICTS], invalid;
    uint64_t why_right;      /* of those that are unstable */
    uint64_t met;            /* `works` although the arm failed twice or more */
};

struct score_class {
    char name[64];
    bool control, healthy;
    struct score_arm arm[SCORE_ARMS];
    unsigned narms;
};

struct score_target; /* opaque */

struct score {
    const char *experiment, *mode;
    struct score_class class[SCORE_CLASSES];
    unsigned nclasses;
    struct score_target *table; /* open addressing; room for twice the targets */
    uint64_t mask, targets;
    char *tail[SCORE_CLASSES];  /* of a truth line, from which the class was read */
    struct score_line *line;    /* while the truth is read */
    uint64_t unknown, twice, missing; /* observations of no target; of one seen already; targets without */
    uint64_t aa_n, aa_fail;     /* dummies of healthy hosts in round 1 whose baseline succeeded; those that failed */
};

/* The truth of LAB for EXPERIMENT in MODE; both are borrowed. 0, or -1 printed. */
int score_init(struct score *s, const struct pp_lab *lab, uint64_t hosts, const char *experiment, const char *mode);
void score_release(struct score *s);
/* Counts a file of observations. 0, or -1 printed. */
int score_read(struct score *s, const char *path);

#endif
