/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wire.h: the interface for sending and receiving packets, and for the time. Two backends: raw sockets and capture on
 * an interface (live.h), and the lab's emulator called in-process under a virtual clock (lab/stage/virtual.h). A wire
 * belongs to one worker thread; only pp_wire_wake may be called from any thread.
 *
 * The capture also sees the packets that the worker sends, as a tap on an interface does: a probe counts as sent only
 * once it was captured.
 */
#ifndef PP_WIRE_H
#define PP_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PP_WIRE_BATCH 64 /* packets passed to the kernel in one call */

/* One captured datagram without link header. Borrowed: valid during the call. */
struct pp_frame {
    const uint8_t *ip;
    size_t cap;      /* bytes captured */
    size_t len;      /* bytes on the wire behind the link header, padding included */
    int64_t stamp;   /* capture time, ns since 1970; comparable with other stamps only */
};

typedef void pp_frame_fn(void *arg, const struct pp_frame *frame);

struct pp_wire_stats {
    uint64_t sent, send_errors;        /* packets; errors: ENOBUFS and all others */
    uint64_t received;                 /* frames passed to callers */
    uint64_t drop_ring, drop_if, drop_softnet; /* packets lost before the capture, since the wire was opened */
};

struct pp_slow;

struct pp_wire {
    const struct pp_wire_ops *ops;
    struct pp_slow *slow; /* the queue of slow.h; the wire's user frees it after the last packet; NULL: no queue */
};

struct pp_wire_ops {
    const char *name;
    /*
     * Sends one datagram, IP header first, now or with the batch. The bytes are copied. 0, or -1: not sent (counted;
     * the caller reports it to the flow). If a batched packet fails later, `failed` is called with TAG.
     */
    int (*send)(struct pp_wire *w, const uint8_t *ip, size_t len, uint64_t tag);
    /* Sends the batch. Calls FAILED(arg, tag) for every packet that the kernel refused. */
    void (*flush)(struct pp_wire *w, void (*failed)(void *arg, uint64_t tag), void *arg);
    /*
     * Passes up to MAX captured frames to FN. Returns how many; 0: none now; -1: the interface was removed (printed).
     */
    int (*receive)(struct pp_wire *w, pp_frame_fn *fn, void *arg, int max);
    /* Sleeps until a frame is captured, pp_wire_wake is called, or UNTIL (of `now`). Virtual: advances the clock. */
    void (*wait)(struct pp_wire *w, int64_t until);
    void (*wake)(struct pp_wire *w);
    int64_t (*now)(struct pp_wire *w);   /* monotonic ns, for timers */
    int64_t (*epoch)(struct pp_wire *w); /* ns since 1970, for records only */
    void (*stats)(struct pp_wire *w, struct pp_wire_stats *s);
    void (*free)(struct pp_wire *w);
};

static inline int pp_wire_send(struct pp_wire *w, const uint8_t *ip, size_t len, uint64_t tag)
{
    return w->ops->send(w, ip, len, tag);
}

/* Sends the queued packets that the rate of slow.h permits, then the batch. FAILED as for pp_wire_ops.flush. */
void pp_wire_flush(struct pp_wire *w, void (*failed)(void *arg, uint64_t tag), void *arg);

static inline int64_t pp_wire_now(struct pp_wire *w)
{
    return w->ops->now(w);
}

#endif
