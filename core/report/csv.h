/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * csv.h: a report's figures, and the lines they were counted from, as CSV (RFC 4180) for other programs: a heading,
 * stable columns, numbers without separators, empty cells for unknown values. One thread.
 */
#ifndef PP_REPORT_CSV_H
#define PP_REPORT_CSV_H

#include "../aggregate/aggregate.h"
#include "sheet.h"

enum pp_csv_table { PP_CSV_CONDITIONS, PP_CSV_TARGETS, PP_CSV_LOCATED, PP_CSV_TABLES };

/* "conditions", "targets", "located". */
extern const char *const pp_csv_name[PP_CSV_TABLES];

void pp_csv_heading(struct pp_buf *out, enum pp_csv_table table);
/* Appends the rows of one line to the table "targets" or "located". */
void pp_csv_line(struct pp_buf *out, enum pp_csv_table table, const struct pp_reading *r);
/* Appends all rows of the table "conditions". */
void pp_csv_conditions(struct pp_buf *out, const struct pp_report *f);

#endif
