/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sort.h: sorts any number of records by the bytes of their keys. Records that do not fit into memory go to compressed
 * files without a name in TMPDIR (temporary.h), and are merged from there. Time grows with n log n; memory is bounded.
 * The result can be read more than once. One thread.
 */
#ifndef PP_SORT_H
#define PP_SORT_H

#include <stddef.h>
#include <stdint.h>

struct pp_sort; /* opaque */

#define PP_SORT_RECORD_MAX (256u << 10) /* bytes of a record */
#define PP_SORT_FILES 64                /* files merged at once; if there are more, they are merged into one first */

struct pp_record_view {
    const uint8_t *key, *data; /* borrowed until the next call */
    uint32_t key_len, data_len;
};

/* MEMORY: bytes of records in memory; FILES: the most files at once; tests use small values. NULL printed. */
struct pp_sort *pp_sort_new(size_t memory, unsigned files);
void pp_sort_free(struct pp_sort *s);
/* Adds a copy of a record. The order of equal keys is not defined. 0, or -1 printed. */
int pp_sort_add(struct pp_sort *s, const void *key, size_t key_len, const void *data, size_t data_len);
/* Ends the adding and goes to the first record; may be called again to reread. 0, or -1 printed. */
int pp_sort_begin(struct pp_sort *s);
/* 1: *R is the next record; 0: there is none; -1 printed. */
int pp_sort_next(struct pp_sort *s, struct pp_record_view *r);
/* The number of records added. */
uint64_t pp_sort_count(const struct pp_sort *s);
/* Compares keys: by bytes, a prefix of another key first. */
int pp_sort_compare(const uint8_t *a, uint32_t a_len, const uint8_t *b, uint32_t b_len);

#endif
