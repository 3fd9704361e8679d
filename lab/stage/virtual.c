/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtual.c: the lab as a wire. Frames are passed on in the order in which a tap would see them: the worker's own when
 * they are sent, answers when they arrive. Time advances only in wait().
 */
#include "virtual.h"

#include "../net/lab_parts.h"

#include <pthread.h>

#define START PP_LAB_SECOND
#define START_EPOCH (INT64_C(1767225600) * PP_LAB_SECOND) /* 2026-01-01 00:00:00 UTC */
#define FRAME_MAX 2048
#define TAP_MAX 65536 /* own frames not read yet; further ones are lost by the capture */

struct frame {
    int64_t at;
    uint64_t tag;
    uint32_t len;
    uint8_t bytes[FRAME_MAX];
};

/* A queue of frames in a ring that doubles. */
struct frames {
    struct frame *ring;
    size_t cap, first, count;
};

struct virtual_wire {
    struct pp_wire wire;
    struct pp_lab *lab; /* borrowed */
    struct pp_virtual_faults faults;
    struct pp_rng rng;
    int64_t now;
    struct frames batch, tap;
    struct pp_wire_stats stats;
    pthread_mutex_t lock; /* protects `woken` only */
    pthread_cond_t cond;
    bool woken;
    uint8_t out[FRAME_MAX];
};

static struct virtual_wire *self(struct pp_wire *w)
{
    return (struct virtual_wire *)w;
}

static struct frame *frames_push(struct frames *q, size_t max)
{
    if (q->count == q->cap) {
        size_t cap = q->cap ? 2 * q->cap : 2 * PP_WIRE_BATCH;
        struct frame *ring;

        if (cap > max || !(ring = malloc(cap * sizeof *ring)))
            return NULL;
        for (size_t i = 0; i < q->count; i++)
            ring[i] = q->ring[(q->first + i) % q->cap];
        free(q->ring);
        *q = (struct frames){ring, cap, 0, q->count};
    }
    return &q->ring[(q->first + q->count++) % q->cap];
}

static struct frame *frames_first(struct frames *q)
{
    return q->count ? &q->ring[q->first] : NULL;
}

static void frames_pop(struct frames *q)
{
    q->first = (q->first + 1) % q->cap;
    q->count--;
}

static bool within(int64_t from, int64_t to, int64_t at)
{
    return from < to && at >= from && at < to;
}

static bool capture_drops(struct virtual_wire *v, int64_t at)
{
    bool drop = within(v->faults.drops_from, v->faults.drops_to, at) && pp_rng_unit(&v->rng) < v->faults.drop_p;

    v->stats.drop_ring += drop;
    return drop;
}

static int virtual_send(struct pp_wire *w, const uint8_t *ip, size_t len, uint64_t tag)
{
    struct virtual_wire *v = self(w);
    struct frame *f = len <= FRAME_MAX ? frames_push(&v->batch, TAP_MAX) : NULL;

    if (!f) {
        v->stats.send_errors++;
        return -1;
    }
    f->tag = tag;
    f->len = (uint32_t)len;
    memcpy(f->bytes, ip, len);
    return 0;
}

static void leave(struct virtual_wire *v, const struct frame *f)
{
    struct frame *seen;

    v->stats.sent++;
    if (!capture_drops(v, v->now)) {
        seen = frames_push(&v->tap, TAP_MAX);
        if (seen) {
            seen->at = v->now;
            seen->len = f->len;
            memcpy(seen->bytes, f->bytes, f->len);
        } else {
            v->stats.drop_ring++;
        }
    }
    if (!within(v->faults.outage_from, v->faults.outage_to, v->now))
        pp_lab_input(v->lab, v->now, f->bytes, f->len);
}

static void virtual_flush(struct pp_wire *w, void (*failed)(void *arg, uint64_t tag), void *arg)
{
    struct virtual_wire *v = self(w);
    struct frame *f;

    for (; (f = frames_first(&v->batch)); frames_pop(&v->batch)) {
        if (v->faults.send_fail_p > 0 && pp_rng_unit(&v->rng) < v->faults.send_fail_p) {
            v->stats.send_errors++;
            if (failed)
                failed(arg, f->tag);
        } else {
            leave(v, f);
        }
    }
}

