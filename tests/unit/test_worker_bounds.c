/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_worker_bounds.c: a campaign keeps its rate and its limits, and ends on a stop with every target complete or
 * counted as pending.
 */
#include "rig_check.h"

static void one_round_per_address_at_a_time(void **state)
{
    char line[6][256], more[64];
    const char *lines[7] = {NULL};
    struct rig r;

    (void)state;
    for (unsigned i = 0; i < 6; i++) { /* the last two are the first two again, as --no-dedup lets them through */
        snprintf(more, sizeof more, "\"domain\":\"d%u.example\",\"n\":%u", i % 4, i);
        host_line(line[i], sizeof line[i], 2, i % 2, more);
        lines[i] = line[i];
    }
    go(&r, &(struct rig_setup){.hosts = HEALTHY, .nhosts = 2, .lines = lines});
    assert_int_equal(r.nlines, 6);
    for (unsigned i = 0; i < 6; i++) {
        assert_true(rig_has(rig_at(rig_line(&r, i), "conditions"), "ecn.connectivity.works"));
        for (unsigned j = 0; j < 6; j++) {
            const json_t *a = rig_line(&r, i), *b = rig_line(&r, j);
            if (i == j || i % 2 != j % 2)
                continue;
            assert_true(strcmp(rig_str(a, "time.to"), rig_str(b, "time.from")) <= 0 ||
                        strcmp(rig_str(b, "time.to"), rig_str(a, "time.from")) <= 0);
        }
    }
    rig_release(&r);
}

/* The most packets that left within any interval of this length. */
static size_t most_within(const struct rig *r, int64_t ns)
{
    size_t most = 0;

    for (size_t from = 0, to = 0; to < r->left; to++) {
        while (r->left_at[to] - r->left_at[from] > ns)
            from++;
        if (to - from + 1 > most)
            most = to - from + 1;
    }
    return most;
}

static void the_rate_holds(void **state)
{
    static const struct {
        const char *hosts;
        uint64_t rate, nhosts;
        const char *mode;
        int64_t spread; /* from a round's start to its last packet */
    } rows[] = {
        {HEALTHY, 1000, 500, "tcp", 150 * MS},
        {HEALTHY, 200, 100, "tcp", 150 * MS},
        {HEALTHY, 2000, 300, "http", 400 * MS},
        {SILENT, 1000, 500, "tcp", 9 * S},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double burst, per_ns = (double)rows[i].rate / 1e9;
        const int64_t windows[] = {100 * MS, S, 3 * S};
        struct rig r;

        go(&r, &(struct rig_setup){
                   .hosts = rows[i].hosts, .nhosts = rows[i].nhosts, .rate = rows[i].rate, .mode = rows[i].mode});
        each_once(&r);
        assert_int_equal(r.left, r.counters.packets_out);
        burst = per_ns * 10e6 > pp_plan_packets(&r.plan) ? per_ns * 10e6 : pp_plan_packets(&r.plan);
        for (size_t w = 0; w < sizeof windows / sizeof *windows; w++)
            assert_true((double)most_within(&r, windows[w]) <= per_ns * (double)(windows[w] + rows[i].spread) + burst);
        /* ... and it is used: nothing waited that need not. */
        assert_true((double)(r.left_at[r.left - 1] - r.left_at[0]) * per_ns <
                    1.3 * (double)(rows[i].nhosts * pp_plan_packets(&r.plan)) +
                        per_ns * (double)(rows[i].spread + 21 * S * (i == 3)));
        rig_release(&r);
    }
}

static void targets_in_flight_are_bounded(void **state)
{
    static const struct {
        uint64_t in_flight, budget;
        unsigned pad, ring_slots;
        uint64_t most;
    } rows[] = {
        {7, 0, 0, 0, 7},
        {1, 0, 0, 0, 1},
        {0, 1, 0, 0, 1},              /* one is always let in */
        {0, 200000, 50000, 0, 4},     /* of 50,000 bytes and more */
        {0, 0, 0, 64, 5},             /* 8 frames for each of two arms of a round in its first second */
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig r;

        go(&r, &(struct rig_setup){.hosts = HEALTHY,
                                   .nhosts = 60,
                                   .in_flight = rows[i].in_flight,
                                   .budget = rows[i].budget,
                                   .pad = rows[i].pad,
                                   .ring_slots = rows[i].ring_slots});
        each_once(&r);
        assert_in_range(r.max_in_flight, 1, rows[i].most);
        assert_int_equal(rig_count(&r, "ecn.connectivity.works"), 60);
        rig_release(&r);
    }
}

/* The ring has room for more exchanges of datagrams than for TCP conversations. */
static void datagrams_take_less_of_the_ring(void **state)
{
    const struct pp_step step = {.on = PP_ON_DATAGRAM, .tos_mask = 0x03, .tos = PP_ECT0};
    const struct pp_arm both[] = {
        {.name = "A", .title = "plain"},
        {.name = "B1", .title = "treated", .connectivity = "x.connectivity", .steps = &step, .nsteps = 1}};
    const struct pp_plugin plugin = {
        .name = "x", .modes = PP_MODE_QUICVN, .default_mode = PP_MODE_QUICVN, .arms = both, .narms = 2};
    struct rig r;

    (void)state;
    go(&r, &(struct rig_setup){.plugin = &plugin, .mode = "quicvn", .hosts = HEALTHY, .nhosts = 60, .ring_slots = 64});
    each_once(&r);
    assert_in_range(r.max_in_flight, 6, 11); /* 3 frames for each of two arms */
    assert_int_equal(rig_count(&r, "x.connectivity.works"), 60);
    rig_release(&r);
}

