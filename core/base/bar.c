/* SPDX-License-Identifier: BSD-2-Clause */
/* bar.c: draws "NAME  [#####     ]  45 %  1.2 MB/s", each time over the line before. */
#include "bar.h"

#include "error.h"
#include "status_line.h"
#include "when.h"

#define EVERY_NS 200000000
#define FIXED 34 /* columns apart from name and bar */
#define WIDTH_MIN 10
#define WIDTH_MAX 50

struct pp_bar {
    char name[256]; /* control characters escaped */
    int64_t started, shown;
    bool bytes;
};

struct pp_bar *pp_bar_new(const char *name, bool bytes)
{
    struct pp_bar *b = pp_status_line_wanted() ? calloc(1, sizeof *b) : NULL;

    if (!b)
        return NULL;
    pp_escape(b->name, sizeof b->name, name, strlen(name));
    b->started = pp_clock(CLOCK_MONOTONIC);
    b->bytes = bytes;
    pp_status_line_open();
    return b;
}

void pp_bar_show(struct pp_bar *b, uint64_t done, uint64_t total)
{
    int64_t now = b ? pp_clock(CLOCK_MONOTONIC) : 0;
    char cells[WIDTH_MAX + 1] = "", rate[32] = "", line[sizeof b->name + sizeof cells + sizeof rate + FIXED];
    int width, full, percent;

    if (!b || total == 0 || (now - b->shown < EVERY_NS && done < total) || (done == total && b->shown == INT64_MAX))
        return;
    b->shown = done == total ? INT64_MAX : now;
    percent = (int)(done * 100 / total);
    width = pp_status_line_columns() + 1 - FIXED - (int)strlen(b->name);
    width = width > WIDTH_MAX ? WIDTH_MAX : width;
    full = (int)(done * (uint64_t)(width > 0 ? width : 0) / total);
    for (int i = 0; i < width; i++)
        cells[i] = i < full ? '#' : ' ';
    if (b->bytes)
        snprintf(rate, sizeof rate, "  %.1f kB/s", (double)done / ((double)(now - b->started) / 1e9 + 1e-3) / 1e3);
    if (width < WIDTH_MIN)
        snprintf(line, sizeof line, "%3d %%", percent);
    else
        snprintf(line, sizeof line, "%s  [%s] %3d %%%s", b->name, cells, percent, rate);
    pp_status_line_put(line);
}

void pp_bar_free(struct pp_bar *b)
{
    if (b)
        pp_status_line_close();
    free(b);
}
