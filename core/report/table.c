/* SPDX-License-Identifier: BSD-2-Clause */
/* table.c: adds cells to a table. */
#include "sheet.h"

#include "../base/prose.h"

#include <math.h>
#include <stdarg.h>

void pp_table_init(struct pp_table *t, const char *id, const char *caption, const struct pp_column *column, unsigned n)
{
    *t = (struct pp_table){.id = id, .caption = caption, .column = column, .ncolumns = n};
    pp_buf_init(&t->cells, PP_TABLE_BYTES);
    pp_buf_init(&t->values, PP_TABLE_BYTES);
}

void pp_table_release(struct pp_table *t)
{
    pp_buf_release(&t->cells);
    pp_buf_release(&t->values);
}

static void put(struct pp_table *t, const char *text, size_t len, double value)
{
    t->rows += t->at == 0;
    pp_buf_add(&t->cells, text, strnlen(text, len));
    pp_buf_addc(&t->cells, '\0');
    pp_buf_add(&t->values, &value, sizeof value);
    t->at = (t->at + 1) % (t->ncolumns + (t->opens != NULL));
}

void pp_table_textn(struct pp_table *t, const char *text, size_t len)
{
    put(t, text, len, NAN);
}

/* Adds a formatted cell of any length: details of a row may be long. */
static void format(struct pp_table *t, double value, const char *fmt, va_list ap) PP_PRINTF(3, 0);
static void format(struct pp_table *t, double value, const char *fmt, va_list ap)
{
    char text[1024];
    int n = vsnprintf(text, sizeof text, fmt, ap);

    put(t, text, n < 0 ? 0 : (size_t)n, value);
}

void pp_table_text(struct pp_table *t, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    format(t, NAN, fmt, ap);
    va_end(ap);
}

void pp_table_number(struct pp_table *t, double v, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    format(t, v, fmt, ap);
    va_end(ap);
}

void pp_table_count(struct pp_table *t, uint64_t n)
{
    char text[PP_COUNT_STRLEN];

    pp_table_number(t, (double)n, "%s", pp_count_str(n, text));
}

void pp_table_percent(struct pp_table *t, double share)
{
    double p = 100 * share;

    pp_table_number(t, share, "%.*f %%", p > 0 && p < 0.1 ? 4 : p < 10 ? 2 : 1, p);
}
