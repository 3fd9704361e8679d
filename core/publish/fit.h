/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fit.h: which members of a run's description go to an observatory, whose tools read lines of 64 KiB (Go's
 * bufio.Scanner) and write all metadata of a file or set into one. One thread.
 */
#ifndef PP_FIT_H
#define PP_FIT_H

#include "../base/buf.h"
#include "../stream/object.h"

/*
 * Without what the observatory adds: __data, __created, __modified, __data_size, _sources, _analyzer, what a campaign
 * hands down.
 */
#define PP_FIT_MAX (65536 - 8192)

struct pp_fit {
    const struct pp_member *m[PP_OBJECT_MEMBERS];
    size_t len[PP_OBJECT_MEMBERS]; /* as served; 0: left out */
    size_t sum;
    unsigned n;
};

/* The most bytes that Go writes for JSON text: it escapes more characters than we do. */
size_t pp_fit_len(const char *text, size_t len);
/* M, borrowed, as a string. */
void pp_fit_add(struct pp_fit *f, const struct pp_member *m);
/* Leaves out the longest until the rest fits beside FIXED bytes; their names, with blanks between, into LEFT. */
bool pp_fit_in(struct pp_fit *f, size_t fixed, struct pp_buf *left);

#endif
