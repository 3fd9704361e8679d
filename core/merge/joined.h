/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * joined.h: one target of one question: its observations, by vantage point and run, in; its merged line out. What is
 * kept of an observation is bounded, so a target may have any number. One thread.
 */
#ifndef PP_JOINED_H
#define PP_JOINED_H

#include "conditions.h"
#include "ledger.h"
#include "located.h"

#define PP_JOINED_RUNS 1024       /* observations that a line tells of; others are counted */
#define PP_JOINED_LINE (1u << 20) /* more than a line may have: it is tried, and made shorter */
#define PP_JOINED_TEXT (16u << 20) /* bytes of their texts */
#define PP_JOINED_POINTS 8192     /* groups of conditions x vantage points */

struct pp_ebh;
struct pp_joined; /* opaque */

/* LEDGER and EBH are borrowed. NULL printed. */
struct pp_joined *pp_joined_new(struct pp_ledger *ledger, struct pp_ebh *ebh);
void pp_joined_free(struct pp_joined *t);
/* The next target. */
void pp_joined_begin(struct pp_joined *t, const struct pp_digest_view *v);
/* An observation of it; those of a vantage point come behind each other. 0, or -1 printed. */
int pp_joined_add(struct pp_joined *t, const struct pp_digest_view *v);
/* There are no more: the line, with its '\n', into OUT, whose maximum is PP_JOINED_LINE; 0, or -1 printed. */
int pp_joined_end(struct pp_joined *t, struct pp_buf *out);
/* After that, as long as it is true: a line for the next vantage point to be asked again; *AT is 0 at first. */
bool pp_joined_recheck(struct pp_joined *t, unsigned *at, struct pp_buf *out);

#endif
