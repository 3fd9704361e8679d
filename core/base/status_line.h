/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * status_line.h: one line at the end of a terminal, redrawn in place; messages (error.h) clear it first. One per
 * process, on standard error. Main thread.
 */
#ifndef PP_STATUS_LINE_H
#define PP_STATUS_LINE_H

#include <stdbool.h>

/* True if standard error is a terminal, without -q. */
bool pp_status_line_wanted(void);
/* Makes messages clear the line first, by pp_error_before. */
void pp_status_line_open(void);
/* Returns how many ASCII characters fit: a wrapped line could not be cleared. */
int pp_status_line_columns(void);
/* Replaces the line by TEXT. */
void pp_status_line_put(const char *text);
/* Clears the line. */
void pp_status_line_close(void);

#endif
