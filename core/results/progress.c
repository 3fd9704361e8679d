/* SPDX-License-Identifier: BSD-2-Clause */
/* progress.c: the status line and the --status file. */
#include "progress.h"

#include "../base/io.h"
#include "../base/prose.h"
#include "../base/status_line.h"
#include "estimate.h"
#include "status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

#define LINE_MAX_LEN 511

struct pp_progress {
    const struct pp_run_record *c;
    int status_fd; /* -1: none */
    bool metrics;  /* the status file is in OpenMetrics format */
    char campaign[64]; /* the file's name, without directory and suffix */
    bool terminal;
    uint64_t last_packets, last_done, last_started;
    uint64_t done_before; /* targets done by earlier parts of the run */
    int64_t last_mono;
    double pps, targets_ps;
    double starts_ps;     /* targets begun per second, smoothed */
};

bool pp_progress_wanted(const char *status_path)
{
    return status_path || pp_status_line_wanted();
}

struct pp_progress *pp_progress_open(const struct pp_run_record *c, const char *status_path, int64_t now_mono)
{
    struct pp_progress *p = calloc(1, sizeof *p);

    if (!p) {
        pp_error("out of memory");
        return NULL;
    }
    p->c = c;
    p->metrics = status_path && pp_status_is_metrics(status_path, p->campaign, sizeof p->campaign);
    p->last_mono = now_mono;
    p->last_done = p->done_before = pp_live_totals(c).done;
    p->terminal = pp_status_line_wanted();
    p->status_fd = -1;
    if (p->terminal)
        pp_status_line_open();
    if (status_path && (p->status_fd = open(status_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) < 0) {
        pp_error_errno("cannot write status file '%s'", status_path);
        free(p);
        return NULL;
    }
    return p;
}

/* ---- the figures -------------------------------------------------------------------------------------------- */

static uint64_t dropped(const struct pp_live_totals *live)
{
    return live->dropped_ring + live->dropped_if + live->dropped_softnet;
}

/* The number of targets in the list; 0: not known yet. */
static uint64_t total(const struct pp_run_record *c)
{
    uint64_t n = atomic_load(&c->live->total), less = pp_live_totals(c).turned_away;
    uint64_t most = c->run->settings->max_targets;

    if (!n && c->live->ahead && pp_ahead_total(c->live->ahead, &n)) {
        less += atomic_load(&c->live->unasked);
        n = n > less ? n - less : 0;
        return most && n > most ? most : n;
    }
    return n > less ? n - less : 0;
}

/* Seconds to the next round of a target in confirmation; -1: not known, or it is due. */
static int64_t next_round(const struct pp_run_record *c, int64_t now)
{
    int64_t next = INT64_MAX;

    for (unsigned i = 0; i < c->run->nworkers; i++) {
        int64_t at = atomic_load_explicit(&c->live->counters[i].next_round, memory_order_relaxed);
        next = at && at < next ? at : next;
    }
    return next == INT64_MAX || next <= now ? -1 : (next - now + 999999999) / 1000000000;
}

/* Seconds left of the run; -1: not known. */
static double time_left(const struct pp_progress *p, int64_t now)
{
    const struct pp_run_record *c = p->c;
    const struct pp_live_totals live = pp_live_totals(c);
    int64_t runtime = c->run->settings->max_runtime;
    struct pp_estimate e = {
        .total = total(c),
        .begun = p->done_before + live.started,
        .done = live.done,
        .starts_ps = p->starts_ps,
        .confirmed_in = (double)(live.confirmed_at - now) / 1e9,
        .confirming_takes = (double)live.confirming_takes / 1e9,
        .at_most = runtime ? (double)(c->start_mono + runtime - now) / 1e9 : -1,
    };

    return pp_estimate_left(&e);
}

static void measure_pace(struct pp_progress *p, int64_t now_mono)
{
    const struct pp_live_totals live = pp_live_totals(p->c);
    double seconds = (double)(now_mono - p->last_mono) / 1e9;

    if (seconds < 0.05)
        return;
    p->pps = (double)(live.packets_out - p->last_packets) / seconds;
    p->targets_ps = (double)(live.done - p->last_done) / seconds;
    p->starts_ps = pp_estimate_smooth(p->starts_ps, (double)(live.started - p->last_started) / seconds, seconds);
    p->last_packets = live.packets_out;
    p->last_done = live.done;
    p->last_started = live.started;
    p->last_mono = now_mono;
}

/* ---- --status ------------------------------------------------------------------------------------------------- */

static void collect(const struct pp_progress *p, struct pp_status *s, int64_t now_mono, int64_t now_epoch, bool final)
{
    const struct pp_run_record *c = p->c;
    const struct pp_live_totals live = pp_live_totals(c);

    *s = (struct pp_status){
        .t = (double)now_epoch / 1e9,
        .elapsed = (double)(now_mono - c->start_mono) / 1e9,
        .in = p->done_before + live.started,
        .done = live.done,
        .total = total(c),
        .in_flight = live.in_flight,
        .confirming = live.confirming,
        .word = {[PP_VERDICT_WORKS] = live.works,
                 [PP_VERDICT_BROKEN] = live.broken,
                 [PP_VERDICT_TRANSIENT] = live.transient,
                 [PP_VERDICT_OFFLINE] = live.offline,
                 [PP_VERDICT_UNSTABLE] = live.unstable},
        .invalid = live.invalid,
        .packets = live.packets_out,
        .dropped = dropped(&live),
        .pps = p->pps,
        .targets_ps = p->targets_ps,
        .eta = final ? -1 : time_left(p, now_mono),
        .final = final,
        .counts = &c->counts,
        .experiment = c->run->plan.plugin->name,
        .connect = c->run->plan.mode->name,
        .run_id = c->run->plan.run_id,
        .vantage = c->run->plan.vantage_name,
    };
}

/*
 * Writes a line to --status, or replaces the metrics there in place, by one write of constant size, as the process may
 * no longer create files. 0, or -1 printed.
 */
static int put_status(const struct pp_progress *p, const struct pp_buf *text)
{
    if (!p->metrics)
        return pp_write_all(p->status_fd, text->data, text->len, NULL);
    return lseek(p->status_fd, 0, SEEK_SET) < 0 ? -1 : pp_write_all(p->status_fd, text->data, text->len, NULL);
}

static void write_status(struct pp_progress *p, int64_t now_mono, int64_t now_epoch, bool final)
{
    struct pp_status s;
    struct pp_buf text;

    pp_buf_init(&text, 2 * PP_METRICS_SIZE);
    collect(p, &s, now_mono, now_epoch, final);
    if (p->metrics)
        pp_status_metrics(&text, &s, p->campaign);
    else
        pp_status_json(&text, &s);
    if (!text.failed && put_status(p, &text) < 0) {
        pp_error_errno("cannot write the status file, which is no longer updated");
        close(p->status_fd);
        p->status_fd = -1;
    }
    pp_buf_release(&text);
}

/* ---- the terminal --------------------------------------------------------------------------------------------- */

/* A piece of the line. On a narrow terminal, pieces with the highest RANK are left out first. */
struct piece {
    int rank;
    char text[64];
};

#define PIECES 16

static void piece(struct piece **to, int rank, const char *fmt, ...) PP_PRINTF(3, 4);
static void piece(struct piece **to, int rank, const char *fmt, ...)
{
    struct piece *p = (*to)++;
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(p->text, sizeof p->text, fmt, ap);
    va_end(ap);
    p->rank = rank;
}

static struct piece *share_done(const struct pp_progress *p, int64_t now, struct piece *to)
{
    uint64_t done = pp_live_totals(p->c).done, all = total(p->c);
    int64_t s = (now - p->c->start_mono) / 1000000000;
    char n[PP_COUNT_STRLEN], of[PP_COUNT_STRLEN], left[32];

