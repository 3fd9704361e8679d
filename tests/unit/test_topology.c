/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_topology.c: host numbers and addresses are each other's inverse, shares are met to the host, and a seed decides
 * it all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "../../lab/truth/topology.h"

static const char text[] = "{\"name\":\"t\",\"hops\":[6,12],\"hosts\":["
                           "{\"share\":0.6,\"server\":\"ecn\"},{\"share\":0.2,\"server\":\"plain\",\"families\":[4]},"
                           "{\"share\":0.133,\"server\":\"ecn\",\"families\":[6]},"
                           "{\"share\":0.067,\"path\":[{\"behaviour\":\"ecn.ip.clear\",\"dir\":\"fwd\",\"hop\":11}]}]}";

static struct pp_scenario scenario;

static void a_million_there_and_back(void **state)
{
    static const uint64_t want[] = {600000, 200000, 133000, 67000};
    uint64_t count[4] = {0}, four[4] = {0};
    struct pp_topology pl;
    struct pp_lab_place p, q;
    struct pp_addr a;

    (void)state;
    pp_topology_init(&pl, &scenario, PP_LAB_HOSTS_MAX, 1);
    for (uint64_t i = 0; i < PP_LAB_HOSTS_MAX; i++) {
        pp_topology_at(&pl, i, &p);
        a = pp_topology_addr(&p);
        if (!pp_topology_find(&pl, &a, &q) || q.index != i || q.class_index != p.class_index || q.key != p.key)
            fail_msg("host %llu is not found under its address", (unsigned long long)i);
        if (p.nhops < 6 || p.nhops > 12 || (p.class_index == 3 && p.nhops < 12))
            fail_msg("host %llu is %u hops away", (unsigned long long)i, p.nhops);
        count[p.class_index]++;
        four[p.class_index] += p.family == 4;
    }
    assert_memory_equal(count, want, sizeof want);
    assert_int_equal(four[0], 300000);
    assert_int_equal(four[1], 200000);
    assert_int_equal(four[2], 0);
    assert_int_equal(four[3], 33500);
}

/* Largest remainder: 7 hosts are 4.2, 1.4, 0.931 and 0.469. */
static void few_hosts(void **state)
{
    uint64_t count[4] = {0};
    struct pp_topology pl;
    struct pp_lab_place p;

    (void)state;
    pp_topology_init(&pl, &scenario, 7, 1);
    for (uint64_t i = 0; i < 7; i++) {
        pp_topology_at(&pl, i, &p);
        count[p.class_index]++;
    }
    assert_int_equal(count[0], 4);
    assert_int_equal(count[1], 1);
    assert_int_equal(count[2], 1);
    assert_int_equal(count[3], 1);
}

static void addresses_without_a_host(void **state)
{
    static const char *const rows[] = {"10.0.0.9",    "10.0.0.11",          "10.0.0.0",  "10.0.0.255",
                                       "11.0.0.10",   "192.0.2.1",          "2001:2::",  "2001:2::11",
                                       "2001:2::1:1", "2001:2:0:ffff::1:1", "2001:3::1", "2001:2:1::1"};
    struct pp_topology pl;
    struct pp_lab_place p;
    struct pp_addr a;

    (void)state;
    pp_topology_init(&pl, &scenario, 1000, 1);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(pp_addr_parse(&a, rows[i], strlen(rows[i])), 0);
        if (pp_topology_find(&pl, &a, &p))
            fail_msg("%s is host %llu", rows[i], (unsigned long long)p.index);
    }
}

static void neighbours_share_routers(void **state)
{
    struct pp_topology pl;
    struct pp_lab_place p, q;
    struct pp_addr a, b;

    (void)state;
    pp_topology_init(&pl, &scenario, 1000, 1);
    for (unsigned hop = 1; hop <= 6; hop++) {
        pp_topology_at(&pl, 32, &p);
        p.family = 4;
        q = p;
        q.index = 33; /* the same /24 */
        a = pp_topology_router(&pl, &p, hop, 0);
        b = pp_topology_router(&pl, &q, hop, 0);
        assert_true(pp_addr_eq(&a, &b));
        assert_int_equal(pp_addr_raw(&a)[0], 100);
        assert_int_equal(pp_addr_raw(&a)[2], hop);
    }
}

static void the_seed_decides(void **state)
{
    struct pp_topology one, same, other;
    struct pp_lab_place a, b, c;
    unsigned differ = 0;

    (void)state;
    pp_topology_init(&one, &scenario, 1000, 1);
    pp_topology_init(&same, &scenario, 1000, 1);
    pp_topology_init(&other, &scenario, 1000, 2);
    for (uint64_t i = 0; i < 1000; i++) {
        pp_topology_at(&one, i, &a);
        pp_topology_at(&same, i, &b);
        pp_topology_at(&other, i, &c);
        assert_int_equal(a.key, b.key);
        assert_int_equal(a.class_index, b.class_index);
        differ += a.class_index != c.class_index;
    }
    assert_true(differ > 100);
}

static int setup(void **state)
{
    (void)state;
    return pp_scenario_parse(&scenario, "test", text, sizeof text - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_million_there_and_back), cmocka_unit_test(few_hosts),
        cmocka_unit_test(addresses_without_a_host),
        cmocka_unit_test(neighbours_share_routers), cmocka_unit_test(the_seed_decides),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
