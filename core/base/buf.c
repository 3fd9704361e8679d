/* SPDX-License-Identifier: BSD-2-Clause */
/* buf.c: a growing byte buffer with a maximum. */
#include "buf.h"

#include <stdarg.h>

#define FIRST_CAP 256
#define READ_PIECE 65536

void pp_buf_init(struct pp_buf *b, size_t max)
{
    *b = (struct pp_buf){.max = max};
}

void pp_buf_release(struct pp_buf *b)
{
    free(b->data);
    *b = (struct pp_buf){.max = b->max};
}

void pp_buf_reset(struct pp_buf *b)
{
    b->len = 0;
    b->failed = false;
}

/* Allocates one byte more than cap, so that formatted text that fills the buffer has room for its NUL. */
static bool grow(struct pp_buf *b, size_t need)
{
    size_t cap = b->cap < b->max / 2 ? b->cap * 2 : b->max;
    char *data;

    if (cap < FIRST_CAP)
        cap = b->max < FIRST_CAP ? b->max : FIRST_CAP;
    if (cap < need)
        cap = need;
    if (cap == SIZE_MAX)
        return false;
    data = realloc(b->data, cap + 1);
    if (!data)
        return false;
    b->data = data;
    b->cap = cap;
    return true;
}

char *pp_buf_reserve(struct pp_buf *b, size_t n)
{
    /* Appends nothing after a failure, so that a failed buffer's content is a prefix of the intended content. */
    if (b->failed)
        return NULL;
    if (n > b->max - b->len || ((!b->data || n > b->cap - b->len) && !grow(b, b->len + n))) {
        b->failed = true;
        return NULL;
    }
    return b->data + b->len;
}

void pp_buf_add(struct pp_buf *b, const void *bytes, size_t n)
{
    char *p = n ? pp_buf_reserve(b, n) : NULL;

    if (!p)
        return;
    memcpy(p, bytes, n);
    b->len += n;
}

void pp_buf_addc(struct pp_buf *b, char c)
{
    char *p = pp_buf_reserve(b, 1);

    if (!p)
        return;
    *p = c;
    b->len++;
}

void pp_buf_adds(struct pp_buf *b, const char *text)
{
    pp_buf_add(b, text, strlen(text));
}

bool pp_buf_read(struct pp_buf *b, FILE *f)
{
    char *room;
    size_t n;

    while ((room = pp_buf_reserve(b, READ_PIECE)) && (n = fread(room, 1, READ_PIECE, f)) > 0)
        b->len += n;
    return !ferror(f);
}

void pp_buf_addf(struct pp_buf *b, const char *fmt, ...)
{
    va_list ap, again;
    char *p;
    int n;

    va_start(ap, fmt);
    va_copy(again, ap);
    p = pp_buf_reserve(b, 0);
    if (!p)
        goto out;
    n = vsnprintf(p, b->cap - b->len + 1, fmt, ap);
    if (n < 0) {
        b->failed = true;
        goto out;
    }
    if ((size_t)n > b->cap - b->len) {
        p = pp_buf_reserve(b, (size_t)n);
        if (!p)
            goto out;
        vsnprintf(p, (size_t)n + 1, fmt, again);
    }
    b->len += (size_t)n;
out:
    va_end(again);
    va_end(ap);
}
