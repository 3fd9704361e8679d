/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_vantage_check.c: a vantage point that alters the treatment ends the run before its first round; silent hops or a
 * near target do not. What is read in a quote: test_vantage_check_quotes.c.
 */
#include "rig_check.h"

#include "../../core/flow/table.h"
#include "../../core/probe/vantage_check.h"

#define AT_HOP2(behaviour)                                                                                            \
    "\"server\": \"ecn\", \"delay_ms\": 10, "                                                                          \
    "\"path\": [{\"behaviour\": \"" behaviour "\", \"dir\": \"fwd\", \"hop\": 2}]"
#define V4 "\"families\": [4], "

/* ---- in front of the lab ----------------------------------------------------------------------------------------- */

/* What was seen of a run's packets: copies of the check have a TTL of five or less when they leave. */
struct watch {
    unsigned copies, answers; /* sent; quotes and others that came to their port */
    int64_t first_copy, first_flow;
    uint8_t ttl_max;
    uint16_t port;
    bool deaf; /* no ICMP is captured */
    bool translated; /* a NAT has translated the headers of ICMP errors, and not their quotes */
    bool (*lost)(struct watch *s, const struct rig *r, unsigned hop, bool ecn); /* is this quote? of an ECN-setup SYN */
    int64_t last[PP_VANTAGE_CHECK_HOPS + 1]; /* when a hop was last let answer */
    uint64_t chance;
};

static uint8_t ttl_of(const uint8_t *ip)
{
    return ip[0] >> 4 == 4 ? ip[8] : ip[7];
}

static bool look(struct rig *r, uint8_t *ip, size_t len, bool ours)
{
    struct watch *s = r->setup.arg;
    struct pp_packet p;

    if (pp_packet_decode(&p, ip, len) < 0)
        return true;
    if (ours && p.proto == PP_PROTO_TCP) {
        if (ttl_of(ip) <= PP_VANTAGE_CHECK_HOPS) {
            s->copies++;
            s->port = p.sport;
            s->first_copy = s->first_copy ? s->first_copy : r->now;
            s->ttl_max = ttl_of(ip) > s->ttl_max ? ttl_of(ip) : s->ttl_max;
        } else if (p.sport != s->port && !s->first_flow) {
            s->first_flow = r->now;
        }
        return true;
    }
    s->answers += p.proto == PP_PROTO_ICMP || p.proto == PP_PROTO_ICMP6 || p.dport == s->port;
    if (s->lost && p.proto == PP_PROTO_ICMP) { /* routers of the lab are 100.64.HOP.1; a quote has no options */
        const uint8_t *tcp = ip + 20 + 8 + 20;
        return !s->lost(s, r, ip[14], (tcp[13] & (PP_TCP_ECE | PP_TCP_CWR)) != 0);
    }
    if (s->translated && pp_icmp_quotes(&p)) { /* two words change places: all checksums stay right */
        uint8_t *source = ip + (p.icmp.quote - ip) + (p.family == 4 ? 12 : 8);
        uint16_t first = pp_get16(source);
        pp_put16(source, pp_get16(source + 2));
        pp_put16(source + 2, first);
    }
    return !(s->deaf && (p.proto == PP_PROTO_ICMP || p.proto == PP_PROTO_ICMP6));
}

/* Runs `ecn` with the vantage check; the tests look at the result, not at printed errors. */
static void quietly(struct rig *r, const struct rig_setup *s)
{
    struct rig_setup with = *s;

    with.plugin = &pp_plugin_ecn;
    with.vantage_check = true;
    rig_run(r, &with);
}

