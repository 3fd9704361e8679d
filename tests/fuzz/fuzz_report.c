/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_report.c: any lines as observations, and those after an empty line as the metadata of their run. A report of
 * them is made as HTML and as text. The page must have no elements but our own, and no control characters.
 */
#include "../../core/report/csv.h"
#include "../../core/report/page.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_page(const struct pp_buf *page)
{
    static const char *const never[] = {"<img", "<iframe", "\xe2\x80\xae", NULL};
    unsigned scripts = 0;

    for (size_t i = 0; i < page->len; i++) {
        if ((uint8_t)page->data[i] < 0x20 && page->data[i] != '\n')
            BUG("control character %d", page->data[i]);
        scripts += page->len - i > 7 && memcmp(page->data + i, "<script", 7) == 0;
    }
    if (scripts != 1)
        BUG("%u scripts", scripts);
    for (const char *const *n = never; *n; n++)
        if (memmem(page->data, page->len, *n, strlen(*n)))
            BUG("'%s' on the page", *n);
}

static void show(const struct pp_report *f, bool html)
{
    struct pp_sheet sheet;
    struct pp_page g = {.report = f, .sheet = &sheet, .fdr = 0.01, .rows = 50};
    struct pp_buf out;

    pp_buf_init(&out, 32u << 20);
    if (html)
        pp_sheet_html(&sheet, &out, "title");
    else
        pp_sheet_text(&sheet, &out, "title");
    pp_page_make(&g);
    if (html && !out.failed)
        check_page(&out);
    pp_buf_release(&out);
}

/* Reads lines up to an empty one; returns the byte after that. */
static const char *lines(struct pp_report *f, struct pp_reading *r, const char *at, const char *end)
{
    struct pp_buf csv;
    const char *why;

    pp_buf_init(&csv, 32u << 20);
    while (at < end && *at != '\n') {
        const char *newline = memchr(at, '\n', (size_t)(end - at)), *stop = newline ? newline : end;
        if (pp_reading_line(r, at, (size_t)(stop - at), &why) == 0) {
            pp_report_line(f, r);
            pp_csv_line(&csv, PP_CSV_TARGETS, r);
            pp_csv_line(&csv, PP_CSV_LOCATED, r);
        }
        at = newline ? newline + 1 : end;
    }
    pp_csv_conditions(&csv, f);
    pp_buf_release(&csv);
    return at < end ? at + 1 : end;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *begin = (const char *)data, *end = begin + size, *behind = memmem(data, size, "\n\n", 2);
    struct pp_report *f = calloc(1, sizeof *f);
    struct pp_reading *r = calloc(1, sizeof *r);
    json_t *meta = behind ? json_loadb(behind + 2, (size_t)(end - behind - 2), 0, NULL) : NULL;

    pp_quiet = 1;
    if (!f || !r || pp_report_open(f) < 0)
        abort();
    if (json_is_object(meta))
        pp_report_meta(f, meta);
    lines(f, r, begin, behind ? behind + 1 : end);
    show(f, true);
    show(f, false);
    pp_report_close(f);
    json_decref(meta);
    free(f);
    free(r);
    return 0;
}
