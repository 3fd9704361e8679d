/* SPDX-License-Identifier: BSD-2-Clause */
/* summary_parts.h: declarations shared by the files of the summary. */
#ifndef PP_SUMMARY_PARTS_H
#define PP_SUMMARY_PARTS_H

#include "run.h"

/* Counts of the words of one arm, over targets complete or still under way when the run ended. */
struct pp_row {
    uint64_t word[PP_VERDICTS], first[PP_VERDICTS];
    uint64_t reached;   /* targets of which any flow succeeded */
    uint64_t undecided; /* the part of `broken` that was still in confirmation */
};
/* Fills in ROW for arm I. BASED: only over targets whose word for the arm's base is `works`. */
void pp_summary_row(const struct pp_run_record *c, unsigned i, bool based, struct pp_row *row);

/* Totals over all arms. */
struct pp_total {
    const char *experiment;
    unsigned treatments;
    uint64_t reached, broken; /* reachable targets; targets with any broken arm */
    uint64_t undecided;       /* the part of `broken` that was still in confirmation */
    /* the most of `broken` that may be there by chance; 0: not known; below 0: each target was asked once */
    double bound;
};
/* Writes a sentence about T, which has broken > 0. */
void pp_summary_total(const struct pp_total *t, struct pp_buf *out);

/* Writes the results as sentences. */
void pp_summary_sentences(const struct pp_run_record *c, struct pp_buf *out);
/*
 * Receives the sentences on how far the figures can be trusted, each with its heading; "": under the previous heading.
 */
struct pp_trust {
    void (*say)(void *arg, const char *heading, const char *text);
    void *arg;
};
void pp_summary_facts(const struct pp_run_record *c, const struct pp_trust *out);
/* Writes these sentences as lines of 80 columns. */
void pp_summary_trust(const struct pp_run_record *c, struct pp_buf *out);
/* Prints, for -v, every condition by all rounds and by round 1 alone, and tests over all targets. */
void pp_summary_long(const struct pp_run_record *c, FILE *f);

#endif
