/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * journal.h: reads an output file back for --resume. Its lines show which targets are complete, and have all data that
 * the summary and the metadata count, so that no other file has to survive a crash. Bytes after the last whole line (or
 * zstd frame), left by a kill, a full disk or a power loss, are not counted; the caller has to cut them off. One
 * thread.
 */
#ifndef PP_JOURNAL_H
#define PP_JOURNAL_H

#include "../targets/admin_prohibited.h"
#include "../targets/dedup.h"
#include "../verdict/live_counters.h"
#include "../verdict/counts.h"

struct pp_journal {
    const struct pp_plan *plan;
    struct pp_dedup *done;     /* the output's targets */
    struct pp_admin_prohibited *prohibited; /* networks and hosts that asked not to be probed */
    struct pp_verdict_totals totals; /* totals over all lines */
    struct pp_live_counters *counters;    /* counters for the display; NULL: none */
    uint64_t lines;
    uint64_t size, whole;      /* bytes of the file; bytes of its whole lines */
};

/* PLAN: the run's plan, with its run_id. 0, or -1 printed. */
int pp_journal_init(struct pp_journal *j, const struct pp_plan *plan, struct pp_live_counters *counters);
void pp_journal_release(struct pp_journal *j);
/*
 * Reads the file PATH (zstd if it ends in .zst), which is not changed. 0, or -1 printed: it cannot be read, is damaged
 * other than by a crash, or has a line of another run.
 */
int pp_journal_read(struct pp_journal *j, const char *path);
/* Adds one line to the totals. NULL, or the cause why it is invalid, a static text. */
const char *pp_journal_line(struct pp_journal *j, const char *line, size_t len);

#endif
