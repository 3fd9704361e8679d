/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * writer.c: writes lines to a file. Callers append to one batch while the thread writes the other; then the two are
 * swapped. A batch has the length of each line, so that each piece written (or compressed as one zstd frame) ends with
 * a line.
 */
#include "writer.h"

#include "../base/io.h"
#include "../base/when.h"
#include "batch.h"
#include "output.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <zstd.h>

#define ZSTD_LEVEL 3
#define QUIESCE_NS 1000000000

struct pp_writer {
    struct pp_output out; /* used by the thread alone, while it runs */
    ZSTD_CCtx *zstd;      /* NULL: plain */
    struct pp_buf frame;
    pthread_t thread;
    bool threaded, started, closed, aside;

    pthread_mutex_t lock; /* protects all members below */
    pthread_cond_t wake;  /* wakes the thread */
    pthread_cond_t idle;  /* pp_writer_quiesce waits for the end of a write */
    struct pp_batch *in, *going, batch[2];
    int64_t since;        /* monotonic: the oldest line of `in`; 0: it is empty */
    uint64_t lines;       /* in the file */
    bool ending, quiet, writing;
    _Atomic uint64_t waiting; /* bytes, in both batches */
    _Atomic int error;
    _Atomic bool over;        /* the thread has ended */
};

static struct timespec timespec_of(int64_t ns)
{
    return (struct timespec){.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
}

/* ---- writing ------------------------------------------------------------------------------------------------ */

static void fail(struct pp_writer *w, int error)
{
    int none = 0;

    if (!atomic_compare_exchange_strong(&w->error, &none, error))
        return;
    errno = error;
    pp_error_write(w->out.name);
    if (w->out.regular && !w->aside)
        pp_hint("it ends with a complete record");
}

/*
 * WRITTEN bytes of the LINES lines of `going` are in the file: returns how many lines these hold, and cuts off the part
 * of a line after them.
 */
static size_t keep_whole(struct pp_writer *w, size_t lines, uint64_t written)
{
    const struct pp_batch *b = w->going;
    uint64_t whole = 0;
    size_t n = 0;

    while (!w->zstd && n < lines && whole + pp_batch_len(b, b->line + n) <= written)
        whole += pp_batch_len(b, b->line + n++);
    pp_output_cut(&w->out, written - whole);
    return n;
}

/*
 * One piece of `going`. Without the lock. Returns the lines that reached the file, all LINES of them unless it failed.
 */
static size_t write_piece(struct pp_writer *w, size_t bytes, size_t lines)
{
    const char *data = w->going->bytes.data + w->going->at;
    uint64_t written;
    size_t n = bytes;

    if (w->zstd) {
        pp_buf_reset(&w->frame);
        char *room = pp_buf_reserve(&w->frame, ZSTD_compressBound(bytes));
        if (!room) {
            fail(w, ENOMEM);
            return 0;
        }
        n = ZSTD_compress2(w->zstd, room, ZSTD_compressBound(bytes), data, bytes);
        if (ZSTD_isError(n)) {
            fail(w, ENOMEM);
            return 0;
        }
        data = room;
    }
    if (pp_output_write(&w->out, data, n, &written) == 0)
        return lines;
    fail(w, errno);
    return keep_whole(w, lines, written);
}

/* Writes pieces until `going` is empty, or the writer must stop. With the lock, which is let go meanwhile. */
static void write_going(struct pp_writer *w)
{
    size_t max = w->zstd ? PP_WRITER_FRAME_MAX : w->out.piece;

    while (!pp_batch_empty(w->going) && !w->quiet && !atomic_load(&w->error)) {
        size_t lines, bytes = pp_batch_piece(w->going, max, &lines), done;
        w->writing = true;
        pthread_mutex_unlock(&w->lock);
        done = write_piece(w, bytes, lines);
        pthread_mutex_lock(&w->lock);
        w->writing = false;
        pthread_cond_broadcast(&w->idle);
        w->lines += done;
        w->going->at += bytes;
        w->going->line += lines;
        atomic_fetch_sub(&w->waiting, bytes);
    }
    if (pp_batch_empty(w->going))
        pp_batch_clear(w->going, PP_WRITER_QUEUE_MAX);
}

static void swap(struct pp_writer *w)
{
    struct pp_batch *b = w->in;

    w->in = w->going;
    w->going = b;
    w->since = 0;
}

/* The bytes from which on the thread writes: waking it for every line would cost more than writing the line. */
static size_t enough(const struct pp_writer *w)
{
    return w->zstd ? PP_WRITER_FRAME_MAX : w->out.piece;
}

static int64_t longest(const struct pp_writer *w)
{
    return w->zstd ? PP_WRITER_FRAME_NS : PP_WRITER_PLAIN_NS;
}

/*
 * True if `in` should be written at NOW: it has enough bytes, or has waited long enough. Without a thread, plain lines
 * are written at once.
 */
static bool due(const struct pp_writer *w, int64_t now)
{
    if (w->in->bytes.len == 0)
        return false;
    if (w->ending || (!w->zstd && !w->threaded))
        return true;
    return w->in->bytes.len >= enough(w) || now - w->since >= longest(w);
}

static void wait_for_work(struct pp_writer *w)
{
    struct timespec until = timespec_of(w->since + longest(w));

    if (w->since)
        pthread_cond_timedwait(&w->wake, &w->lock, &until);
    else
        pthread_cond_wait(&w->wake, &w->lock);
}

static void *run(void *arg)
{
    struct pp_writer *w = arg;

    pthread_mutex_lock(&w->lock);
    while (!w->quiet && !atomic_load(&w->error)) {
        if (due(w, pp_clock(CLOCK_MONOTONIC))) {
            swap(w);
            write_going(w);
        } else if (w->ending) {
            break;
        } else {
            wait_for_work(w);
        }
    }
    pthread_mutex_unlock(&w->lock);
    atomic_store(&w->over, true);
    return NULL;
}

/* ---- interface ---------------------------------------------------------------------------------------------- */

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n >= m && strcmp(text + n - m, end) == 0;
}

