/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wheel.h: a hierarchical timing wheel (Varghese and Lauck 1987): set and cancel in constant time for hundreds of
 * thousands of timers. Times are nanoseconds of whatever clock the owner uses, and only ever go forward. Timers live
 * inside their owner's structs; the wheel allocates nothing. Resolution is one tick (PP_WHEEL_TICK): a timer never
 * fires early, and fires at most one tick late. Single thread.
 */
#ifndef PP_WHEEL_H
#define PP_WHEEL_H

#include <stdbool.h>
#include <stdint.h>

#define PP_WHEEL_TICK INT64_C(1000000) /* 1 ms */
#define PP_WHEEL_LEVELS 4
#define PP_WHEEL_SLOTS 256
#define PP_NEVER INT64_MAX

struct pp_timer {
    struct pp_timer *next, **prev; /* NULL: not set */
    int64_t at;
};

struct pp_wheel {
    struct pp_timer *slot[PP_WHEEL_LEVELS][PP_WHEEL_SLOTS];
    uint64_t used[PP_WHEEL_LEVELS][PP_WHEEL_SLOTS / 64]; /* a bit per slot that is not empty */
    struct pp_timer *overdue; /* timers set for a tick in the past: they fire at the next advance */
    struct pp_timer *far;     /* timers beyond the last level's current turn of 2^32 ticks */
    int64_t tick;             /* ticks that have passed entirely */
    uint64_t count;
};

/* NOW: ns, on the clock of all later calls. */
void pp_wheel_init(struct pp_wheel *w, int64_t now);
/* (Re)sets T to fire at AT (ns); a time in the past means the next advance. PP_NEVER cancels. */
void pp_wheel_set(struct pp_wheel *w, struct pp_timer *t, int64_t at);
void pp_wheel_cancel(struct pp_wheel *w, struct pp_timer *t);
static inline bool pp_timer_is_set(const struct pp_timer *t)
{
    return t->prev != 0;
}
/*
 * Returns a time at which pp_wheel_advance should be called: not later than the first timer fires; PP_NEVER if no timer
 * is set.
 */
int64_t pp_wheel_next(const struct pp_wheel *w);
/*
 * Fires all timers due at NOW (ns), in the order of their ticks (within a tick in an unspecified but deterministic
 * order): each is unset, then FIRE is called with it. FIRE may set and cancel any timer, its own too. A timer that FIRE
 * sets for a tick after the one being fired and not after NOW fires in this call as well, in its turn.
 */
void pp_wheel_advance(struct pp_wheel *w, int64_t now, void (*fire)(struct pp_timer *t, void *arg), void *arg);

#endif
