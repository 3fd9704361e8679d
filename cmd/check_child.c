/* SPDX-License-Identifier: BSD-2-Clause */
/* check_child.c: runs one child of `check`: writes its targets, reads its lines, and redraws the page meanwhile. */
#include "check.h"

#include "../core/base/error.h"
#include "../core/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ARGS_MAX = 48 };

static volatile sig_atomic_t stopped;

void pp_check_stop(int sig)
{
    (void)sig;
    stopped = 1;
}

bool pp_check_stopped(void)
{
    return stopped;
}

/* ---- the page on a terminal -------------------------------------------------------------------------- */

static double since(const struct timespec *begin)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - begin->tv_sec) + (double)(now.tv_nsec - begin->tv_nsec) / 1e9;
}

void pp_check_draw(struct pp_check_work *w)
{
    struct winsize size = {0};
    struct pp_buf page;
    unsigned lines = 0;

    w->c.seconds = since(&w->begin);
    if (!w->live)
        return;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_row)
        size.ws_row = 24; /* unknown on serial lines and in some containers */
    w->c.columns = size.ws_col;
    pp_buf_init(&page, 1 << 20);
    pp_check_page(&page, &w->c);
    for (size_t i = 0; i < page.len; i++)
        lines += page.data[i] == '\n';
    if (w->drawn)
        printf("\033[%uA\033[J", w->drawn);
    w->drawn = 0;
    /* A page taller than the terminal cannot be redrawn: one line is shown instead until the end. */
    if (lines >= size.ws_row) {
        printf("%u address%s, %u flow%s, %.0f s ...\n", w->c.targets, w->c.targets == 1 ? "" : "es", w->c.flows,
               w->c.flows == 1 ? "" : "s", w->c.seconds);
        w->drawn = 1;
    } else {
        fwrite(page.data, 1, page.len, stdout);
        w->drawn = lines;
    }
    fflush(stdout);
    pp_buf_release(&page);
}

/* ---- one child --------------------------------------------------------------------------------------- */

/* A descriptor of memory with LIST, at its start; -1 printed. */
static int in_memory(const struct pp_buf *list)
{
    int fd = memfd_create("targets", MFD_CLOEXEC);

    if (fd < 0)
        return pp_error_errno("cannot keep a list of targets in memory");
    if (list->failed || pp_write_all(fd, list->data, list->len, NULL) < 0 || lseek(fd, 0, SEEK_SET) < 0) {
        close(fd);
        return pp_error("cannot keep a list of targets in memory");
    }
    return fd;
}

int pp_check_child(struct pp_check_work *w, const char *const *argv, const struct pp_buf *list, pp_check_line *line)
{
    int out[2], err[2], in = in_memory(list), code = -1;
    pid_t pid;
    struct pp_buf text;
    bool told = false;

    if (in < 0)
        return -1;
    if (pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0) {
        close(in);
        return pp_error_errno("cannot open a pipe");
    }
    pp_buf_init(&text, 1 << 22);
    pp_buf_reset(&w->said);
    pid = pp_broker_run(w->broker, argv, (const int[]){in, out[1], err[1]}, 3);
    close(in);
    close(out[1]);
    close(err[1]);
    for (struct pollfd p[] = {{.fd = out[0], .events = POLLIN}, {.fd = err[0], .events = POLLIN}};
         pid > 0 && (p[0].fd >= 0 || p[1].fd >= 0);) {
        char piece[65536];

        if (stopped && !told) {
            pp_broker_signal(w->broker, pid, SIGINT);
            told = true;
        }
        if (poll(p, 2, 200) < 0) {
            if (errno == EINTR)
                continue;
            break;
        }
        for (unsigned i = 0; i < 2; i++) {
            ssize_t n = p[i].revents ? read(p[i].fd, piece, sizeof piece) : 1;

            if (p[i].revents && n > 0)
                pp_buf_add(i ? &w->said : &text, piece, (size_t)n);
            else if (n == 0 || (n < 0 && errno != EINTR))
                p[i].fd = -1;
        }
        for (char *end; text.len && (end = memchr(text.data, '\n', text.len)) != NULL;) {
            size_t len = (size_t)(end - text.data) + 1;

            line(w, text.data, len - 1);
            memmove(text.data, text.data + len, text.len - len);
            text.len -= len;
        }
        if (w->live)
            pp_check_draw(w);
    }
    close(out[0]);
    close(err[0]);
    if (pid > 0)
        code = pp_broker_wait(w->broker, pid);
    pp_buf_release(&text);
    return code;
}

int pp_check_run(struct pp_check_work *w, const char *command, const char *experiment, const char *const *options,
                 const struct pp_buf *list, pp_check_line *line)
{
    const struct pp_check_how *how = w->how;
    const char *argv[ARGS_MAX + 1] = {command, experiment, "--contact",
                                              how->contact ? how->contact : "pathprobe check"};
    unsigned n = 4;

    if (how->interface) {
        argv[n++] = "--interface";
        argv[n++] = how->interface;
    }
    for (unsigned k = 0; k < how->source.n && k < 2; k++) {
        argv[n++] = "--source";
        argv[n++] = how->source.v[k];
    }
    while (*options && n < ARGS_MAX)
        argv[n++] = *options++;
    argv[n] = NULL;
    return pp_check_child(w, argv, list, line);
}

void pp_check_failed(struct pp_check_work *w, const char *command, const char *experiment)
{
    pp_error("%s %s failed:", command, experiment);
    fwrite(w->said.data ? w->said.data : "", 1, w->said.len, stderr);
    w->failed++;
}
