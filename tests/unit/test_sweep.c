/* SPDX-License-Identifier: BSD-2-Clause */
/* test_sweep.c: an arm's packets with rising TTL through the lab, and the rows that come of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../core/base/buf.h"
#include "../../core/trace/sweep.h"
#include "../../lab/stage/virtual.h"

static const struct pp_step ecn_syn[] = {{.on = PP_ON_SYN, .tcp_set = PP_TCP_ECE | PP_TCP_CWR}};
static const struct pp_step ect0_data[] = {{.on = PP_ON_SYN, .tcp_set = PP_TCP_ECE | PP_TCP_CWR},
                                           {.on = PP_ON_DATA, .tos_mask = 3, .tos = PP_ECT0}};
static const struct pp_step ect0_datagram[] = {{.on = PP_ON_DATAGRAM, .tos_mask = 3, .tos = PP_ECT0}};

static const struct pp_arm tcp_arms[] = {
    {.name = "A", .title = "plain"},
    {.name = "B1", .title = "ECN-setup SYN", .connectivity = "t.syn", .steps = ecn_syn, .nsteps = 1},
    {.name = "B2", .title = "ECT(0) data", .connectivity = "t.data", .steps = ect0_data, .nsteps = 2},
};
static const struct pp_arm udp_arms[] = {
    {.name = "A", .title = "plain"},
    {.name = "B1", .title = "ECT(0)", .connectivity = "t.udp", .steps = ect0_datagram, .nsteps = 1},
};
static const struct pp_plugin over_tcp = {.abi = PP_PLUGIN_ABI, .size = sizeof(struct pp_plugin), .name = "t",
                                          .title = "t", .modes = PP_MODE_TCP, .default_mode = PP_MODE_TCP,
                                          .arms = tcp_arms, .narms = 3};
static const struct pp_plugin over_udp = {.abi = PP_PLUGIN_ABI, .size = sizeof(struct pp_plugin), .name = "t",
                                          .title = "t", .modes = PP_MODE_DNSUDP, .default_mode = PP_MODE_DNSUDP,
                                          .arms = udp_arms, .narms = 2};

static const uint8_t request[] = "GET / HTTP/1.1\r\nHost: www.example\r\nUser-Agent: test\r\n"
                                 "Accept: */*\r\nX: yyyyyyyyyyyy\r\n\r\n";

/* One target of the lab, and a trail to it. */
struct bench {
    struct pp_lab *lab;
    struct pp_wire *wire;
    struct pp_vantage vantage;
    struct pp_plan plan;
    struct pp_token_bucket rate;
    struct pp_sweeper *sweeper;
    struct pp_trail *trail;
    struct pp_target target;
    struct pp_sweep sweep;
    bool done;
    unsigned left_plain, left_reset, syns; /* packets seen leaving: all, RSTs, SYNs */
    unsigned in;
};

#define FOUR "\"families\": [4], "
#define SIX "\"families\": [6], "

static const uint16_t ports[] = {61000};

static void swept(struct pp_trail *t, void *arg)
{
    (void)t;
    ((struct bench *)arg)->done = true;
}

/* FAMILY and MEMBERS: of the hosts. */
static void bench_open(struct bench *b, const struct pp_plugin *plugin, const char *family, const char *members,
                       uint64_t hop_rate)
{
    static struct pp_scenario s;
    char json[2048];
    struct pp_lab_host h;

    memset(b, 0, sizeof *b);
    snprintf(json, sizeof json, "{\"hops\": [8, 8], \"vantage\": true, \"hosts\": [{\"share\": 1, %s%s}]}", family,
             members);
    assert_int_equal(pp_scenario_parse(&s, "test", json, strlen(json)), 0);
    b->lab = pp_lab_new(&s, 2, 7);
    b->wire = pp_virtual_open(b->lab, NULL, 7);
    pp_addr_parse(&b->vantage.v4.addr, "192.0.2.1", 9);
    pp_addr_parse(&b->vantage.v6.addr, "2001:db8::1", 11);
    b->vantage.v4.usable = b->vantage.v6.usable = true;
    b->vantage.v4.mtu = b->vantage.v6.mtu = 1500;
    b->plan = (struct pp_plan){.connect_timeout = INT64_C(10000000000)};
    assert_int_equal(pp_plan_init(&b->plan, plugin, NULL, &b->vantage), 0);
    pp_token_bucket_init(&b->rate, 0, 1, pp_wire_now(b->wire));
    b->sweeper = pp_sweeper_new(&(struct pp_sweeper_config){.plan = &b->plan, .wire = b->wire, .ports = ports,
                                                            .nports = 1, .rate = &b->rate, .hop_rate = hop_rate,
                                                            .seed = 1},
                                pp_wire_now(b->wire));
    pp_lab_host(b->lab, 0, &h);
    b->target = (struct pp_target){.addr = h.addr, .port = h.port, .domain = "www.example"};
    b->trail = pp_trail_new(b->sweeper, &b->target, 0, swept, b);
    assert_non_null(b->trail);
}

