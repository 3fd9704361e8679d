/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * list.h: lists of names as they are published -> names to look up, with whatever else stood in their line. Tranco and
 * Umbrella (rank,domain), Majestic and CitizenLab (a header that names the columns), any other CSV with a header,
 * plain lists of names or URLs, NDJSON with `domain`. Single thread.
 */
#ifndef PP_LIST_H
#define PP_LIST_H

#include "../targets/target.h"
#include "host.h"

struct pp_list; /* opaque: the format, the names of columns */

struct pp_name {
    struct pp_host host;
    const char *original; /* as it stood there, where that is not host.name; else NULL */
    /*
     * The line's other fields as JSON members, without braces and without those that resolving writes: of an NDJSON
     * object byte for byte, of CSV its columns and `rank`. Not NUL-terminated.
     */
    const char *members;
    size_t members_len;
};

/* AUTO: told from the first line that is not blank. NULL: no memory. */
struct pp_list *pp_list_new(enum pp_input_format format);
void pp_list_free(struct pp_list *l);
/*
 * One line, up to PP_LINE_MAX bytes. 1: *OUT is a name, one allocation, the caller's (free). 0: blank, a comment, the
 * header. -1: *WHY, a static text, says why it cannot be used.
 */
int pp_list_line(struct pp_list *l, struct pp_name **out, const char *line, size_t len, const char **why);

/* Lines may be records of CSV (pp_input_csv). */
bool pp_list_csv(const struct pp_list *l);

#endif
