/* SPDX-License-Identifier: BSD-2-Clause */
/* summary_parts.h: what the files behind summary.h share. */
#ifndef PP_SUMMARY_PARTS_H
#define PP_SUMMARY_PARTS_H

#include "run.h"

/* The words of one arm, over the complete targets and those that were not complete when the run ended. */
struct pp_row {
    uint64_t word[PP_VERDICTS], first[PP_VERDICTS];
    uint64_t reached;   /* those of them to which anything got through */
    uint64_t undecided; /* of `broken`, how many were still in confirmation */
};
/* BASED: among the targets that let the arm's base through. */
void pp_summary_row(const struct pp_run_record *c, unsigned i, bool based, struct pp_row *row);

/* Of all arms together: */
struct pp_total {
    const char *experiment;
    unsigned treatments;
    uint64_t reached, broken; /* targets; those with any arm that is broken */
    uint64_t undecided;       /* of them, how many were still in confirmation */
    double bound;             /* so many of them at most may be there by chance; 0: not known here; < 0: asked once */
};
/* A sentence about it; BROKEN > 0. */
void pp_summary_total(const struct pp_total *t, struct pp_buf *out);

/* Sentences: what was found. */
void pp_summary_sentences(const struct pp_run_record *c, struct pp_buf *out);
/* Receives the sentences on how far to trust the figures, each with its heading; "": under the heading before. */
struct pp_trust {
    void (*say)(void *arg, const char *heading, const char *text);
    void *arg;
};
void pp_summary_facts(const struct pp_run_record *c, const struct pp_trust *out);
/* The same as lines of 80 columns. */
void pp_summary_trust(const struct pp_run_record *c, struct pp_buf *out);
/* Under -v: every condition by all rounds and by round 1 alone, and tests over all targets. */
void pp_summary_long(const struct pp_run_record *c, FILE *f);

#endif
