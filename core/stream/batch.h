/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * batch.h: lines behind each other that know where each of them ends, taken off in pieces of whole lines. No lock of
 * its own: writer.c's.
 */
#ifndef PP_BATCH_H
#define PP_BATCH_H

#include "../base/buf.h"

struct pp_batch {
    struct pp_buf bytes;
    struct pp_buf lens; /* uint32_t each */
    size_t at, line;    /* taken off so far */
};

void pp_batch_init(struct pp_batch *b, size_t max);
void pp_batch_release(struct pp_batch *b);
/* For reuse. More memory than KEEP is given back. */
void pp_batch_clear(struct pp_batch *b, size_t keep);
/* False: full, or no memory. */
bool pp_batch_add(struct pp_batch *b, const char *line, size_t len);
static inline bool pp_batch_empty(const struct pp_batch *b)
{
    return b->at == b->bytes.len;
}
/* Of line I, counted from the batch's beginning. */
size_t pp_batch_len(const struct pp_batch *b, size_t i);
/* The next whole lines of at most MAX bytes together, but at least one; not of an empty batch. Returns their bytes. */
size_t pp_batch_piece(const struct pp_batch *b, size_t max, size_t *lines);

#endif
