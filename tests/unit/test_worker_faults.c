/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_worker_faults.c: paths that fail, and a vantage point that loses captured packets, cannot send, or lacks memory
 * or ports: a packet that was not seen never leads to a finding.
 */
#include "rig_check.h"

#define PORTS 4 /* few enough for each to come up again */

/* A line whose packets were not captured has no negative condition or verdict. */
static void check_invalid(const json_t *line)
{
    assert_false(valid(line));
    for (const char *const *key = (const char *const[]){"conditions", "first", NULL}; *key; key++) {
        assert_int_equal(json_array_size(rig_at(line, *key)), 1);
        assert_string_equal(rig_str(rig_at(line, *key), "0"), NOT_OBSERVED);
    }
}

static void how_an_arm_failed(void **state)
{
    static const struct {
        const char *behaviour, *how, *how6;
        int64_t syns; /* B1's */
    } rows[] = {
        {"ecn.syn.drop", "silent", "silent", 4}, /* asked again as it was: no fallback */
        {"ecn.syn.icmp", "icmp", "icmp", 1},
        {"ecn.syn.rst", "refused", "refused", 1},
    };

    (void)state;
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        char hosts[256];
        struct rig r;

        snprintf(hosts, sizeof hosts,
                 "\"server\": \"ecn\", \"path\": [{\"behaviour\": \"%s\", \"dir\": \"fwd\", \"hop\": 7}]",
                 rows[row].behaviour);
        go(&r, &(struct rig_setup){.hosts = hosts, .nhosts = 20});
        each_once(&r);
        assert_int_equal(rig_count(&r, "ecn.connectivity.broken"), 20);
        for (size_t i = 0; i < r.nlines; i++) {
            const json_t *v = rig_at(r.line[i], "verdicts.0"), *b = rig_at(v, "rounds.0.flows.1"),
                         *icmp = rig_at(b, "icmp");
            bool v6 = strchr(rig_str(r.line[i], "dip"), ':') != NULL;

            assert_string_equal(rig_str(v, "verdict"), "broken");
            assert_string_equal(rig_str(v, "how"), rows[row].how);
            assert_string_equal(rig_str(b, "arm"), "B1");
            assert_string_equal(rig_str(b, "how"), rows[row].how);
            assert_int_equal(json_integer_value(rig_at(b, "syns")), rows[row].syns);
            assert_true(json_is_null(rig_at(v, "rounds.0.flows.0.icmp")));
            if (strcmp(rows[row].how, "icmp") == 0) { /* RFC 1812 section 5.2.7.1, RFC 4443 section 3.1 */
                assert_int_equal(json_integer_value(rig_at(icmp, "0")), v6 ? 1 : 3);
                assert_int_equal(json_integer_value(rig_at(icmp, "1")), v6 ? 1 : 13);
                assert_string_not_equal(rig_str(icmp, "2"), rig_str(r.line[i], "dip"));
                assert_int_equal(strchr(rig_str(icmp, "2"), ':') != NULL, v6);
            } else {
                assert_true(json_is_null(icmp));
            }
            assert_int_equal(json_is_null(rig_at(b, "rst_ttl")), strcmp(rows[row].how, "refused") != 0);
        }
        rig_release(&r);
    }
}

static void drops_for_a_while_falsify_nothing(void **state)
{
    struct rig r;

    (void)state;
    go(&r, &(struct rig_setup){.hosts = HEALTHY, .nhosts = 200, .mode = "http",
                               .faults = {.drops_from = S, .drops_to = S + 500 * MS, .drop_p = 0.5}});
    each_once(&r);
    assert_true(r.counters.dropped_ring > 0);
    assert_int_equal(rig_count(&r, "ecn.connectivity.works"), 200);
    assert_int_equal(rig_count(&r, "ecn.data.connectivity.works"), 200);
    assert_int_equal(rig_count(&r, NOT_OBSERVED), 0);
    rig_release(&r);
}

/* A silent target whose first round was not captured: the round is repeated, and then the target is offline. */
static void a_round_that_was_not_seen_is_repeated(void **state)
{
    struct rig r;

    (void)state;
    go(&r, &(struct rig_setup){.hosts = SILENT, .nhosts = 10,
                               .faults = {.drops_from = S, .drops_to = S + 200 * MS, .drop_p = 1}});
    each_once(&r);
    assert_int_equal(rig_count(&r, "ecn.connectivity.offline"), 10);
    for (size_t i = 0; i < r.nlines; i++) {
        assert_true(valid(r.line[i]));
        assert_int_equal(json_integer_value(rig_at(r.line[i], "quality.dropped.ring")), 0);
    }
    rig_release(&r);
}

