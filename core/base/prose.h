/* SPDX-License-Identifier: BSD-2-Clause */
/* prose.h: formats text for people: lines of 80 columns, large numbers with separators. Pure functions. */
#ifndef PP_PROSE_H
#define PP_PROSE_H

#include "buf.h"

#define PP_COLUMNS 80

/*
 * Writes one paragraph of LEN bytes, words kept whole, and a line feed. The cursor is at column AT, further lines are
 * indented by LEFT blanks; no line exceeds PP_COLUMNS, except for a longer word.
 */
void pp_prose(struct pp_buf *out, const char *text, size_t len, size_t at, size_t left);
/* The same with lines of COLUMNS. */
void pp_prose_in(struct pp_buf *out, const char *text, size_t len, size_t at, size_t left, size_t columns);

/* Writes N with a comma between thousands: "1,234,567". Returns TEXT. */
#define PP_COUNT_STRLEN 27
const char *pp_count_str(uint64_t n, char text[PP_COUNT_STRLEN]);

#endif
