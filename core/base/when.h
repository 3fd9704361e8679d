/* SPDX-License-Identifier: BSD-2-Clause */
/* when.h: the time of observations as text: "YYYY-MM-DD HH:MM:SS.ffffff", UTC, as json.h writes it. Pure. */
#ifndef PP_WHEN_H
#define PP_WHEN_H

#include <stddef.h>
#include <stdint.h>

/* Of the years 1970 to 2200, with up to six digits behind the point, or none. *US: since 1970. 0, or -1. */
int pp_when_parse(int64_t *us, const char *text, size_t len);

#endif