struct pp_writer *pp_writer_open(const char *path, enum pp_writer_how how, bool thread)
{
    struct pp_writer *w = calloc(1, sizeof *w);
    bool zstd = path && ends_with(path, ".zst");
    pthread_condattr_t monotonic;

    if (!w) {
        pp_error("out of memory");
        return NULL;
    }
    w->out.fd = -1;
    if (pp_output_suffix(path, zstd ? PP_PACKING_ZSTD : PP_PACKING_NONE) < 0 || pp_output_open(&w->out, path) < 0 ||
        (how == PP_WRITER_NEW && w->out.ours && pp_output_keep(path) < 0) ||
        (how != PP_WRITER_APPEND && pp_output_cut_to(&w->out, 0) < 0))
        goto fail;
    if (zstd) {
        w->zstd = ZSTD_createCCtx();
        if (!w->zstd || ZSTD_isError(ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL)) ||
            ZSTD_isError(ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_checksumFlag, 1))) {
            pp_error("out of memory");
            goto fail;
        }
    }
    w->threaded = thread;
    w->aside = how == PP_WRITER_ASIDE;
    pp_buf_init(&w->frame, ZSTD_compressBound(PP_WRITER_QUEUE_END));
    pp_batch_init(&w->batch[0], PP_WRITER_QUEUE_END);
    pp_batch_init(&w->batch[1], PP_WRITER_QUEUE_END);
    w->in = &w->batch[0];
    w->going = &w->batch[1];
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->wake, &monotonic);
    pthread_cond_init(&w->idle, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return w;
fail:
    pp_output_close(&w->out);
    pp_output_free(&w->out);
    ZSTD_freeCCtx(w->zstd);
    free(w);
    return NULL;
}

uint64_t pp_writer_found(const struct pp_writer *w)
{
    return w->out.regular && w->out.ours ? w->out.end : 0;
}

int pp_writer_cut(struct pp_writer *w, uint64_t at)
{
    return pp_output_cut_to(&w->out, at);
}

/*
 * The thread blocks all signals: a closed pipe and a full disk are reported as errors of write(), and the main thread
 * handles the other signals.
 */
