/* SPDX-License-Identifier: BSD-2-Clause */
/* tracer.c: the loop of the tracer: it receives packets, runs timers, begins targets and sends. */
#include "tracer.h"

#include "../base/container.h"
#include "../base/error.h"
#include "../targets/prefix_rate.h"
#include "../wire/slow.h"

#define RECEIVE_BATCH 256
#define BEGIN_BATCH 64
#define LOOK INT64_C(10000000)      /* interval of looking for new targets and for the stop */
#define LOOK_MAX INT64_C(100000000)

struct tracer;

/* A target that is being traced, by one trail after the other. */
struct under_way {
    struct under_way *next, **prev;
    struct tracer *tracer;
    struct pp_timer timer; /* begins the next trail */
    unsigned flow;
    struct pp_traced traced; /* last member: its array of flows follows */
};

struct tracer {
    const struct pp_tracer_config *c;
    struct pp_sweeper *sweeper;
    struct under_way *all;
    struct pp_prefix_rate prefix_rate;
    struct pp_slow_rate slow;
    struct pp_wheel wheel;
    struct pp_rng rng;
    struct pp_target *waiting; /* taken from the source and not begun */
    int64_t now, again;
    unsigned under_way;
    bool ended, no_memory;
};

static void sent(void *arg, bool ok)
{
    struct tracer *t = arg;

    atomic_fetch_add_explicit(&t->c->counters->packets_out, 1, memory_order_relaxed);
    if (!ok)
        atomic_fetch_add_explicit(&t->c->counters->send_errors, 1, memory_order_relaxed);
}

static void refused(void *arg, uint64_t tag)
{
    struct tracer *t = arg;

    (void)tag;
    atomic_fetch_add_explicit(&t->c->counters->send_errors, 1, memory_order_relaxed);
}

static bool is_ours(const struct tracer *t, const struct pp_packet *pkt)
{
    const struct pp_vantage *v = t->c->plan->vantage;

    return pkt->proto == t->c->plan->mode->proto && pp_sweeper_has_port(t->sweeper, pkt->sport) &&
           ((v->v4.usable && pp_addr_eq(&pkt->src, &v->v4.addr)) ||
            (v->v6.usable && pp_addr_eq(&pkt->src, &v->v6.addr)));
}

static void on_frame(void *arg, const struct pp_frame *f)
{
    struct tracer *t = arg;
    struct pp_packet pkt;

    if (pp_packet_decode(&pkt, f->ip, f->cap) < 0 || is_ours(t, &pkt))
        return;
    if (pkt.checksum == PP_CHECKSUM_WRONG || pkt.ip_checksum == PP_CHECKSUM_WRONG)
        return;
    atomic_fetch_add_explicit(&t->c->counters->packets_in, 1, memory_order_relaxed);
    pp_sweeper_packet(t->sweeper, &pkt, t->now);
}

/* ---- targets ---------------------------------------------------------------------------------------------------- */

static void located(struct pp_locate *l, void *arg)
{
    struct under_way *u = arg;

    (void)l;
    pp_wheel_set(&u->tracer->wheel, &u->timer, u->tracer->now); /* a timer: no freeing in this callback */
}

static void finish(struct tracer *t, struct under_way *u)
{
    t->c->done(t->c->arg, &u->traced);
    atomic_fetch_add_explicit(&t->c->counters->done, 1, memory_order_relaxed);
    for (unsigned i = 0; i < u->traced.nflows; i++)
        pp_locate_free(u->traced.flow[i], t->now);
    *u->prev = u->next;
    if (u->next)
        u->next->prev = u->prev;
    t->under_way--;
    free(u->traced.target);
    free(u);
}

static void begin_flow(struct pp_timer *timer, void *arg)
{
    struct under_way *u = PP_CONTAINER_OF(timer, struct under_way, timer);
    struct tracer *t = arg;
    const struct pp_tracer_config *c = t->c;

    while (u->flow < u->traced.nflows && !atomic_load_explicit(c->stop, memory_order_relaxed)) {
        unsigned flow = u->flow++;
        u->traced.flow[flow] = pp_locate_new(&(struct pp_locate_config){.sweeper = t->sweeper,
                                                                       .plan = c->plan,
                                                                       .pool = c->pool,
                                                                       .target = u->traced.target,
                                                                       .flow = flow,
                                                                       .arm = c->arm,
                                                                       .narms = c->narms,
                                                                       .farthest = c->farthest,
                                                                       .single = c->census,
                                                                       .rng = &t->rng,
                                                                       .done = located,
                                                                       .arg = u},
                                             t->now);
        if (u->traced.flow[flow])
            return;
    }
    finish(t, u);
}

