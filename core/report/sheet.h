/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sheet.h: what a report says, before it is known whether for a browser or for a terminal: headings, paragraphs,
 * tables, and pictures of what stands in the tables. Cells hold text as it came; it is escaped when it is drawn, all of
 * it and there alone. One thread.
 */
#ifndef PP_SHEET_H
#define PP_SHEET_H

#include "../base/buf.h"

#define PP_TABLE_COLUMNS 14
#define PP_TABLE_BYTES (16u << 20)

enum pp_column_kind {
    PP_COLUMN_TEXT,
    PP_COLUMN_NAME,   /* of the program's vocabulary or an address: fixed width */
    PP_COLUMN_NUMBER, /* to the right */
};

struct pp_column {
    const char *head;
    enum pp_column_kind kind;
    bool wide; /* for a browser alone: a terminal of 80 columns has no room for it */
};

/* Cells go in row by row, as many a row as there are columns. */
struct pp_table {
    const char *id, *caption;
    const struct pp_column *column;
    unsigned ncolumns;
    const char *opens;    /* the heading of what a row opens; NULL: rows open nothing */
    uint64_t of;          /* rows that there are, more than there are here; 0: these */
    const char *where;    /* to find the others */
    struct pp_buf cells;  /* texts, each with its NUL; behind those of a row the one that it opens, if any does */
    struct pp_buf values; /* a double each, for sorting; NaN: the text's order */
    uint64_t rows;        /* begun */
    unsigned at;          /* cells of the row under way */
};

void pp_table_init(struct pp_table *t, const char *id, const char *caption, const struct pp_column *column, unsigned n);
void pp_table_release(struct pp_table *t);
void pp_table_text(struct pp_table *t, const char *fmt, ...) PP_PRINTF(2, 3);
/* TEXT of LEN bytes, whatever they are but NUL. */
void pp_table_textn(struct pp_table *t, const char *text, size_t len);
void pp_table_count(struct pp_table *t, uint64_t n);
/* The text, in the order of V. */
void pp_table_number(struct pp_table *t, double v, const char *fmt, ...) PP_PRINTF(3, 4);
/* "2.06 %" */
void pp_table_percent(struct pp_table *t, double share);

enum pp_picture_kind {
    PP_PICTURE_DOTS,   /* a share with its interval for each mark; v2: by one trial, below 0: none */
    PP_PICTURE_STACK,  /* bars of shares: marks of one y stand in one bar */
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
    const char *id, *title, *what; /* what: a sentence for those who cannot see it */
    const char *table;             /* id of the table that has its figures */
    const struct pp_mark *mark;
    unsigned n, nx, ny;
    const char *const *name; /* of series or rows; HEAT: of columns, then of rows */
};

struct pp_sheet {
    struct pp_buf *out;
    void (*heading)(struct pp_sheet *s, const char *id, const char *text);
    void (*lead)(struct pp_sheet *s, const char *text); /* the first paragraph */
    void (*prose)(struct pp_sheet *s, const char *text);
    void (*note)(struct pp_sheet *s, const char *text); /* what explains the table or picture before it */
    void (*warning)(struct pp_sheet *s, const char *text);
    void (*fact)(struct pp_sheet *s, const char *term, const char *text); /* a line of a list of terms */
    void (*table)(struct pp_sheet *s, const struct pp_table *t);
    void (*picture)(struct pp_sheet *s, const struct pp_picture *p);
    void (*verbatim)(struct pp_sheet *s, const char *text, size_t len); /* lines for a terminal; NULL: not here */
    void (*end)(struct pp_sheet *s);
    bool facts; /* a list of terms is open */
    unsigned sections;
};

/* A page of HTML with its head; TITLE is of the user's choice. */
void pp_sheet_html(struct pp_sheet *s, struct pp_buf *out, const char *title);
/* Lines of 80 columns. */
void pp_sheet_text(struct pp_sheet *s, struct pp_buf *out, const char *title);
/* The picture as SVG. */
void pp_svg(struct pp_buf *out, const struct pp_picture *p);
/* What all pictures share: hatching. */
void pp_svg_patterns(struct pp_buf *out);

/*
 * Text of strangers, LEN bytes: control characters, marks that change the direction of writing, and what is not UTF-8
 * are shown as \u{202e} or \xff; <, >, &, " and ' as HTML has it, if it is HTML.
 */
void pp_safe_text(struct pp_buf *out, const char *text, size_t len, bool html);
/* Columns on a terminal, about. */
size_t pp_safe_width(const char *text);

#endif