/* The epoch time (ns) at AT. */
static int64_t epoch_at(const struct virtual_wire *v, int64_t at)
{
    return START_EPOCH + (at - START) + (v->faults.step && at >= v->faults.step_at ? v->faults.step : 0);
}

static void hand_out(struct virtual_wire *v, pp_frame_fn *fn, void *arg, const uint8_t *ip, size_t len, int64_t at)
{
    struct pp_frame frame = {.ip = ip, .cap = len, .len = len, .stamp = epoch_at(v, at)};

    v->stats.received++;
    fn(arg, &frame);
}

static int virtual_receive(struct pp_wire *w, pp_frame_fn *fn, void *arg, int max)
{
    struct virtual_wire *v = self(w);
    struct frame *own;
    int64_t at;
    int n = 0;
    size_t len;

    while (n < max) {
        own = frames_first(&v->tap);
        /* An own frame comes before an answer of the same time, which may answer it. */
        if (own && (!pp_lab_pending(v->lab, v->now) || pp_lab_next(v->lab) >= own->at)) {
            memcpy(v->out, own->bytes, own->len);
            len = own->len;
            at = own->at;
            frames_pop(&v->tap); /* before calling FN, which may send */
        } else if ((len = pp_lab_output_at(v->lab, v->now, v->out, sizeof v->out, &at))) {
            if (within(v->faults.outage_from, v->faults.outage_to, at) || capture_drops(v, at))
                continue;
        } else {
            break;
        }
        hand_out(v, fn, arg, v->out, len, at);
        n++;
    }
    return n;
}

static bool take_wake(struct virtual_wire *v, bool block)
{
    bool woken;

    pthread_mutex_lock(&v->lock);
    while (block && !v->woken)
        pthread_cond_wait(&v->cond, &v->lock);
    woken = v->woken;
    v->woken = false;
    pthread_mutex_unlock(&v->lock);
    return woken;
}

static void virtual_wait(struct pp_wire *w, int64_t until)
{
    struct virtual_wire *v = self(w);
    int64_t next;

    if (take_wake(v, false) || v->tap.count || until <= v->now)
        return;
    while (!pp_lab_pending(v->lab, v->now) && v->now < until) {
        next = pp_lab_next(v->lab);
        if (next == PP_NEVER &&
            until == PP_NEVER) { /* no event is due: waits for another thread to wake this one */
            take_wake(v, true);
            return;
        }
        next = next < until ? next : until;
        v->now = next > v->now ? next : v->now + 1;
        if (within(v->faults.stall_from, v->faults.stall_to, v->now))
            v->now = v->faults.stall_to;
    }
}

static void virtual_wake(struct pp_wire *w)
{
    struct virtual_wire *v = self(w);

    pthread_mutex_lock(&v->lock);
    v->woken = true;
    pthread_cond_signal(&v->cond);
    pthread_mutex_unlock(&v->lock);
}

static int64_t virtual_now(struct pp_wire *w)
{
    return self(w)->now;
}

static int64_t virtual_epoch(struct pp_wire *w)
{
    return epoch_at(self(w), self(w)->now);
}

static void virtual_stats(struct pp_wire *w, struct pp_wire_stats *s)
{
    *s = self(w)->stats;
}

static void virtual_free(struct pp_wire *w)
{
    struct virtual_wire *v = self(w);

    pthread_cond_destroy(&v->cond);
    pthread_mutex_destroy(&v->lock);
    free(v->batch.ring);
    free(v->tap.ring);
    free(v);
}

static const struct pp_wire_ops ops = {
    .name = "virtual",
    .send = virtual_send,
    .flush = virtual_flush,
    .receive = virtual_receive,
    .wait = virtual_wait,
    .wake = virtual_wake,
    .now = virtual_now,
    .epoch = virtual_epoch,
    .stats = virtual_stats,
    .free = virtual_free,
};

struct pp_wire *pp_virtual_open(struct pp_lab *lab, const struct pp_virtual_faults *faults, uint64_t seed)
{
    struct virtual_wire *v = calloc(1, sizeof *v);

    if (!v) {
        pp_error("no memory for the virtual wire");
        return NULL;
    }
    v->wire.ops = &ops;
    v->lab = lab;
    if (faults)
        v->faults = *faults;
    v->rng = pp_rng_init(seed, 0x3142);
    v->now = START;
    pthread_mutex_init(&v->lock, NULL);
    pthread_cond_init(&v->cond, NULL);
    return &v->wire;
}