static void drops_for_ever(void **state)
{
    static const char *const hosts[] = {HEALTHY, SILENT};
    struct rig r;

    (void)state;
    for (int i = 0; i < 2; i++) {
        go(&r, &(struct rig_setup){.hosts = hosts[i], .nhosts = 10, .output_flows = true,
                                   .faults = {.drops_from = S, .drops_to = INT64_MAX, .drop_p = 1}});
        each_once(&r);
        for (size_t n = 0; n < r.nlines; n++) {
            check_invalid(r.line[n]);
            assert_true(json_is_null(rig_at(r.line[n], "verdicts.0.verdict")));
            assert_true(json_is_null(rig_at(r.line[n], "verdicts.0.how")));
            assert_int_equal(json_integer_value(rig_at(r.line[n], "verdicts.0.b.1")), 0); /* no attempt that counts */
            assert_int_equal(json_integer_value(rig_at(r.line[n], "missed_flows")), 2);
        }
        assert_int_equal(r.verdict_counts.invalid, 10);
        assert_int_equal(r.counters.invalid, 10);
        assert_int_equal(r.counters.works + r.counters.broken + r.counters.offline, 0);
        rig_release(&r);
    }
}

/* The send queue refuses many packets: rounds are done again, in the end most are known, and none is wrong. */
static void refused_packets_never_make_broken(void **state)
{
    static const double p[] = {0.01, 0.2, 0.9};
    uint64_t errors = 0;

    (void)state;
    for (size_t i = 0; i < sizeof p / sizeof *p; i++) {
        struct rig r;

        go(&r, &(struct rig_setup){
                   .hosts = HEALTHY, .nhosts = 100, .mode = i == 1 ? "http" : "tcp", .faults = {.send_fail_p = p[i]}});
        each_once(&r);
        for (size_t n = 0; n < r.nlines; n++) {
            bool works = rig_has(rig_at(r.line[n], "conditions"), "ecn.connectivity.works");
            if (!valid(r.line[n]))
                check_invalid(r.line[n]);
            else
                assert_true(works);
            assert_int_equal(valid(r.line[n]), works);
            errors += (uint64_t)json_integer_value(rig_at(r.line[n], "quality.send_errors"));
        }
        if (i == 0)
            assert_int_equal(rig_count(&r, NOT_OBSERVED), 0);
        assert_true(r.counters.send_errors > 0);
        rig_release(&r);
    }
    assert_true(errors > 0);
}

/* The uplink passes nothing for longer than a round takes. */
static void an_outage_is_survived(void **state)
{
    struct rig r;

    (void)state;
    go(&r, &(struct rig_setup){.hosts = HEALTHY, .nhosts = 100, .mode = "http", .rate = 1000,
                               .faults = {.outage_from = S + 500 * MS, .outage_to = 20 * S}});
    each_once(&r);
    for (size_t i = 0; i < r.nlines; i++)
        assert_false(rig_has(rig_at(r.line[i], "conditions"), "ecn.negotiation.failed"));
    rig_release(&r);
}

static void late_answers_are_counted(void **state)
{
    uint64_t late = 0;
    struct rig r;

    (void)state;
    go(&r,
       &(struct rig_setup){.hosts = "\"server\": \"ecn\", \"delay_ms\": 1250", .nhosts = 20, .connect_timeout = 2 * S});
    each_once(&r);
    assert_int_equal(rig_count(&r, "ecn.connectivity.offline"), 20);
    for (size_t i = 0; i < r.nlines; i++)
        late += (uint64_t)json_integer_value(rig_at(r.line[i], "quality.late"));
    assert_true(late >= 20); /* of the arm that went first, while the other was still waited for */
    assert_int_equal(late, r.counters.late);
    assert_true(r.rst_sent >= 20); /* late answers are answered with a RST */
    rig_release(&r);
}

/* Packets of a finished conversation, such as an ACK behind the server's FIN, are not counted as late answers. */
static void packets_after_an_answer_are_not_late(void **state)
{
    static const struct {
        const char *hosts, *mode, *condition;
    } rows[] = {
        {HEALTHY, "http", "ecn.connectivity.works"},
        {HEALTHY, "tcp", "ecn.connectivity.works"},
        {HEALTHY ", \"loss\": 0.1", "http", NULL},
        {"\"server\": \"refuse\", \"delay_ms\": 10", "tcp", "ecn.connectivity.offline"},
    };

    (void)state;
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        struct rig r;

        go(&r, &(struct rig_setup){.hosts = rows[row].hosts, .nhosts = 200, .mode = rows[row].mode});
        each_once(&r);
        if (rows[row].condition)
            assert_int_equal(rig_count(&r, rows[row].condition), 200);
        for (size_t i = 0; i < r.nlines; i++)
            if (json_integer_value(rig_at(r.line[i], "quality.late")))
                fail_msg("row %zu: late packets of a target that answered: %s", row, rig_str(r.line[i], "dip"));
        assert_int_equal(r.counters.late, 0);
        rig_release(&r);
    }
}

