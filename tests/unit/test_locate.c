/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_locate.c: places against the truth of the lab, over both families: whether the true boundary lies in the
 * interval, how wide that is, and that nothing is named where there is nothing to be named.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../core/base/buf.h"
#include "../../core/trace/tracer.h"
#include "../../lab/stage/virtual.h"

static const struct pp_step ecn_syn[] = {{.on = PP_ON_SYN, .tcp_set = PP_TCP_ECE | PP_TCP_CWR}};
static const struct pp_step ect0_data[] = {{.on = PP_ON_SYN, .tcp_set = PP_TCP_ECE | PP_TCP_CWR},
                                           {.on = PP_ON_DATA, .tos_mask = 3, .tos = PP_ECT0}};
static const struct pp_step ef_datagram[] = {{.on = PP_ON_DATAGRAM, .tos_mask = 0xfc, .tos = 46 << 2}};
static const uint8_t unknown_option[] = {253, 4, 0, 1};
static const struct pp_step option_syn[] = {{.on = PP_ON_SYN, .options = unknown_option, .options_len = 4}};

static const struct pp_arm tcp_arms[] = {
    {.name = "A", .title = "plain"},
    {.name = "B1", .title = "ECN-setup SYN", .connectivity = "t.syn", .steps = ecn_syn, .nsteps = 1},
    {.name = "B2", .title = "ECT(0) data", .connectivity = "t.data", .steps = ect0_data, .nsteps = 2},
    {.name = "B3", .title = "unknown option", .connectivity = "t.option", .steps = option_syn, .nsteps = 1},
};
static const struct pp_arm udp_arms[] = {
    {.name = "A", .title = "plain"},
    {.name = "B1", .title = "EF", .connectivity = "t.udp", .steps = ef_datagram, .nsteps = 1},
};
static const struct pp_plugin over_tcp = {.abi = PP_PLUGIN_ABI, .size = sizeof(struct pp_plugin), .name = "t",
                                          .title = "t", .modes = PP_MODE_DNSTCP, .default_mode = PP_MODE_DNSTCP,
                                          .arms = tcp_arms, .narms = 4};
static const struct pp_plugin over_udp = {.abi = PP_PLUGIN_ABI, .size = sizeof(struct pp_plugin), .name = "t",
                                          .title = "t", .modes = PP_MODE_DNSUDP, .default_mode = PP_MODE_DNSUDP,
                                          .arms = udp_arms, .narms = 2};

#define ANY 255

struct row {
    const char *what;
    const struct pp_plugin *plugin;
    unsigned arm;
    const char *behaviour; /* NULL: none */
    unsigned from, to;     /* hops at which it sits */
    const char *more;      /* members of the class */
    int kind;              /* enum pp_place_kind; -1: no place */
    unsigned width;        /* the most; ANY: whatever */
    unsigned missed;       /* of 100 targets so many may be without a place */
    int64_t stop_at;       /* of the virtual clock; 0: never */
    unsigned hop_rate;
};

#define SERVER "\"server\": \"ecn\", \"ports\": [53], \"delay_ms\": 15, \"jitter_ms\": 5"

