/* SPDX-License-Identifier: BSD-2-Clause */
/* values.h: values of a JSON line as they stand there, found valid by object.h. Pure. */
#ifndef PP_VALUES_H
#define PP_VALUES_H

#include "../stream/object.h"

#define PP_MERGE_WORD 96 /* bytes of the name of an experiment, a connect mode, an arm, its condition: plain ASCII */

/* Borrowed. */
struct pp_text_view {
    const char *p;
    uint32_t len;
};

/* What the program itself named: a string without escapes, of printable ASCII, under PP_MERGE_WORD bytes. */
bool pp_value_word(const struct pp_member *m, struct pp_text_view *out);
/* NAN: no number. */
double pp_value_number(const char *value, size_t len);
/* A whole one from 0 to MAX. */
bool pp_value_uint(const char *value, size_t len, uint32_t max, uint32_t *out);
/* [OK, N], OK at most N. */
bool pp_value_pair(const struct pp_member *m, uint32_t *ok, uint32_t *n);

#endif
