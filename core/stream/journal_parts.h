/* SPDX-License-Identifier: BSD-2-Clause */
/* journal_parts.h: finds how much of an output file is whole, for journal.h and the capture file. */
#ifndef PP_JOURNAL_PARTS_H
#define PP_JOURNAL_PARTS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Finds the number of bytes of FD that are whole lines (NAME ends in .zst: whole zstd frames). After them may follow a
 * part of a line or frame, and the NULs that a power loss leaves. 0, or -1 printed: damaged otherwise, or a read error.
 */
int pp_journal_whole(int fd, const char *name, uint64_t *whole);

/* True if the writer writes a file of this NAME as zstd. */
bool pp_journal_is_zstd(const char *name);

#endif
