/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dryrun.h: --dry-run: what each arm would send to the first targets, decoded and in hex. Sends nothing, needs no
 * privilege. Main thread.
 */
#ifndef PP_DRYRUN_H
#define PP_DRYRUN_H

#include "../targets/feeder.h"
#include "../verdict/plan.h"

/*
 * The packets of every arm in template order, for the first targets of FEEDER, on standard output. NAMED: it is known
 * who measures; else it is said that this will be needed. 0, or -1 printed.
 */
int pp_dryrun(const struct pp_plan *p, struct pp_feeder *feeder, bool named);

#endif
