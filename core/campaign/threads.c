/* SPDX-License-Identifier: BSD-2-Clause */
/* threads.c: opens, starts and ends the threads of a run, and the input that feeds them. */
#include "threads.h"

#include "../base/json.h"
#include "../base/when.h"
#include "../results/progress.h"
#include "../targets/prefix_rate.h"
#include "../targets/special.h"
#include "../targets/target_options.h"
#include "../wire/live.h"
#include "resume.h"

#include <inttypes.h>
#include <signal.h>

/* Bytes that targets in flight of all workers may hold together. */
#define FLIGHT_BUDGET (64u << 20)

#define QUEUE_MIN 16 /* targets */

#define LISTS_TEXT_MAX (32u << 20) /* bytes; 4,096 lists with names of the greatest length, in JSON */

/* ---- input: what decides on targets before a worker sees them --------------------------------------------------- */

/* Reads the observations of earlier parts from the output. Opening it for writing first locks it. */
static int read_output(struct pp_threads *threads)
{
    threads->writer = pp_writer_open(threads->campaign->run.settings->output, PP_WRITER_APPEND, true);
    return threads->writer ? pp_resume_read(threads->campaign) : -1;
}

static int add_lists(struct pp_blocklist *l, enum pp_list_kind kind, const struct pp_strings *paths)
{
    for (unsigned i = 0; i < paths->n; i++)
        if (pp_blocklist_add(l, kind, paths->v[i]) < 0)
            return -1;
    return 0;
}

static int open_lists(struct pp_threads *threads)
{
    const struct pp_settings *s = threads->campaign->run.settings;

    threads->blocklist = pp_blocklist_new(true);
    return threads->blocklist && add_lists(threads->blocklist, PP_LIST_SITE_BLOCK, &s->site_blocklist) == 0 &&
                   add_lists(threads->blocklist, PP_LIST_SITE_ALLOW, &s->site_allowlist) == 0 &&
                   add_lists(threads->blocklist, PP_LIST_BLOCK, &s->blocklist) == 0 &&
                   pp_blocklist_add(threads->blocklist, PP_LIST_ALLOW, s->allowlist) == 0
               ? 0
               : -1;
}

/* Writes the lists and their hashes into OUT, for the metadata. */
static void describe_lists(const struct pp_blocklist *l, struct pp_buf *out)
{
    struct pp_json j;

    pp_buf_release(out);
    pp_buf_init(out, LISTS_TEXT_MAX);
    pp_json_init(&j, out);
    pp_blocklist_json(l, &j);
    if (out->failed) /* an incomplete description is dropped */
        pp_buf_reset(out);
}

void pp_threads_lists_release(struct pp_campaign *c)
{
    pp_buf_release(&c->record.lists);
    for (unsigned i = 0; i < c->record.nrereads; i++)
        pp_buf_release(&c->record.reread[i].lists);
}

int pp_threads_input(struct pp_threads *threads)
{
    struct pp_campaign *c = threads->campaign;
    const struct pp_settings *s = c->run.settings;
    struct pp_feeder_config config;
    enum pp_input_format format;
    enum pp_writer_how how;
    char again[32];

    if (pp_target_options_format(&format, s->input_format, s->csv_input) < 0)
        return -1;
    if (s->targets_fd)
        format = PP_INPUT_NDJSON;
    if (open_lists(threads) < 0)
        return -1;
    describe_lists(threads->blocklist, &c->record.lists);
    threads->input = s->targets_fd ? pp_input_open_fd(s->targets_fd, "the command line") : pp_input_open(s->input);
    if (!threads->input || pp_target_options_output(s->input, s->output) < 0)
        return -1;
    pp_input_sha256_ahead(threads->input, c->record.input_sha256);
    if (c->resume.meta && read_output(threads) < 0)
        return -1;
    how = s->resume ? PP_WRITER_APPEND : s->force ? PP_WRITER_REPLACE : PP_WRITER_NEW;
    if (s->left_out && !s->dry_run && !(threads->left_out = pp_left_out_open(s->left_out, how)))
        return -1;
    threads->routes_open = pp_netlink_open(&threads->routes) == 0;
    config = (struct pp_feeder_config){
        .input = threads->input,
        .format = format,
        .blocklist = threads->blocklist,
        .vantage = &c->run.vantage,
        .routes = threads->routes_open ? &threads->routes : NULL,
        .default_port = c->run.plan.mode->port,
        .unfit = c->run.plan.mode->unfit,
        .domain = c->run.plan.plugin->domain,
        .dedup = !s->no_dedup,
        .done = c->resume.journal.done,
        .ndone = c->resume.journal.lines,
        .prohibited = c->resume.journal.prohibited,
        .only = s->only4 ? 4 : s->only6 ? 6 : c->run.plan.family,
        .only_why = s->only4 || s->only6 ? NULL : pp_plan_one_family(&c->run.plan),
        .max_targets = s->max_targets,
        .left_out = threads->left_out,
        .shard_k = s->shard.lo,
        .shard_n = s->shard.hi,
    };
    threads->feeder = pp_feeder_new(&config);
    snprintf(again, sizeof again, "/proc/self/fd/%d", s->targets_fd);
    if (pp_progress_wanted(s->status) && !s->dry_run)
        c->live.ahead = pp_ahead_open(&config, s->targets_fd ? again : s->input);
    return threads->feeder ? 0 : -1;
}

