/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dryrun.h: --dry-run: what each arm would send to the first targets, decoded and in hex. Sends nothing, needs no
 * privilege. Main thread.
 */
#ifndef PP_DRYRUN_H
#define PP_DRYRUN_H

#include "plan.h"
#include "target.h"

/* The packets of every arm in template order, for T. 0, or -1 printed. */
int pp_dryrun_print(const struct pp_plan *p, const struct pp_target *t, FILE *f);

#endif
