/* SPDX-License-Identifier: BSD-2-Clause */
/* bar.h: shows the progress of a long operation on the last line of a terminal. Main thread. */
#ifndef PP_BAR_H
#define PP_BAR_H

#include <stdbool.h>
#include <stdint.h>

struct pp_bar; /* opaque */

/*
 * NULL: stderr is no terminal, or -q, or no memory: nothing is shown then. NAME is copied. BYTES: with the rate in
 * bytes.
 */
struct pp_bar *pp_bar_new(const char *name, bool bytes);
/* Shows DONE of TOTAL, at most five times a second. B NULL: does nothing. */
void pp_bar_show(struct pp_bar *b, uint64_t done, uint64_t total);
/* Clears the line. B NULL: does nothing. */
void pp_bar_free(struct pp_bar *b);

#endif
