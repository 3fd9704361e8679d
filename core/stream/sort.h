/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sort.h: records by the bytes of their keys, however many: what memory does not hold goes to files without a name in
 * TMPDIR (temporary.h), compressed, and is merged from there. Time grows with n log n, memory does not grow. What comes
 * out can be read more than once. One thread.
 */
#ifndef PP_SORT_H
#define PP_SORT_H

#include <stddef.h>
#include <stdint.h>

struct pp_sort; /* opaque */

#define PP_SORT_RECORD_MAX (256u << 10) /* bytes of a record */
#define PP_SORT_FILES 64                /* read at once; more are merged into one before */

struct pp_record_view {
    const uint8_t *key, *data; /* borrowed until the next call */
    uint32_t key_len, data_len;
};

/* MEMORY bytes of records and FILES at once; tests take small ones. NULL printed. */
struct pp_sort *pp_sort_new(size_t memory, unsigned files);
void pp_sort_free(struct pp_sort *s);
/* Takes a copy. Of equal keys, which comes first is not told. 0, or -1 printed. */
int pp_sort_add(struct pp_sort *s, const void *key, size_t key_len, const void *data, size_t data_len);
/* No record comes any more; or, later: from the first one again. 0, or -1 printed. */
int pp_sort_begin(struct pp_sort *s);
/* 1: *R is the next; 0: there is none; -1 printed. */
int pp_sort_next(struct pp_sort *s, struct pp_record_view *r);
/* How many were added. */
uint64_t pp_sort_count(const struct pp_sort *s);
/* Keys as they are ordered: by bytes, and of two that begin alike the shorter first. */
int pp_sort_compare(const uint8_t *a, uint32_t a_len, const uint8_t *b, uint32_t b_len);

#endif
