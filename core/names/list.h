/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * list.h: reads names to look up, with the other fields of their lines, from published lists: Tranco and Umbrella
 * (rank,domain), Majestic and CitizenLab (a header that names the columns), any other CSV with a header, plain lists of
 * names or URLs, NDJSON with `domain`. Single thread.
 */
#ifndef PP_LIST_H
#define PP_LIST_H

#include "../targets/target.h"
#include "host.h"

struct pp_list; /* opaque: the format, the names of columns */

struct pp_name {
    struct pp_host host;
    const char *original; /* the name as in the list, if it differs from host.name; else NULL */
    /*
     * The line's other fields as JSON members, without braces and without members that resolving writes: byte for byte
     * from an NDJSON object, from CSV the columns and `rank`. Not NUL-terminated.
     */
    const char *members;
    size_t members_len;
};

/* AUTO: guessed from the first line that is not blank. NULL: no memory. */
struct pp_list *pp_list_new(enum pp_input_format format);
void pp_list_free(struct pp_list *l);
/*
 * Parses one line, up to PP_LINE_MAX bytes. 1: *OUT is a name, one allocation, the caller's (free). 0: blank, a
 * comment, the header. -1: the line cannot be used; *WHY is a static text.
 */
int pp_list_line(struct pp_list *l, struct pp_name **out, const char *line, size_t len, const char **why);

/* True if lines may be records of CSV (pp_input_csv). */
bool pp_list_csv(const struct pp_list *l);

#endif
