/* SPDX-License-Identifier: BSD-2-Clause */
/* bar.c: "NAME  [#####     ]  45 %  1.2 MB/s", over itself. */
#include "bar.h"

#include "error.h"
#include "when.h"

#include <stdbool.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define EVERY_NS 200000000
#define FIXED 34 /* columns beside name and bar */
#define WIDTH_MIN 10
#define WIDTH_MAX 50

struct pp_bar {
    char name[256]; /* control characters escaped */
    int64_t started, shown;
    bool bytes;
};

static bool on_screen; /* a line stands there: messages clear it first */

static void clear(void)
{
    if (on_screen)
        fputs("\r\033[K", stderr);
    on_screen = false;
}

struct pp_bar *pp_bar_new(const char *name, bool bytes)
{
    struct pp_bar *b = pp_quiet || !isatty(STDERR_FILENO) ? NULL : calloc(1, sizeof *b);

    if (!b)
        return NULL;
    pp_escape(b->name, sizeof b->name, name, strlen(name));
    b->started = pp_clock(CLOCK_MONOTONIC);
    b->bytes = bytes;
    pp_error_before = clear;
    return b;
}

void pp_bar_show(struct pp_bar *b, uint64_t done, uint64_t total)
{
    struct winsize w = {.ws_col = 80};
    int64_t now = b ? pp_clock(CLOCK_MONOTONIC) : 0;
    double rate;
    int width, full;

    if (!b || total == 0 || (now - b->shown < EVERY_NS && done < total) || (done == total && b->shown == INT64_MAX))
        return;
    rate = (double)done / ((double)(now - b->started) / 1e9 + 1e-3);
    b->shown = done == total ? INT64_MAX : now;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &w) < 0 || w.ws_col == 0)
        w.ws_col = 80;
    width = w.ws_col - FIXED - (int)strlen(b->name);
    width = width > WIDTH_MAX ? WIDTH_MAX : width;
    if (width < WIDTH_MIN) {
        fprintf(stderr, "\r\033[K%3d %%", (int)(done * 100 / total));
    } else {
        full = (int)(done * (uint64_t)width / total);
        fprintf(stderr, "\r\033[K%s  [%.*s%*s] %3d %%", b->name, full,
                "##################################################", width - full, "", (int)(done * 100 / total));
        if (b->bytes)
            fprintf(stderr, "  %.1f kB/s", rate / 1e3);
    }
    on_screen = true;
    fflush(stderr);
}

void pp_bar_free(struct pp_bar *b)
{
    if (!b)
        return;
    clear();
    pp_error_before = NULL;
    free(b);
}
