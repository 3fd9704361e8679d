/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * buf.h: a growing byte buffer with a maximum that is set at init. An append that would exceed the maximum, or that
 * finds no memory, changes nothing and sets `failed`, which stays set: check it once at the end. Single thread.
 */
#ifndef PP_BUF_H
#define PP_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

struct pp_buf {
    char *data;
    size_t len, cap, max;
    bool failed;
};

/* MAX: bytes. Allocates nothing. */
void pp_buf_init(struct pp_buf *b, size_t max);
/* Frees the memory; the buffer can be used again, with the same maximum. */
void pp_buf_release(struct pp_buf *b);
/* Clears the content and `failed`, keeps the memory. */
void pp_buf_reset(struct pp_buf *b);
/* Returns room for N more bytes behind len; NULL (and `failed` is set) if there is none. The caller then raises len. */
char *pp_buf_reserve(struct pp_buf *b, size_t n);
void pp_buf_add(struct pp_buf *b, const void *bytes, size_t n);
void pp_buf_addc(struct pp_buf *b, char c);
void pp_buf_adds(struct pp_buf *b, const char *text);
/* Appends the rest of F. False: a read error. */
bool pp_buf_read(struct pp_buf *b, FILE *f);
void pp_buf_addf(struct pp_buf *b, const char *fmt, ...) PP_PRINTF(2, 3);

#endif
