/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dryrun.h: --dry-run: prints the packets that each arm would send to the first targets, decoded and in hex. Sends
 * nothing and needs no privilege. Main thread.
 */
#ifndef PP_DRYRUN_H
#define PP_DRYRUN_H

#include "../targets/feeder.h"
#include "../verdict/plan.h"

/*
 * Prints the packets of every arm in template order, for the first targets of FEEDER, to standard output. NAMED:
 * --contact is given; if not, and a target is public, says that a run needs it. 0, or -1 printed.
 */
int pp_dryrun(const struct pp_plan *p, struct pp_feeder *feeder, bool named);

#endif
