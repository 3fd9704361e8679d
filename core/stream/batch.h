/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * batch.h: a buffer of lines with the length of each, from which pieces of whole lines are taken. Not locked: the
 * caller (writer.c) holds its lock.
 */
#ifndef PP_BATCH_H
#define PP_BATCH_H

#include "../base/buf.h"

struct pp_batch {
    struct pp_buf bytes;
    struct pp_buf lens; /* uint32_t each */
    size_t at, line;    /* bytes and lines taken so far */
};

void pp_batch_init(struct pp_batch *b, size_t max);
void pp_batch_release(struct pp_batch *b);
/* Empties the batch for reuse; frees its memory if it has more than KEEP bytes. */
void pp_batch_clear(struct pp_batch *b, size_t keep);
/* Adds a copy of a line. False: the batch is full, or no memory. */
bool pp_batch_add(struct pp_batch *b, const char *line, size_t len);
static inline bool pp_batch_empty(const struct pp_batch *b)
{
    return b->at == b->bytes.len;
}
/* The length of line I in bytes, counted from the batch's beginning. */
size_t pp_batch_len(const struct pp_batch *b, size_t i);
/*
 * The length in bytes of the next whole lines of at most MAX bytes together, but of at least one; *LINES: their number.
 * The batch must not be empty.
 */
size_t pp_batch_piece(const struct pp_batch *b, size_t max, size_t *lines);

#endif
