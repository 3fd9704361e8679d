/* SPDX-License-Identifier: BSD-2-Clause */
/* text.c: writes a report for a terminal. */
#include "sheet.h"

#include "../base/prose.h"

#define LEFT 12  /* columns for a term of a list */
#define LEAST 20 /* columns that a column of text keeps when a table is too wide */

static void prose_at(struct pp_sheet *s, const char *text, size_t at, size_t left)
{
    struct pp_buf safe;

    pp_buf_init(&safe, 1u << 20);
    pp_safe_text(&safe, text, strlen(text), false);
    if (!safe.failed)
        pp_prose(s->out, safe.data, safe.len, at, left);
    pp_buf_release(&safe);
}

static void text_heading(struct pp_sheet *s, const char *id, const char *text)
{
    (void)id;
    pp_buf_addc(s->out, '\n');
    for (const char *c = text; *c; c++)
        pp_buf_addc(s->out, *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c);
    pp_buf_addc(s->out, '\n');
}

static void text_prose(struct pp_sheet *s, const char *text)
{
    prose_at(s, text, 0, 0);
}

static void text_warning(struct pp_sheet *s, const char *text)
{
    pp_buf_adds(s->out, "! ");
    prose_at(s, text, 2, 2);
}

static void text_fact(struct pp_sheet *s, const char *term, const char *text)
{
    size_t used = 2 + pp_safe_width(term);

    pp_buf_adds(s->out, "  ");
    pp_safe_text(s->out, term, strlen(term), false);
    if (used + 1 > LEFT) {
        pp_buf_addc(s->out, '\n');
        used = 0;
    }
    pp_buf_addf(s->out, "%*s", (int)(LEFT - used), "");
    prose_at(s, text, LEFT, LEFT);
}

/* ---- tables ----------------------------------------------------------------------------------------------------- */

struct shape {
    size_t width[PP_TABLE_COLUMNS], total;
    bool folded; /* the first cell has a line of its own */
};

static const char *next(const char *cell)
{
    return cell + strlen(cell) + 1;
}

static struct shape measure(const struct pp_table *t)
{
    struct shape w = {.total = 0};
    const char *cell = t->cells.data;

    for (unsigned c = 0; c < t->ncolumns; c++)
        w.width[c] = strlen(t->column[c].head);
    for (uint64_t r = 0; r < t->rows; r++) {
        for (unsigned c = 0; c < t->ncolumns; c++, cell = next(cell)) {
            size_t n = t->column[c].wide ? 0 : pp_safe_width(cell);
            w.width[c] = n > w.width[c] ? n : w.width[c];
        }
        if (t->opens)
            cell = next(cell);
    }
    for (unsigned c = 0; c < t->ncolumns; c++)
        w.total += t->column[c].wide ? 0 : w.width[c] + 2;
    /* A column of text gives what the others need. */
    for (unsigned c = 1; c < t->ncolumns && w.total > PP_COLUMNS + 2; c++) {
        size_t over = w.total - (PP_COLUMNS + 2),
               least = strlen(t->column[c].head) > LEAST ? strlen(t->column[c].head) : LEAST;
        if (t->column[c].wide || t->column[c].kind != PP_COLUMN_TEXT || w.width[c] <= least)
            continue;
        over = w.width[c] - over < least || over > w.width[c] ? w.width[c] - least : over;
        w.width[c] -= over;
        w.total -= over;
    }
    w.folded = w.total > PP_COLUMNS + 2;
    return w;
}

/* Its beginning, and "..." where it is longer than WIDTH. */
static void put_within(struct pp_sheet *s, const char *text, size_t width)
{
    size_t len = strlen(text);
    bool cut = pp_safe_width(text) > width && width > 3;
    char part[1024];

    while (cut && len) {
        for (len--; len && ((uint8_t)text[len] & 0xc0) == 0x80; len--)
            ;
        snprintf(part, sizeof part, "%.*s", (int)len, text);
        if (pp_safe_width(part) <= width - 3)
            break;
    }
    pp_safe_text(s->out, text, len, false);
    pp_buf_adds(s->out, cut ? "..." : "");
}

static void put_cell(struct pp_sheet *s, const struct pp_table *t, const struct shape *w, unsigned c, const char *text)
{
    size_t n = pp_safe_width(text), pad = w->width[c] > n ? w->width[c] - n : 0;
    bool right = t->column[c].kind == PP_COLUMN_NUMBER;

    if (t->column[c].wide)
        return;
    if (right)
        pp_buf_addf(s->out, "%*s", (int)pad, "");
    put_within(s, text, w->width[c]);
    if (c == 0 && w->folded) {
        pp_buf_adds(s->out, "\n    ");
        return;
    }
    if (!right && c + 1 < t->ncolumns)
        pp_buf_addf(s->out, "%*s", (int)pad, "");
    pp_buf_adds(s->out, "  ");
}

static void end_row(struct pp_sheet *s)
{
    while (s->out->len && s->out->data[s->out->len - 1] == ' ')
        s->out->len--;
    pp_buf_addc(s->out, '\n');
}

static void text_table(struct pp_sheet *s, const struct pp_table *t)
{
    struct shape w = measure(t);
    const char *cell = t->cells.data;
    char text[2][PP_COUNT_STRLEN];

    if (t->cells.failed || t->values.failed) {
        s->out->failed = true;
        return;
    }
    if (!t->rows)
        return;
    if (t->at)
        BUG("table '%s' ends within a row", t->id);
    pp_buf_addc(s->out, '\n');
    prose_at(s, t->caption, 0, 0);
    for (unsigned c = 0; c < t->ncolumns; c++)
        put_cell(s, t, &w, c, t->column[c].head);
    end_row(s);
    for (uint64_t r = 0; r < t->rows; r++) {
        for (unsigned c = 0; c < t->ncolumns; c++, cell = next(cell))
            put_cell(s, t, &w, c, cell);
        if (t->opens)
            cell = next(cell);
        end_row(s);
    }
    if (t->of > t->rows)
        pp_buf_addf(s->out, "(%s of %s%s%s)\n", pp_count_str(t->rows, text[0]), pp_count_str(t->of, text[1]),
                    t->where ? "; " : "", t->where ? t->where : "");
}

static void text_picture(struct pp_sheet *s, const struct pp_picture *p)
{
    (void)s;
    (void)p;
}

static void text_verbatim(struct pp_sheet *s, const char *text, size_t len)
{
    for (const char *end; len; len -= (size_t)(end - text), text = end) {
        end = memchr(text, '\n', len);
        end = end ? end + 1 : text + len;
        pp_safe_text(s->out, text, (size_t)(end - text) - (end[-1] == '\n'), false);
        pp_buf_addc(s->out, '\n');
    }
}

static void text_end(struct pp_sheet *s)
{
    (void)s;
}

void pp_sheet_text(struct pp_sheet *s, struct pp_buf *out, const char *title)
{
    *s = (struct pp_sheet){
        .out = out,
        .heading = text_heading,
        .lead = text_prose,
        .prose = text_prose,
        .note = text_prose,
        .warning = text_warning,
        .fact = text_fact,
        .table = text_table,
        .picture = text_picture,
        .verbatim = text_verbatim,
        .end = text_end,
    };
    prose_at(s, title, 0, 0);
}
