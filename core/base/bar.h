/* SPDX-License-Identifier: BSD-2-Clause */
/* bar.h: how far something is that takes its time, on the last line of a terminal. Main thread. */
#ifndef PP_BAR_H
#define PP_BAR_H

#include <stdbool.h>
#include <stdint.h>

struct pp_bar; /* opaque */

/* NULL: stderr is no terminal, or -q, or no memory: then nothing is shown. BYTES: with how many a second. */
struct pp_bar *pp_bar_new(const char *name, bool bytes);
/* At most five times a second. NULL: nothing. */
void pp_bar_show(struct pp_bar *b, uint64_t done, uint64_t total);
/* Clears the line. NULL: nothing. */
void pp_bar_free(struct pp_bar *b);

#endif
