/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * counts.h: counts targets by word and by condition, in round 1 and after confirmation, for the summary and the
 * metadata of a run. One per worker, added up at the end. Single thread each.
 */
#ifndef PP_COUNTS_H
#define PP_COUNTS_H

#include "finding.h"
#include "nearby.h"
#include "stats.h"


/* Has 64-bit counters alone, so that one loop adds two of them up. */
struct pp_verdict_counts {
    uint64_t targets, invalid, flows, outage;
    uint64_t first[PP_MAX_ARMS][PP_VERDICTS], word[PP_MAX_ARMS][PP_VERDICTS];     /* by index in plugin->arms */
    /* of targets with which the arm's base works (plan_base.c), by all rounds or by round 1; without a base: of all */
    uint64_t first_based[PP_MAX_ARMS][PP_VERDICTS], based[PP_MAX_ARMS][PP_VERDICTS];
    uint64_t reached, any_broken;         /* targets to which anything got through; those of them with a broken arm */
    uint64_t implied[PP_MAX_ARMS];        /* targets whose word for the arm another arm implied */
    uint64_t offline_how[PP_HOW_COUNT];   /* offline targets, by enum pp_how of their failures */
    uint64_t first_condition[PP_MAX_CONDITIONS], condition[PP_MAX_CONDITIONS]; /* by index in plugin->conditions */
    uint64_t aa_first_n, aa_first_fail;   /* dummies of round 1 whose baseline succeeded; those that failed */
    uint64_t aa_n, aa_fail;               /* all dummies; those called broken */
    uint64_t audited, audit_changed;      /* working arms that --audit measured again; those that did not end so */
    uint64_t located, placed;             /* targets that were swept; those with a place found */
};

/* Counters and the statistics that take more than counters. */
struct pp_verdict_totals {
    struct pp_verdict_counts counts;
    /*
     * Targets that were begun and not complete when the run ended, by their words so far: `targets`, `reached`,
     * `any_broken`, `word`, `based`, and the same of round 1. They are in no file, and --resume measures them again.
     */
    struct pp_verdict_counts pending;
    struct pp_ebh ebh;                   /* evidence of all tests: targets x arms */
    struct pp_pairs pairs[PP_MAX_ARMS];  /* round 1, by index in plugin->arms; only those of arms that take part */
    struct pp_nearby nearby;             /* of targets asked now, finished or not: a journal does not hold it */
    const struct pp_plan *plan;
};

/* 0, or -1: no memory (nothing is printed). */
int pp_verdict_totals_init(struct pp_verdict_totals *f, const struct pp_plan *plan);
void pp_verdict_totals_release(struct pp_verdict_totals *f);
void pp_verdict_totals_add(struct pp_verdict_totals *f, const struct pp_finding *job, bool valid);
/* Counts JOB, which is abandoned after at least one valid round, in `pending`. */
void pp_verdict_totals_add_pending(struct pp_verdict_totals *f, const struct pp_finding *job);
/*
 * Counts the conditions of a valid job that follow from its verdicts; pp_verdict_totals_add counts only those that its
 * rounds stated.
 */
void pp_verdict_totals_sum_up(struct pp_verdict_totals *f, const struct pp_finding *job);
void pp_verdict_totals_merge(struct pp_verdict_totals *into, const struct pp_verdict_totals *from);

#endif