static void an_impaired_vantage_stops_the_run(void **state)
{
    static const struct {
        const char *hosts, *mode;
    } rows[] = {
        {AT_HOP2("ecn.syn.clear"), "tcp"},
        {V4 AT_HOP2("ecn.syn.clear"), "tcp"},
        {AT_HOP2("ecn.ip.clear"), "http"},
        {AT_HOP2("ecn.ce.clear"), "http"}, /* of one segment of one arm */
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct watch s = {0};
        struct rig r;

        quietly(&r, &(struct rig_setup){.hosts = rows[i].hosts, .mode = rows[i].mode, .nhosts = 50,
                                        .scenario = "\"vantage\": true, ", .packet = look, .arg = &s});
        assert_int_equal(r.result, -1);
        assert_int_equal(r.nlines, 0);
        assert_int_equal(r.counters.done, 0);
        assert_int_equal(s.first_flow, 0); /* no flow was even begun */
        rig_release(&r);
    }
}

/* Quotes that a NAT has not translated back are read all the same, and are not awaited in vain. */
static void translated_quotes(void **state)
{
    (void)state;
    for (int altered = 0; altered < 2; altered++) {
        struct watch s = {.translated = true};
        struct rig r;

        quietly(&r, &(struct rig_setup){.hosts = altered ? AT_HOP2("ecn.syn.clear") : HEALTHY, .nhosts = 50,
                                        .scenario = "\"vantage\": true, ", .packet = look, .arg = &s});
        assert_int_equal(r.result, altered ? -1 : 0);
        assert_int_equal(r.nlines, altered ? 0 : 50);
        assert_true(altered || s.first_flow - s.first_copy < 500 * MS);
        rig_release(&r);
    }
}

/*
 * With one arm there is no treatment, so the vantage is not checked: a target 50 ms away takes two round trips,
 * handshake and close.
 */
static void one_arm_waits_for_nothing(void **state)
{
    struct pp_plugin alone = pp_plugin_ecn;
    struct watch s = {0};
    struct rig r;

    (void)state;
    alone.narms = 1;
    alone.conclude = NULL;
    alone.sum_up = NULL;
    alone.nconditions = 0;
    rig_run(&r, &(struct rig_setup){.plugin = &alone, .hosts = V4 "\"server\": \"ecn\", \"delay_ms\": 25", .nhosts = 1,
                                    .vantage_check = true, .packet = look, .arg = &s});
    assert_int_equal(r.result, 0);
    assert_int_equal(r.nlines, 1);
    assert_int_equal(s.copies, 0);
    assert_in_range(r.now - RIG_START, 2 * 50000000, 2 * 50000000 + 1000000);
    rig_release(&r);
}

/* A box near the vantage drops or answers the treatment, so no hop quotes it: the run ends without broken paths. */
static void a_vantage_that_drops_it(void **state)
{
    static const struct {
        const char *hosts, *mode;
    } rows[] = {
        {V4 AT_HOP2("ecn.syn.drop"), "tcp"},
        {AT_HOP2("ecn.syn.drop"), "http"},
        {V4 AT_HOP2("ecn.syn.rst"), "tcp"},
        {V4 AT_HOP2("ecn.syn.icmp"), "tcp"},
        {V4 AT_HOP2("ecn.ect.drop"), "http"}, /* data alone */
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct watch s = {0};
        struct rig r;

        quietly(&r, &(struct rig_setup){.hosts = rows[i].hosts, .mode = rows[i].mode, .nhosts = 50,
                                        .scenario = "\"vantage\": true, ", .packet = look, .arg = &s});
        if (r.result != -1 || r.nlines || s.first_flow)
            fail_msg("row %zu: result %d, %zu lines", i, r.result, r.nlines);
        assert_in_range(r.now - RIG_START, (PP_VANTAGE_CHECK_MISSES - 1) * S, PP_VANTAGE_CHECK_TRIALS * S);
        rig_release(&r);
        quietly(&r, &(struct rig_setup){.hosts = rows[i].hosts, .mode = rows[i].mode, .nhosts = 50,
                                        .allow_impaired = true, .scenario = "\"vantage\": true, "});
        assert_int_equal(r.result, 0);
        each_once(&r);
        rig_release(&r);
    }
}

