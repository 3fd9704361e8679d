/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * html.c: writes a report as one HTML file that loads nothing from the network. All of it can be read without the
 * script, which sorts, pages and filters tables. The Content-Security-Policy permits the embedded style and script, by
 * their hashes, and nothing else.
 */
#include "sheet.h"

#include "../base/prose.h"
#include "asset.h"
#include "config.h"

#include <inttypes.h>
#include <math.h>

static void safe(struct pp_sheet *s, const char *text)
{
    pp_safe_text(s->out, text, strlen(text), true);
}

/* Ends the list of terms, if one is open. */
static void close_facts(struct pp_sheet *s)
{
    if (s->facts)
        pp_buf_adds(s->out, "</dl>\n");
    s->facts = false;
}

static void html_heading(struct pp_sheet *s, const char *id, const char *text)
{
    close_facts(s);
    if (s->sections++)
        pp_buf_adds(s->out, "</section>\n");
    pp_buf_addf(s->out, "<section id=\"%s\" aria-labelledby=\"%s-h\"><h2 id=\"%s-h\">", id, id, id);
    safe(s, text);
    pp_buf_adds(s->out, "</h2>\n");
}

#define UNBROKEN_MAX 32 /* longer ones would be wider than a narrow screen */

/* Writes LEN bytes escaped. A word with hyphens, as an option has, is not broken, nor is a number before its %. */
static void put_words(struct pp_sheet *s, const char *text, size_t len)
{
    for (size_t n; len; text += n, len -= n) {
        const char *blank = memchr(text, ' ', len);
        bool whole;
        if (len > 1 && text[0] == ' ' && text[1] == '%') {
            pp_buf_adds(s->out, "&nbsp;");
            n = 1;
            continue;
        }
        n = blank == text ? 1 : blank ? (size_t)(blank - text) : len;
        whole = n < UNBROKEN_MAX && memchr(text, '-', n) != NULL;
        pp_buf_adds(s->out, whole ? "<span class=\"w\">" : "");
        pp_safe_text(s->out, text, n, true);
        pp_buf_adds(s->out, whole ? "</span>" : "");
    }
}

/* Writes TEXT escaped; text between backquotes becomes <code>. */
static void put_prose(struct pp_sheet *s, const char *text)
{
    bool code = false;

    for (const char *end; *text; text = *end ? end + 1 : end) {
        end = text + strcspn(text, "`");
        put_words(s, text, (size_t)(end - text));
        if (*end)
            pp_buf_adds(s->out, (code = !code) ? "<code>" : "</code>");
    }
    if (code)
        pp_buf_adds(s->out, "</code>");
}

static void paragraph(struct pp_sheet *s, const char *class, const char *text)
{
    close_facts(s);
    pp_buf_addf(s->out, "<p%s>", class);
    put_prose(s, text);
    pp_buf_adds(s->out, "</p>\n");
}

static void html_lead(struct pp_sheet *s, const char *text)
{
    paragraph(s, " class=\"lead\"", text);
}

static void html_prose(struct pp_sheet *s, const char *text)
{
    paragraph(s, "", text);
}

static void html_note(struct pp_sheet *s, const char *text)
{
    paragraph(s, " class=\"note\"", text);
}

static void html_warning(struct pp_sheet *s, const char *text)
{
    paragraph(s, " class=\"warning\" role=\"note\"", text);
}

static void html_fact(struct pp_sheet *s, const char *term, const char *text)
{
    if (!s->facts)
        pp_buf_adds(s->out, "<dl>\n");
    s->facts = true;
    pp_buf_adds(s->out, "<dt>");
    safe(s, term);
    pp_buf_adds(s->out, "</dt><dd>");
    put_prose(s, text);
    pp_buf_adds(s->out, "</dd>\n");
}

/* ---- tables ----------------------------------------------------------------------------------------------------- */

static const char *next(const char *cell)
{
    return cell + strlen(cell) + 1;
}

static const char *class_of(enum pp_column_kind kind)
{
    static const char *const class[] = {
        [PP_COLUMN_TEXT] = "",
        [PP_COLUMN_NAME] = " class=\"name\"",
        [PP_COLUMN_NUMBER] = " class=\"num\"",
    };

    return class[kind];
}

static void put_value(struct pp_sheet *s, double v)
{
    if (isfinite(v))
        pp_buf_addf(s->out, " data-v=\"%.9g\"", v);
}

static void put_details(struct pp_sheet *s, const char *text)
{
    const char *end = strchr(text, '\n');

    if (!*text) {
        pp_buf_adds(s->out, "<td></td>");
        return;
    }
    /* The first line is the summary, which is shown while the row is closed. */
    pp_buf_adds(s->out, "<td><details><summary>");
    pp_safe_text(s->out, text, end ? (size_t)(end - text) : strlen(text), true);
    pp_buf_adds(s->out, "</summary><pre>");
    while (end) {
        const char *line = end + 1;
        end = strchr(line, '\n');
        pp_safe_text(s->out, line, end ? (size_t)(end - line) : strlen(line), true);
        pp_buf_addc(s->out, '\n');
    }
    pp_buf_adds(s->out, "</pre></details></td>");
}

