/* SPDX-License-Identifier: BSD-2-Clause */
/* worker.c: the loop: receive, keep time, admit, send. */
#include "worker.h"

#include "../base/container.h"
#include "locating.h"
#include "receive.h"
#include "scheduler.h"

#include <errno.h>

#define RECEIVE_BATCH 256
#define STATS_EVERY INT64_C(100000000)
#define TOGETHER INT64_C(5000000)
#define STALL INT64_C(500000000) /* ns by which a wake-up is late, from which on it counts as a stall */
#define CATCH_UP 1000            /* the most batches of packets before timers fire */

/* ---- the loop ------------------------------------------------------------------------------------------ */

static void fire(struct pp_timer *t, void *arg)
{
    struct pp_tick *tick = (struct pp_tick *)t;

    if (tick->kind == PP_TICK_PROBE)
        pp_probe_timer(PP_CONTAINER_OF(tick, struct pp_probe, tick));
    else
        pp_scheduler_timer(arg, PP_CONTAINER_OF(tick, struct pp_job, tick));
}

static bool finished(struct pp_worker *w)
{
    const struct pp_scheduler *s = &w->scheduler;
    int stop = atomic_load(w->c.stop);

    if (stop >= 1 && w->locating)
        pp_locating_stop(w);
    if (stop >= 1)
        pp_scheduler_drop_resting(w);
    if (stop >= 2)
        pp_scheduler_abandon(w);
    if (s->in_flight + s->idle > s->references || (w->locating && pp_locating_count(w->locating)) ||
        (!stop && (!s->ended || s->next)))
        return false;
    pp_scheduler_drop_resting(w); /* none but reference targets is left */
    pp_scheduler_abandon(w);
    return true;
}

/*
 * Rounds AT up, so that timers fire together: a wake-up costs as much as several packets, and retransmissions and
 * starts of rounds tolerate some milliseconds. (The rate's burst is twice as long, so that no packet is lost by it.)
 */
static int64_t together(int64_t at)
{
    return at < PP_NEVER - TOGETHER ? (at + TOGETHER - 1) / TOGETHER * TOGETHER : at;
}

static int64_t wake_time(const struct pp_worker *w)
{
    int64_t at = pp_wheel_next(&w->wheel);
    /* The feeder and the writer wake this thread; a look every 10 ms catches a wake-up that was missed. */
    int64_t look = w->scheduler.at > w->prober.now ? w->scheduler.at : w->prober.now + INT64_C(10000000);

    if ((w->scheduler.ended && !w->scheduler.next) || w->scheduler.in_flight >= w->c.in_flight)
        look = PP_NEVER;
    if (look < at)
        at = look;
    if (w->locating && pp_locating_next(w->locating) < at)
        at = pp_locating_next(w->locating);
    if (pp_slow_next(w->wire) < at)
        at = pp_slow_next(w->wire);
    return at == PP_NEVER ? w->prober.now + INT64_C(100000000) : at > w->prober.now ? together(at) : at;
}

/* Prints once what the vantage check found. -1: the run must stop. */
static int tell_findings(struct pp_worker *w)
{
    const struct pp_vantage_check *c = &w->vantage_check;
    bool found = c->finding.altered || c->finding.dropped;

    if (found && !w->finding_told)
        pp_vantage_check_print(c, &c->finding, !w->c.allow_impaired);
    w->finding_told |= found;
    if (c->doubt.dropped && !w->doubt_told && !found)
        pp_vantage_check_print(c, &c->doubt, false);
    w->doubt_told |= c->doubt.dropped;
    return found && !w->c.allow_impaired ? -1 : 0;
}

/*
 * Handles a stall: this thread did not run for LATE ns (SIGSTOP, a debugger, a lack of CPU). Arms whose time ran out
 * meanwhile may have been answered, so the ring is read before timers fire. Silence in a round under way shows nothing.
 */
static int catch_up(struct pp_worker *w, int64_t late)
{
    int got = RECEIVE_BATCH;

    pp_warn("a worker got no processor time for %.1f s: its current rounds are repeated where they rest on missing "
            "answers",
            (double)late / 1e9);
    pp_losses_stall(&w->losses);
    for (unsigned i = 0; i < CATCH_UP && got == RECEIVE_BATCH; i++)
        got = w->wire->ops->receive(w->wire, pp_worker_frame, w, RECEIVE_BATCH);
    return got;
}

static void out_of_ports(const struct pp_worker *w)
{
    pp_error("other programs or NAT on this host send from %u of %u source ports: too few are left",
             w->c.nports - w->prober.nports, w->c.nports);
    pp_hint("--ports LO-HI selects other ports, --source an address that no NAT uses");
}

int pp_worker_run(struct pp_worker *w)
{
    const struct pp_wire_ops *ops = w->wire->ops;
    int64_t planned = ops->now(w->wire);

    for (;;) {
        w->prober.now = ops->now(w->wire);
        if (w->prober.nports < w->prober.least_ports) {
            out_of_ports(w);
            pp_scheduler_abandon(w);
            pp_wire_flush(w->wire, pp_worker_refused, w);
            return -1;
        }
        int got = w->prober.now - planned < STALL ? ops->receive(w->wire, pp_worker_frame, w, RECEIVE_BATCH)
                                           : catch_up(w, w->prober.now - planned);
        planned = w->prober.now;
        if (got < 0) {
            pp_scheduler_abandon(w);
            return -1;
        }
        if (w->c.vantage_check && tell_findings(w) < 0) {
            pp_scheduler_abandon(w);
            pp_wire_flush(w->wire, pp_worker_refused, w);
            return -1;
        }
        pp_wheel_advance(&w->wheel, w->prober.now, fire, w);
        if (w->locating)
            pp_locating_run(w);
        if (w->prober.now >= w->losses.looked_at + STATS_EVERY) {
            pp_losses_look(&w->losses, w->prober.now);
            pp_resting_look(w);
        }
        /*
         * After a full batch more frames wait in the ring: these are read before packets are sent, or the ring would
         * overflow.
         */
        if (got < RECEIVE_BATCH && !atomic_load_explicit(w->c.stop, memory_order_relaxed))
            pp_scheduler_run(w);
        pp_wire_flush(w->wire, pp_worker_refused, w);
        if (finished(w)) {
            pp_wire_flush(w->wire, pp_worker_refused, w);
            return 0;
        }
        if (got == 0) {
            planned = wake_time(w);
            ops->wait(w->wire, planned);
        }
    }
}

