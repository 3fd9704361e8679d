/* SPDX-License-Identifier: BSD-2-Clause */
/* values.c: converts members of a JSON line to names and numbers. */
#include "values.h"

#include "../base/banned.h"

#include <math.h>

bool pp_value_word(const struct pp_member *m, struct pp_text_view *out)
{
    const char *text;
    size_t len;

    if (!pp_member_plain(m, &text, &len) || len == 0 || len >= PP_MERGE_WORD)
        return false;
    for (size_t i = 0; i < len; i++)
        if (text[i] < '!' || text[i] > '~')
            return false;
    *out = (struct pp_text_view){text, (uint32_t)len};
    return true;
}

double pp_value_number(const char *value, size_t len)
{
    char text[64], *end;
    double v;

    if (len == 0 || len >= sizeof text || (*value != '-' && (*value < '0' || *value > '9')))
        return NAN;
    memcpy(text, value, len);
    text[len] = '\0';
    v = strtod(text, &end);
    return *end ? NAN : v;
}

bool pp_value_uint(const char *value, size_t len, uint32_t max, uint32_t *out)
{
    double v = pp_value_number(value, len);

    if (!(v >= 0 && v <= max))
        return false;
    *out = (uint32_t)v;
    return *out == v;
}

bool pp_value_pair(const struct pp_member *m, uint32_t *ok, uint32_t *n)
{
    const char *at = m->value, *end = m->value + m->value_len, *v;
    size_t len;

    if (*at != '[' || !pp_array_next(&at, end, &v, &len) || !pp_value_uint(v, len, UINT32_MAX, ok))
        return false;
    return pp_array_next(&at, end, &v, &len) && pp_value_uint(v, len, UINT32_MAX, n) && *ok <= *n;
}
