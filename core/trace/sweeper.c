/* SPDX-License-Identifier: BSD-2-Clause */
/* sweeper.c: creates and ends trails, and dispatches packets and timers to them. */
#include "sweep_parts.h"

#include "../base/container.h"
#include "../base/error.h"
#include "../wire/slow.h"

#define SLOW_WAIT INT64_C(10000000) /* until a packet with hop-by-hop options may have left */

/* ---- trails ----------------------------------------------------------------------------------------------------- */

static void drop(struct pp_trail *t)
{
    pp_trail_leave(t);
    pp_wheel_cancel(&t->sweeper->wheel, &t->timer);
    pp_flow_table_remove(&t->sweeper->trails, &t->link);
    free(t);
}

static void fire(struct pp_timer *timer, void *arg)
{
    struct pp_trail *t = PP_CONTAINER_OF(timer, struct pp_trail, timer);

    (void)arg;
    if (t->phase == PP_TRAIL_ENDED)
        drop(t);
    else
        pp_trail_fire(t);
}

struct pp_trail *pp_trail_new(struct pp_sweeper *s, const struct pp_target *target, unsigned flow, pp_trail_fn *done,
                              void *arg)
{
    struct pp_trail *t = calloc(1, sizeof *t);

    if (!t)
        return NULL;
    t->sweeper = s;
    t->target = target;
    t->done = done;
    t->arg = arg;
    t->link.key = (struct pp_flow_key){
        .local = pp_vantage_source(s->c.plan->vantage, &target->addr)->addr,
        .remote = target->addr,
        .lport = s->c.ports[flow % s->c.nports],
        .rport = target->port,
        .proto = s->c.plan->mode->proto,
    };
    if (pp_flow_table_insert(&s->trails, &t->link) < 0) {
        free(t);
        return NULL;
    }
    t->chance = pp_siphash(&s->secret, &t->link.key, sizeof t->link.key) ^ (uint64_t)s->now << 8;
    t->number = (uint16_t)(t->chance >> 40 & 1023);
    t->flow_label = (uint32_t)(t->chance >> 12 & 0xfffff);
    t->chance *= UINT64_C(0x9e3779b97f4a7c15);
    t->sent_at = -PP_SWEEP_LATE;
    return t;
}

void pp_trail_sweep(struct pp_trail *t, const struct pp_sweep_ask *ask, struct pp_sweep *out, int64_t now)
{
    if (t->phase != PP_TRAIL_IDLE)
        BUG("a sweep within a sweep");
    t->ask = *ask;
    if (t->ask.from < 1)
        t->ask.from = 1;
    t->out = out;
    t->stale = 0;
    t->phase = PP_TRAIL_REST;
    pp_wheel_set(&t->sweeper->wheel, &t->timer, t->begin > now ? t->begin : now);
}

void pp_trail_end(struct pp_trail *t, int64_t now)
{
    if (t->phase == PP_TRAIL_SHAKE || t->phase == PP_TRAIL_ASK)
        pp_trail_close(t);
    pp_trail_leave(t);
    t->phase = PP_TRAIL_ENDED;
    t->out = NULL;
    pp_wheel_set(&t->sweeper->wheel, &t->timer, t->packets ? t->sent_at + PP_SWEEP_LATE : now);
}

uint16_t pp_trail_port(const struct pp_trail *t)
{
    return t->link.key.lport;
}

unsigned pp_trail_packets(const struct pp_trail *t)
{
    return t->packets;
}

/* ---- the queue for the rate: one trail is woken at a time, as the token bucket has one token for all ----------- */

void pp_trail_leave(struct pp_trail *t)
{
    struct pp_sweeper *s = t->sweeper;

    if (!t->before)
        return;
    *t->before = t->behind;
    if (t->behind)
        t->behind->before = t->before;
    else
        s->last = t->before;
    t->before = NULL;
}

bool pp_trail_turn(struct pp_trail *t)
{
    struct pp_sweeper *s = t->sweeper;
    bool ahead = s->first && s->first != t; /* another trail waits at the head of the queue */

    if (!ahead)
        s->again = pp_slow_full(s->c.wire) ? s->now + SLOW_WAIT : pp_token_bucket_take(s->c.rate, 1, s->now);
    if (!ahead && !s->again) {
        pp_trail_leave(t);
        return true;
    }
    if (!t->before) {
        t->behind = NULL;
        t->before = s->last;
        *s->last = t;
        s->last = &t->behind;
    }
    return false;
}

/* ---- the sweeper ------------------------------------------------------------------------------------------------ */

struct pp_sweeper *pp_sweeper_new(const struct pp_sweeper_config *c, int64_t now)
{
    struct pp_sweeper *s = calloc(1, sizeof *s);

    if (!s)
        return NULL;
    s->c = *c;
    s->last = &s->first;
    s->now = now;
    s->rng = pp_rng_init(c->seed, 0x5eeb);
    s->secret = pp_sipkey_of_boot();
    pp_wheel_init(&s->wheel, now);
    if (pp_hop_rate_init(&s->hop_rate, c->hop_rate) == 0 && pp_flow_table_init(&s->trails, 64) == 0)
        return s;
    pp_sweeper_free(s);
    return NULL;
}

void pp_sweeper_free(struct pp_sweeper *s)
{
    if (!s)
        return;
    for (uint64_t i = 0; s->trails.bucket && i <= s->trails.mask; i++)
        while (s->trails.bucket[i])
            drop((struct pp_trail *)s->trails.bucket[i]);
    pp_hop_rate_release(&s->hop_rate);
    pp_flow_table_release(&s->trails);
    free(s);
}

bool pp_sweeper_has_port(const struct pp_sweeper *s, uint16_t port)
{
    for (unsigned i = 0; i < s->c.nports; i++)
        if (s->c.ports[i] == port)
            return true;
    return false;
}

void pp_sweeper_packet(struct pp_sweeper *s, const struct pp_packet *pkt, int64_t now)
{
    struct pp_packet quoted;
    struct pp_flow_key key;
    struct pp_trail *t;

    if (now > s->now)
        s->now = now;
    if (!pp_flow_key_received(&key, pkt, &quoted))
        return;
    t = (struct pp_trail *)pp_flow_table_find(&s->trails, &key);
    if (t)
        pp_trail_packet(t, pkt);
}

void pp_sweeper_run(struct pp_sweeper *s, int64_t now)
{
    if (now > s->now)
        s->now = now;
    pp_wheel_advance(&s->wheel, s->now, fire, s);
    while (s->first && s->again <= s->now) {
        struct pp_trail *t = s->first;

        pp_trail_fire(t);
        if (s->first == t && s->again <= s->now) /* it has nothing left to send */
            pp_trail_leave(t);
    }
}

int64_t pp_sweeper_next(const struct pp_sweeper *s)
{
    int64_t next = pp_wheel_next(&s->wheel);

    return s->first && s->again < next ? s->again : next;
}

void *pp_sweeper_owner(const struct pp_sweeper *s, const struct pp_flow_key *key)
{
    const struct pp_trail *t = (const struct pp_trail *)pp_flow_table_find(&s->trails, key);

    return t && t->phase != PP_TRAIL_ENDED ? t->arg : NULL;
}

int64_t pp_sweeper_epoch(const struct pp_sweeper *s)
{
    return s->c.wire->ops->epoch(s->c.wire);
}

struct pp_hop_rate *pp_sweeper_hop_rate(struct pp_sweeper *s)
{
    return &s->hop_rate;
}

uint64_t pp_sweeper_trails(const struct pp_sweeper *s)
{
    return s->trails.count;
}