static void put_rows(struct pp_sheet *s, const struct pp_table *t)
{
    const char *cell = t->cells.data, *values = t->values.data;
    double v;

    for (uint64_t r = 0; r < t->rows; r++) {
        pp_buf_adds(s->out, "<tr>");
        for (unsigned c = 0; c < t->ncolumns; c++, cell = next(cell), values += sizeof v) {
            memcpy(&v, values, sizeof v);
            pp_buf_addf(s->out, c ? "<td%s" : "<th scope=\"row\"%s", class_of(t->column[c].kind));
            put_value(s, v);
            pp_buf_adds(s->out, t->column[c].kind == PP_COLUMN_NUMBER ? ">" : "><bdi>");
            safe(s, cell);
            pp_buf_adds(s->out, t->column[c].kind == PP_COLUMN_NUMBER ? "" : "</bdi>");
            pp_buf_adds(s->out, c ? "</td>" : "</th>");
        }
        if (t->opens) {
            put_details(s, cell);
            cell = next(cell);
            values += sizeof v;
        }
        pp_buf_adds(s->out, "</tr>\n");
    }
}

static void html_table(struct pp_sheet *s, const struct pp_table *t)
{
    char text[2][PP_COUNT_STRLEN];

    close_facts(s);
    if (t->cells.failed || t->values.failed) {
        s->out->failed = true;
        return;
    }
    if (!t->rows)
        return;
    if (t->at)
        BUG("table '%s' ends within a row", t->id);
    pp_buf_addf(
        s->out,
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-labelledby=\"%s-c\"><table id=\"%s\"><caption "
        "id=\"%s-c\">",
        t->id, t->id, t->id);
    safe(s, t->caption);
    pp_buf_adds(s->out, "</caption>\n<thead><tr>");
    for (unsigned c = 0; c < t->ncolumns; c++) {
        pp_buf_addf(s->out, "<th scope=\"col\"%s>", class_of(t->column[c].kind));
        safe(s, t->column[c].head);
        pp_buf_adds(s->out, "</th>");
    }
    if (t->opens) {
        pp_buf_adds(s->out, "<th scope=\"col\" class=\"opens\">");
        safe(s, t->opens);
        pp_buf_adds(s->out, "</th>");
    }
    pp_buf_adds(s->out, "</tr></thead>\n<tbody>\n");
    put_rows(s, t);
    pp_buf_adds(s->out, "</tbody></table></div>\n");
    if (t->of > t->rows) {
        pp_buf_addf(s->out, "<p class=\"note\">Showing %s of %s", pp_count_str(t->rows, text[0]),
                    pp_count_str(t->of, text[1]));
        if (t->where) {
            pp_buf_adds(s->out, "; ");
            safe(s, t->where);
        }
        pp_buf_adds(s->out, ".</p>\n");
    }
}

static void html_picture(struct pp_sheet *s, const struct pp_picture *p)
{
    close_facts(s);
    if (!p->n)
        return;
    pp_buf_addf(s->out, "<figure aria-details=\"%s\"><figcaption>", p->table);
    safe(s, p->title);
    pp_buf_adds(s->out, "</figcaption><div class=\"scroll\" tabindex=\"0\">\n");
    pp_svg(s->out, p);
    pp_buf_adds(s->out, "</div></figure>\n");
}

static void html_end(struct pp_sheet *s)
{
    struct pp_asset script = pp_asset_script();

    close_facts(s);
    if (s->sections)
        pp_buf_adds(s->out, "</section>\n");
    pp_buf_adds(
        s->out,
        "</main>\n<footer><p>Made by pathprobe " PP_VERSION ". This file needs no network: it can be kept, "
        "mailed and printed.</p></footer>\n<div id=\"live\" role=\"status\" aria-live=\"polite\"></div>\n<script>");
    pp_buf_add(s->out, script.text, script.len);
    pp_buf_adds(s->out, "</script>\n</body>\n</html>\n");
}

void pp_sheet_html(struct pp_sheet *s, struct pp_buf *out, const char *title)
{
    struct pp_asset style = pp_asset_style(), script = pp_asset_script();

    *s = (struct pp_sheet){
        .out = out,
        .heading = html_heading,
        .lead = html_lead,
        .prose = html_prose,
        .note = html_note,
        .warning = html_warning,
        .fact = html_fact,
        .table = html_table,
        .picture = html_picture,
        .end = html_end,
    };
    pp_buf_addf(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '%s'; script-src '%s'; "
        "base-uri 'none'; form-action 'none'\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
        "<meta name=\"generator\" content=\"pathprobe " PP_VERSION "\">\n<title>",
        style.hash, script.hash);
    safe(s, title);
    pp_buf_adds(out, "</title>\n<style>");
    pp_buf_add(out, style.text, style.len);
    pp_buf_adds(out, "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">To the findings</a>\n");
    pp_svg_patterns(out);
    pp_buf_adds(out, "<header><h1>");
    safe(s, title);
    pp_buf_adds(out, "</h1></header>\n<nav id=\"contents\" aria-label=\"Contents\"></nav>\n<main id=\"main\">\n");
}
