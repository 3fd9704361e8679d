/* SPDX-License-Identifier: BSD-2-Clause */
/* batch.c: a buffer of lines with the length of each. */
#include "batch.h"

void pp_batch_init(struct pp_batch *b, size_t max)
{
    *b = (struct pp_batch){.at = 0};
    pp_buf_init(&b->bytes, max);
    pp_buf_init(&b->lens, max);
}

void pp_batch_release(struct pp_batch *b)
{
    pp_buf_release(&b->bytes);
    pp_buf_release(&b->lens);
}

void pp_batch_clear(struct pp_batch *b, size_t keep)
{
    if (b->bytes.cap > keep)
        pp_batch_release(b);
    pp_buf_reset(&b->bytes);
    pp_buf_reset(&b->lens);
    b->at = b->line = 0;
}

bool pp_batch_add(struct pp_batch *b, const char *line, size_t len)
{
    uint32_t n = (uint32_t)len;

    if (!pp_buf_reserve(&b->lens, sizeof n))
        return false;
    pp_buf_add(&b->bytes, line, len);
    if (b->bytes.failed)
        return false;
    pp_buf_add(&b->lens, &n, sizeof n);
    return true;
}

size_t pp_batch_len(const struct pp_batch *b, size_t i)
{
    uint32_t n;

    memcpy(&n, b->lens.data + i * sizeof n, sizeof n);
    return n;
}

size_t pp_batch_piece(const struct pp_batch *b, size_t max, size_t *lines)
{
    size_t count = b->lens.len / sizeof(uint32_t), bytes = pp_batch_len(b, b->line), n = 1;

    while (b->line + n < count && bytes + pp_batch_len(b, b->line + n) <= max)
        bytes += pp_batch_len(b, b->line + n++);
    *lines = n;
    return bytes;
}