    if (all)
        piece(&to, 0, "%3d %%  %s/%s", (int)(done >= all ? 100 : 100 * done / all), pp_count_str(done, n),
              pp_count_str(all, of));
    else
        piece(&to, 0, "%02d:%02d:%02d  %s done", (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60),
              pp_count_str(done, n));
    if (pp_estimate_text(time_left(p, now), left))
        piece(&to, 2, ", %s left", left);
    return to;
}

static struct piece *found(const struct pp_run_record *c, int64_t now, struct piece *to)
{
    const struct pp_live_totals live = pp_live_totals(c);
    const struct {
        int rank;
        uint64_t n;
        const char *what;
    } words[] = {{5, live.unstable, "unstable"},
                 {6, live.transient, "transient"},
                 {7, live.offline, "offline"},
                 {4, live.invalid, "not valid"}};
    uint64_t confirming = live.confirming;
    char n[PP_COUNT_STRLEN];
    int64_t next = next_round(c, now);

    piece(&to, 0, " | %s %s", pp_count_str(live.broken, n), c->run->plan.alone ? "" : "broken");
    if (c->run->plan.alone)
        snprintf(to[-1].text, sizeof to[-1].text, " | %s online", pp_count_str(live.works, n));
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (words[i].n)
            piece(&to, words[i].rank, ", %s %s", pp_count_str(words[i].n, n), words[i].what);
    if (confirming)
        piece(&to, 1, ", %s in confirmation", pp_count_str(confirming, n));
    if (confirming && next > 0 && !live.in_flight) /* all other targets are complete */
        piece(&to, 3, ", next round in %lld s", (long long)next);
    return to;
}

static struct piece *pace(const struct pp_progress *p, struct piece *to)
{
    const struct pp_live_totals live = pp_live_totals(p->c);
    uint64_t lost = dropped(&live);
    char n[PP_COUNT_STRLEN];

