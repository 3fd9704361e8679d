/* SPDX-License-Identifier: BSD-2-Clause */
/* live.c: the wire on a network interface, composed of live_inject.c and live_capture.c. */
#include "live.h"

#include "../base/error.h"
#include "../base/when.h"
#include "live_capture.h"
#include "live_inject.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)

struct live {
    struct pp_wire wire; /* first member */
    struct pp_inject *inject;
    struct pp_capture *capture;
    int event;
    bool slack_set;
};

static struct live *live_of(struct pp_wire *w)
{
    return (struct live *)w;
}

static int live_send(struct pp_wire *w, const uint8_t *ip, size_t len, uint64_t tag)
{
    return pp_inject_add(live_of(w)->inject, ip, len, tag);
}

static void live_flush(struct pp_wire *w, void (*failed)(void *arg, uint64_t tag), void *arg)
{
    pp_inject_flush(live_of(w)->inject, failed, arg);
}

static int live_receive(struct pp_wire *w, pp_frame_fn *fn, void *arg, int max)
{
    return pp_capture_receive(live_of(w)->capture, fn, arg, max);
}

static void live_wait(struct pp_wire *w, int64_t until)
{
    struct live *l = live_of(w);
    struct pollfd fds[2] = {{.fd = pp_capture_fd(l->capture), .events = POLLIN}, {.fd = l->event, .events = POLLIN}};
    int64_t left = until - pp_clock(CLOCK_MONOTONIC);
    struct timespec t = {0};
    eventfd_t count;

    if (!l->slack_set) {
        /* Timers are up to 50 us late by default; set here, as this runs on the thread that waits. */
        (void)prctl(PR_SET_TIMERSLACK, 1UL);
        l->slack_set = true;
    }
    if (left > 0) {
        t.tv_sec = left / SECOND;
        t.tv_nsec = left % SECOND;
    }
    if (ppoll(fds, 2, &t, NULL) > 0 && (fds[1].revents & POLLIN) != 0)
        (void)eventfd_read(l->event, &count);
}

static void live_wake(struct pp_wire *w)
{
    (void)eventfd_write(live_of(w)->event, 1);
}

static int64_t live_now(struct pp_wire *w)
{
    (void)w;
    return pp_clock(CLOCK_MONOTONIC);
}

static int64_t live_epoch(struct pp_wire *w)
{
    (void)w;
    return pp_clock(CLOCK_REALTIME);
}

static void live_stats(struct pp_wire *w, struct pp_wire_stats *s)
{
    struct live *l = live_of(w);

    memset(s, 0, sizeof *s);
    pp_inject_counts(l->inject, &s->sent, &s->send_errors);
    pp_capture_stats(l->capture, s);
}

static void live_free(struct pp_wire *w)
{
    struct live *l = live_of(w);

    pp_inject_free(l->inject);
    pp_capture_free(l->capture);
    if (l->event >= 0)
        close(l->event);
    free(l);
}

static const struct pp_wire_ops live_ops = {
    .name = "live",
    .send = live_send,
    .flush = live_flush,
    .receive = live_receive,
    .wait = live_wait,
    .wake = live_wake,
    .now = live_now,
    .epoch = live_epoch,
    .stats = live_stats,
    .free = live_free,
};

struct pp_wire *pp_live_open(const struct pp_live_config *c)
{
    struct live *l = calloc(1, sizeof *l);

    if (l == NULL) {
        pp_error("no memory for a wire");
        return NULL;
    }
    l->wire.ops = &live_ops;
    l->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (l->event < 0)
        pp_error_errno("cannot create an event descriptor");
    else if ((l->inject = pp_inject_open(c->vantage)) != NULL && (l->capture = pp_capture_open(c)) != NULL)
        return &l->wire;
    live_free(&l->wire);
    return NULL;
}

void pp_live_ring(const struct pp_wire *w, unsigned *slots, unsigned *slot_bytes)
{
    pp_capture_ring(((const struct live *)w)->capture, slots, slot_bytes);
}

int pp_live_linktype(const struct pp_wire *w)
{
    return pp_capture_linktype(((const struct live *)w)->capture);
}
