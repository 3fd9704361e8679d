/* SPDX-License-Identifier: BSD-2-Clause */
/* bench_sweep.c: the loop of one trail under the lab's clock. */
#include "bench_sweep.h"

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
const struct pp_plugin bench_over_tcp = {.abi = PP_PLUGIN_ABI, .size = sizeof(struct pp_plugin), .name = "t",
                                          .title = "t", .modes = PP_MODE_TCP, .default_mode = PP_MODE_TCP,
                                          .arms = tcp_arms, .narms = 3};
const struct pp_plugin bench_over_udp = {.abi = PP_PLUGIN_ABI, .size = sizeof(struct pp_plugin), .name = "t",
                                          .title = "t", .modes = PP_MODE_DNSUDP, .default_mode = PP_MODE_DNSUDP,
                                          .arms = udp_arms, .narms = 2};
const struct pp_plugin bench_over_quic = {.abi = PP_PLUGIN_ABI, .size = sizeof(struct pp_plugin), .name = "t",
                                           .title = "t", .modes = PP_MODE_QUICINIT, .default_mode = PP_MODE_QUICINIT,
                                           .arms = udp_arms, .narms = 2};

static const uint8_t request[] = "GET / HTTP/1.1\r\nHost: www.example\r\nUser-Agent: test\r\n"
                                 "Accept: */*\r\nX: yyyyyyyyyyyy\r\n\r\n";

static const uint16_t ports[] = {61000};

static void swept(struct pp_trail *t, void *arg)
{
    (void)t;
    ((struct bench *)arg)->done = true;
}

void bench_open(struct bench *b, const struct pp_plugin *plugin, unsigned hops, const char *family, const char *members,
                uint64_t hop_rate)
{
    static struct pp_scenario s;
    char json[2048];
    struct pp_lab_host h;

    memset(b, 0, sizeof *b);
    snprintf(json, sizeof json, "{\"hops\": [%u, %u], \"vantage\": true, \"hosts\": [{\"share\": 1, %s%s}]}", hops,
             hops, family, members);
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

void bench_packet(struct bench *b, const uint8_t *ip, size_t len)
{
    struct pp_packet p;

    if (len && pp_packet_decode(&p, ip, len) == 0)
        pp_sweeper_packet(b->sweeper, &p, pp_wire_now(b->wire));
}

static void on_frame(void *arg, const struct pp_frame *f)
{
    struct bench *b = arg;
    uint8_t bytes[2048];
    struct pp_packet p;

    assert_int_equal(pp_packet_decode(&p, f->ip, f->cap), 0);
    if (p.sport == 61000 && p.proto != PP_PROTO_ICMP && p.proto != PP_PROTO_ICMP6 && !p.fragment &&
        !pp_addr_eq(&p.src, &b->target.addr)) {
        b->syns += p.proto == PP_PROTO_TCP && (p.tcp.flags & PP_TCP_SYN);
        b->goodbyes += p.proto == PP_PROTO_UDP && p.ttl >= PP_WHERE_TTL_MAX;
        return;
    }
    memcpy(bytes, f->ip, f->cap);
    bench_packet(b, bytes, b->tamper ? b->tamper(b, bytes, f->cap, sizeof bytes) : f->cap);
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

const struct pp_sweep *bench_sweep(struct bench *b, unsigned arm, enum pp_on on, unsigned distance)
{
    struct pp_sweep_ask ask = {.arm = arm, .on = on, .from = 1, .distance = (uint8_t)distance,
                               .farthest = b->farthest, .bytes = request,
                               .len = sizeof request - 1};

    b->done = false;
    pp_trail_sweep(b->trail, &ask, &b->sweep, pp_wire_now(b->wire));
    spin(b, false);
    return &b->sweep;
}

void bench_close(struct bench *b)
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

void bench_hops(const struct pp_sweep *s, const char *what)
{
    static const char letter[] = {[PP_SEEN_NOT_ASKED] = '-', [PP_SEEN_SILENT] = '.', [PP_SEEN_UNREACHABLE] = 'u',
                                  [PP_SEEN_EXCEEDED] = 't', [PP_SEEN_ACK] = 'a', [PP_SEEN_RST] = 'r',
                                  [PP_SEEN_ANSWER] = 'A'};
    char is[PP_WHERE_TTL_MAX + 1] = "";

    for (unsigned i = 0; i < s->hops; i++)
        is[i] = letter[s->hop[i].what];
    assert_string_equal(is, what);
}
