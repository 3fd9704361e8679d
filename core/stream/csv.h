/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * csv.h: CSV (RFC 4180), one record at a time, for lists of targets and of names alike: which column is what, told by a
 * heading or by looks, and all of them as JSON members. Single thread.
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
    const char *p; /* its quotes undone */
    size_t len;
};

struct pp_csv {
    bool names;         /* a list of names: without a heading, the first record's looks say where they stand */
    bool begun, headed;
    struct pp_buf heading, text; /* what the columns below point into */
    struct pp_csv_column title[PP_CSV_COLUMNS_MAX], column[PP_CSV_COLUMNS_MAX];
    unsigned titles, count;
    unsigned at[PP_CSV_ROLES]; /* PP_CSV_COLUMNS_MAX: no column */
};

void pp_csv_init(struct pp_csv *c, bool names);
void pp_csv_release(struct pp_csv *c);
/*
 * RECORD, LEN bytes without its line's end, which may hold lines' ends within quotes. 1: its columns. 0: it was the
 * heading. -1: *WHY, a static text. A heading is the first record if it names a column that has a role, and holds no
 * number and no address. Without one, columns are dip, dp, name, rank; in a list of names rank and name or name and
 * rank, unless the first is an address.
 */
int pp_csv_record(struct pp_csv *c, const char *record, size_t len, const char **why);
/* The column with ROLE in the last record; empty: there is none. */
struct pp_csv_column pp_csv_get(const struct pp_csv *c, enum pp_csv_role role);
/*
 * Its columns as members, without braces, into OUT: those with a role, if not empty, under its key, all others under
 * the heading's word, or as column5 where there is none. None has a key of BUT, NULL-terminated: of a column whose role
 * has such a key the heading's word serves.
 */
void pp_csv_members(const struct pp_csv *c, struct pp_buf *out, const char *const *but);
/* The one word of this line, LEN bytes without white space around, is a heading's. */
bool pp_csv_is_title(const char *line, size_t len);

/*
 * Where a record ends: fed with bytes up to and including a line's end, at its first byte STATE is 0. After a line's
 * end, *STATE says whether it is one within quotes (PP_CSV_QUOTED), or the record is over; a record with text behind a
 * closing quote is over, too, and cannot be used.
 */
enum pp_csv_state { PP_CSV_START, PP_CSV_BARE, PP_CSV_QUOTED, PP_CSV_QUOTE, PP_CSV_BROKEN };
enum pp_csv_state pp_csv_scan(enum pp_csv_state state, const char *bytes, size_t len);

#endif