    if (lost)
        piece(&to, 1, " | %s packets lost here", pp_count_str(lost, n));
    piece(&to, 8, " | %s targets/s", pp_count_str((uint64_t)(p->targets_ps + .5), n));
    piece(&to, 9, ", %s packets/s", pp_count_str((uint64_t)(p->pps + .5), n));
    piece(&to, 10, ", %s under way", pp_count_str(live.in_flight, n));
    return to;
}

/* Joins the pieces that fit into the terminal's width, chosen by rank, in their order. */
static void join(const struct piece *pieces, size_t n, int room, char line[LINE_MAX_LEN + 1])
{
    bool in[PIECES] = {false};
    size_t len = 0;

    for (int rank = 0; rank <= 10; rank++)
        for (size_t i = 0; i < n; i++)
            if (pieces[i].rank == rank && (int)strlen(pieces[i].text) <= room) {
                in[i] = true;
                room -= (int)strlen(pieces[i].text);
            }
    line[0] = '\0';
    for (size_t i = 0; i < n; i++)
        if (in[i])
            len += (size_t)snprintf(line + len, LINE_MAX_LEN + 1 - len, "%s", pieces[i].text);
}

static void draw(struct pp_progress *p, int64_t now_mono)
{
    struct piece pieces[PIECES] = {{.rank = 0}}, *end;
    char line[LINE_MAX_LEN + 1];
    int columns = pp_status_line_columns();

    end = share_done(p, now_mono, pieces);
    end = found(p->c, now_mono, end);
    end = pace(p, end);
    join(pieces, (size_t)(end - pieces), columns < LINE_MAX_LEN ? columns : LINE_MAX_LEN, line);
    pp_status_line_put(line);
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
    pp_status_line_close();
    measure_pace(p, p->c->end_mono);
    if (p->status_fd >= 0)
        write_status(p, p->c->end_mono, now_epoch, true);
    if (p->status_fd >= 0)
        close(p->status_fd);
    free(p);
}