static void on_frame(void *arg, const struct pp_frame *f)
{
    struct bench *b = arg;
    struct pp_packet p;

    assert_int_equal(pp_packet_decode(&p, f->ip, f->cap), 0);
    if (p.sport == 61000 && p.proto != PP_PROTO_ICMP && p.proto != PP_PROTO_ICMP6 && !p.fragment &&
        !pp_addr_eq(&p.src, &b->target.addr)) {
        b->left_plain++;
        b->left_reset += p.proto == PP_PROTO_TCP && (p.tcp.flags & PP_TCP_RST);
        b->syns += p.proto == PP_PROTO_TCP && (p.tcp.flags & PP_TCP_SYN);
        return;
    }
    b->in++;
    pp_sweeper_packet(b->sweeper, &p, pp_wire_now(b->wire));
}

static void spin(struct bench *b, bool to_end)
{
    while (to_end ? pp_sweeper_trails(b->sweeper) > 0 : !b->done) {
        int got = b->wire->ops->receive(b->wire, on_frame, b, 64);
        pp_sweeper_run(b->sweeper, pp_wire_now(b->wire));
        b->wire->ops->flush(b->wire, NULL, NULL);
        if (!got && pp_sweeper_next(b->sweeper) != PP_NEVER)
            b->wire->ops->wait(b->wire, pp_sweeper_next(b->sweeper));
    }
}

static const struct pp_sweep *sweep(struct bench *b, unsigned arm, enum pp_on on, unsigned distance)
{
    struct pp_sweep_ask ask = {.arm = arm, .on = on, .from = 1, .distance = (uint8_t)distance, .bytes = request,
                               .len = sizeof request - 1};

    b->done = false;
    pp_trail_sweep(b->trail, &ask, &b->sweep, pp_wire_now(b->wire));
    spin(b, false);
    return &b->sweep;
}

static void bench_close(struct bench *b)
{
    struct pp_lab_stats s;

    pp_trail_end(b->trail, pp_wire_now(b->wire));
    spin(b, true);
    pp_lab_stats(b->lab, &s);
    assert_int_equal(s.connections, 0); /* nothing is left open */
    pp_sweeper_free(b->sweeper);
    pp_plan_release(&b->plan);
    b->wire->ops->free(b->wire);
    pp_lab_free(b->lab);
}

static void assert_hops(const struct pp_sweep *s, const char *what)
{
    static const char letter[] = {[PP_SEEN_NOT_ASKED] = '-', [PP_SEEN_SILENT] = '.', [PP_SEEN_UNREACHABLE] = 'u',
                                  [PP_SEEN_EXCEEDED] = 't', [PP_SEEN_ACK] = 'a', [PP_SEEN_RST] = 'r',
                                  [PP_SEEN_ANSWER] = 'A'};
    char is[PP_WHERE_TTL_MAX + 1] = "";

    for (unsigned i = 0; i < s->hops; i++)
        is[i] = letter[s->hop[i].what];
    assert_string_equal(is, what);
}

#define PLAIN "\"server\": \"ecn\", \"delay_ms\": 10"
#define BOX(behaviour, hop) PLAIN ", \"path\": [{\"behaviour\": \"" behaviour "\", \"dir\": \"fwd\", \"hop\": " hop "}]"


static void with_both(void (*test)(const char *family))
{
    test(FOUR);
    test(SIX);
}

static void syn(const char *f)
{
    struct bench b;

    bench_open(&b, &over_tcp, f, PLAIN, 0);
    for (int i = 0; i < 3; i++) {
        assert_hops(sweep(&b, i % 2, PP_ON_SYN, 0), "ttttttttA");
        for (unsigned k = 0; k < 8; k++) {
            assert_int_equal(b.sweep.hop[k].tries, 1);
            assert_int_equal(b.sweep.hop[k].diff.changes, 0);
            assert_int_equal(b.sweep.hop[k].quoted_ttl, 1);
        }
    }
    bench_close(&b);
}

static void test_syn(void **state)
{
    (void)state;
    with_both(syn);
}

static void dropped(const char *f)
{
    struct bench b;

    bench_open(&b, &over_tcp, f, BOX("ecn.syn.drop", "4"), 0);
    assert_hops(sweep(&b, 0, PP_ON_SYN, 0), "ttttttttA");
    assert_hops(sweep(&b, 1, PP_ON_SYN, 9), "tttt.....");
    assert_int_equal(b.sweep.hop[8].tries, PP_SWEEP_TRIES);
    assert_hops(sweep(&b, 1, PP_ON_SYN, 0), "tttt.....");
    bench_close(&b);
}

static void test_dropped(void **state)
{
    (void)state;
    with_both(dropped);
}

