/* SPDX-License-Identifier: BSD-2-Clause */
/* threads.c: opens, starts and ends the threads of a run. */
#include "threads.h"

#include "../base/when.h"
#include "../targets/prefix_rate.h"
#include "../targets/target_options.h"
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
static unsigned queue_size(const struct pp_threads *threads)
{
    const struct pp_campaign *c = threads->campaign;
    uint64_t targets = c->run.settings->rate / pp_plan_packets(&c->run.plan) / c->run.nworkers;

    if (c->run.settings->rate == 0 || targets > PP_QUEUE_TARGETS)
        return PP_QUEUE_TARGETS;
    return targets < QUEUE_MIN ? QUEUE_MIN : (unsigned)targets;
}

static int open_slot(struct pp_threads *threads, unsigned k, size_t ring)
{
    struct pp_campaign *c = threads->campaign;
    const struct pp_settings *s = c->run.settings;
    struct pp_worker_slot *slot = &threads->slot[k];
    struct pp_target *references[PP_REFERENCES_MAX];
    unsigned nreferences = 0;
    struct pp_worker_config config;
    const uint16_t *ports;
    unsigned slots, slot_bytes;
    unsigned nports = pp_ports_slice(threads->ports, k, c->run.nworkers, &ports);

    if (nports == 0)
        return pp_error("%u workers are more than the ports that could be muted", c->run.nworkers);
    slot->threads = threads;
    slot->wire = pp_live_open(&(struct pp_live_config){
        .vantage = &c->run.vantage,
        .ports = ports,
        .nports = nports,
        .snaplen = pp_plan_snaplen(&c->run.plan),
        .ring_bytes = ring,
    });
    if (!slot->wire)
        return -1;
    pp_live_ring(slot->wire, &slots, &slot_bytes);
    pp_queue_init(&slot->queue, slot->wire, queue_size(threads));
    slot->queued = true;
    for (unsigned i = 0; i < threads->nreferences; i++)
        if (threads->reference[i] && pp_threads_slot_for(threads, threads->reference[i]) == slot) {
            references[nreferences++] = threads->reference[i];
            threads->reference[i] = NULL;
        }
    config = (struct pp_worker_config){
        .plan = &c->run.plan,
        .wire = slot->wire,
        .ports = ports,
        .nports = nports,
        .seed = k + (uint64_t)c->resume.part * PP_WORKERS_MAX, /* each part of a run has streams of its own */
        .rate = &threads->rate,
        .prefix_rate = s->prefix_rate,
        .source = {.arg = &slot->queue, .take = pp_queue_take},
        .blocklist = threads->blocklist,
        .pairs = threads->pairs,
        .references = references,
        .nreferences = nreferences,
        .vantage_check = !s->no_vantage_check,
        .number = k,
        .claim = threads->claim,
        .allow_impaired = s->allow_impaired_vantage,
        .locate = {.on = s->locate, .hop_rate = s->hop_rate},
        .in_flight = s->in_flight / c->run.nworkers + (k < s->in_flight % c->run.nworkers),
        .ring_slots = slots,
        .budget = FLIGHT_BUDGET / c->run.nworkers,
        .counters = &c->live.counters[k],
        .stop = &threads->stop,
        .gaps = &threads->gaps,
    };
    if (pp_recorder_init(&slot->recorder, &config, threads->writer, threads->pcap) < 0)
        return -1;
    slot->worker = pp_worker_new(&config);
    return slot->worker ? 0 : -1;
}

int pp_threads_open(struct pp_threads *threads, size_t ring_budget)
{
    struct pp_campaign *c = threads->campaign;
    const struct pp_settings *s = c->run.settings;

    /* A worker without a share of --in-flight would never take a target. */
    c->run.nworkers = (unsigned)(s->workers < s->in_flight ? s->workers : s->in_flight);
    threads->ports = pp_ports_open((uint16_t)s->ports.lo, (uint16_t)s->ports.hi, PP_PORTS_DEFAULT,
                                   c->run.plan.mode->proto == PP_PROTO_UDP);
    if (!threads->ports || pp_threads_references(threads) < 0)
        return -1;
    threads->pairs = pp_address_pairs_new();
    if (!threads->pairs)
        return pp_error("out of memory");
    pp_vantage_resolve_gateways(&c->run.vantage);
    threads->spread = pp_sipkey_random();
    pp_token_bucket_init(&threads->rate, s->rate, pp_plan_packets(&c->run.plan), pp_clock(CLOCK_MONOTONIC));
    pp_kernel_counts(&threads->kernel);
    if (pp_threads_output(threads) < 0)
        return -1;
    for (unsigned k = 0; k < c->run.nworkers; k++)
        if (open_slot(threads, k, ring_budget / c->run.nworkers) < 0)
            return -1;
    return 0;
}

