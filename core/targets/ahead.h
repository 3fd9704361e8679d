/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ahead.h: a thread that counts the targets of a list during the run, to show how much is left. Only a regular file can
 * be read twice. The count includes duplicates and targets past --max-targets.
 */
#ifndef PP_AHEAD_H
#define PP_AHEAD_H

#include "feeder.h"

struct pp_ahead; /* opaque */

/*
 * Starts counting PATH (NULL or "-": standard input) by the rules of FEEDER, the configuration of the run's feeder,
 * whose input is not used. NULL, nothing printed: the list cannot be counted.
 */
struct pp_ahead *pp_ahead_open(const struct pp_feeder_config *feeder, const char *path);
void pp_ahead_start(struct pp_ahead *a);
/* Any thread. True: *TOTAL is the number of targets. False: not known yet, or it never will be. */
bool pp_ahead_total(const struct pp_ahead *a, uint64_t *total);
/* Stops the thread. NULL allowed. */
void pp_ahead_free(struct pp_ahead *a);

#endif
