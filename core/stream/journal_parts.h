/* SPDX-License-Identifier: BSD-2-Clause */
/* journal_parts.h: what the files behind journal.h share. */
#ifndef PP_JOURNAL_PARTS_H
#define PP_JOURNAL_PARTS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Up to which byte the lines (NAME ends in .zst: the zstd frames) of FD are whole. What may stand behind that: a piece
 * of a line or frame, and the NULs that a power loss leaves. 0, or -1 printed: damaged otherwise, or a read error.
 */
int pp_journal_whole(int fd, const char *name, uint64_t *whole);

/* As the writer decides it. */
bool pp_journal_is_zstd(const char *name);

#endif