static bool begin(struct tracer *t, struct pp_target *target)
{
    unsigned n = t->c->flows;
    struct under_way *u = calloc(1, sizeof *u + n * sizeof u->traced.flow[0]);
    int64_t at;

    if (!u)
        return false;
    u->tracer = t;
    u->traced.target = target;
    u->traced.nflows = n;
    u->next = t->all;
    u->prev = &t->all;
    if (t->all)
        t->all->prev = &u->next;
    t->all = u;
    t->under_way++;
    atomic_fetch_add_explicit(&t->c->counters->started, 1, memory_order_relaxed);
    at = pp_prefix_rate_take(&t->prefix_rate, &target->addr, t->now);
    pp_wheel_set(&t->wheel, &u->timer, at);
    return true;
}

static void admit(struct tracer *t)
{
    const struct pp_tracer_config *c = t->c;

    for (unsigned i = 0; i < BEGIN_BATCH && t->under_way < c->in_flight; i++) {
        struct pp_target *target;
        if (t->ended || (c->full && c->full(c->arg)) || atomic_load_explicit(c->stop, memory_order_relaxed))
            return;
        target = c->source.take(c->source.arg, &t->ended);
        if (!target)
            return;
        if (!begin(t, target)) {
            t->no_memory = t->ended = true;
            free(target);
            return;
        }
    }
}

static void stop_all(struct tracer *t)
{
    for (struct under_way *u = t->all; u; u = u->next) {
        struct pp_locate *l = u->flow ? u->traced.flow[u->flow - 1] : NULL;
        if (l && !pp_timer_is_set(&u->timer))
            pp_locate_stop(l);
        pp_wheel_set(&t->wheel, &u->timer, t->now);
        u->flow = u->traced.nflows;
    }
}

/* ---- the loop --------------------------------------------------------------------------------------------------- */

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t wake_time(const struct tracer *t)
{
    int64_t at = least(pp_sweeper_next(t->sweeper), pp_wheel_next(&t->wheel));
    int64_t look = t->now + (t->ended || t->under_way >= t->c->in_flight ? LOOK_MAX : LOOK);

    return least(least(at, look), pp_slow_next(t->c->wire));
}

static int loop(struct tracer *t)
{
    const struct pp_tracer_config *c = t->c;
    const struct pp_wire_ops *ops = c->wire->ops;
    bool stopped = false;

    for (;;) {
        t->now = ops->now(c->wire);
        int got = ops->receive(c->wire, on_frame, t, RECEIVE_BATCH);
        if (got < 0)
            return -1;
        if (!stopped && (atomic_load(c->stop) || (c->stop_at && t->now >= c->stop_at))) {
            stopped = t->ended = true;
            stop_all(t);
        }
        pp_sweeper_run(t->sweeper, t->now);
        pp_wheel_advance(&t->wheel, t->now, begin_flow, t);
        if (got < RECEIVE_BATCH)
            admit(t);
        pp_sweeper_run(t->sweeper, t->now);
        pp_wire_flush(c->wire, refused, t);
        /* Trails that have ended and rest may still get answers from the target, unless their TTLs were limited. */
        if (t->ended && !t->under_way && (stopped || c->farthest || !pp_sweeper_trails(t->sweeper)))
            return t->no_memory ? pp_error("out of memory") : 0;
        if (got == 0)
            ops->wait(c->wire, wake_time(t));
    }
}

int pp_tracer_run(const struct pp_tracer_config *c)
{
    struct tracer t = {.c = c, .now = pp_wire_now(c->wire), .rng = pp_rng_init(c->seed, 0x7ace)};
    int result = -1;

    pp_wheel_init(&t.wheel, t.now);
    pp_slow_rate_init(&t.slow, 1, t.now);
    c->wire->slow = pp_slow_new(&t.slow);
    t.sweeper = pp_sweeper_new(&(struct pp_sweeper_config){.plan = c->plan,
                                                           .wire = c->wire,
                                                           .ports = c->ports,
                                                           .nports = c->nports,
                                                           .rate = c->rate,
                                                           .hop_rate = c->hop_rate,
                                                           .seed = c->seed,
                                                           .skip = c->census,
                                                           .arg = &t,
                                                           .sent = sent},
                               t.now);
    if (t.sweeper && c->wire->slow && pp_prefix_rate_init(&t.prefix_rate, c->prefix_rate) == 0)
        result = loop(&t);
    else
        pp_error("out of memory");
    while (t.all) {
        struct under_way *u = t.all;
        t.all = u->next;
        for (unsigned i = 0; i < u->traced.nflows; i++)
            pp_locate_free(u->traced.flow[i], t.now);
        free(u->traced.target);
        free(u);
    }
    pp_prefix_rate_release(&t.prefix_rate);
    pp_sweeper_free(t.sweeper);
    pp_slow_free(c->wire->slow);
    c->wire->slow = NULL;
    return result;
}