static const struct row rows[] = {
    {"SYN dropped", &over_tcp, 1, "ecn.syn.drop", 2, 9, SERVER, PP_PLACE_DROP, 1, 0, 0, 0},
    {"SYN answered by RST", &over_tcp, 1, "ecn.syn.rst", 2, 9, SERVER, PP_PLACE_RESET, 1, 0, 0, 0},
    {"data cleared", &over_tcp, 2, "ecn.ip.clear", 2, 9, SERVER, PP_PLACE_REWRITE, 1, 0, 0, 0},
    {"data dropped", &over_tcp, 2, "ecn.ect.drop", 2, 9, SERVER, PP_PLACE_DROP, 1, 0, 0, 0},
    {"option stripped", &over_tcp, 3, "tcpopt.unknown.strip", 2, 9, SERVER, PP_PLACE_REWRITE, 1, 0, 0, 0},
    {"datagram re-marked", &over_udp, 1, "dscp.bleach", 2, 9, SERVER, PP_PLACE_REWRITE, 1, 0, 0, 0},
    {"datagram dropped", &over_udp, 1, "dscp.ef.drop", 2, 9, SERVER, PP_PLACE_DROP, 1, 0, 0, 0},
    {"one silent router", &over_tcp, 1, "ecn.syn.drop", 4, 4, SERVER ", \"routers\": [{\"hop\": 5, \"answers\": 0}]",
     PP_PLACE_DROP, 2, 0, 0, 0},
    {"three silent routers", &over_tcp, 1, "ecn.syn.drop", 5, 5,
     SERVER ", \"routers\": [{\"hop\": 4, \"answers\": 0}, {\"hop\": 5, \"answers\": 0}, {\"hop\": 6, \"answers\": 0}]",
     PP_PLACE_DROP, 4, 0, 0, 0},
    {"a rewrite among three silent routers", &over_tcp, 2, "ecn.ip.clear", 5, 5,
     SERVER ", \"routers\": [{\"hop\": 4, \"answers\": 0}, {\"hop\": 5, \"answers\": 0}, {\"hop\": 6, \"answers\": 0}]",
     PP_PLACE_REWRITE, 4, 0, 0, 0},
    {"quotes of eight bytes", &over_tcp, 1, "ecn.syn.drop", 2, 9, SERVER ", \"routers\": [{\"quote\": 8}]",
     PP_PLACE_DROP, 1, 0, 0, 0},
    {"quotes with labels", &over_tcp, 2, "ecn.ip.clear", 2, 8, SERVER ", \"routers\": [{\"labels\": 3}]",
     PP_PLACE_REWRITE, 1, 0, 0, 0},
    {"routers that answer once a second", &over_tcp, 2, "ecn.ip.clear", 4, 6, SERVER ", \"routers\": [{\"rate\": 1}]",
     PP_PLACE_REWRITE, ANY, 10, 0, 1},
    {"routers side by side, by flow", &over_tcp, 1, "ecn.syn.drop", 3, 7, SERVER ", \"routers\": [{\"ways\": 4}]",
     PP_PLACE_DROP, 1, 0, 0, 0},
    {"loss", &over_tcp, 1, "ecn.syn.drop", 4, 6, SERVER ", \"loss\": 0.01", PP_PLACE_DROP, ANY, 20, 0, 0},
    {"nothing", &over_tcp, 1, NULL, 0, 0, SERVER, -1, 0, 0, 0, 0},
    {"nothing, but loss", &over_tcp, 1, NULL, 0, 0, SERVER ", \"loss\": 0.05", -1, 0, 0, 0, 0},
    {"nothing, but loss, in session", &over_tcp, 2, NULL, 0, 0, SERVER ", \"loss\": 0.05", -1, 0, 0, 0, 0},
    {"nothing, but limited routers", &over_tcp, 1, NULL, 0, 0, SERVER ", \"routers\": [{\"rate\": 1}]", -1, 0, 0, 0, 0},
    {"nothing, but irregular routers", &over_tcp, 2, NULL, 0, 0, SERVER ", \"routers\": [{\"answers\": 0.5}]", -1, 0, 0,
     0, 0},
    {"nothing, and packets balanced one by one", &over_tcp, 1, NULL, 0, 0,
     SERVER ", \"routers\": [{\"ways\": 3, \"by\": \"packet\"}]", -1, 0, 0, 0, 0},
    {"nothing, and another path every ten seconds", &over_udp, 1, NULL, 0, 0,
     SERVER ", \"routers\": [{\"ways\": 2, \"by\": \"time\"}]", -1, 0, 0, 0, 0},
    {"nothing, and balanced by the TOS byte", &over_udp, 1, NULL, 0, 0,
     SERVER ", \"routers\": [{\"ways\": 4, \"by\": \"tos\"}]", -1, 0, 0, 0, 0},
    {"all routers silent", &over_tcp, 1, NULL, 0, 0, SERVER ", \"routers\": [{\"answers\": 0}]", -1, 0, 0, 0, 0},
    {"a dead target", &over_tcp, 1, NULL, 0, 0, "\"server\": \"silent\", \"ports\": [53], \"delay_ms\": 15", -1, 0, 0,
     0, 0},
    {"interrupted", &over_tcp, 1, "ecn.syn.drop", 4, 4, SERVER, -1, 0, 0, INT64_C(30000000000), 0},
};

struct bench {
    const struct row *row;
    unsigned hop;
    struct pp_lab *lab;
    uint64_t next, hosts;
    unsigned done, found, wrong, wide, other, none;
    uint64_t syns, resets;
};

static struct pp_target *take(void *arg, bool *end)
{
    struct bench *b = arg;
    struct pp_target *t;
    struct pp_lab_host h;

    *end = b->next == b->hosts;
    if (*end || !(t = calloc(1, sizeof *t)))
        return NULL;
    pp_lab_host(b->lab, b->next++, &h);
    *t = (struct pp_target){.addr = h.addr, .port = h.port, .domain = "www.example"};
    return t;
}

static void look_at(struct bench *b, const struct pp_place *p)
{
    const struct row *row = b->row;

    if (!p->has_from && !p->has_to) {
        b->none++;
        return;
    }
    if (row->kind < 0 || p->kind != row->kind) {
        b->other++;
        return;
    }
    b->found++;
    b->wrong += (p->has_from && p->from.ttl > b->hop) || (p->has_to && p->to.ttl <= b->hop) || !p->has_from;
    b->wide += !p->has_to || p->to.ttl - p->from.ttl > (int)row->width;
}

