/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sheet.h: the elements of a report, independent of its output (browser or terminal): headings, paragraphs, tables, and
 * pictures of the tables' figures. Cells hold text as it was read; all text is escaped when it is drawn, and only
 * there. One thread.
 */
#ifndef PP_SHEET_H
#define PP_SHEET_H

#include "../base/buf.h"

#define PP_TABLE_COLUMNS 14
#define PP_TABLE_BYTES (16u << 20)

enum pp_column_kind {
    PP_COLUMN_TEXT,
    PP_COLUMN_NAME,   /* a word of the program's vocabulary or an address: fixed width */
    PP_COLUMN_NUMBER, /* aligned to the right */
};

struct pp_column {
    const char *head;
    enum pp_column_kind kind;
    bool wide; /* shown in a browser only: a terminal of 80 columns has no room for it */
};

/* Cells are added row by row, in each row as many as there are columns. */
struct pp_table {
    const char *id, *caption;
    const struct pp_column *column;
    unsigned ncolumns;
    const char *opens;    /* the heading of the details that a row can open; NULL: rows have none */
    uint64_t of;          /* rows in total if the table shows only some of them; else 0 */
    const char *where;    /* where the other rows can be found */
    struct pp_buf cells;  /* texts, each with its NUL; after the cells of a row its details, if rows have any */
    struct pp_buf values; /* a double each, for sorting; NaN: the text's order */
    uint64_t rows;        /* rows begun so far */
    unsigned at;          /* cells of the last row so far */
};

void pp_table_init(struct pp_table *t, const char *id, const char *caption, const struct pp_column *column, unsigned n);
void pp_table_release(struct pp_table *t);
void pp_table_text(struct pp_table *t, const char *fmt, ...) PP_PRINTF(2, 3);
/* Adds a cell with TEXT, any LEN bytes but NUL. */
void pp_table_textn(struct pp_table *t, const char *text, size_t len);
void pp_table_count(struct pp_table *t, uint64_t n);
/* Adds a cell with a formatted text, which is sorted by V. */
void pp_table_number(struct pp_table *t, double v, const char *fmt, ...) PP_PRINTF(3, 4);
/* Adds a cell such as "2.06 %". */
void pp_table_percent(struct pp_table *t, double share);

enum pp_picture_kind {
    PP_PICTURE_DOTS,   /* a share with its interval for each mark; v2: the share by round 1 alone; below 0: none */
    PP_PICTURE_STACK,  /* bars of shares: marks with the same y form one bar */
    PP_PICTURE_HEAT,   /* nx by ny cells */
    PP_PICTURE_LADDER, /* the interval of hops from low to high on a path of v2 hops; high 0: no end is known */
    PP_PICTURE_TIME,   /* a share with its interval at v2, in seconds since 1970; y: the series */
};

struct pp_mark {
    char label[96], text[32];
    double v, low, high, v2;
    unsigned x, y;
    unsigned style; /* 0 to 7: works, broken, transient, offline, unstable, and others */
};

struct pp_picture {
    enum pp_picture_kind kind;
    const char *id, *title, *what; /* what: a text alternative */
    const char *table;             /* id of the table with the picture's figures */
    const struct pp_mark *mark;
    unsigned n, nx, ny;
    const char *const *name; /* of series or rows; HEAT: of columns, then of rows */
};

struct pp_sheet {
    struct pp_buf *out;
    void (*heading)(struct pp_sheet *s, const char *id, const char *text);
    void (*lead)(struct pp_sheet *s, const char *text); /* the first paragraph */
    void (*prose)(struct pp_sheet *s, const char *text);
    void (*note)(struct pp_sheet *s, const char *text); /* an explanation of the table or picture before it */
    void (*warning)(struct pp_sheet *s, const char *text);
    void (*fact)(struct pp_sheet *s, const char *term, const char *text); /* a line of a list of terms */
    void (*table)(struct pp_sheet *s, const struct pp_table *t);
    void (*picture)(struct pp_sheet *s, const struct pp_picture *p);
    void (*verbatim)(struct pp_sheet *s, const char *text, size_t len); /* lines of terminal output; NULL: not shown */
    void (*end)(struct pp_sheet *s);
    bool facts; /* a list of terms is open */
    unsigned sections;
};

/* Begins an HTML page; TITLE is text from outside, and escaped. */
void pp_sheet_html(struct pp_sheet *s, struct pp_buf *out, const char *title);
/* Begins a text of 80 columns. */
void pp_sheet_text(struct pp_sheet *s, struct pp_buf *out, const char *title);
/* Appends the picture as SVG. */
void pp_svg(struct pp_buf *out, const struct pp_picture *p);
/* Appends the hatching patterns, which all pictures of a page share. */
void pp_svg_patterns(struct pp_buf *out);

/*
 * Appends LEN bytes of text from outside: control characters, characters that change the direction of writing, and
 * bytes that are not UTF-8 appear as \u{202e} or \xff. HTML: <, >, &, " and ' are escaped as well.
 */
void pp_safe_text(struct pp_buf *out, const char *text, size_t len, bool html);
/* The approximate width of TEXT on a terminal, in columns. */
size_t pp_safe_width(const char *text);

#endif
