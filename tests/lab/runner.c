/* SPDX-License-Identifier: BSD-2-Clause */
/* runner.c: runs input, feeder, worker and writer on the lab's virtual wire. */
#include "runner.h"

#include "core/base/error.h"
#include "core/loader/plugins.h"

#define PORTS 1024
#define SECOND INT64_C(1000000000)

static struct pp_vantage vantage(void)
{
    struct pp_vantage v = {.ifname = "virtual", .linktype = -1};

    pp_addr_parse(&v.v4.addr, "192.0.2.1", 9);
    pp_addr_parse(&v.v6.addr, "2001:db8::1", 11);
    v.v4.usable = v.v6.usable = true;
    v.v4.mtu = v.v6.mtu = 1500;
    v.v4.ttl = v.v6.ttl = 64;
    return v;
}

int runner_write(const char *path, const struct pp_lab *lab, int (*write)(const struct pp_lab *, FILE *))
{
    FILE *f = fopen(path, "w");

    if (!f)
        return pp_error_errno("cannot write '%s'", path);
    if (write(lab, f) < 0) {
        fclose(f);
        return -1;
    }
    return fclose(f) ? pp_error_errno("cannot write '%s'", path) : 0;
}

static struct pp_target *take(void *arg, bool *end)
{
    struct pp_target *t = pp_feeder_next(arg);

    *end = !t;
    return t;
}

/* What a campaign is made of; all of it NULL or zero at first. */
struct parts {
    struct pp_wire *wire;
    struct pp_input *in;
    struct pp_writer *writer;
    struct pp_blocklist *blocklist;
    struct pp_feeder *feeder;
    struct pp_recorder recorder;
    struct pp_worker *worker;
};

static int parts_open(struct parts *p, struct runner *r, const struct pp_plan *plan, const struct pp_vantage *v,
                      struct pp_worker_config *config)
{
    p->wire = pp_virtual_open(r->lab, r->faults, r->seed);
    p->in = pp_input_open(r->targets);
    p->writer = pp_writer_open(r->observations, PP_WRITER_REPLACE, false);
    p->blocklist = pp_blocklist_open(NULL, NULL, false);
    if (!p->wire || !p->in || !p->writer || !p->blocklist)
        return -1;
    p->feeder = pp_feeder_new(&(struct pp_feeder_config){
        .input = p->in, .blocklist = p->blocklist, .vantage = v, .default_port = 80, .dedup = true});
    if (!p->feeder)
        return -1;
    pp_token_bucket_init(config->rate, 0, pp_plan_packets(plan), pp_wire_now(p->wire));
    pp_slow_rate_init(config->slow, pp_plan_slow(plan), pp_wire_now(p->wire));
    config->plan = plan;
    config->wire = p->wire;
    config->source = (struct pp_source_of_targets){.arg = p->feeder, .take = take};
    if (pp_recorder_init(&p->recorder, config, p->writer, NULL) < 0)
        return -1;
    p->worker = pp_worker_new(config);
    return p->worker ? 0 : -1;
}

static void parts_close(struct parts *p)
{
    pp_worker_free(p->worker);
    pp_recorder_release(&p->recorder);
    pp_feeder_free(p->feeder);
    pp_blocklist_free(p->blocklist);
    pp_writer_free(p->writer);
    pp_input_free(p->in);
    if (p->wire)
        p->wire->ops->free(p->wire);
}

int runner_campaign(struct runner *r)
{
    struct pp_vantage v = vantage();
    struct pp_plan plan = {.connect_timeout = 10 * SECOND,
                           .target_timeout = 30 * SECOND,
                           .seed = r->seed,
                           .rounds = r->rounds,
                           .max_rounds = RUNNER_ROUNDS,
                           .all_arms = r->all_arms,
                           .alpha = r->alpha > 0 ? r->alpha : RUNNER_ALPHA,
                           .cooldown = 2 * SECOND,
                           .spacing = r->spacing ? r->spacing : 60 * SECOND,
                           .aa = r->rounds ? 0 : 0.02,
                           .audit = r->rounds ? 0 : 0.01,
                           .locate_sample = r->locate ? 0.01 : 0,
                           .run_id = "virtual",
                           .user_agent = "pathprobe-test"};
    struct pp_live_counters counters = {0};
    struct pp_token_bucket rate;
    struct pp_slow_rate slow;
    _Atomic int stop = 0;
    uint16_t ports[PORTS];
    struct pp_worker_config config = {.ports = ports, .nports = PORTS, .seed = r->seed, .rate = &rate,
                                      .slow = &slow,
                                      .in_flight = 20000, .budget = 64u << 20, .counters = &counters, .stop = &stop,
                                      .vantage_check = r->locate,
                                      .locate = {.on = r->locate, .hop_rate = 10}};
    struct parts p = {0};
    bool planned;
    int result = -1;

    for (unsigned i = 0; i < PORTS; i++)
        ports[i] = (uint16_t)(61000 + i);
    planned = pp_plan_init(&plan, r->plugin, r->mode, &v) == 0;
    plan.max_flows = pp_plan_flows(&plan);
    if (!planned || parts_open(&p, r, &plan, &v, &config) < 0)
        goto out;
    r->elapsed = -pp_wire_now(p.wire);
    if (pp_worker_run(p.worker) < 0 || pp_writer_close(p.writer, &r->counts.written) < 0)
        goto out;
    pp_feeder_counts(p.feeder, &r->counts);
    r->elapsed += pp_wire_now(p.wire);
    r->packets = counters.packets_out;
    r->locate_packets = counters.locate_packets;
    r->sweeps = counters.sweeps;
    if (pp_worker_pending(p.worker) || r->counts.read != r->counts.written)
        pp_error("%llu targets, but %llu observations", (unsigned long long)r->counts.read,
                 (unsigned long long)r->counts.written);
    else
        result = 0;
out:
    parts_close(&p);
    if (planned)
        pp_plan_release(&plan);
    return result;
}
