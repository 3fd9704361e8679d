/* SPDX-License-Identifier: BSD-2-Clause */
/* progress.c: the status line and the --status file. */
#include "progress.h"

#include "../base/io.h"
#include "../base/json.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define LINE_MAX_LEN 511

struct pp_progress {
    const struct pp_campaign *c;
    int status_fd; /* -1: none */
    bool terminal;
    uint64_t last_packets, last_done;
    int64_t last_mono;
    double pps, targets_ps;
};

/* Does a status line stand on the terminal? For the hook that clears it before a message. */
static bool line_stands;

static void clear_line(void)
{
    if (line_stands)
        fputs("\r\033[K", stderr);
    line_stands = false;
}

struct pp_progress *pp_progress_open(const struct pp_campaign *c, const char *status_path)
{
    struct pp_progress *p = calloc(1, sizeof *p);

    if (!p) {
        pp_error("out of memory");
        return NULL;
    }
    p->c = c;
    p->last_mono = c->start_mono;
    p->last_done = PP_TALLY(c, done); /* of the parts before */
    p->terminal = isatty(STDERR_FILENO) && !pp_quiet;
    p->status_fd = -1;
    if (p->terminal)
        pp_error_before = clear_line;
    if (status_path && (p->status_fd = open(status_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) < 0) {
        pp_error_errno("cannot write status file '%s'", status_path);
        free(p);
        return NULL;
    }
    return p;
}

/* ---- the figures -------------------------------------------------------------------------------------------- */

static uint64_t dropped(const struct pp_campaign *c)
{
    return PP_TALLY(c, dropped_ring) + PP_TALLY(c, dropped_if) + PP_TALLY(c, dropped_softnet);
}

/* Seconds to go at the present pace; -1: not known. */
static double time_left(const struct pp_progress *p, uint64_t done)
{
    if (!p->c->total || p->c->total < done || p->targets_ps < 0.1)
        return -1;
    return (double)(p->c->total - done) / p->targets_ps;
}

static void measure_pace(struct pp_progress *p, int64_t now_mono)
{
    uint64_t packets = PP_TALLY(p->c, packets_out), done = PP_TALLY(p->c, done);
    double seconds = (double)(now_mono - p->last_mono) / 1e9;

    if (seconds < 0.05)
        return;
    p->pps = (double)(packets - p->last_packets) / seconds;
    p->targets_ps = (double)(done - p->last_done) / seconds;
    p->last_packets = packets;
    p->last_done = done;
    p->last_mono = now_mono;
}

/* ---- --status ------------------------------------------------------------------------------------------------- */

void pp_counts_json(struct pp_json *j, const struct pp_counts *n)
{
    const struct {
        const char *name;
        uint64_t value;
    } rows[] = {
        {"read", n->read},           {"duplicate", n->duplicate},     {"invalid_line", n->invalid_line},
        {"blocked", n->blocked},
        {"prohibited_network", n->prohibited_network},
        {"prohibited_host", n->prohibited_host},
        {"no_route", n->no_route},   {"sampled_out", n->sampled_out}, {"not_started", n->not_started},
        {"pending", n->pending},     {"written", n->written},         {"written_invalid", n->written_invalid},
    };

    pp_json_object(j, "counts");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        pp_json_uint(j, rows[i].name, rows[i].value);
    pp_json_end(j, '}');
}

static void number_or_null(struct pp_json *j, const char *key, bool known, double v)
{
    if (known)
        pp_json_num(j, key, v, 6);
    else
        pp_json_null(j, key);
}

static void write_status(struct pp_progress *p, int64_t now_mono, int64_t now_epoch, bool final)
{
    const struct pp_campaign *c = p->c;
    uint64_t done = PP_TALLY(c, done);
    double left = time_left(p, done);
    struct pp_buf line;
    struct pp_json j;

    pp_buf_init(&line, 4096);
    pp_json_init(&j, &line);
    pp_json_object(&j, NULL);
    pp_json_num(&j, "t", (double)now_epoch / 1e9, 16);
    pp_json_num(&j, "elapsed", (double)(now_mono - c->start_mono) / 1e9, 6);
    pp_json_uint(&j, "in", PP_TALLY(c, started));
    pp_json_uint(&j, "done", done);
    if (c->total)
        pp_json_uint(&j, "total", c->total);
    else
        pp_json_null(&j, "total");
    pp_json_uint(&j, "in_flight", PP_TALLY(c, in_flight));
    pp_json_uint(&j, "confirming", PP_TALLY(c, confirming));
    pp_json_uint(&j, "works", PP_TALLY(c, works));
    pp_json_uint(&j, "broken", PP_TALLY(c, broken));
    pp_json_uint(&j, "transient", PP_TALLY(c, transient));
    pp_json_uint(&j, "unstable", PP_TALLY(c, unstable));
    pp_json_uint(&j, "offline", PP_TALLY(c, offline));
    pp_json_uint(&j, "invalid", PP_TALLY(c, invalid));
    pp_json_num(&j, "pps", p->pps, 6);
    pp_json_num(&j, "targets_ps", p->targets_ps, 6);
    pp_json_uint(&j, "dropped", dropped(c));
    number_or_null(&j, "eta_s", !final && left >= 0, left);
    pp_json_bool(&j, "final", final);
    if (final)
        pp_counts_json(&j, &c->counts);
    pp_json_end(&j, '}');
    pp_buf_addc(&line, '\n');
    if (!line.failed && pp_write_all(p->status_fd, line.data, line.len, NULL) < 0) {
        pp_error_errno("cannot write the status file; it ends here");
        close(p->status_fd);
        p->status_fd = -1;
    }
    pp_buf_release(&line);
}

/* ---- the terminal --------------------------------------------------------------------------------------------- */

/* A line that wraps could not be cleared: what a narrow terminal does not hold is left out. */
static int columns(void)
{
    struct winsize size;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
        return LINE_MAX_LEN;
    return size.ws_col < LINE_MAX_LEN ? size.ws_col - 1 : LINE_MAX_LEN;
}

/* What matters most stands in front. */
static void draw(struct pp_progress *p, int64_t now_mono)
{
    const struct pp_campaign *c = p->c;
    uint64_t done = PP_TALLY(c, done);
    int64_t s = (now_mono - c->start_mono) / 1000000000;
    double left = time_left(p, done);
    char of[32] = "", eta[32] = "", line[LINE_MAX_LEN + 1];

    if (c->total)
        snprintf(of, sizeof of, "/%llu", (unsigned long long)c->total);
    if (left >= 0)
        snprintf(eta, sizeof eta, ", %.0f s left", left);
    snprintf(line, sizeof line,
             "%02d:%02d:%02d  %llu%s done%s; works %llu, broken %llu, unstable %llu, offline %llu; %llu in flight, "
             "%llu in confirmation; %.0f targets/s, %.0f packets/s; dropped %llu",
             (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60), (unsigned long long)done, of, eta,
             (unsigned long long)PP_TALLY(c, works), (unsigned long long)PP_TALLY(c, broken),
             (unsigned long long)PP_TALLY(c, unstable), (unsigned long long)PP_TALLY(c, offline),
             (unsigned long long)PP_TALLY(c, in_flight), (unsigned long long)PP_TALLY(c, confirming),
             p->targets_ps, p->pps, (unsigned long long)dropped(c));
    clear_line();
    fprintf(stderr, "%.*s", columns(), line);
    fflush(stderr);
    line_stands = true;
}

void pp_progress_show(struct pp_progress *p, int64_t now_mono, int64_t now_epoch)
{
    measure_pace(p, now_mono);
    if (p->status_fd >= 0)
        write_status(p, now_mono, now_epoch, false);
    if (p->terminal)
        draw(p, now_mono);
}

void pp_progress_close(struct pp_progress *p, int64_t now_epoch)
{
    if (!p)
        return;
    clear_line();
    pp_error_before = NULL;
    if (p->status_fd >= 0)
        write_status(p, p->c->end_mono, now_epoch, true);
    if (p->status_fd >= 0)
        close(p->status_fd);
    free(p);
}
