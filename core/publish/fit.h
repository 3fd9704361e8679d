/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fit.h: chooses the members of a run's description that an observatory gets. Its tools read lines of at most 64 KiB
 * (Go's bufio.Scanner), and write all metadata of a file or set as one line. One thread.
 */
#ifndef PP_FIT_H
#define PP_FIT_H

#include "../base/buf.h"
#include "../stream/object.h"

/*
 * Bytes, less a reserve for members that the observatory adds: __data, __created, __modified, __data_size, _sources,
 * _analyzer, and those inherited from the campaign.
 */
#define PP_FIT_MAX (65536 - 8192)

struct pp_fit {
    const struct pp_member *m[PP_OBJECT_MEMBERS];
    size_t len[PP_OBJECT_MEMBERS]; /* length in bytes as the observatory writes it; 0: left out */
    size_t sum;
    unsigned n;
};

/* The most bytes that Go writes for a string: Go escapes more characters than we do. */
size_t pp_fit_len(const char *text, size_t len);
/* Adds M, borrowed, as a string. */
void pp_fit_add(struct pp_fit *f, const struct pp_member *m);
/*
 * Leaves out the longest members until the rest fits beside FIXED bytes; writes their names, with blanks between, to
 * LEFT. False: it does not fit.
 */
bool pp_fit_in(struct pp_fit *f, size_t fixed, struct pp_buf *left);

#endif
