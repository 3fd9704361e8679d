/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * journal.h: reads an output file back. Its lines say which targets are complete, and hold all that the summary and the
 * metadata count, so nothing else has to survive a crash. Bytes after the last whole line (or zstd frame), left by a
 * kill, a full disk or a power loss, are not counted, and have to be cut off. One thread.
 */
#ifndef PP_JOURNAL_H
#define PP_JOURNAL_H

#include "../targets/admin_prohibited.h"
#include "../targets/dedup.h"
#include "../verdict/live_counters.h"
#include "../verdict/counts.h"

struct pp_journal {
    const struct pp_plan *plan;
    struct pp_dedup *done;     /* its targets */
    struct pp_admin_prohibited *prohibited; /* who asked to be left alone */
    struct pp_verdict_totals totals; /* of them all */
    struct pp_live_counters *counters;    /* NULL, or where they are counted for the display */
    uint64_t lines;
    uint64_t size, whole;      /* bytes of the file, and up to where its lines are whole */
};

/* PLAN: as the run has it, with its run_id. 0, or -1 printed. */
int pp_journal_init(struct pp_journal *j, const struct pp_plan *plan, struct pp_live_counters *counters);
void pp_journal_release(struct pp_journal *j);
/*
 * Reads PATH, zstd if its name ends so, and changes nothing in it. 0, or -1 printed: it cannot be read, is damaged in a
 * way that no crash explains, or a line is none of this run.
 */
int pp_journal_read(struct pp_journal *j, const char *path);
/* Takes one line into account. NULL, or what is wrong with it, a static text. */
const char *pp_journal_line(struct pp_journal *j, const char *line, size_t len);

#endif