/* Turns the first ARG SYN/ACKs of each address into bare ACKs of something old. */
struct stale {
    unsigned first;
    unsigned rsts;  /* that answered with the sequence number asked for */
    unsigned flows; /* that began with a SYN of ours */
    uint32_t last;  /* the sequence number of that SYN */
};

static bool stale_ack(struct rig *r, uint8_t *ip, size_t len, bool ours)
{
    struct stale *s = r->setup.arg;

    if (len < 40 || ip[0] != 0x45 || ip[9] != PP_PROTO_TCP)
        return true;
    if (ours && ip[33] & PP_TCP_RST && ip[24] == 0x0a && ip[25] == 0x0b)
        s->rsts++;
    if (ours && ip[33] & PP_TCP_SYN && memcmp(&s->last, ip + 24, 4) != 0) {
        memcpy(&s->last, ip + 24, 4);
        s->flows++;
    }
    if (!ours && (ip[33] & (PP_TCP_SYN | PP_TCP_ACK)) == (PP_TCP_SYN | PP_TCP_ACK) && s->first) {
        s->first--;
        ip[33] = PP_TCP_ACK;
        ip[28] = 0x0a, ip[29] = 0x0b, ip[30] = 0x0c, ip[31] = 0x0d;
    }
    return true;
}

static void go_stale(struct rig *r, struct stale *stale, uint64_t nhosts)
{
    go(r, &(struct rig_setup){
              .hosts = "\"families\": [4], " HEALTHY, .nhosts = nhosts, .packet = stale_ack, .arg = stale});
    each_once(r);
}

static void stale_state_is_met_from_another_port(void **state)
{
    struct stale stale = {.first = 1};
    struct rig r;

    (void)state;
    go_stale(&r, &stale, 1);
    assert_int_equal(r.counters.restarted, 1);
    assert_int_equal(stale.rsts, 1);
    assert_true(rig_has(rig_at(r.line[0], "conditions"), "ecn.connectivity.works"));
    /* Three ports in all, the first of them given up. */
    assert_true(json_integer_value(rig_at(r.line[0], "verdicts.0.rounds.0.flows.0.sport")) > 61000);
    assert_true(json_integer_value(rig_at(r.line[0], "verdicts.0.rounds.0.flows.1.sport")) > 61000);
    rig_release(&r);
}

static void stale_state_for_ever_ends(void **state)
{
    struct stale stale = {.first = 1000000};
    struct rig r;

    (void)state;
    go_stale(&r, &stale, 20);
    assert_true(r.counters.restarted >= 20);
    for (size_t i = 0; i < r.nlines; i++)
        assert_false(rig_has(rig_at(r.line[i], "conditions"), "ecn.connectivity.broken"));
    rig_release(&r);
}

/* As many times as an arm tries: the round is worth nothing, and made again. */
static void stale_state_is_no_finding(void **state)
{
    struct stale stale = {.first = 4};
    struct rig r;

    (void)state;
    go_stale(&r, &stale, 1);
    assert_int_equal(r.counters.restarted, 3);
    assert_true(valid(r.line[0]));
    assert_true(rig_has(rig_at(r.line[0], "conditions"), "ecn.connectivity.works"));
    rig_release(&r);
}

/* Makes so many of our packets look as if another program sent them from port 61100. */
struct guest {
    unsigned packets, ours; /* still to change; of our own flows that left from there all the same */
};

static bool send_as_guest(struct rig *r, uint8_t *ip, size_t len, bool ours)
{
    struct guest *g = r->setup.arg;

    if (!ours || len < 40 || ip[0] != 0x45 || ip[9] != PP_PROTO_TCP)
        return true;
    if (g->packets && !(ip[20] == 0xee && ip[21] == 0xac)) {
        g->packets--;
        ip[20] = 0xee, ip[21] = 0xac;
    } else {
        g->ours += ip[20] == 0xee && ip[21] == 0xac;
    }
    return true;
}

