/* SPDX-License-Identifier: BSD-2-Clause */
/* crew.c: opens, starts and ends the threads of a run. */
#include "crew.h"

#include "../base/when.h"
#include "../targets/gate.h"
#include "../targets/pace.h"
#include "../wire/live.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <unistd.h>

/* Memory that targets in flight may hold, all workers together: the flat part of a run's memory less the rings. */
#define FLIGHT_BUDGET (64u << 20)

#define QUEUE_MIN 16 /* targets */

/* ---- opening -------------------------------------------------------------------------------------------------- */

/* About a second's work: what comes to two workers at once should not wait long behind what came before. */
static unsigned queue_size(const struct pp_crew *crew)
{
    const struct pp_campaign *c = crew->campaign;
    uint64_t targets = c->run.settings->rate / pp_plan_packets(&c->run.plan) / c->run.nworkers;

    if (c->run.settings->rate == 0 || targets > PP_QUEUE_TARGETS)
        return PP_QUEUE_TARGETS;
    return targets < QUEUE_MIN ? QUEUE_MIN : (unsigned)targets;
}

static int open_member(struct pp_crew *crew, unsigned k, size_t ring)
{
    struct pp_campaign *c = crew->campaign;
    const struct pp_settings *s = c->run.settings;
    struct pp_crew_member *m = &crew->member[k];
    struct pp_target *controls[PP_CONTROLS_MAX];
    unsigned ncontrols = 0;
    struct pp_worker_config config;
    const uint16_t *ports;
    unsigned slots, slot_bytes;
    unsigned nports = pp_ports_slice(crew->ports, k, c->run.nworkers, &ports);

    if (nports == 0)
        return pp_error("%u workers are more than the ports that could be muted", c->run.nworkers);
    m->crew = crew;
    m->wire = pp_live_open(&(struct pp_live_config){
        .vantage = &c->run.vantage,
        .ports = ports,
        .nports = nports,
        .snaplen = pp_plan_snaplen(&c->run.plan),
        .ring_bytes = ring,
    });
    if (!m->wire)
        return -1;
    pp_live_ring(m->wire, &slots, &slot_bytes);
    pp_queue_init(&m->queue, m->wire, queue_size(crew));
    m->queued = true;
    for (unsigned i = 0; i < crew->ncontrols; i++)
        if (crew->control[i] && pp_crew_member_for(crew, crew->control[i]) == m) {
            controls[ncontrols++] = crew->control[i];
            crew->control[i] = NULL;
        }
    config = (struct pp_worker_config){
        .plan = &c->run.plan,
        .wire = m->wire,
        .ports = ports,
        .nports = nports,
        .seed = k + (uint64_t)c->resume.part * PP_WORKERS_MAX, /* each part of a run has streams of its own */
        .rate = &crew->rate,
        .prefix_rate = s->prefix_rate,
        .source = {.arg = &m->queue, .take = pp_queue_take},
        .lists = crew->lists,
        .twins = crew->twins,
        .controls = controls,
        .ncontrols = ncontrols,
        .checkup = !s->no_vantage_check,
        .number = k,
        .gate = crew->gate,
        .allow_impaired = s->allow_impaired_vantage,
        .locate = {.on = s->locate, .hop_rate = s->hop_rate},
        .in_flight = s->in_flight / c->run.nworkers + (k < s->in_flight % c->run.nworkers),
        .ring_slots = slots,
        .budget = FLIGHT_BUDGET / c->run.nworkers,
        .tally = &c->live.tally[k],
        .stop = &crew->stop,
        .gaps = &crew->gaps,
    };
    if (pp_recorder_init(&m->recorder, &config, crew->writer, crew->pcap) < 0)
        return -1;
    m->worker = pp_worker_new(&config);
    return m->worker ? 0 : -1;
}

int pp_crew_open(struct pp_crew *crew, size_t ring_budget)
{
    struct pp_campaign *c = crew->campaign;
    const struct pp_settings *s = c->run.settings;

    /* A worker without a share of --in-flight would never take a target. */
    c->run.nworkers = (unsigned)(s->workers < s->in_flight ? s->workers : s->in_flight);
    crew->ports = pp_ports_open((uint16_t)s->ports.lo, (uint16_t)s->ports.hi, PP_PORTS_DEFAULT,
                                c->run.plan.mode->proto == PP_PROTO_UDP);
    if (!crew->ports || pp_crew_controls(crew) < 0)
        return -1;
    crew->twins = pp_twins_new();
    if (!crew->twins)
        return pp_error("out of memory");
    pp_vantage_resolve_gateways(&c->run.vantage);
    crew->spread = pp_sipkey_random();
    pp_rate_init(&crew->rate, s->rate, pp_plan_packets(&c->run.plan), pp_clock(CLOCK_MONOTONIC));
    pp_kernel_counts(&crew->kernel);
    if (pp_crew_output(crew) < 0)
        return -1;
    for (unsigned k = 0; k < c->run.nworkers; k++)
        if (open_member(crew, k, ring_budget / c->run.nworkers) < 0)
            return -1;
    return 0;
}

