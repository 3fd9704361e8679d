/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sweep.c: the order and times of a sweep's packets. A sweep has waves: first every TTL, then those without an answer
 * again; one TTL at a time where answers do not show which packet they belong to.
 */
#include "sweep_parts.h"

#include "../base/error.h"

#define WAIT_FIRST INT64_C(1000000000) /* for an answer, before any round-trip time is known */
#define WAIT_LEAST INT64_C(300000000)
#define SYNS 3 /* of a handshake: at 0, 1 and 3 s; given up at 7 s */
#define SECOND INT64_C(1000000000)
#define WAIT_UNKNOWN INT64_C(100000000) /* until PP_HOP_UNKNOWN is asked again */

/* ---- the next TTL ----------------------------------------------------------------------------------------------- */

/* How long an answer may take before the TTL is tried again. */
static int64_t patience(const struct pp_trail *t)
{
    int64_t wait = 3 * t->rtt + WAIT_LEAST;

    return t->rtt == 0 ? WAIT_FIRST : wait < PP_SWEEP_LATE ? wait : PP_SWEEP_LATE;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static unsigned most(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

/* The largest TTL to try, as known so far: beyond the target's known distance only if a router answered there. */
static unsigned limit(const struct pp_trail *t)
{
    unsigned seen = most(t->last, t->left_out), beyond = most(seen, t->ask.from - 1u) + PP_SWEEP_GAP;

    return least(t->end, t->far ? t->far : seen < t->ask.distance ? t->ask.distance : beyond);
}

static bool is_open(const struct pp_trail *t, unsigned ttl)
{
    return t->out->hop[ttl - 1].what <= PP_SEEN_SILENT && !t->asked[ttl - 1].skipped;
}

static bool is_outstanding(const struct pp_trail *t, unsigned ttl)
{
    const struct pp_asked *a = &t->asked[ttl - 1];

    return a->tries && is_open(t, ttl) && t->sweeper->now < a->at[a->tries - 1] + patience(t);
}

/*
 * Outstanding packets beyond the farthest router that answered: they may reach the target, which should see few. Those
 * behind the target, once it has answered, do not count.
 */
static unsigned ahead(const struct pp_trail *t)
{
    unsigned n = 0;

    for (unsigned ttl = most(t->last, t->ask.distance) + 1; ttl <= least(t->out->hops, t->end); ttl++)
        n += is_outstanding(t, ttl);
    return n;
}

/*
 * How often TTL may be tried. Two or more hops at the end of a sweep that were all silent twice are not tried a third
 * time: so many losses are far less likely than that nothing comes from there. This follows from the sweep alone,
 * whichever arm's, so the arms of a pair stay exchangeable where the treatment does nothing.
 */
static unsigned tries_of(const struct pp_trail *t, unsigned ttl)
{
    unsigned end = most(most(t->last, t->left_out), t->ask.from - 1u);

    for (unsigned i = end + 1; i <= t->out->hops; i++)
        if (t->out->hop[i - 1].what > PP_SEEN_SILENT)
            end = i;
    return ttl > end && t->out->hops > end + 1 && !t->loose ? PP_SWEEP_TRIES - 1 : PP_SWEEP_TRIES;
}

static void append(struct pp_trail *t, unsigned ttl)
{
    t->order[t->norder++] = (uint8_t)ttl;
}

/*
 * Sets the order of a wave: random over TTLs at which routers have answered before; rising beyond them, so that the
 * target is first reached at its true distance. grow() appends TTLs as hops answer.
 */
static void arrange(struct pp_trail *t)
{
    unsigned known = t->ask.from;

    t->norder = t->next = 0;
    while (known <= limit(t) && t->known[known - 1])
        known++;
    while (known > t->ask.from && t->known[known - 2] != 1)
        known--;
    for (unsigned ttl = t->ask.from; ttl <= limit(t); ttl++)
        if (is_open(t, ttl) && t->asked[ttl - 1].tries < tries_of(t, ttl) && t->asked[ttl - 1].wave < t->wave)
            append(t, ttl);
    for (unsigned i = 0; i < t->norder && t->order[i] < known; i++) {
        unsigned end = i, k;
        while (end < t->norder && t->order[end] < known)
            end++;
        k = i + (unsigned)pp_rng_below(&t->sweeper->rng, end - i);
        /* Both elements that are swapped are below KNOWN. */
        uint8_t swap = t->order[i];
        t->order[i] = t->order[k];
        t->order[k] = swap;
    }
}

/* Appends TTLs to the wave after a hop farther than all before has answered. */
static void grow(struct pp_trail *t)
{
    unsigned far = most(t->ask.from - 1u, t->out->hops);

    for (unsigned i = 0; i < t->norder; i++)
        far = most(far, t->order[i]);
    while (far < limit(t) && !t->far)
        append(t, ++far);
}

/* ---- a sweep ---------------------------------------------------------------------------------------------------- */

static void wake(struct pp_trail *t, int64_t at)
{
    pp_wheel_set(&t->sweeper->wheel, &t->timer, at);
}

static void over(struct pp_trail *t)
{
    pp_trail_leave(t);
    t->phase = PP_TRAIL_IDLE;
    t->out = NULL;
    t->done(t, t->arg);
}

/* True if a SYN of the sweep may have passed all routers that it met: no router has said that it expired there. */
static bool may_have_arrived(const struct pp_trail *t)
{
    for (unsigned ttl = 1; ttl <= t->out->hops; ttl++)
        if (t->asked[ttl - 1].tries && t->out->hop[ttl - 1].what != PP_SEEN_EXCEEDED)
            return true;
    return false;
}

/* Ends the asking: resets what is open, and begins the rest of 5-tuple and target. */
void pp_trail_close(struct pp_trail *t)
{
    if (t->opened && t->ask.on == PP_ON_DATA && t->acked) {
        pp_trail_reset(t, t->acked);
    } else if (t->opened && t->ask.on == PP_ON_SYN && may_have_arrived(t)) {
        pp_trail_reset(t, t->iss + 1);
    }
    t->opened = false;
}

static void rest(struct pp_trail *t)
{
    t->begin = t->sent_at + PP_SWEEP_REST + (int64_t)(pp_rng_unit(&t->sweeper->rng) * PP_SWEEP_REST);
}

/*
 * The target answered, and the answer does not show to which packet: takes the smallest TTL that can have reached it.
 */
static void settle_loose(struct pp_trail *t)
{
    unsigned ttl = t->last + 1u;

    if (!t->loose_what || t->end < ttl)
        return;
    while (ttl < t->end && t->out->hop[ttl - 1].what != PP_SEEN_SILENT)
        ttl++;
    for (unsigned i = t->ask.from; i <= t->out->hops; i++)
        if (t->out->hop[i - 1].what > PP_SEEN_EXCEEDED)
            return;
    if (t->out->hop[ttl - 1].what == PP_SEEN_SILENT && t->asked[ttl - 1].tries) {
        t->out->hop[ttl - 1].what = t->loose_what;
        t->out->hop[ttl - 1].from = t->link.key.remote;
        t->end = (uint8_t)ttl;
    }
}

static void finish(struct pp_trail *t)
{
    settle_loose(t);
    if (t->end < t->out->hops)
        t->out->hops = t->end;
    for (unsigned ttl = t->ask.from; ttl <= t->out->hops; ttl++)
        if (t->out->hop[ttl - 1].what == PP_SEEN_SILENT && !t->known[ttl - 1])
            t->known[ttl - 1] = 2;
    rest(t);
    over(t);
}

/* True if a late answer is worth waiting for: TTLs that were silent in the whole trail are not waited for. */
static bool waits_for_late(const struct pp_trail *t)
{
    for (unsigned ttl = t->ask.from; ttl <= least(t->out->hops, t->end); ttl++)
        if (t->out->hop[ttl - 1].what == PP_SEEN_SILENT && t->known[ttl - 1] != 2)
            return true;
    return false;
}

static void to_late(struct pp_trail *t)
{
    pp_trail_leave(t);
    pp_trail_close(t);
    t->phase = PP_TRAIL_LATE;
    if (waits_for_late(t))
        wake(t, t->sent_at + PP_SWEEP_LATE);
    else
        finish(t);
}

/* Begins the next wave. False: there is none. */
static bool next_wave(struct pp_trail *t)
{
    while (t->wave < PP_SWEEP_TRIES) {
        t->wave++;
        arrange(t);
        if (t->norder)
            return true;
    }
    return false;
}

/* ---- a target behind silent hops -------------------------------------------------------------------------------- */

static bool is_end(const struct pp_trail *t, unsigned ttl)
{
    const struct pp_hop_seen *h = &t->out->hop[ttl - 1];

    return h->what > PP_SEEN_EXCEEDED || (h->what == PP_SEEN_UNREACHABLE && !h->too_big);
}

static bool ends(const struct pp_trail *t)
{
    for (unsigned ttl = t->ask.from; ttl <= t->out->hops; ttl++)
        if (is_end(t, ttl))
            return true;
    return false;
}

/*
 * Silent hops have ended the sweep before the target, whose distance is not known: is it farther away? Tries the
 * largest TTL, then halves the interval. True: there is a TTL to try.
 */
static bool search(struct pp_trail *t)
{
    if (!t->far) {
        if (t->ask.distance || t->ask.farthest || t->sweeper->c.skip || ends(t) || t->out->hops >= PP_WHERE_TTL_MAX)
            return false;
        t->near = t->out->hops;
        t->far = PP_WHERE_TTL_MAX;
        t->order[0] = PP_WHERE_TTL_MAX;
    } else if (t->end < t->order[0]) {
        return false; /* a late answer from a smaller TTL has ended the path before this one */
    } else if (t->asked[t->order[0] - 1].tries < PP_SWEEP_TRIES && is_open(t, t->order[0])) {
        ; /* once more */
    } else if (is_end(t, t->order[0])) {
        t->far = t->order[0];
    } else if (t->order[0] == t->far) {
        t->end = (uint8_t)least(t->end, t->near); /* the target does not answer at all */
        return false;
    } else {
        t->near = t->order[0];
    }
    if (t->near + 1 == t->far && is_end(t, t->far))
        return false;
    if (is_end(t, t->far))
        t->order[0] = (uint8_t)((t->near + t->far) / 2);
    t->norder = 1;
    t->next = 0;
    return true;
}

/* ---- wave by wave ----------------------------------------------------------------------------------------------- */

/*
 * Sends a packet with TTL if the rates permit. 0: sent or left out; else the time to try again; PP_NEVER: the trail
 * waits in the sweeper's queue.
 */
static int64_t ask_one(struct pp_trail *t, unsigned ttl)
{
    struct pp_sweeper *s = t->sweeper;
    const struct pp_addr *hop = t->known[ttl - 1] == 1 ? &t->hop[ttl - 1] : NULL;

    if (t->reserved != ttl) {
        int64_t at = pp_hop_rate_reserve(&s->hop_rate, pp_addr_family(&t->link.key.remote), ttl, hop, s->c.skip,
                                         s->now);

        if (at == PP_HOP_UNKNOWN)
            return s->now + WAIT_UNKNOWN;
        if (at == PP_HOP_TOO_LATE) {
            t->asked[ttl - 1].skipped = true;
            t->left_out = (uint8_t)most(t->left_out, ttl);
            return 0;
        }
        t->reserved = (uint8_t)ttl;
        t->share = at;
    }
    if (t->share > s->now)
        return t->share;
    if (!pp_trail_turn(t))
        return PP_NEVER;
    t->reserved = 0;
    pp_trail_ask(t, ttl);
    return 0;
}

static void ask_more(struct pp_trail *t)
{
    unsigned room = t->loose && t->wave > 1 ? 1 : PP_SWEEP_OUTSTANDING, out = 0;
    int64_t first = PP_NEVER, again = 0;

    grow(t);
    for (unsigned ttl = t->ask.from; ttl <= t->out->hops; ttl++) {
        const struct pp_asked *a = &t->asked[ttl - 1];
        if (ttl > t->end || !is_outstanding(t, ttl))
            continue;
        out++;
        if (a->at[a->tries - 1] + patience(t) < first)
            first = a->at[a->tries - 1] + patience(t);
    }
    while (t->next < t->norder && out < room) {
        unsigned ttl = t->order[t->next];
        if (ttl > t->ask.distance && t->wave == 1 && ahead(t) >= PP_SWEEP_AHEAD)
            break;
        if (ttl <= limit(t) && is_open(t, ttl)) {
            again = ask_one(t, ttl);
            if (again)
                break;
            out += !t->asked[ttl - 1].skipped;
            if (t->sweeper->now + patience(t) < first)
                first = t->sweeper->now + patience(t);
        }
        t->next++;
        grow(t);
    }
    if (again && again < first)
        first = again;
    if (out || t->next < t->norder) {
        wake(t, first);
        return;
    }
    if ((!t->far && next_wave(t)) || search(t))
        wake(t, t->sweeper->now);
    else
        to_late(t);
}

void pp_trail_waves(struct pp_trail *t)
{
    t->phase = PP_TRAIL_ASK;
    t->wave = 0;
    if (next_wave(t))
        wake(t, t->sweeper->now);
    else
        to_late(t);
}

void pp_trail_old_state(struct pp_trail *t)
{
    pp_trail_leave(t);
    t->phase = PP_TRAIL_REST;
    t->opened = false;
    if (t->stale++ == 0) {
        t->begin = t->sweeper->now + PP_SWEEP_STALE_REST;
        wake(t, t->begin);
        return;
    }
    t->out->stale = true;
    rest(t);
    over(t);
}

static void begin(struct pp_trail *t)
{
    memset(t->asked, 0, sizeof t->asked);
    memset(t->out, 0, sizeof *t->out);
    t->end = t->ask.farthest ? t->ask.farthest : PP_WHERE_TTL_MAX;
    t->last = t->left_out = t->near = t->far = 0;
    t->reserved = 0;
    t->loose = t->agreed = t->opened = false;
    t->loose_what = t->resets = t->syns = 0;
    t->acked = 0;
    pp_trail_numbers(t);
    if (t->ask.on != PP_ON_DATA) {
        pp_trail_waves(t);
        return;
    }
    t->phase = PP_TRAIL_SHAKE;
    wake(t, t->sweeper->now);
}

/* The SYNs of a handshake, at 0, 1 and 3 s. */
static void shake(struct pp_trail *t)
{
    if (t->syns == SYNS) { /* no connection: nothing within one can be swept */
        t->out->cut = true;
        pp_trail_close(t);
        rest(t);
        over(t);
        return;
    }
    if (!pp_trail_turn(t))
        return;
    pp_trail_syn(t);
    wake(t, t->sweeper->now + (SECOND << (t->syns - 1)));
}

void pp_trail_fire(struct pp_trail *t)
{
    switch ((enum pp_trail_phase)t->phase) {
    case PP_TRAIL_IDLE: break;
    case PP_TRAIL_REST: begin(t); break;
    case PP_TRAIL_SHAKE: shake(t); break;
    case PP_TRAIL_ASK: ask_more(t); break;
    case PP_TRAIL_LATE: finish(t); break;
    case PP_TRAIL_ENDED: break;
    }
}

/* While a packet is handled nothing is freed and no sweep ends; the timer, set to now, does that. */
void pp_trail_step(struct pp_trail *t)
{
    if (t->phase == PP_TRAIL_ASK || (t->phase == PP_TRAIL_LATE && !waits_for_late(t)))
        wake(t, t->sweeper->now);
}

void pp_trail_cut(struct pp_trail *t)
{
    if (t->phase == PP_TRAIL_IDLE || t->phase == PP_TRAIL_ENDED)
        return;
    if (t->phase != PP_TRAIL_REST)
        pp_trail_close(t);
    t->out->cut = true;
    rest(t);
    over(t);
}
