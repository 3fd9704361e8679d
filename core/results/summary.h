/* SPDX-License-Identifier: BSD-2-Clause */
/* summary.h: the table at the end of a run, on stderr, with full condition names; and counts by reason. Main thread. */
#ifndef PP_SUMMARY_H
#define PP_SUMMARY_H

#include "run.h"

void pp_summary_print(const struct pp_run_record *c, FILE *f);
/* The same without the sentences that it begins with. */
void pp_summary_tables(const struct pp_run_record *c, FILE *f);

#endif
