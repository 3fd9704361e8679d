/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_census.c: a census of the lab in virtual time: it goes at its rate, every target is counted once, no router is
 * asked more often than --hop-rate allows, and memory stays bounded.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "../../core/trace/tracer.h"
#include "../../lab/stage/virtual.h"

#define HOSTS 100000
#define RATE 20000
#define HOP_RATE 10
#define MEMORY (256u << 10) /* KiB */
#define ROUTERS 16384       /* counters by hash: more than there are routers */

static const struct pp_step marked[] = {{.on = PP_ON_SYN, .tos_mask = 0xff, .tos = 46 << 2 | PP_ECT0}};
static const struct pp_arm arms[] = {
    {.name = "A", .title = "plain"},
    {.name = "census", .title = "EF and ECT(0)", .connectivity = "t.c", .steps = marked, .nsteps = 1},
};
static const struct pp_plugin plugin = {.abi = PP_PLUGIN_ABI, .size = sizeof(struct pp_plugin), .name = "t",
                                        .title = "t", .modes = PP_MODE_TCP, .default_mode = PP_MODE_TCP, .arms = arms,
                                        .narms = 2};

struct bench {
    struct pp_lab *lab;
    uint64_t next, done, met, hops, twice;
    uint8_t seen[HOSTS];
    struct {
        struct pp_addr addr;
        uint64_t n;
    } router[ROUTERS];
};

static struct pp_target *take(void *arg, bool *end)
{
    struct bench *b = arg;
    struct pp_target *t;
    struct pp_lab_host h;

    *end = b->next == HOSTS;
    if (*end || !(t = calloc(1, sizeof *t)))
        return NULL;
    t->asn = (uint32_t)b->next; /* the number of the target: nothing else reads this field here */
    pp_lab_host(b->lab, b->next++, &h);
    t->addr = h.addr;
    t->port = h.port;
    return t;
}

static void count_router(struct bench *b, const struct pp_addr *a)
{
    uint32_t hash = 2166136261u;

    for (unsigned i = 0; i < sizeof a->b; i++)
        hash = (hash ^ a->b[i]) * 16777619u;
    while (b->router[hash % ROUTERS].n && !pp_addr_eq(&b->router[hash % ROUTERS].addr, a))
        hash++;
    b->router[hash % ROUTERS].addr = *a;
    b->router[hash % ROUTERS].n++;
}

static void done(void *arg, const struct pp_traced *t)
{
    struct bench *b = arg;
    const struct pp_sweep *sweep[PP_WHERE_PAIRS_MAX];
    bool met = false;

    b->done++;
    b->twice += b->seen[t->target->asn]++;
    assert_non_null(t->flow[0]);
    assert_int_equal(pp_locate_sweeps(t->flow[0], 0, false, sweep), 1);
    for (unsigned i = 0; i < sweep[0]->hops; i++) {
        met |= sweep[0]->hop[i].what == PP_SEEN_ANSWER;
        if (sweep[0]->hop[i].what != PP_SEEN_EXCEEDED)
            continue;
        b->hops++;
        count_router(b, &sweep[0]->hop[i].from);
    }
    b->met += met;
}

static void a_census_goes_at_its_rate(void **state)
{
    static const char json[] =
        "{\"hosts\": [{\"share\": 1, \"server\": \"ecn\", \"delay_ms\": 20, \"jitter_ms\": 20}]}";
    static struct pp_scenario s;
    static struct bench b;
    static const uint16_t ports[] = {61000};
    struct pp_vantage v = {.ifname = "virtual", .linktype = -1};
    struct pp_plan plan = {.connect_timeout = INT64_C(10000000000)};
    struct pp_locate_arm arm = {.arm = 1, .ask = {.alpha = PP_WHERE_ALPHA, .pairs_max = 12, .quotes_only = true}};
    struct pp_live_counters counters = {0};
    struct pp_token_bucket rate;
    struct pp_wire *wire;
    struct rusage usage;
    _Atomic int stop = 0;
    double seconds, share;
    uint64_t most = 0;

    (void)state;
    assert_int_equal(pp_scenario_parse(&s, "census", json, strlen(json)), 0);
    b.lab = pp_lab_new(&s, HOSTS, 3);
    wire = pp_virtual_open(b.lab, NULL, 11);
    pp_addr_parse(&v.v4.addr, "192.0.2.1", 9);
    pp_addr_parse(&v.v6.addr, "2001:db8::1", 11);
    v.v4.usable = v.v6.usable = true;
    v.v4.mtu = v.v6.mtu = 1500;
    assert_int_equal(pp_plan_init(&plan, &plugin, NULL, &v), 0);
    pp_token_bucket_init(&rate, RATE, 1, pp_wire_now(wire));
    seconds = -(double)pp_wire_now(wire) / 1e9;
    assert_int_equal(pp_tracer_run(&(struct pp_tracer_config){
                         .plan = &plan, .wire = wire, .ports = ports, .nports = 1, .rate = &rate, .seed = 5,
                         .prefix_rate = 10, .hop_rate = HOP_RATE, .in_flight = 5000, .flows = 1, .arm = &arm,
                         .narms = 1, .census = true, .source = {.arg = &b, .take = take}, .counters = &counters,
                         .stop = &stop, .arg = &b, .done = done}),
                     0);
    seconds += (double)pp_wire_now(wire) / 1e9;
    getrusage(RUSAGE_SELF, &usage);
    share = (double)counters.packets_out / seconds / RATE;
    for (unsigned i = 0; i < ROUTERS; i++)
        most = b.router[i].n > most ? b.router[i].n : most;
    print_message("%llu packets in %.1f s, %.3f of the rate; %.1f hops a target; at most %.1f a second at a router; "
                  "%ld KiB\n", (unsigned long long)counters.packets_out, seconds, share, (double)b.hops / HOSTS,
                  (double)most / seconds, usage.ru_maxrss);
    assert_int_equal(b.done, HOSTS);
    assert_int_equal(b.twice, 0);
    assert_int_equal(b.met, HOSTS);
    assert_true(share >= .9);
    assert_true((double)most <= HOP_RATE * seconds + 3);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* they keep what is freed, and more beside it */
    assert_true(usage.ru_maxrss <= MEMORY);
#endif
    pp_plan_release(&plan);
    wire->ops->free(wire);
    pp_lab_free(b.lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_census_goes_at_its_rate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
