/* SPDX-License-Identifier: BSD-2-Clause */
/* list_csv.h: CSV lines and what their columns are called, for list.c. Internal to the two. */
#ifndef PP_LIST_CSV_H
#define PP_LIST_CSV_H

#include "list.h"

struct pp_column {
    const char *p;
    size_t len;
};

struct pp_csv {
    bool begun, has_header;
    struct pp_buf names; /* the header's text, which the names below point into */
    struct pp_column name[PP_LIST_COLUMNS_MAX];
    unsigned names_count, name_at, rank_at; /* which column has the name, the rank; rank_at PP_LIST_COLUMNS_MAX: none */
    struct pp_buf text; /* of the line at hand */
    struct pp_column column[PP_LIST_COLUMNS_MAX];
    unsigned count;
};

void pp_csv_init(struct pp_csv *c);
void pp_csv_release(struct pp_csv *c);
/* 1: the columns of LINE, the one with the name is *NAME. 0: it was the header. -1: *WHY. */
int pp_csv_line(struct pp_csv *c, const char *line, size_t len, struct pp_column *name, const char **why);
/* The columns of the last line as JSON members, and `rank`, into OUT. */
void pp_csv_members(const struct pp_csv *c, struct pp_buf *out);
/* Keys that resolving writes, NULL-terminated. */
extern const char *const pp_list_own_keys[];

#endif
