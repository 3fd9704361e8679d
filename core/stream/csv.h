/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * csv.h: parses CSV (RFC 4180), one record at a time, for lists of targets and of names: finds the role of each column
 * by a heading or by the content, and writes the columns as JSON members. Single thread.
 */
#ifndef PP_CSV_H
#define PP_CSV_H

#include "../base/addr.h"
#include "../base/buf.h"

#define PP_CSV_COLUMNS_MAX 64

/*
 * The role of a column. Its words in a heading, in upper or lower case, are in csv.c; the first one is its key in JSON.
 */
enum pp_csv_role { PP_CSV_DIP, PP_CSV_DP, PP_CSV_NAME, PP_CSV_RANK, PP_CSV_ROLES };

struct pp_csv_column {
    const char *p; /* without its quotes */
    size_t len;
};

struct pp_csv {
    /* a list of names: without a heading, the content of the first record shows which column has the names */
    bool names;
    bool begun, headed;
    struct pp_buf heading, text; /* memory of the columns below */
    struct pp_csv_column title[PP_CSV_COLUMNS_MAX], column[PP_CSV_COLUMNS_MAX];
    unsigned titles, count;
    unsigned at[PP_CSV_ROLES]; /* PP_CSV_COLUMNS_MAX: no column */
};

void pp_csv_init(struct pp_csv *c, bool names);
void pp_csv_release(struct pp_csv *c);
/*
 * Parses RECORD, LEN bytes without the last line end; line ends within quotes are part of it. 1: C->column has its
 * columns. 0: it was the heading. -1: *WHY, a static text. A heading is the first record if it names a column that has
 * a role, and holds no number and no address. Without one, columns are dip, dp, name, rank; in a list of names rank and
 * name or name and rank, unless the first is an address.
 */
int pp_csv_record(struct pp_csv *c, const char *record, size_t len, const char **why);
/* The column with ROLE in the last record; empty if there is none. */
struct pp_csv_column pp_csv_get(const struct pp_csv *c, enum pp_csv_role role);
/*
 * Writes the last record's columns to OUT as members, without braces: columns with a role, if not empty, under the
 * role's key, all others under the word of the heading, or as column5 without one. No member has a key in BUT
 * (NULL-terminated): a column whose role has such a key is written under the word of the heading.
 */
void pp_csv_members(const struct pp_csv *c, struct pp_buf *out, const char *const *but);
/* True if LINE, LEN bytes without surrounding white space, is one word that is a heading. */
bool pp_csv_is_title(const char *line, size_t len);

/*
 * Finds the end of a record. BYTES: the next bytes, up to and including a line end; STATE: the result of the last call,
 * 0 at the record's first byte. PP_CSV_QUOTED after a line end: it is within quotes; else the record has ended. A
 * record with text after a closing quote ends there, too, and cannot be used.
 */
enum pp_csv_state { PP_CSV_START, PP_CSV_BARE, PP_CSV_QUOTED, PP_CSV_QUOTE, PP_CSV_BROKEN };
enum pp_csv_state pp_csv_scan(enum pp_csv_state state, const char *bytes, size_t len);

#endif
