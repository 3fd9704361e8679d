/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rebuilt.h: rebuilds the record that `measure` had of a run when it ended, from the run's observations and metadata,
 * so that the same code prints its summary again. One thread.
 */
#ifndef PP_REBUILT_H
#define PP_REBUILT_H

#include "../results/run.h"
#include "aggregate.h"

struct pp_rebuilt; /* opaque */

/*
 * The record of part P of F; it borrows from both. FDR: of the published list. NULL: the part is merged, has several
 * runs, or has no metadata that describe its arms; or no memory.
 */
struct pp_rebuilt *pp_rebuilt_new(const struct pp_report *f, const struct pp_part *p, double fdr);
void pp_rebuilt_free(struct pp_rebuilt *r);
const struct pp_run_record *pp_rebuilt_record(const struct pp_rebuilt *r);

#endif