/* ---- threads ---------------------------------------------------------------------------------------------------- */

static void *work(void *arg)
{
    struct pp_worker_slot *slot = arg;
    struct pp_threads *threads = slot->threads;

    slot->result = pp_worker_run(slot->worker);
    if (slot->result < 0)
        pp_threads_abandon(threads); /* one capture less is a part of the observations less: better none */
    if (atomic_fetch_sub(&threads->running, 1) == 1)
        pthread_kill(threads->main_thread, SIGCHLD);
    return NULL;
}

/* What of the list will never be asked; its END says how much is left of it. */
static void tell_total(struct pp_threads *threads, bool end)
{
    struct pp_target_counts n = {0};

    pp_feeder_counts(threads->feeder, &n);
    atomic_store_explicit(&threads->campaign->live.unasked, n.duplicate + n.no_route, memory_order_relaxed);
    if (end)
        atomic_store_explicit(&threads->campaign->live.total,
                              n.read - n.duplicate - n.no_route - n.invalid_line - n.blocked - n.sampled_out -
                                  n.prohibited_network - n.prohibited_host, memory_order_relaxed);
}

static void *feed(void *arg)
{
    struct pp_threads *threads = arg;
    struct pp_target *t;

    while ((t = pp_threads_next(threads))) {
        tell_total(threads, false);
        if (!pp_threads_may_probe(threads, t)) {
            threads->refused++;
            free(t);
            threads->failed = true;
            pp_threads_stop(threads);
            break;
        }
        atomic_fetch_or(&threads->campaign->live.families, 1u << pp_addr_family(&t->addr));
        if (!pp_queue_put(&pp_threads_slot_for(threads, t)->queue, t)) {
            threads->refused++;
            free(t);
            break;
        }
    }
    tell_total(threads, true);
    threads->refused += threads->ahead != NULL;
    free(threads->ahead);
    for (unsigned k = 0; k < threads->campaign->run.nworkers; k++)
        pp_queue_end(&threads->slot[k].queue);
    return NULL;
}

int pp_threads_start(struct pp_threads *threads)
{
    unsigned n = threads->campaign->run.nworkers;

    threads->main_thread = pthread_self();
    atomic_store(&threads->running, n);
    if (pp_writer_start(threads->writer) < 0 || (threads->pcap && pp_writer_start(threads->pcap) < 0) ||
        (threads->left_out && pp_left_out_start(threads->left_out) < 0))
        return -1;
    for (unsigned k = 0; k < n; k++) {
        struct pp_worker_slot *slot = &threads->slot[k];
        if (pthread_create(&slot->thread, NULL, work, slot))
            goto fail;
        slot->started = true;
    }
    if (pthread_create(&threads->feeder_thread, NULL, feed, threads))
        goto fail;
    threads->feeder_started = true;
    if (threads->campaign->live.ahead)
        pp_ahead_start(threads->campaign->live.ahead);
    return 0;
fail:
    pp_error_errno("cannot start a thread");
    pp_threads_abandon(threads);
    pp_threads_join(threads);
    return -1;
}

bool pp_threads_done(struct pp_threads *threads)
{
    return atomic_load(&threads->running) == 0;
}

bool pp_threads_written(struct pp_threads *threads)
{
    pp_writer_end(threads->writer);
    if (threads->pcap)
        pp_writer_end(threads->pcap);
    return pp_writer_ended(threads->writer) && (!threads->pcap || pp_writer_ended(threads->pcap));
}

void pp_threads_quiesce(struct pp_threads *threads)
{
    pp_writer_quiesce(threads->writer);
    if (threads->pcap)
        pp_writer_quiesce(threads->pcap);
}

static void stop_at_least(struct pp_threads *threads, int level)
{
    int old = atomic_load(&threads->stop);

    while (old < level && !atomic_compare_exchange_weak(&threads->stop, &old, level))
        ;
    pp_input_stop(threads->input);
    for (unsigned k = 0; k < threads->campaign->run.nworkers; k++) {
        pp_queue_stop(&threads->slot[k].queue);
        threads->slot[k].wire->ops->wake(threads->slot[k].wire);
    }
}

void pp_threads_stop(struct pp_threads *threads)
{
    stop_at_least(threads, 1);
}

void pp_threads_abandon(struct pp_threads *threads)
{
    stop_at_least(threads, 2);
}

