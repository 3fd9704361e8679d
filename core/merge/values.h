/* SPDX-License-Identifier: BSD-2-Clause */
/* values.h: converts values of a JSON line, which object.h has found valid. Pure functions. */
#ifndef PP_VALUES_H
#define PP_VALUES_H

#include "../stream/object.h"

#define PP_MERGE_WORD 96 /* bytes of the name of an experiment, a connect mode, an arm, its condition: plain ASCII */

/* Borrowed. */
struct pp_text_view {
    const char *p;
    uint32_t len;
};

/*
 * A name of the program's own vocabulary: printable ASCII without escapes, under PP_MERGE_WORD bytes. False: M is none.
 */
bool pp_value_word(const struct pp_member *m, struct pp_text_view *out);
/* The number VALUE; NAN: it is no number. */
double pp_value_number(const char *value, size_t len);
/* An integer from 0 to MAX. False: VALUE is none. */
bool pp_value_uint(const char *value, size_t len, uint32_t max, uint32_t *out);
/* Reads [OK, N], OK at most N. False: M is none. */
bool pp_value_pair(const struct pp_member *m, uint32_t *ok, uint32_t *n);

#endif