int pp_writer_start(struct pp_writer *w)
{
    sigset_t all, old;
    int error;

    if (!w->threaded || w->started)
        return 0;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    error = pthread_create(&w->thread, NULL, run, w);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (error) {
        errno = error;
        return pp_error_errno("cannot start the writer's thread");
    }
    w->started = true;
    return 0;
}

bool pp_writer_line(struct pp_writer *w, const char *line, size_t len)
{
    bool taken = false, first;

    if (len == 0)
        return !atomic_load(&w->error);
    pthread_mutex_lock(&w->lock);
    if (w->quiet || w->ending || atomic_load(&w->error))
        goto out;
    if (!pp_batch_add(w->in, line, len)) {
        fail(w, ENOBUFS); /* the disk is too slow for the lines of targets under way, or there is no memory */
        pthread_cond_signal(&w->wake);
        goto out;
    }
    atomic_fetch_add(&w->waiting, len);
    first = w->since == 0;
    if (first)
        w->since = pp_clock(CLOCK_MONOTONIC);
    taken = true;
    if (w->threaded) {
        if (first || w->in->bytes.len >= enough(w)) /* else the thread is awake already, or will wake in time */
            pthread_cond_signal(&w->wake);
    } else if (due(w, pp_clock(CLOCK_MONOTONIC))) {
        swap(w);
        write_going(w);
        taken = !atomic_load(&w->error);
    }
out:
    pthread_mutex_unlock(&w->lock);
    return taken;
}

bool pp_writer_full(struct pp_writer *w)
{
    return atomic_load_explicit(&w->waiting, memory_order_relaxed) >= PP_WRITER_QUEUE_MAX;
}

bool pp_writer_line_wait(struct pp_writer *w, const char *line, size_t len)
{
    while (pp_writer_full(w) && !pp_writer_error(w))
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    return pp_writer_line(w, line, len);
}

int pp_writer_error(struct pp_writer *w)
{
    return atomic_load(&w->error);
}

void pp_writer_quiesce(struct pp_writer *w)
{
    struct timespec until = timespec_of(pp_clock(CLOCK_MONOTONIC) + QUIESCE_NS);

    pthread_mutex_lock(&w->lock);
    w->quiet = true;
    pthread_cond_signal(&w->wake);
    while (w->writing && pthread_cond_timedwait(&w->idle, &w->lock, &until) == 0)
        ;
    pthread_mutex_unlock(&w->lock);
}

void pp_writer_end(struct pp_writer *w)
{
    pthread_mutex_lock(&w->lock);
    w->ending = true;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
}

bool pp_writer_ended(struct pp_writer *w)
{
    return !w->started || atomic_load(&w->over);
}

/* Ends the thread; if it never ran, writes the queued lines here. */
static void finish(struct pp_writer *w)
{
    pp_writer_end(w);
    if (w->started)
        pthread_join(w->thread, NULL);
    w->started = false;
    pthread_mutex_lock(&w->lock);
    if (due(w, pp_clock(CLOCK_MONOTONIC)) && !w->quiet && !atomic_load(&w->error)) {
        swap(w);
        write_going(w);
    }
    pthread_mutex_unlock(&w->lock);
}

int pp_writer_close(struct pp_writer *w, uint64_t *lines_written)
{
    if (!w->closed) {
        finish(w);
        if (pp_output_close(&w->out) < 0)
            fail(w, errno);
        w->closed = true;
    }
    if (lines_written)
        *lines_written = w->lines;
    return atomic_load(&w->error) || w->quiet ? -1 : 0;
}

void pp_writer_free(struct pp_writer *w)
{
    if (!w)
        return;
    if (!w->closed) {
        pp_writer_quiesce(w);
        finish(w);
        pp_output_close(&w->out);
    }
    for (int i = 0; i < 2; i++)
        pp_batch_release(&w->batch[i]);
    pp_buf_release(&w->frame);
    ZSTD_freeCCtx(w->zstd);
    pthread_cond_destroy(&w->idle);
    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->lock);
    pp_output_free(&w->out);
    free(w);
}
