/* SPDX-License-Identifier: BSD-2-Clause */
/* prose.h: text for people: lines of 80 columns, large numbers that can be read. Pure functions. */
#ifndef PP_PROSE_H
#define PP_PROSE_H

#include "buf.h"

#define PP_COLUMNS 80

/*
 * One paragraph of LEN bytes, words kept whole, with a line feed behind it. The cursor is at column AT, every further
 * line begins behind LEFT blanks, none is longer than PP_COLUMNS unless a word is.
 */
void pp_prose(struct pp_buf *out, const char *text, size_t len, size_t at, size_t left);
/* The same for lines of COLUMNS. */
void pp_prose_in(struct pp_buf *out, const char *text, size_t len, size_t at, size_t left, size_t columns);

/* N with a comma between thousands: "1,234,567". Returns TEXT. */
#define PP_COUNT_STRLEN 27
const char *pp_count_str(uint64_t n, char text[PP_COUNT_STRLEN]);

#endif