static void reset(const char *f)
{
    struct bench b;

    bench_open(&b, &over_tcp, f, BOX("ecn.syn.rst", "4"), 0);
    assert_hops(sweep(&b, 1, PP_ON_SYN, 0), "ttttr");
    assert_hops(sweep(&b, 0, PP_ON_SYN, 0), "ttttttttA");
    assert_hops(sweep(&b, 1, PP_ON_SYN, 9), "ttttr");
    bench_close(&b);
}

static void test_reset(void **state)
{
    (void)state;
    with_both(reset);
}

static void in_session(const char *f)
{
    struct bench b;

    bench_open(&b, &over_tcp, f, BOX("ecn.ip.clear", "5"), 0);
    assert_hops(sweep(&b, 0, PP_ON_DATA, 0), "ttttttttA");
    assert_hops(sweep(&b, 2, PP_ON_DATA, 9), "ttttttttA");
    for (unsigned k = 0; k < 8; k++) {
        assert_int_equal(b.sweep.hop[k].diff.changes, k >= 5);
        if (k >= 5)
            assert_int_equal(b.sweep.hop[k].diff.change[0].field, PP_FIELD_ECN);
    }
    bench_close(&b);
}

static void test_in_session(void **state)
{
    (void)state;
    with_both(in_session);
}

static void datagrams(const char *f)
{
    struct bench b;

    bench_open(&b, &over_udp, f, "\"ports\": [53], " BOX("ecn.ip.clear", "5"), 0);
    assert_hops(sweep(&b, 0, PP_ON_DATAGRAM, 0), "ttttttttA");
    assert_hops(sweep(&b, 1, PP_ON_DATAGRAM, 9), "ttttttttA");
    for (unsigned k = 0; k < 8; k++)
        assert_int_equal(b.sweep.hop[k].diff.changes, k >= 5);
    bench_close(&b);
}

static void test_datagrams(void **state)
{
    (void)state;
    with_both(datagrams);
}

static void routers(const char *f)
{
    struct bench b;

    bench_open(&b, &over_tcp, f, PLAIN ", \"routers\": [{\"hop\": 2, \"answers\": 0}, {\"hop\": 3, \"quote\": 8}, "
             "{\"hop\": 4, \"labels\": 2}, {\"hop\": 7, \"answers\": 0}, {\"hop\": 8, \"answers\": 0}]", 0);
    for (int i = 0; i < 3; i++) {
        assert_hops(sweep(&b, 0, PP_ON_SYN, 0), "t.tttt..A");
        assert_int_equal(b.sweep.hop[2].diff.quote, pp_addr_is4(&b.target.addr) ? 28 : 48);
        assert_int_equal(b.sweep.hop[3].labels, 2);
        assert_int_equal(b.sweep.hop[3].label, 16000);
        assert_int_equal(b.sweep.hop[3].diff.changes, 0);
    }
    bench_close(&b);
}

static void test_routers(void **state)
{
    (void)state;
    with_both(routers);
}

static void test_closed(void **state)
{
    struct bench b;

    (void)state;
    bench_open(&b, &over_tcp, FOUR, "\"server\": \"refuse\", \"delay_ms\": 10", 0);
    assert_hops(sweep(&b, 0, PP_ON_SYN, 0), "ttttttttr");
    assert_hops(sweep(&b, 1, PP_ON_SYN, 9), "ttttttttr");
    bench_close(&b);
    bench_open(&b, &over_tcp, FOUR, "\"server\": \"silent\", \"delay_ms\": 10", 0);
    assert_hops(sweep(&b, 0, PP_ON_SYN, 0), "tttttttt.....");
    bench_close(&b);
}

/* Eight at a time, at most three times each, and at one router no more often than was said. */
static void test_politeness(void **state)
{
    struct bench b;
    int64_t begin, end;

    (void)state;
    bench_open(&b, &over_tcp, FOUR, "\"server\": \"silent\", \"delay_ms\": 10, "
                              "\"routers\": [{\"answers\": 0}]", 0);
    assert_hops(sweep(&b, 0, PP_ON_SYN, 0), ".....");
    assert_int_equal(b.syns, 5 * PP_SWEEP_TRIES);
    bench_close(&b);
    bench_open(&b, &over_tcp, FOUR, PLAIN, 1);
    for (int i = 0; i < 4; i++)
        sweep(&b, 0, PP_ON_SYN, 0);
    begin = pp_wire_now(b.wire);
    for (int i = 0; i < 10; i++)
        sweep(&b, 0, PP_ON_SYN, 0);
    end = pp_wire_now(b.wire);
    assert_true(end - begin >= INT64_C(9000000000));
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_syn),        cmocka_unit_test(test_dropped), cmocka_unit_test(test_reset),
        cmocka_unit_test(test_in_session), cmocka_unit_test(test_datagrams), cmocka_unit_test(test_routers),
        cmocka_unit_test(test_closed),     cmocka_unit_test(test_politeness),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
