/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ahead.h: a thread that counts the targets of a list during the run, to show how much is left. Only a regular file can
 * be read twice. Duplicates and targets past --max-targets are counted, too: the run finds these only later.
 */
#ifndef PP_AHEAD_H
#define PP_AHEAD_H

#include "feeder.h"

struct pp_ahead; /* opaque */

/*
 * PATH NULL or "-": standard input. FEEDER: the configuration of the run's own feeder, whose rules for targets apply;
 * its input is not read here. NULL, nothing printed: the list cannot be counted.
 */
struct pp_ahead *pp_ahead_open(const struct pp_feeder_config *feeder, const char *path);
void pp_ahead_start(struct pp_ahead *a);
/* Any thread. False: not known yet, or never. */
bool pp_ahead_total(const struct pp_ahead *a, uint64_t *total);
/* Stops the thread. NULL allowed. */
void pp_ahead_free(struct pp_ahead *a);

#endif