int pp_threads_reread(struct pp_threads *threads)
{
    struct pp_campaign *c = threads->campaign;
    struct pp_reread *r;

    if (pp_blocklist_again(threads->blocklist) < 0)
        return -1;
    c->record.nrereads += c->record.nrereads < PP_REREADS_MAX; /* past the maximum, the last entry is overwritten */
    r = &c->record.reread[c->record.nrereads - 1];
    r->epoch = pp_clock(CLOCK_REALTIME);
    describe_lists(threads->blocklist, &r->lists);
    return 0;
}

/*
 * Returns the next target for the workers; NULL: the end of the list. Where a target is one of an IPv4/IPv6 pair, it
 * also tells the workers whether the other address follows: it does not if it is blocked or was seen before.
 */
static struct pp_target *next(struct pp_threads *threads)
{
    struct pp_target *t = threads->ahead ? threads->ahead : pp_feeder_next(threads->feeder);

    threads->ahead = NULL;
    if (!t || !t->pair || t->paired)
        return t;
    threads->ahead = pp_feeder_next(threads->feeder);
    if (threads->ahead && threads->ahead->pair == t->pair)
        t->paired = threads->ahead->paired = true;
    return t;
}

/* The worker that T goes to: one for all targets of a prefix, whose rate it limits. */
static struct pp_worker_slot *slot_for(struct pp_threads *threads, const struct pp_target *t)
{
    struct pp_addr prefix = pp_prefix_rate_prefix(&t->addr);

    return &threads->slot[pp_siphash(&threads->spread, &prefix, sizeof prefix) % threads->campaign->run.nworkers];
}

/* True if T may be probed. False, printed: T is a public address, and no --contact is given. */
static bool may_probe(const struct pp_threads *threads, const struct pp_target *t)
{
    char text[PP_ADDR_STRLEN];

    if (threads->campaign->run.settings->contact || !pp_addr_is_public(&t->addr))
        return true;
    pp_error("target %s is public: --contact is needed before the first packet to it", pp_addr_str(&t->addr, text));
    pp_hint("--contact TEXT (a mail address or page) goes into the HTTP User-Agent and the metadata: "
            "see pathprobe-measure(1)");
    return false;
}

/* Reads the reference targets of --control, by the rules for all targets. 0, or -1 printed. */
static int open_references(struct pp_threads *threads)
{
    struct pp_campaign *c = threads->campaign;
    struct pp_feeder *feeder = NULL;
    struct pp_input *input;
    struct pp_target *t;
    int result = -1;

    if (!c->run.settings->control)
        return 0;
    input = pp_input_open(c->run.settings->control);
    if (!input)
        return -1;
    feeder = pp_feeder_new(&(struct pp_feeder_config){.input = input,
                                                      .blocklist = threads->blocklist,
                                                      .vantage = &c->run.vantage,
                                                      .routes = threads->routes_open ? &threads->routes : NULL,
                                                      .default_port = c->run.plan.mode->port,
                                                      .unfit = c->run.plan.mode->unfit,
                                                      .domain = c->run.plan.plugin->domain,
                                                      .dedup = true,
                                                      .max_targets = PP_REFERENCES_MAX});
    if (!feeder)
        goto out;
    while ((t = pp_feeder_next(feeder))) {
        threads->reference[threads->nreferences++] = t;
        if (!may_probe(threads, t))
            goto out;
        atomic_fetch_or(&c->live.families, 1u << pp_addr_family(&t->addr));
    }
    pp_feeder_finish(feeder);
    result = pp_feeder_failed(feeder) ? -1 : 0;
    if (result == 0 && threads->nreferences == 0)
        result = pp_error("control file '%s' has no target that may be probed", c->run.settings->control);
out:
    pp_feeder_free(feeder);
    pp_input_free(input);
    return result;
}

/* ---- opening -------------------------------------------------------------------------------------------------- */

/* Targets for about a second: the two targets of a pair, in two queues, should begin close in time. */
static unsigned queue_size(const struct pp_threads *threads)
{
    const struct pp_campaign *c = threads->campaign;
    uint64_t targets = c->run.settings->rate / pp_plan_packets(&c->run.plan) / c->run.nworkers;

    if (c->run.settings->rate == 0 || targets > PP_QUEUE_TARGETS)
        return PP_QUEUE_TARGETS;
    return targets < QUEUE_MIN ? QUEUE_MIN : (unsigned)targets;
}