/* ---- threads ---------------------------------------------------------------------------------------------------- */

static void *work(void *arg)
{
    struct pp_crew_member *m = arg;
    struct pp_crew *crew = m->crew;

    m->result = pp_worker_run(m->worker);
    if (m->result < 0)
        pp_crew_abandon(crew); /* one capture less is a part of the observations less: better none */
    if (atomic_fetch_sub(&crew->running, 1) == 1)
        pthread_kill(crew->main_thread, SIGCHLD);
    return NULL;
}

/* What of the list will never be asked; its END says how much is left of it. */
static void tell_total(struct pp_crew *crew, bool end)
{
    struct pp_counts n = {0};

    pp_feeder_counts(crew->feeder, &n);
    atomic_store_explicit(&crew->campaign->live.unasked, n.duplicate + n.no_route, memory_order_relaxed);
    if (end)
        atomic_store_explicit(&crew->campaign->live.total,
                              n.read - n.duplicate - n.no_route - n.invalid_line - n.blocked - n.sampled_out -
                                  n.prohibited_network - n.prohibited_host, memory_order_relaxed);
}

static void *feed(void *arg)
{
    struct pp_crew *crew = arg;
    struct pp_target *t;

    while ((t = pp_crew_next(crew))) {
        tell_total(crew, false);
        if (!pp_crew_may_probe(crew, t)) {
            crew->refused++;
            free(t);
            crew->failed = true;
            pp_crew_stop(crew);
            break;
        }
        atomic_fetch_or(&crew->campaign->live.families, 1u << pp_addr_family(&t->addr));
        if (!pp_queue_put(&pp_crew_member_for(crew, t)->queue, t)) {
            crew->refused++;
            free(t);
            break;
        }
    }
    tell_total(crew, true);
    crew->refused += crew->ahead != NULL;
    free(crew->ahead);
    for (unsigned k = 0; k < crew->campaign->run.nworkers; k++)
        pp_queue_end(&crew->member[k].queue);
    return NULL;
}

int pp_crew_start(struct pp_crew *crew)
{
    unsigned n = crew->campaign->run.nworkers;

    crew->main_thread = pthread_self();
    atomic_store(&crew->running, n);
    if (pp_writer_start(crew->writer) < 0 || (crew->pcap && pp_writer_start(crew->pcap) < 0) ||
        (crew->left_out && pp_left_out_start(crew->left_out) < 0))
        return -1;
    for (unsigned k = 0; k < n; k++) {
        struct pp_crew_member *m = &crew->member[k];
        if (pthread_create(&m->thread, NULL, work, m))
            goto fail;
        m->started = true;
    }
    if (pthread_create(&crew->feeder_thread, NULL, feed, crew))
        goto fail;
    crew->feeder_started = true;
    if (crew->campaign->live.ahead)
        pp_ahead_start(crew->campaign->live.ahead);
    return 0;
fail:
    pp_error_errno("cannot start a thread");
    pp_crew_abandon(crew);
    pp_crew_join(crew);
    return -1;
}

bool pp_crew_done(struct pp_crew *crew)
{
    return atomic_load(&crew->running) == 0;
}

bool pp_crew_written(struct pp_crew *crew)
{
    pp_writer_end(crew->writer);
    if (crew->pcap)
        pp_writer_end(crew->pcap);
    return pp_writer_ended(crew->writer) && (!crew->pcap || pp_writer_ended(crew->pcap));
}

void pp_crew_quiesce(struct pp_crew *crew)
{
    pp_writer_quiesce(crew->writer);
    if (crew->pcap)
        pp_writer_quiesce(crew->pcap);
}

static void stop_at_least(struct pp_crew *crew, int level)
{
    int old = atomic_load(&crew->stop);

    while (old < level && !atomic_compare_exchange_weak(&crew->stop, &old, level))
        ;
    pp_input_stop(crew->input);
    for (unsigned k = 0; k < crew->campaign->run.nworkers; k++) {
        pp_queue_stop(&crew->member[k].queue);
        crew->member[k].wire->ops->wake(crew->member[k].wire);
    }
}

void pp_crew_stop(struct pp_crew *crew)
{
    stop_at_least(crew, 1);
}

void pp_crew_abandon(struct pp_crew *crew)
{
    stop_at_least(crew, 2);
}

