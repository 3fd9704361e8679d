/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_nearby.c: the remark on a run in which an arm fails for nearly all targets: the cause is near the host, or its
 * first hop, or there is no remark if neither follows.
 */
#include "rig_check.h"

#define HOST "\"server\": \"ecn\", \"delay_ms\": 10"
#define AT(hop, behaviour)                                                                                            \
    HOST ", \"path\": [{\"behaviour\": \"" behaviour "\", \"dir\": \"fwd\", \"hop\": " #hop "}]"
#define V4 "\"families\": [4], "
#define V6 "\"families\": [6], "
#define HALF(behaviour) "{\"share\": 0.5, " AT(1, behaviour) "}, {\"share\": 0.5, " HOST "}"
#define FEW "{\"share\": 0.15, " V4 AT(1, "ecn.syn.rst") "}, {\"share\": 0.85, " V4 SILENT "}"
#define ARMS 6

/* Sets the TTL of received packets to 64, as if targets were on this link. */
static bool arrives_as_sent(struct rig *r, uint8_t *ip, size_t len, bool ours)
{
    (void)r;
    (void)len;
    if (!ours)
        ip[ip[0] >> 4 == 4 ? 8 : 7] = 64;
    return true;
}

struct row {
    const char *hosts, *mode;
    unsigned nhosts;
    bool on_link;
    const char *said[ARMS]; /* of arms B1 to B5, a part of the sentence; NULL: nothing */
};

static void look(const struct rig *r, const struct row *row, size_t number)
{
    for (unsigned i = 1; i < r->plan.narms; i++) {
        const char *wanted = row->said[i];
        char said[512] = "";
        if (pp_nearby_say(&r->nearby, &r->plan, i, said, sizeof said) != (wanted != NULL) ||
            (wanted && !strstr(said, wanted)))
            fail_msg("row %zu, arm %u: %s", number, i, said);
    }
}

#define NEAR "; the cause is more likely near this host than at "
#define RESET ": sent by the first hop, not by targets; trace it, or measure from another vantage point"

static void an_arm_that_fails_near_this_host(void **state)
{
    static const struct row rows[] = {
        {HEALTHY, "http", 60, false, {0}},
        {AT(2, "ecn.syn.drop"), "tcp", 60, false,
         {[1] = "arm B1 failed for 60 of 60 targets that the baseline reached" NEAR "60 targets; trace it"}},
        /* Dropped within connections. Arms after B2 were not sent; B5 does not depend on an ECN-setup SYN. */
        {AT(1, "ecn.ect.drop"), "http", 60, false,
         {[2] = "arm B2 failed for 60 of 60 targets that arm B1 reached" NEAR,
          [5] = "arm B5 failed for 60 of 60 targets that the baseline reached" NEAR}},
        {V4 AT(1, "ecn.syn.rst"), "tcp", 120, false, {[1] = "RSTs with TTL 64 came for 120 of them" RESET}},
        /* The TTL of the RSTs shows that they passed a router. */
        {AT(2, "ecn.syn.rst"), "tcp", 60, false, {[1] = NEAR}},
        /* Half of the targets may drop the SYN themselves; a RST with a TTL of 64 comes from this link. */
        {HALF("ecn.syn.drop"), "tcp", 120, false, {0}},
        {HALF("ecn.syn.rst"), "tcp", 120, false, {[1] = RESET}},
        /* No remark: too few targets, too few networks, one network (the lab has one of IPv6), targets on this link. */
        {AT(1, "ecn.syn.rst"), "tcp", 19, false, {0}},
        {V4 AT(1, "ecn.syn.rst"), "tcp", 24, false, {0}},
        {V6 AT(1, "ecn.syn.rst"), "tcp", 60, false, {0}},
        {AT(1, "ecn.syn.rst"), "tcp", 60, true, {0}},
        {AT(1, "ecn.ect.drop"), "http", 60, true, {0}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rig r;
        go(&r, &(struct rig_setup){.hosts = rows[i].hosts, .mode = rows[i].mode, .nhosts = rows[i].nhosts,
                                   .plugin = &pp_plugin_ecn, .scenario = "\"vantage\": true, ",
                                   .packet = rows[i].on_link ? arrives_as_sent : NULL});
        look(&r, &rows[i], i);
        rig_release(&r);
    }
}

/* Failures in six networks of one AS may have one cause in that AS. */
static void networks_of_one_as(void **state)
{
    static char line[30][128];
    static const char *lines[31];

    (void)state;
    for (unsigned one_as = 0; one_as < 2; one_as++) {
        char said[512];
        struct rig r;
        for (unsigned i = 0; i < 30; i++) {
            char info[32];
            snprintf(info, sizeof info, "\"info\":{\"ASN\":%u}", 64500 + (one_as ? 0 : i % 6));
            host_line(line[i], sizeof line[i], 60, i, info);
            lines[i] = line[i];
        }
        go(&r, &(struct rig_setup){.hosts = AT(1, "ecn.syn.rst"), .nhosts = 60, .lines = lines,
                                   .plugin = &pp_plugin_ecn, .scenario = "\"vantage\": true, "});
        assert_int_equal(r.nearby.arm[1].failed.targets, 30);
        assert_int_equal(pp_nearby_say(&r.nearby, &r.plan, 1, said, sizeof said), !one_as);
        rig_release(&r);
    }
}

/* Each of two workers has too few targets for the remark; together they have enough. */
static void several_workers(void **state)
{
    struct rig r;
    struct pp_nearby all = {0};
    char said[512];

    (void)state;
    go(&r, &(struct rig_setup){.hosts = FEW, .nhosts = 100, .plugin = &pp_plugin_ecn,
                               .scenario = "\"vantage\": true, "});
    assert_false(pp_nearby_say(&r.nearby, &r.plan, 1, said, sizeof said));
    pp_nearby_merge(&all, &r.nearby);
    pp_nearby_merge(&all, &r.nearby);
    assert_int_equal(all.arm[1].reached, 2 * r.nearby.arm[1].reached);
    assert_int_equal(all.arm[1].failed.nnetworks, PP_NEARBY_NETWORKS);
    assert_true(pp_nearby_say(&all, &r.plan, 1, said, sizeof said));
    assert_non_null(strstr(said, RESET));
    rig_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_arm_that_fails_near_this_host),
        cmocka_unit_test(networks_of_one_as),
        cmocka_unit_test(several_workers),
    };

    return cmocka_run_group_tests(tests, rig_begin, rig_end);
}