/* Opens the wire of SLOT and the queue of its targets. */
static int open_wire(struct pp_worker_slot *slot, const uint16_t *ports, unsigned nports, size_t ring)
{
    struct pp_threads *threads = slot->threads;
    const struct pp_campaign *c = threads->campaign;

    slot->wire = pp_live_open(&(struct pp_live_config){
        .vantage = &c->run.vantage,
        .ports = ports,
        .nports = nports,
        .snaplen = pp_plan_snaplen(&c->run.plan),
        .ring_bytes = ring,
    });
    if (!slot->wire)
        return -1;
    pp_queue_init(&slot->queue, slot->wire, queue_size(threads));
    slot->queued = true;
    return 0;
}

/* Moves the reference targets of SLOT into REFERENCES. Returns how many. */
static unsigned take_references(struct pp_worker_slot *slot, struct pp_target *references[PP_REFERENCES_MAX])
{
    struct pp_threads *threads = slot->threads;
    unsigned n = 0;

    for (unsigned i = 0; i < threads->nreferences; i++)
        if (threads->reference[i] && slot_for(threads, threads->reference[i]) == slot) {
            references[n++] = threads->reference[i];
            threads->reference[i] = NULL;
        }
    return n;
}

static int open_slot(struct pp_threads *threads, unsigned k, size_t ring)
{
    struct pp_campaign *c = threads->campaign;
    const struct pp_settings *s = c->run.settings;
    struct pp_worker_slot *slot = &threads->slot[k];
    struct pp_target *references[PP_REFERENCES_MAX];
    struct pp_worker_config config;
    const uint16_t *ports;
    unsigned slots, slot_bytes;
    unsigned nports = pp_ports_slice(threads->ports, k, c->run.nworkers, &ports);

    if (nports == 0)
        return pp_error("%u workers are more than the muted source ports", c->run.nworkers);
    slot->threads = threads;
    if (open_wire(slot, ports, nports, ring) < 0)
        return -1;
    pp_live_ring(slot->wire, &slots, &slot_bytes);
    config = (struct pp_worker_config){
        .plan = &c->run.plan,
        .wire = slot->wire,
        .ports = ports,
        .nports = nports,
        .seed = k + (uint64_t)c->resume.part * PP_WORKERS_MAX, /* each part of a run has random numbers of its own */
        .rate = &threads->rate,
        .slow = &threads->slow,
        .prefix_rate = s->prefix_rate,
        .source = {.arg = &slot->queue, .take = pp_queue_take},
        .blocklist = threads->blocklist,
        .pairs = threads->pairs,
        .references = references,
        .nreferences = take_references(slot, references),
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
    if (!threads->ports || open_references(threads) < 0)
        return -1;
    threads->pairs = pp_address_pairs_new();
    if (!threads->pairs)
        return pp_error("out of memory");
    pp_vantage_resolve_gateways(&c->run.vantage);
    threads->spread = pp_sipkey_random();
    pp_token_bucket_init(&threads->rate, s->rate, pp_plan_packets(&c->run.plan), pp_clock(CLOCK_MONOTONIC));
    pp_slow_rate_init(&threads->slow, pp_plan_slow(&c->run.plan), pp_clock(CLOCK_MONOTONIC));
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
        pp_threads_abandon(threads); /* without this worker a part of the targets would be missing */
    if (atomic_fetch_sub(&threads->running, 1) == 1)
        pthread_kill(threads->main_thread, SIGCHLD);
    return NULL;
}

/* Updates the number of targets read that will not be measured and, at the END of the list, the total. */
static void tell_total(struct pp_threads *threads, bool end)
{
    struct pp_target_counts n = {0};

    pp_feeder_counts(threads->feeder, &n);
    atomic_store_explicit(&threads->campaign->live.unasked, n.duplicate + n.other_family + n.no_route,
                          memory_order_relaxed);
    if (end)
        atomic_store_explicit(&threads->campaign->live.total,
                              n.read - n.duplicate - n.other_family - n.no_route - n.invalid_line - n.blocked -
                                  n.sampled_out - n.prohibited_network - n.prohibited_host, memory_order_relaxed);
}

static void *feed(void *arg)
{
    struct pp_threads *threads = arg;
    struct pp_target *t;

    while ((t = next(threads))) {
        tell_total(threads, false);
        if (!may_probe(threads, t)) {
            threads->refused++;
            free(t);
            threads->failed = true;
            pp_threads_stop(threads);
            break;
        }
        atomic_fetch_or(&threads->campaign->live.families, 1u << pp_addr_family(&t->addr));
        if (!pp_queue_put(&slot_for(threads, t)->queue, t)) {
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

/* Closes all wires at once, as closing thousands of sockets takes a part of a short run's time. */
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
    /* After a failed write it is not known which lines were written: all interim lines are subtracted. */
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
        add_prohibited(&c->record.prohibited, pp_worker_prohibited(slot->worker, &network, &host));
        counts->prohibited_network += network;
        counts->prohibited_host += host;
        barred += pp_worker_barred(slot->worker);
    }
    counts->blocked += barred;
    if (barred)
        pp_warn("%" PRIu64 " targets were left out, some of them already begun, after the blocklists were read again",
                barred);
    /* Targets whose lines a failed output did not take have to be measured again. */
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
