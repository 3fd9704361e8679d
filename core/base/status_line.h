/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * status_line.h: one line at the end of a terminal, drawn over itself; messages (error.h) clear it first. A process has
 * one at a time, on standard error. Main thread.
 */
#ifndef PP_STATUS_LINE_H
#define PP_STATUS_LINE_H

#include <stdbool.h>

/* Standard error is a terminal, and there is no -q. */
bool pp_status_line_wanted(void);
void pp_status_line_open(void);
/* Bytes of ASCII that fit: a line that wraps could not be cleared. */
int pp_status_line_columns(void);
/* In place of the line before. */
void pp_status_line_put(const char *text);
/* Clears it. */
void pp_status_line_close(void);

#endif
