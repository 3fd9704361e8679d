/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wheel.c: a hierarchical timing wheel.
 *
 * A tick number is read in base 256. A timer is on the level of the highest digit in which its tick differs from the
 * wheel's, in the slot of its own digit there. As all higher digits are equal and the tick is in the future, that digit
 * is greater than the wheel's. So within a level the used slots are ordered by time, without wrap-around, and all
 * timers of a level come before all timers of higher levels: the next event is the first used slot of the lowest level
 * that is not empty.
 */
#include "wheel.h"

#include "error.h"

#define DIGIT 8 /* log2(PP_WHEEL_SLOTS) */
#define TURN (INT64_C(1) << DIGIT * PP_WHEEL_LEVELS)

_Static_assert(PP_WHEEL_SLOTS == 1 << DIGIT, "a digit counts the slots");

/*
 * The tick at which the wheel reaches a slot. Slots are numbered through all levels; FAR follows them, reached at the
 * wheel's next full turn.
 */
struct event {
    int slot;
    int64_t tick;
};

#define FAR (PP_WHEEL_LEVELS * PP_WHEEL_SLOTS)
#define NONE (-1)

/* Ticks of NS, rounded down and up. In C the remainder of a division has the sign of the dividend. */
static int64_t tick_floor(int64_t ns)
{
    return ns / PP_WHEEL_TICK - (ns % PP_WHEEL_TICK < 0);
}

static int64_t tick_ceil(int64_t ns)
{
    return ns / PP_WHEEL_TICK + (ns % PP_WHEEL_TICK > 0);
}

static void push(struct pp_timer **list, struct pp_timer *t)
{
    t->next = *list;
    t->prev = list;
    if (t->next)
        t->next->prev = &t->next;
    *list = t;
}

/* Called when the pointer at HEAD became NULL: if HEAD is a slot (not a timer's or another list's), marks it empty. */
static void mark_empty(struct pp_wheel *w, struct pp_timer **head)
{
    uintptr_t at = (uintptr_t)head, first = (uintptr_t)w->slot;
    size_t i = (at - first) / sizeof *head;

    if (at >= first && i < FAR)
        w->used[i / PP_WHEEL_SLOTS][i % PP_WHEEL_SLOTS / 64] &= ~(UINT64_C(1) << i % 64);
}

static void unlink_timer(struct pp_wheel *w, struct pp_timer *t)
{
    *t->prev = t->next;
    if (t->next)
        t->next->prev = t->prev;
    else
        mark_empty(w, t->prev);
    t->prev = NULL;
    t->next = NULL;
}

static void place(struct pp_wheel *w, struct pp_timer *t)
{
    int64_t tick = tick_ceil(t->at);
    uint64_t differ = (uint64_t)tick ^ (uint64_t)w->tick;
    int level, i;

    if (tick <= w->tick) {
        push(&w->overdue, t);
        return;
    }
    level = (63 - __builtin_clzll(differ)) / DIGIT;
    if (level >= PP_WHEEL_LEVELS) {
        push(&w->far, t);
        return;
    }
    i = (int)((uint64_t)tick >> level * DIGIT) & (PP_WHEEL_SLOTS - 1);
    push(&w->slot[level][i], t);
    w->used[level][i / 64] |= UINT64_C(1) << i % 64;
}

void pp_wheel_init(struct pp_wheel *w, int64_t now)
{
    memset(w, 0, sizeof *w);
    w->tick = tick_floor(now);
}

void pp_wheel_set(struct pp_wheel *w, struct pp_timer *t, int64_t at)
{
    pp_wheel_cancel(w, t);
    t->at = at;
    if (at == PP_NEVER)
        return;
    place(w, t);
    w->count++;
}

void pp_wheel_cancel(struct pp_wheel *w, struct pp_timer *t)
{
    if (!t->prev)
        return;
    unlink_timer(w, t);
    w->count--;
}

static int first_used(const uint64_t used[PP_WHEEL_SLOTS / 64])
{
    for (int i = 0; i < PP_WHEEL_SLOTS / 64; i++) {
        if (used[i])
            return i * 64 + __builtin_ctzll(used[i]);
    }
    return -1;
}

/* Returns the next event, or NONE. Overdue timers are not considered. */
static struct event next_event(const struct pp_wheel *w)
{
    for (int level = 0; level < PP_WHEEL_LEVELS; level++) {
        int i = first_used(w->used[level]);
        if (i >= 0) {
            uint64_t above = (uint64_t)w->tick & -(UINT64_C(1) << (level + 1) * DIGIT);
            return (struct event){level * PP_WHEEL_SLOTS + i, (int64_t)(above | (uint64_t)i << level * DIGIT)};
        }
    }
    if (w->far)
        return (struct event){FAR, (int64_t)((uint64_t)w->tick & -(uint64_t)TURN) + TURN};
    return (struct event){NONE, 0};
}

int64_t pp_wheel_next(const struct pp_wheel *w)
{
    struct event e = next_event(w);

    if (w->overdue)
        return w->tick * PP_WHEEL_TICK;
    if (e.slot == NONE)
        return PP_NEVER;
    /* The last tick that an int64_t can express begins before PP_NEVER and ends after it. */
    return e.tick <= PP_NEVER / PP_WHEEL_TICK ? e.tick * PP_WHEEL_TICK : PP_NEVER - 1;
}

/* Moves a whole list to another head; its timers can still be cancelled. */
static void take(struct pp_wheel *w, struct pp_timer **from, struct pp_timer **to)
{
    *to = *from;
    *from = NULL;
    mark_empty(w, from);
    if (*to)
        (*to)->prev = to;
}

static void fire_all(struct pp_wheel *w, struct pp_timer **due, void (*fire)(struct pp_timer *, void *), void *arg)
{
    while (*due) {
        struct pp_timer *t = *due;
        pp_wheel_cancel(w, t);
        fire(t, arg);
    }
}

/* The wheel reaches SLOT: its timers become due, or move to a lower level, or (FAR) stay. */
static void open_slot(struct pp_wheel *w, int slot, struct pp_timer **due)
{
    struct pp_timer *all, *t;

    take(w, slot == FAR ? &w->far : &w->slot[slot / PP_WHEEL_SLOTS][slot % PP_WHEEL_SLOTS], &all);
    while ((t = all)) {
        unlink_timer(w, t);
        if (tick_ceil(t->at) == w->tick)
            push(due, t);
        else
            place(w, t);
    }
}

void pp_wheel_advance(struct pp_wheel *w, int64_t now, void (*fire)(struct pp_timer *t, void *arg), void *arg)
{
    int64_t until = tick_floor(now);
    struct pp_timer *due = NULL;

    /*
     * Overdue timers get a list of their own, so that timers that FIRE sets into the past wait for the next call, and
     * this call ends.
     */
    take(w, &w->overdue, &due);
    fire_all(w, &due, fire, arg);
    for (;;) {
        struct event e = next_event(w);
        if (e.slot == NONE || e.tick > until)
            break;
        w->tick = e.tick;
        open_slot(w, e.slot, &due);
        fire_all(w, &due, fire, arg);
    }
    if (until > w->tick)
        w->tick = until;
}
