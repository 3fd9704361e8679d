/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wire.h: where packets leave and come in, and where time comes from. Two backends: raw sockets and capture on an
 * interface (live.h), and the lab's emulator called in-process under a virtual clock (lab/stage/virtual.h). A wire
 * belongs to one worker thread, which alone calls it, except pp_wire_wake, which any thread may call.
 *
 * The capture sees what the worker sends, too, as a tap on an interface does: a probe knows that it left only by seeing
 * it.
 */
#ifndef PP_WIRE_H
#define PP_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PP_WIRE_BATCH 64 /* packets handed to the kernel in one call */

/* One captured datagram: the link layer is gone. Borrowed: valid during the call. */
struct pp_frame {
    const uint8_t *ip;
    size_t cap;      /* bytes captured */
    size_t len;      /* bytes on the wire behind the link header, padding included */
    int64_t stamp;   /* capture time, ns since 1970; to be compared with other stamps only */
};

typedef void pp_frame_fn(void *arg, const struct pp_frame *frame);

struct pp_wire_stats {
    uint64_t sent, send_errors;        /* packets; errors: ENOBUFS and all others */
    uint64_t received;                 /* frames handed out */
    uint64_t drop_ring, drop_if, drop_softnet; /* since the wire was opened */
};

struct pp_slow;

struct pp_wire {
    const struct pp_wire_ops *ops;
    struct pp_slow *slow; /* its user's, who frees it behind the last packet: what is held back; NULL: nothing can be */
};

struct pp_wire_ops {
    const char *name;
    /*
     * Sends one datagram, IP header first, now or with the batch. The bytes are copied. 0, or -1: it could not be sent
     * (counted; the flow it belongs to is told by the caller). TAG comes back in `failed` when a batched packet fails
     * later.
     */
    int (*send)(struct pp_wire *w, const uint8_t *ip, size_t len, uint64_t tag);
    /* Sends what is batched. Calls FAILED(arg, tag) for every packet that the kernel refused. */
    void (*flush)(struct pp_wire *w, void (*failed)(void *arg, uint64_t tag), void *arg);
    /* Hands up to MAX captured frames to FN. Returns how many; 0: none now; -1: the interface is gone (printed). */
    int (*receive)(struct pp_wire *w, pp_frame_fn *fn, void *arg, int max);
    /* Sleeps until a frame is there, pp_wire_wake is called, or UNTIL (of `now`) has come. Virtual: moves the clock. */
    void (*wait)(struct pp_wire *w, int64_t until);
    void (*wake)(struct pp_wire *w);
    int64_t (*now)(struct pp_wire *w);   /* monotonic ns: timers */
    int64_t (*epoch)(struct pp_wire *w); /* ns since 1970: for the record only */
    void (*stats)(struct pp_wire *w, struct pp_wire_stats *s);
    void (*free)(struct pp_wire *w);
};

static inline int pp_wire_send(struct pp_wire *w, const uint8_t *ip, size_t len, uint64_t tag)
{
    return w->ops->send(w, ip, len, tag);
}

/* Sends what is held back and may leave, and what is batched. FAILED as of pp_wire_ops.flush. */
void pp_wire_flush(struct pp_wire *w, void (*failed)(void *arg, uint64_t tag), void *arg);

static inline int64_t pp_wire_now(struct pp_wire *w)
{
    return w->ops->now(w);
}

#endif