void pp_crew_join(struct pp_crew *crew)
{
    if (crew->feeder_started)
        pthread_join(crew->feeder_thread, NULL);
    crew->feeder_started = false;
    for (unsigned k = 0; k < crew->campaign->run.nworkers; k++) {
        struct pp_crew_member *m = &crew->member[k];
        if (m->started)
            pthread_join(m->thread, NULL);
        m->started = false;
        crew->failed |= m->result < 0;
    }
    crew->failed |= pp_feeder_failed(crew->feeder);
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

static uint64_t drain(struct pp_crew_member *m)
{
    uint64_t left = m->queued ? pp_queue_release(&m->queue) : 0;

    m->queued = false;
    return left;
}

static void add_windows(struct pp_campaign *c, const struct pp_outage *o)
{
    for (unsigned i = 0; i < o->nwindows && c->record.nwindows < PP_OUTAGE_WINDOWS; i++)
        c->record.window[c->record.nwindows++] = o->window[i];
}

static void add_prohibited(struct pp_prohibited *all, const struct pp_prohibited *more)
{
    uint64_t networks = all->networks + more->networks;

    if (!all->networks)
        *all = *more;
    all->networks = networks;
}

/* Thousands of sockets: that takes a part of a short run's time. */
static void close_wires(struct pp_crew *crew)
{
    for (unsigned k = 0; k < crew->campaign->run.nworkers; k++) {
        struct pp_wire *wire = crew->member[k].wire;
        if (wire)
            wire->ops->free(wire);
        crew->member[k].wire = NULL;
    }
    pp_ports_free(crew->ports);
    crew->ports = NULL;
}

int pp_crew_count(struct pp_crew *crew, struct pp_counts *counts)
{
    struct pp_campaign *c = crew->campaign;
    uint64_t lost, network, host, barred = 0, interim = 0;
    int result = 0;

    if (pp_figures_init(&c->record.figures, &c->run.plan) < 0)
        return pp_error("out of memory for the summary");
    if (pp_writer_close(crew->writer, &counts->written) < 0)
        result = -1;
    for (unsigned k = 0; k < c->run.nworkers; k++)
        interim += crew->member[k].recorder.interim;
    /* Of an output that failed it is not known which lines it took: rather too few. */
    counts->written -= interim < counts->written ? interim : counts->written;
    c->record.written_now = counts->written;
    counts->written += c->resume.journal.lines;
    if (c->resume.meta) {
        pp_figures_merge(&c->record.figures, &c->resume.journal.figures);
        add_prohibited(&c->record.prohibited, pp_manners_prohibited(c->resume.journal.manners));
    }
    if (crew->pcap && pp_writer_close(crew->pcap, NULL) < 0)
        result = -1;
    if (pp_left_out_close(crew->left_out) < 0)
        result = -1;
    pp_feeder_finish(crew->feeder);
    if (pp_feeder_failed(crew->feeder))
        result = -1;
    pp_feeder_counts(crew->feeder, counts);
    counts->not_started += crew->refused;
    for (unsigned k = 0; k < c->run.nworkers; k++) {
        struct pp_crew_member *m = &crew->member[k];
        pp_figures_merge(&c->record.figures, &m->recorder.figures);
        add_windows(c, pp_worker_outage(m->worker));
        c->record.ncontrols[k] = pp_worker_controls(m->worker, &c->record.controls[k]);
        counts->not_started += drain(m) + pp_worker_not_started(m->worker);
        counts->pending += pp_worker_pending(m->worker);
        add_prohibited(&c->record.prohibited, pp_worker_left_alone(m->worker, &network, &host));
        counts->prohibited_network += network;
        counts->prohibited_host += host;
        barred += pp_worker_barred(m->worker);
    }
    counts->blocked += barred;
    if (barred)
        pp_warn("%" PRIu64 " targets were left out, begun or not, once the lists had been read again", barred);
    /* Lines that a failed output did not take were measured and are to be done again. */
    lost = c->record.figures.census.targets - counts->written;
    counts->pending += lost;
    counts->written_invalid = lost ? 0 : c->record.figures.census.invalid;
    close_wires(crew);
    return result;
}

void pp_crew_release(struct pp_crew *crew)
{
    if (crew->routes_open)
        pp_netlink_close(&crew->routes);
    pp_ahead_free(crew->campaign->live.ahead);
    crew->campaign->live.ahead = NULL;
    for (unsigned i = 0; i < crew->ncontrols; i++)
        free(crew->control[i]);
    for (unsigned k = 0; k < crew->campaign->run.nworkers; k++) {
        struct pp_crew_member *m = &crew->member[k];
        drain(m);
        pp_worker_free(m->worker);
        pp_recorder_release(&m->recorder);
    }
    close_wires(crew);
    pp_writer_free(crew->writer);
    pp_writer_free(crew->pcap);
    pp_left_out_free(crew->left_out);
    pp_feeder_free(crew->feeder);
    pp_input_free(crew->input);
    pp_lists_free(crew->lists);
    pp_twins_free(crew->twins);
}
