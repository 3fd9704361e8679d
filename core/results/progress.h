/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * progress.h: what a run shows while it runs: one status line on a terminal, a machine-readable line a second in
 * --status. Main thread.
 */
#ifndef PP_PROGRESS_H
#define PP_PROGRESS_H

#include "run.h"

struct pp_progress; /* opaque */

/* Whether anything will be shown. */
bool pp_progress_wanted(const char *status_path);
/* STATUS_PATH NULL: none. The line on stderr appears only on a terminal and without -q. NULL printed. */
struct pp_progress *pp_progress_open(const struct pp_run_record *c, const char *status_path, int64_t now_mono);
/* Once a second. */
void pp_progress_show(struct pp_progress *p, int64_t now_mono, int64_t now_epoch);
/* The last line of --status, with "final":true and the counts; clears the terminal's line. */
void pp_progress_close(struct pp_progress *p, int64_t now_epoch);

#endif