/* ---- life ----------------------------------------------------------------------------------------------- */

static int prober_init(struct pp_prober *p, const struct pp_worker *w)
{
    const struct pp_worker_config *c = &w->c;

    p->plan = c->plan;
    p->wire = c->wire;
    p->rate = c->rate;
    p->counters = c->counters;
    p->ports = c->ports;
    p->all_ports = p->nports = c->nports;
    p->least_ports = p->nports < c->plan->narms + 2 ? p->nports : c->plan->narms + 2; /* with A' and D */
    for (unsigned i = 0; i < p->nports; i++)
        p->port[c->ports[i] / 64] |= UINT64_C(1) << c->ports[i] % 64;
    p->now = pp_wire_now(c->wire);
    p->secret = pp_sipkey_of_boot();
    p->probe_size = (sizeof(struct pp_probe) + c->plan->chains.size + 7) & ~(size_t)7;
    if (pp_ended_init(&p->past) < 0 || pp_flow_table_init(&p->flows, 4096) < 0)
        return -1;
    if (c->plan->initials && !(p->crypto = pp_quic_crypto_new()))
        return -1;
    return c->plan->mode->cost && !(p->pool = pp_http_pool_new(c->plan->user_agent)) ? -1 : 0;
}

static void prober_release(struct pp_prober *p)
{
    pp_probes_release(p);
    if (p->pool)
        pp_http_pool_free(p->pool);
    pp_quic_crypto_free(p->crypto);
    pp_flow_table_release(&p->flows);
    pp_ended_release(&p->past);
}

struct pp_worker *pp_worker_new(const struct pp_worker_config *c)
{
    struct pp_worker *w = calloc(1, sizeof *w);

    if (!w)
        goto fail;
    w->c = *c;
    w->plan = c->plan;
    w->wire = c->wire;
    w->prober.wheel = &w->wheel;
    if (c->locate.on && !(w->locating = pp_locating_new(w, pp_scheduler_located))) {
        if (errno)
            goto fail;
        if (c->number == 0)
            pp_warn("%u source ports are too few for --locate", c->nports);
    }
    w->losses = (struct pp_loss_watch){.wire = c->wire, .counters = c->counters, .gaps = c->gaps};
    /* A plan of one arm has no treatment to check. With A' and D, a round needs narms + 2 ports. */
    w->c.vantage_check = c->vantage_check && !c->plan->alone && c->nports > c->plan->narms + 2;
    if (c->vantage_check && !c->plan->alone && !w->c.vantage_check && c->number == 0)
        pp_warn("%u source ports are too few for the vantage check, which is left out",
                c->nports);
    if (w->c.vantage_check) /* the vantage check uses the slice's last port */
        pp_vantage_check_init(&w->vantage_check, c->plan, c->ports[--w->c.nports],
                              w->locating ? pp_locating_hop_rate(w->locating) : NULL);
    w->rng = pp_rng_init(c->plan->seed, c->seed);
    if (pp_plan_slow(c->plan) && !(w->slow = w->wire->slow = pp_slow_new(c->slow)))
        goto fail;
    pp_wheel_init(&w->wheel, pp_wire_now(w->wire));
    w->prohibited = pp_admin_prohibited_new();
    if (!w->prohibited || prober_init(&w->prober, w) < 0 || pp_scheduler_init(w) < 0)
        goto fail;
    pp_scheduler_references(w);
    return w;
fail:
    pp_worker_free(w);
    pp_error("out of memory for a worker");
    return NULL;
}

void pp_worker_free(struct pp_worker *w)
{
    if (!w)
        return;
    pp_scheduler_drop_resting(w);
    pp_locating_free(w->locating);
    pp_slow_free(w->slow); /* the wire may be gone */
    pp_scheduler_release(w);
    prober_release(&w->prober);
    pp_admin_prohibited_free(w->prohibited);
    pp_references_release(&w->references);
    free(w);
}

uint64_t pp_worker_pending(const struct pp_worker *w)
{
    return w->scheduler.pending;
}

const struct pp_prohibited *pp_worker_prohibited(const struct pp_worker *w, uint64_t *network, uint64_t *host)
{
    *network = w->scheduler.prohibited[0];
    *host = w->scheduler.prohibited[1];
    return pp_admin_prohibited_networks(w->prohibited);
}

uint64_t pp_worker_barred(const struct pp_worker *w)
{
    return w->scheduler.barred;
}

uint64_t pp_worker_not_started(const struct pp_worker *w)
{
    return w->scheduler.next != NULL;
}

size_t pp_worker_references(const struct pp_worker *w, const struct pp_reference_entry **entries)
{
    *entries = w->references.entry;
    return w->references.n;
}

const struct pp_vantage_check *pp_worker_vantage_check(const struct pp_worker *w)
{
    return &w->vantage_check;
}

const struct pp_outage *pp_worker_outage(const struct pp_worker *w)
{
    return &w->outage;
}
