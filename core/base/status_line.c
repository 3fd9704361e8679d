/* SPDX-License-Identifier: BSD-2-Clause */
/* status_line.c: draws and clears the status line. */
#include "status_line.h"

#include "error.h"
#include "prose.h"

#include <sys/ioctl.h>
#include <unistd.h>

static bool stands;

static void clear(void)
{
    if (stands)
        fputs("\r\033[K", stderr);
    stands = false;
}

bool pp_status_line_wanted(void)
{
    return !pp_quiet && isatty(STDERR_FILENO);
}

void pp_status_line_open(void)
{
    pp_error_before = clear;
}

int pp_status_line_columns(void)
{
    struct winsize size;

    return (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0 ? PP_COLUMNS : size.ws_col) - 1;
}

void pp_status_line_put(const char *text)
{
    clear();
    fputs(text, stderr);
    fflush(stderr);
    stands = true;
}

void pp_status_line_close(void)
{
    clear();
    pp_error_before = NULL;
}