static void done(void *arg, const struct pp_traced *t)
{
    struct bench *b = arg;
    const struct pp_where *w;
    int on;

    b->done++;
    if (!t->flow[0])
        return;
    w = pp_locate_where(t->flow[0], 0, &on);
    for (unsigned i = 0; i < w->places; i++)
        look_at(b, &w->place[i]);
}

static void trace(struct bench *b, const struct row *row, unsigned hop, uint64_t hosts, const char *family)
{
    static struct pp_scenario s;
    static const uint16_t ports[] = {61000, 61001};
    struct pp_vantage v = {.ifname = "virtual", .linktype = -1};
    struct pp_plan plan = {.connect_timeout = INT64_C(10000000000)};
    struct pp_locate_arm arm = {.arm = (uint8_t)row->arm, .ask = {.alpha = PP_WHERE_ALPHA, .pairs_max = 12}};
    struct pp_lab_stats stats;
    struct pp_live_counters counters = {0};
    struct pp_token_bucket rate;
    struct pp_wire *wire;
    _Atomic int stop = 0;
    char json[2048], path[256] = "";

    *b = (struct bench){.row = row, .hop = hop, .hosts = hosts};
    if (row->behaviour)
        snprintf(path, sizeof path, ", \"path\": [{\"behaviour\": \"%s\", \"dir\": \"fwd\", \"hop\": %u}]",
                 row->behaviour, hop);
    snprintf(json, sizeof json, "{\"hops\": [10, 12], \"vantage\": true, \"hosts\": [{\"share\": 1, %s, %s%s}]}",
             family, row->more, path);
    assert_int_equal(pp_scenario_parse(&s, "test", json, strlen(json)), 0);
    b->lab = pp_lab_new(&s, hosts, 3 + hop);
    wire = pp_virtual_open(b->lab, NULL, 11);
    pp_addr_parse(&v.v4.addr, "192.0.2.1", 9);
    pp_addr_parse(&v.v6.addr, "2001:db8::1", 11);
    v.v4.usable = v.v6.usable = true;
    v.v4.mtu = v.v6.mtu = 1500;
    assert_int_equal(pp_plan_init(&plan, row->plugin, NULL, &v), 0);
    pp_token_bucket_init(&rate, 0, 1, pp_wire_now(wire));
    struct pp_tracer_config c = {.plan = &plan, .wire = wire, .ports = ports, .nports = 2, .rate = &rate, .seed = 5,
                                 .in_flight = 10000, .flows = 1, .arm = &arm, .narms = 1,
                                 .source = {.arg = b, .take = take}, .counters = &counters, .stop = &stop,
                                 .stop_at = row->stop_at, .hop_rate = row->hop_rate, .arg = b, .done = done};
    assert_int_equal(pp_tracer_run(&c), 0);
    assert_int_equal(b->done, hosts);
    pp_lab_stats(b->lab, &stats);
    if (!row->stop_at) /* else what came last may still be on its way */
        assert_int_equal(stats.connections, 0);
    pp_plan_release(&plan);
    wire->ops->free(wire);
    pp_lab_free(b->lab);
}

static void test_row(void **state)
{
    const struct row *row = *state;
    static const char *const family[] = {"\"families\": [4]", "\"families\": [6]"};
    unsigned hosts = 0, found = 0, wrong = 0, wide = 0, other = 0;

    for (int f = 0; f < 2; f++)
        for (unsigned hop = row->from; hop <= row->to; hop++) {
            struct bench b;
            trace(&b, row, hop, row->behaviour ? 10 : 50, family[f]);
            hosts += b.done;
            found += b.found;
            wrong += b.wrong;
            wide += b.wide;
            other += b.other;
        }
    print_message("%s: %u targets, %u located, %u wrong, %u too wide, %u otherwise\n", row->what, hosts, found, wrong,
                  wide, other);
    assert_int_equal(wrong, 0);
    assert_int_equal(other, 0);
    if (row->kind < 0) {
        assert_int_equal(found, 0);
        return;
    }
    assert_true(found * 100 >= hosts * (100 - row->missed));
    if (row->width != ANY)
        assert_int_equal(wide, 0);
}

int main(void)
{
    enum { N = sizeof rows / sizeof *rows };
    struct CMUnitTest tests[N];

    for (unsigned i = 0; i < N; i++)
        tests[i] = (struct CMUnitTest){.name = rows[i].what, .test_func = test_row,
                                       .initial_state = (void *)(uintptr_t)&rows[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
