/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * joined.h: takes the observations of one target and question, ordered by vantage point and run, and writes the merged
 * line. What is kept of an observation is bounded, so a target may have any number of them. One thread.
 */
#ifndef PP_JOINED_H
#define PP_JOINED_H

#include "conditions.h"
#include "ledger.h"
#include "located.h"

#define PP_JOINED_RUNS 1024       /* observations that a line lists; further ones are only counted */
#define PP_JOINED_LINE (1u << 20) /* a longer line is written again with less in it */
#define PP_JOINED_TEXT (16u << 20) /* bytes of the texts that are kept of them */
#define PP_JOINED_POINTS 8192     /* groups of conditions x vantage points */

struct pp_ebh;
struct pp_joined; /* opaque */

/* LEDGER and EBH are borrowed. NULL printed. */
struct pp_joined *pp_joined_new(struct pp_ledger *ledger, struct pp_ebh *ebh);
void pp_joined_free(struct pp_joined *t);
/* Begins the next target; V is its first observation, which pp_joined_add takes then. */
void pp_joined_begin(struct pp_joined *t, const struct pp_digest_view *v);
/* Adds an observation; those of one vantage point must follow each other. 0, or -1 printed. */
int pp_joined_add(struct pp_joined *t, const struct pp_digest_view *v);
/* Ends the target: writes its line with '\n' into OUT, whose maximum is PP_JOINED_LINE. 0, or -1 printed. */
int pp_joined_end(struct pp_joined *t, struct pp_buf *out);
/*
 * After pp_joined_end: writes into OUT the line of targets for the next vantage point that has to measure this target
 * again. *AT is 0 at first. False: there is no further one.
 */
bool pp_joined_recheck(struct pp_joined *t, unsigned *at, struct pp_buf *out);

#endif
