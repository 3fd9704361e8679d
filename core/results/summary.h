/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * summary.h: prints the summary of a run: sentences, a table of arms with full condition names, counts by reason. Main
 * thread.
 */
#ifndef PP_SUMMARY_H
#define PP_SUMMARY_H

#include "run.h"

void pp_summary_print(const struct pp_run_record *c, FILE *f);
/* Prints the summary without its first sentences. */
void pp_summary_tables(const struct pp_run_record *c, FILE *f);

#endif