/* An HTTP/2 conversation is charged against the budget with the memory that it takes. */
static void http2_is_charged(void **state)
{
    static const struct {
        uint8_t http;
        uint64_t least, most;
    } rows[] = {{PP_HTTP_NONE, 8, 16}, {PP_HTTP_2, 1, 4}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct pp_step step = {.on = PP_ON_DATA, .tos_mask = 0x03, .http = rows[i].http};
        const struct pp_arm both[] = {
            {.name = "A", .title = "plain"},
            {.name = "B1", .title = "treated", .connectivity = "x.connectivity", .steps = &step, .nsteps = 1}};
        const struct pp_plugin plugin = {
            .name = "x", .modes = PP_MODE_HTTP, .default_mode = PP_MODE_HTTP, .arms = both, .narms = 2};
        struct rig r;

        go(&r, &(struct rig_setup){
                   .plugin = &plugin, .mode = "http", .hosts = HEALTHY, .nhosts = 60, .budget = 5 * PP_HTTP2_COST});
        each_once(&r);
        assert_in_range(r.max_in_flight, rows[i].least, rows[i].most);
        assert_int_equal(rig_count(&r, "x.connectivity.works"), 60);
        rig_release(&r);
    }
}

static void few_ports_are_enough(void **state)
{
    struct rig r;

    (void)state;
    go(&r, &(struct rig_setup){.hosts = HEALTHY, .nhosts = 500, .nports = 2});
    each_once(&r);
    assert_int_equal(rig_count(&r, "ecn.connectivity.works"), 500);
    rig_release(&r);
}

#define SLOW "\"server\": \"ecn\", \"delay_ms\": 500"

static void stop_finishes_what_is_under_way(void **state)
{
    struct rig r;

    (void)state;
    go(&r, &(struct rig_setup){.hosts = SLOW, .nhosts = 1000, .rate = 1000, .stop_at = 2 * S});
    assert_in_range(r.nlines, 100, 200);
    assert_int_equal(r.nlines + r.pending, r.taken); /* what was taken is written or counted */
    assert_true(r.pending <= 1);                    /* the one that waited for the rate */
    assert_int_equal(rig_count(&r, "ecn.connectivity.works"), r.nlines);
    assert_true(r.now < 10 * S);
    rig_release(&r);
}

static void abandon_ends_at_once(void **state)
{
    struct rig r;

    (void)state;
    /* SYN at 1 s, SYN/ACK at 2 s, the answer to GET would come at 3 s: then each has one connection that stands. */
    go(&r, &(struct rig_setup){.hosts = SLOW, .nhosts = 50, .mode = "http", .abandon_at = 2 * S + 500 * MS});
    assert_int_equal(r.nlines, 0);
    assert_int_equal(r.pending, 50);
    assert_true(r.rst_sent >= 50);
    assert_true(r.now <= 2 * S + 600 * MS);
    rig_release(&r);
    /* First stop, then abandon; some are done by then, and their lines are whole. */
    go(&r, &(struct rig_setup){
               .hosts = SLOW, .nhosts = 1000, .rate = 1000, .stop_at = 5 * S, .abandon_at = 5 * S + 500 * MS});
    assert_true(r.nlines > 0 && r.pending > 0);
    assert_int_equal(r.nlines + r.pending, r.taken);
    assert_int_equal(rig_count(&r, "ecn.connectivity.works"), r.nlines);
    rig_release(&r);
}

/* Targets that wait for another one of their address, or for their prefix's rate, are abandoned, too. */
static void abandon_ends_waiting_targets(void **state)
{
    static const char *const lines[] = {
        "{\"dip\":\"8.8.8.1\",\"domain\":\"a\"}",
        "{\"dip\":\"8.8.8.1\",\"domain\":\"b\"}",
        "{\"dip\":\"8.8.8.1\",\"domain\":\"c\"}",
        "{\"dip\":\"8.8.8.2\"}",
        "{\"dip\":\"8.8.8.3\"}",
        NULL,
    };
    struct rig r;

    (void)state;
    go(&r, &(struct rig_setup){
               .hosts = HEALTHY, .nhosts = 1, .lines = lines, .prefix_rate = 1, .abandon_at = S + 500 * MS});
    assert_int_equal(r.nlines, 0);
    assert_int_equal(r.pending, 5);
    rig_release(&r);
}

/* The interface goes away: the run ends with an error, what was done stands, and nothing is lost but what is counted.
 */
static void the_wire_fails(void **state)
{
    struct rig r;

    (void)state;
    rig_run(
        &r,
        &(struct rig_setup){
            .hosts = SLOW, .nhosts = 1000, .rate = 1000, .plugin = &pp_plugin_ecn, .mode = "http", .die_at = 12 * S});
    assert_int_equal(r.result, -1);
    assert_true(r.lines_are_json);
    assert_true(r.nlines > 0);
    assert_int_equal(r.nlines + r.pending, r.taken);
    rig_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_round_per_address_at_a_time),
        cmocka_unit_test(the_rate_holds),
        cmocka_unit_test(targets_in_flight_are_bounded), cmocka_unit_test(datagrams_take_less_of_the_ring),
        cmocka_unit_test(http2_is_charged),
        cmocka_unit_test(few_ports_are_enough),
        cmocka_unit_test(stop_finishes_what_is_under_way),
        cmocka_unit_test(abandon_ends_at_once),
        cmocka_unit_test(abandon_ends_waiting_targets),
        cmocka_unit_test(the_wire_fails),
    };

    return cmocka_run_group_tests(tests, rig_begin, rig_end);
}