/* A port from which another program on this host sends is not used for flows. */
static void a_port_of_another_program_is_left_out(void **state)
{
    struct guest guest = {.packets = 3};
    struct rig r;

    (void)state;
    go(&r, &(struct rig_setup){
               .hosts = "\"families\": [4], " HEALTHY, .nhosts = 200, .packet = send_as_guest, .arg = &guest});
    each_once(&r);
    assert_int_equal(r.counters.ports_left_out, 1);
    assert_int_equal(guest.ours, 0);
    for (size_t i = 0; i < r.nlines; i++) {
        assert_true(valid(r.line[i])); /* those whose SYNs were not seen leaving were asked again */
        assert_true(rig_has(rig_at(r.line[i], "conditions"), "ecn.connectivity.works"));
    }
    rig_release(&r);
}

/* SYNs by source port. */
struct numbers {
    struct syn {
        int64_t at;
        uint32_t seq, tsval;
    } last[PORTS];
    unsigned again;
};

static bool note_numbers(struct rig *r, uint8_t *ip, size_t len, bool ours)
{
    struct numbers *n = r->setup.arg;
    struct syn *last;
    struct pp_tcpopt opt;
    struct pp_packet p;
    uint32_t tsval;

    if (!ours || pp_packet_decode(&p, ip, len) < 0 || !(p.tcp.flags & PP_TCP_SYN) ||
        !pp_tcpopt_find(&p.tcp, 8, 8, &opt))
        return true;
    assert_in_range(p.sport, 61000, 61000 + PORTS - 1);
    memcpy(&tsval, opt.data, 4);
    tsval = ntohl(tsval);
    last = &n->last[p.sport - 61000u];
    if (last->at) { /* RFC 6528: 250,000 a second; ours: 1,000 a second */
        int64_t ago = r->now - last->at;
        n->again++;
        assert_true(llabs((int64_t)(p.tcp.seq - last->seq) - ago / 4000) <= 1);
        assert_true(llabs((int64_t)(tsval - last->tsval) - ago / 1000000) <= 1);
    }
    *last = (struct syn){.at = r->now, .seq = p.tcp.seq, .tsval = tsval};
    return true;
}

/* A server in TIME-WAIT accepts the next flow of a port, as its initial sequence number is higher (RFC 6528). */
static void numbers_rise_from_flow_to_flow(void **state)
{
    static const struct pp_plan six = {.rounds = 6, .spacing = INT64_C(60000000000)};
    struct numbers n = {0};
    struct rig r;

    (void)state;
    go(&r, &(struct rig_setup){.hosts = HEALTHY, .nhosts = 1, .nports = PORTS, .method = &six,
                               .packet = note_numbers, .arg = &n});
    each_once(&r);
    assert_true(n.again >= 4);
    rig_release(&r);
}

/* The first SYN/ACK that agrees to ECN comes as one that answers an older SYN, and agrees to nothing. */
static bool older_synack(struct rig *r, uint8_t *ip, size_t len, bool ours)
{
    struct stale *s = r->setup.arg;

    if (len < 40 || ip[0] != 0x45 || ip[9] != PP_PROTO_TCP || ours || !s->first ||
        ip[33] != (PP_TCP_SYN | PP_TCP_ACK | PP_TCP_ECE))
        return true;
    s->first--;
    ip[33] = PP_TCP_SYN | PP_TCP_ACK;
    ip[28] = 0x0a, ip[29] = 0x0b, ip[30] = 0x0c, ip[31] = 0x0d;
    return true;
}

static void an_older_flow_is_not_recorded(void **state)
{
    struct stale older = {.first = 1};
    struct rig r;

    (void)state;
    go(&r, &(struct rig_setup){
               .hosts = "\"families\": [4], " HEALTHY, .nhosts = 1, .packet = older_synack, .arg = &older});
    each_once(&r);
    assert_int_equal(older.first, 0);
    assert_true(rig_has(rig_at(r.line[0], "conditions"), "ecn.connectivity.works"));
    assert_true(rig_has(rig_at(r.line[0], "conditions"), "ecn.negotiation.succeeded"));
    rig_release(&r);
}

/* No fresh port is left for another attempt: the target's line is not valid, and states nothing about the path. */
static void no_port_left(void **state)
{
    struct stale stale = {.first = 3};
    struct rig r;

    (void)state;
    go(&r, &(struct rig_setup){
               .hosts = "\"families\": [4], " HEALTHY, .nhosts = 1, .nports = 1, .packet = stale_ack, .arg = &stale});
    each_once(&r);
    check_invalid(r.line[0]);
    assert_int_equal(json_integer_value(rig_at(r.line[0], "quality.flows")), stale.flows); /* those that began */
    rig_release(&r);
}

/* States that nothing came. */
static const struct pp_condition nothing_came[] = {{.name = "test.nothing.came", .absence = 1}};

