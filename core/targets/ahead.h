/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ahead.h: how many targets a list has, counted by a thread of its own while the run goes on: for how much is left to
 * do. Only a regular file can be read twice. Targets that come twice count twice, and what --max-targets
 * leaves out counts, too: that is found out as the run goes on.
 */
#ifndef PP_AHEAD_H
#define PP_AHEAD_H

#include "feeder.h"

struct pp_ahead; /* opaque */

/*
 * PATH, NULL or "-": standard input, as by FEEDER, which decides on targets for the run itself, and of whose input
 * nothing is read here. NULL, nothing printed: it cannot be counted.
 */
struct pp_ahead *pp_ahead_open(const struct pp_feeder_config *feeder, const char *path);
void pp_ahead_start(struct pp_ahead *a);
/* Any thread. False: not known yet, or never. */
bool pp_ahead_total(const struct pp_ahead *a, uint64_t *total);
/* Stops the thread. NULL allowed. */
void pp_ahead_free(struct pp_ahead *a);

#endif