void pp_threads_join(struct pp_threads *threads)
{
    if (threads->feeder_started)
        pthread_join(threads->feeder_thread, NULL);
    threads->feeder_started = false;
    for (unsigned k = 0; k < threads->campaign->run.nworkers; k++) {
        struct pp_worker_slot *slot = &threads->slot[k];
        if (slot->started)
            pthread_join(slot->thread, NULL);
        slot->started = false;
        threads->failed |= slot->result < 0;
    }
    threads->failed |= pp_feeder_failed(threads->feeder);
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

static uint64_t drain(struct pp_worker_slot *slot)
{
    uint64_t left = slot->queued ? pp_queue_release(&slot->queue) : 0;

    slot->queued = false;
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
static void close_wires(struct pp_threads *threads)
{
    for (unsigned k = 0; k < threads->campaign->run.nworkers; k++) {
        struct pp_wire *wire = threads->slot[k].wire;
        if (wire)
            wire->ops->free(wire);
        threads->slot[k].wire = NULL;
    }
    pp_ports_free(threads->ports);
    threads->ports = NULL;
}

int pp_threads_count(struct pp_threads *threads, struct pp_target_counts *counts)
{
    struct pp_campaign *c = threads->campaign;
    uint64_t lost, network, host, barred = 0, interim = 0;
    int result = 0;

    if (pp_verdict_totals_init(&c->record.totals, &c->run.plan) < 0)
        return pp_error("out of memory for the summary");
    if (pp_writer_close(threads->writer, &counts->written) < 0)
        result = -1;
    for (unsigned k = 0; k < c->run.nworkers; k++)
        interim += threads->slot[k].recorder.interim;
    /* Of an output that failed it is not known which lines it took: rather too few. */
    counts->written -= interim < counts->written ? interim : counts->written;
    c->record.written_now = counts->written;
    counts->written += c->resume.journal.lines;
    if (c->resume.meta) {
        pp_verdict_totals_merge(&c->record.totals, &c->resume.journal.totals);
        add_prohibited(&c->record.prohibited, pp_admin_prohibited_networks(c->resume.journal.prohibited));
    }
    if (threads->pcap && pp_writer_close(threads->pcap, NULL) < 0)
        result = -1;
    if (pp_left_out_close(threads->left_out) < 0)
        result = -1;
    pp_feeder_finish(threads->feeder);
    if (pp_feeder_failed(threads->feeder))
        result = -1;
    pp_feeder_counts(threads->feeder, counts);
    counts->not_started += threads->refused;
    for (unsigned k = 0; k < c->run.nworkers; k++) {
        struct pp_worker_slot *slot = &threads->slot[k];
        pp_verdict_totals_merge(&c->record.totals, &slot->recorder.totals);
        add_windows(c, pp_worker_outage(slot->worker));
        c->record.nreferences[k] = pp_worker_references(slot->worker, &c->record.references[k]);
        counts->not_started += drain(slot) + pp_worker_not_started(slot->worker);
        counts->pending += pp_worker_pending(slot->worker);
        add_prohibited(&c->record.prohibited, pp_worker_left_alone(slot->worker, &network, &host));
        counts->prohibited_network += network;
        counts->prohibited_host += host;
        barred += pp_worker_barred(slot->worker);
    }
    counts->blocked += barred;
    if (barred)
        pp_warn("%" PRIu64 " targets were left out, begun or not, once the lists had been read again", barred);
    /* Lines that a failed output did not take were measured and are to be done again. */
    lost = c->record.totals.counts.targets - counts->written;
    counts->pending += lost;
    counts->written_invalid = lost ? 0 : c->record.totals.counts.invalid;
    close_wires(threads);
    return result;
}

void pp_threads_release(struct pp_threads *threads)
{
    if (threads->routes_open)
        pp_netlink_close(&threads->routes);
    pp_ahead_free(threads->campaign->live.ahead);
    threads->campaign->live.ahead = NULL;
    for (unsigned i = 0; i < threads->nreferences; i++)
        free(threads->reference[i]);
    for (unsigned k = 0; k < threads->campaign->run.nworkers; k++) {
        struct pp_worker_slot *slot = &threads->slot[k];
        drain(slot);
        pp_worker_free(slot->worker);
        pp_recorder_release(&slot->recorder);
    }
    close_wires(threads);
    pp_writer_free(threads->writer);
    pp_writer_free(threads->pcap);
    pp_left_out_free(threads->left_out);
    pp_feeder_free(threads->feeder);
    pp_input_free(threads->input);
    pp_blocklist_free(threads->blocklist);
    pp_address_pairs_free(threads->pairs);
}