static void state_it(const struct pp_round_view *round, struct pp_sink *sink)
{
    (void)round;
    sink->state(sink, 0, 0);
}

/* All arms got answers, but the capture lost frames meanwhile: an absence cannot be stated. */
static void absence_needs_a_capture_without_drops(void **state)
{
    struct pp_plugin plugin = pp_plugin_ecn;
    uint64_t invalid = 0;
    struct rig r;

    (void)state;
    plugin.conditions = nothing_came;
    plugin.nconditions = 1;
    plugin.conclude = state_it;
    go(&r, &(struct rig_setup){.hosts = HEALTHY, .nhosts = 50, .plugin = &plugin,
                               .faults = {.drops_from = S, .drops_to = INT64_MAX, .drop_p = 0.05}});
    each_once(&r);
    for (size_t i = 0; i < r.nlines; i++) {
        const json_t *c = rig_at(r.line[i], "conditions");
        invalid += !valid(r.line[i]);
        if (rig_has(c, "test.nothing.came"))
            assert_int_equal(json_integer_value(rig_at(r.line[i], "quality.dropped.ring")), 0);
    }
    assert_true(invalid > 0);
    rig_release(&r);
}

/*
 * The worker is not scheduled for longer than an arm waits: answers stay in the ring, and due retransmissions are not
 * sent. That makes no host silent.
 */
static void a_stall_is_no_silence(void **state)
{
    static const char *const hosts[] = {HEALTHY, "\"server\": \"ecn\", \"delay_ms\": 200, \"loss\": 0.1"};

    (void)state;
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        struct rig r;

        go(&r, &(struct rig_setup){.hosts = hosts[i], .nhosts = 300, .mode = "tcp",
                                   .faults = {.stall_from = S + 5 * MS, .stall_to = 21 * S}});
        each_once(&r);
        assert_int_equal(rig_count(&r, "ecn.connectivity.works"), 300);
        assert_int_equal(r.counters.broken + r.counters.offline, 0);
        rig_release(&r);
    }
}

/* The wall clock is stepped during the run: orders and intervals are those of the monotonic clock. */
static void a_step_of_the_clock_changes_nothing(void **state)
{
    static const int64_t steps[] = {3600 * S, -3600 * S};

    (void)state;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct rig r;

        go(&r, &(struct rig_setup){.hosts = MIX, .nhosts = 200, .mode = "http", .rate = 2000, .output_flows = true,
                                   .faults = {.step_at = S + 300 * MS, .step = steps[i]}});
        each_once(&r);
        for (size_t n = 0; n < r.nlines; n++) {
            const json_t *v = rig_at(r.line[n], "verdicts.0");

            assert_true(valid(r.line[n]));
            for (int arm = 0; arm < 2; arm++) {
                const json_t *rtt = rig_at(v, arm ? "rounds.0.flows.1.rtt_us" : "rounds.0.flows.0.rtt_us");
                if (json_is_integer(rtt))
                    assert_in_range(json_integer_value(rtt), 0, 1000000);
            }
            assert_int_equal(strncmp(rig_str(r.line[n], "time.from"), "202", 3), 0);
        }
        assert_int_equal(rig_count(&r, "ecn.connectivity.works") + rig_count(&r, "ecn.connectivity.broken") +
                             rig_count(&r, "ecn.connectivity.offline"),
                         200);
        rig_release(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(how_an_arm_failed),
        cmocka_unit_test(drops_for_a_while_falsify_nothing),
        cmocka_unit_test(a_round_that_was_not_seen_is_repeated),
        cmocka_unit_test(drops_for_ever),
        cmocka_unit_test(refused_packets_never_make_broken),
        cmocka_unit_test(an_outage_is_survived),
        cmocka_unit_test(late_answers_are_counted),
        cmocka_unit_test(packets_after_an_answer_are_not_late),
        cmocka_unit_test(a_stall_is_no_silence),
        cmocka_unit_test(a_step_of_the_clock_changes_nothing),
        cmocka_unit_test(stale_state_is_met_from_another_port),
        cmocka_unit_test(stale_state_for_ever_ends),
        cmocka_unit_test(stale_state_is_no_finding),
        cmocka_unit_test(a_port_of_another_program_is_left_out),
        cmocka_unit_test(numbers_rise_from_flow_to_flow),
        cmocka_unit_test(an_older_flow_is_not_recorded),
        cmocka_unit_test(no_port_left),
        cmocka_unit_test(absence_needs_a_capture_without_drops),
    };

    return cmocka_run_group_tests(tests, rig_begin, rig_end);
}
