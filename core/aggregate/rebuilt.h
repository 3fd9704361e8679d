/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rebuilt.h: what observations and metadata of one run hold, as `measure` itself knew it when the run ended: so that
 * its summary can be printed again, by the same code. One thread.
 */
#ifndef PP_REBUILT_H
#define PP_REBUILT_H

#include "../results/run.h"
#include "aggregate.h"

struct pp_rebuilt; /* opaque */

/*
 * Of part P, of which F has one run; all of it borrows from both. FDR: of the list. NULL: it is merged, or of several
 * runs, or without metadata that describe its arms; or no memory.
 */
struct pp_rebuilt *pp_rebuilt_new(const struct pp_report *f, const struct pp_part *p, double fdr);
void pp_rebuilt_free(struct pp_rebuilt *r);
const struct pp_run_record *pp_rebuilt_record(const struct pp_rebuilt *r);

#endif
