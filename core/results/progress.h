/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * progress.h: shows the progress of a run: a status line on a terminal, and a machine-readable line per second in
 * --status. Main thread.
 */
#ifndef PP_PROGRESS_H
#define PP_PROGRESS_H

#include "run.h"

struct pp_progress; /* opaque */

/* True if a status line or --status is wanted. */
bool pp_progress_wanted(const char *status_path);
/* Opens STATUS_PATH (NULL: none). The line on stderr is shown only on a terminal and without -q. NULL printed. */
struct pp_progress *pp_progress_open(const struct pp_run_record *c, const char *status_path, int64_t now_mono);
/* Updates the display; call once a second. Times in ns. */
void pp_progress_show(struct pp_progress *p, int64_t now_mono, int64_t now_epoch);
/* Writes the last line of --status, with "final":true and the counts; clears the terminal's line; frees P. */
void pp_progress_close(struct pp_progress *p, int64_t now_epoch);

#endif