/* A hop answers the first packet of each second alone. */
static bool one_a_second(struct watch *s, const struct rig *r, unsigned hop, bool ecn)
{
    (void)ecn;
    if (hop > PP_VANTAGE_CHECK_HOPS || (s->last[hop] && r->now - s->last[hop] < S - 100 * MS))
        return true;
    s->last[hop] = r->now;
    return false;
}

static bool every_other(struct watch *s, const struct rig *r, unsigned hop, bool ecn)
{
    (void)r, (void)hop, (void)ecn;
    s->chance = s->chance * UINT64_C(6364136223846793005) + 1442695040888963407;
    return s->chance >> 63;
}

/* The last hop of the check does not answer ECN-setup SYNs. */
static bool a_hop_of_its_own(struct watch *s, const struct rig *r, unsigned hop, bool ecn)
{
    (void)s, (void)r;
    return hop == PP_VANTAGE_CHECK_HOPS && ecn;
}

/* Hops 1 and 3 are silent. */
static bool quiet_ones(struct watch *s, const struct rig *r, unsigned hop, bool ecn)
{
    (void)s, (void)r, (void)ecn;
    return hop == 1 || hop == 3;
}

/* Routers that answer slowly or not at all are not taken for a dropped treatment. */
static void no_false_alarm(void **state)
{
    static const struct {
        const char *what;
        bool (*lost)(struct watch *s, const struct rig *r, unsigned hop, bool ecn);
        const char *hosts, *scenario;
        int times;
    } rows[] = {
        {"limited to one a second", one_a_second, V4 HEALTHY, NULL, 20},
        {"every other quote is lost", every_other, V4 HEALTHY, NULL, 20},
        {"one hop does not answer such SYNs", a_hop_of_its_own, V4 HEALTHY, NULL, 1},
        {"two hops are silent", quiet_ones, V4 HEALTHY, NULL, 1},
        {"dropped further away", NULL,
         V4 "\"server\": \"ecn\", \"path\": [{\"behaviour\": \"ecn.syn.drop\", \"dir\": \"fwd\", \"hop\": 6}]",
         NULL, 1},
        {"dropped near the target", NULL,
         V4 "\"server\": \"ecn\", \"path\": [{\"behaviour\": \"ecn.syn.drop\", \"dir\": \"fwd\", \"hop\": 3}]",
         "\"vantage\": true, \"hops\": [4, 4], ", 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int k = 0; k < rows[i].times; k++) {
            struct watch s = {.lost = rows[i].lost, .chance = (uint64_t)k};
            struct rig r;

            quietly(&r, &(struct rig_setup){.hosts = rows[i].hosts, .nhosts = 10, .scenario = rows[i].scenario,
                                            .packet = look, .arg = &s});
            if (r.result != 0 || r.nlines != 10)
                fail_msg("%s: result %d, %zu lines", rows[i].what, r.result, r.nlines);
            rig_release(&r);
        }
}

/* During the run an arm that reaches some target is not dropped near the vantage, even if no hop quotes it. */
static bool none_of_ecn(struct watch *s, const struct rig *r, unsigned hop, bool ecn)
{
    (void)s, (void)hop;
    return ecn && r->now > RIG_START + 30 * S;
}

static void a_treatment_that_gets_through(void **state)
{
    struct watch s = {.lost = none_of_ecn};
    struct rig r;

    (void)state;
    quietly(&r, &(struct rig_setup){.hosts = V4 HEALTHY, .nhosts = 600, .rate = 30, .packet = look, .arg = &s});
    assert_int_equal(r.result, 0);
    each_once(&r);
    assert_true(r.now - RIG_START > 80 * S);
    rig_release(&r);
}

static void an_impaired_vantage_is_allowed(void **state)
{
    struct watch s = {0};
    struct rig r;

    (void)state;
    quietly(&r, &(struct rig_setup){.hosts = AT_HOP2("ecn.syn.clear"), .nhosts = 50, .allow_impaired = true,
                                    .scenario = "\"vantage\": true, ", .packet = look, .arg = &s});
    assert_int_equal(r.result, 0);
    each_once(&r);
    assert_int_equal(rig_count(&r, "ecn.negotiation.failed"), 50);
    rig_release(&r);
}

/* A change farther away than the checked hops is a finding of the run, not of the check. */
static void a_change_beyond_the_checked_hops(void **state)
{
    struct watch s = {0};
    struct rig r;

    (void)state;
    quietly(&r, &(struct rig_setup){
                    .hosts = "\"server\": \"ecn\", \"path\": [{\"behaviour\": \"ecn.syn.clear\", \"dir\": \"fwd\", "
                             "\"hop\": 6}]",
                    .nhosts = 20, .packet = look, .arg = &s});
    assert_int_equal(r.result, 0);
    each_once(&r);
    assert_int_equal(s.ttl_max, PP_VANTAGE_CHECK_HOPS);
    assert_int_equal(s.copies, 2 * 5 * 2 * 2); /* families, hops, arms, classes */
    assert_int_equal(s.answers, s.copies);
    rig_release(&r);
}

/* Silent routers delay the run by one second and no longer. */
static void silent_hops(void **state)
{
    (void)state;
    for (int deaf = 0; deaf < 2; deaf++) {
        struct watch s = {.deaf = deaf};
        struct rig r;

        quietly(&r, &(struct rig_setup){.hosts = V4 HEALTHY, .nhosts = 10, .packet = look, .arg = &s});
        assert_int_equal(r.result, 0);
        each_once(&r);
        assert_true(s.first_flow - s.first_copy >= (deaf ? S : 10 * MS));
        assert_true(s.first_flow - s.first_copy <= (deaf ? S : 300 * MS) + 20 * MS);
        rig_release(&r);
    }
}

/* Again after a minute, while the run goes on: nothing waits then. */
static void repeated_during_the_run(void **state)
{
    struct watch s = {0};
    struct rig r;

    (void)state;
    quietly(&r, &(struct rig_setup){.hosts = V4 HEALTHY, .nhosts = 600, .rate = 60, .packet = look, .arg = &s});
    assert_int_equal(r.result, 0);
    each_once(&r);
    assert_true(r.now > 70 * S);
    assert_int_equal(s.copies, 5 * 2 * 2 * (1 + (r.now - s.first_copy) / (60 * S)));
    rig_release(&r);
}

/* A target nearer than five hops: copies arrive there, and the run goes on all the same. */
static void a_near_target(void **state)
{
    struct watch s = {0};
    struct rig r;

    (void)state;
    quietly(&r, &(struct rig_setup){.hosts = V4 HEALTHY, .nhosts = 10, .scenario = "\"hops\": [3, 3], ",
                                    .packet = look, .arg = &s});
    assert_int_equal(r.result, 0);
    each_once(&r);
    assert_int_equal(rig_count(&r, "ecn.connectivity.works"), 10);
    assert_true(s.first_flow - s.first_copy <= S + 20 * MS);
    rig_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_impaired_vantage_stops_the_run),
        cmocka_unit_test(translated_quotes),
        cmocka_unit_test(one_arm_waits_for_nothing),
        cmocka_unit_test(a_vantage_that_drops_it),
        cmocka_unit_test(no_false_alarm),
        cmocka_unit_test(a_treatment_that_gets_through),
        cmocka_unit_test(an_impaired_vantage_is_allowed),
        cmocka_unit_test(a_change_beyond_the_checked_hops),
        cmocka_unit_test(silent_hops),
        cmocka_unit_test(repeated_during_the_run),
        cmocka_unit_test(a_near_target),
    };

    return cmocka_run_group_tests(tests, rig_begin, rig_end);
}
