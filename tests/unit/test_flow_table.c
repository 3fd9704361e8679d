/* SPDX-License-Identifier: BSD-2-Clause */
/* test_flow_table.c: the flow table through growth and removal, and the keys of packets. */
#include "../../core/base/error.h"
#include "../../core/flow/table.h"
#include "golden_flows.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { MANY = 5000 };

static struct pp_flow_key key_number(unsigned i)
{
    struct pp_flow_key key;
    uint8_t addr[4] = {10, (uint8_t)(i >> 8), (uint8_t)i, 1};

    memset(&key, 0, sizeof(key));
    key.local = pp_addr_from4("\xc0\x00\x02\x01");
    key.remote = pp_addr_from4(addr);
    key.lport = 61000;
    key.rport = 80;
    key.proto = 6;
    return key;
}

static void test_finds_through_growth_and_removal(void **state)
{
    struct pp_flow_link *links = calloc(MANY, sizeof(*links));
    struct pp_flow_table t;
    struct pp_flow_key key;
    unsigned i;

    (void)state;
    assert_non_null(links);
    assert_int_equal(pp_flow_table_init(&t, 0), 0);
    for (i = 0; i < MANY; i++) {
        links[i].key = key_number(i);
        assert_int_equal(pp_flow_table_insert(&t, &links[i]), 0);
    }
    assert_int_equal(t.count, MANY);
    assert_true(t.mask + 1 >= MANY);
    for (i = 0; i < MANY; i += 2)
        pp_flow_table_remove(&t, &links[i]);
    assert_int_equal(t.count, MANY / 2);
    for (i = 0; i < MANY; i++) {
        key = key_number(i);
        assert_ptr_equal(pp_flow_table_find(&t, &key), i % 2 ? &links[i] : NULL);
    }
    pp_flow_table_release(&t);
    free(links);
}

static void test_a_key_is_taken_once(void **state)
{
    struct pp_flow_link a = {.key = key_number(1)}, b = {.key = key_number(1)};
    struct pp_flow_table t;

    (void)state;
    assert_int_equal(pp_flow_table_init(&t, 10), 0);
    assert_int_equal(pp_flow_table_insert(&t, &a), 0);
    errno = 0;
    assert_int_equal(pp_flow_table_insert(&t, &b), -1);
    assert_int_equal(errno, EEXIST);
    pp_flow_table_remove(&t, &b); /* not in it: nothing happens */
    assert_ptr_equal(pp_flow_table_find(&t, &a.key), &a);
    pp_flow_table_remove(&t, &a);
    assert_int_equal(pp_flow_table_insert(&t, &b), 0);
    pp_flow_table_release(&t);
}

static void test_two_tables_hash_differently(void **state)
{
    struct pp_flow_link a = {.key = key_number(1)}, b = {.key = key_number(1)};
    struct pp_flow_table t, u;

    (void)state;
    assert_int_equal(pp_flow_table_init(&t, 10), 0);
    assert_int_equal(pp_flow_table_init(&u, 10), 0);
    assert_int_equal(pp_flow_table_insert(&t, &a), 0);
    assert_int_equal(pp_flow_table_insert(&u, &b), 0);
    assert_true(a.hash != b.hash);
    pp_flow_table_release(&t);
    pp_flow_table_release(&u);
}

/* ---- keys of packets ---------------------------------------------------------------------------------- */

static struct pp_packet decoded(const struct golden_frame *f)
{
    struct pp_packet p;

    assert_int_equal(pp_packet_decode(&p, (const uint8_t *)f->bytes, f->len), 0);
    return p;
}

/* A received packet has the key of the flow that it answers: a reply by its addresses, an ICMP error by its quote. */
static void test_sent_and_received_meet(void **state)
{
    static const struct golden_frame *const flows[] = {flow_ecn_http,    flow_ecn_http6, flow_udp_zero,
                                                       flow_unreachable, flow_unreachable6};
    struct pp_packet quoted;
    unsigned i;

    (void)state;
    for (i = 0; i < sizeof(flows) / sizeof(flows[0]); i++) {
        struct pp_packet out = decoded(&flows[i][0]), back = decoded(&flows[i][1]);
        struct pp_flow_key sent, received;

        assert_true(pp_flow_key_sent(&sent, &out));
        assert_true(pp_flow_key_received(&received, &back, &quoted));
        assert_memory_equal(&sent, &received, sizeof(sent));
        if (pp_icmp_quotes(&back))
            assert_int_equal(quoted.ttl, 1);
    }
}

static void test_what_has_no_key(void **state)
{
    struct pp_packet p = decoded(&flow_ecn_http[0]), error = decoded(&flow_unreachable[1]), quoted;
    struct pp_flow_key key;

    (void)state;
    p.frag_off = 8; /* a later fragment: these bytes are not ports */
    assert_false(pp_flow_key_sent(&key, &p));
    p = decoded(&flow_ecn_http[0]);
    p.l4_cap = 3;
    assert_false(pp_flow_key_sent(&key, &p));
    p = decoded(&flow_ecn_http6[0]);
    p.proto = 255; /* the extension headers were cut */
    assert_false(pp_flow_key_sent(&key, &p));
    error.icmp.quote_len = 20;
    assert_false(pp_flow_key_received(&key, &error, &quoted));
    error.icmp.quote_len = 24;
    assert_true(pp_flow_key_received(&key, &error, &quoted));
}

static void test_ports_of_other_protocols(void **state)
{
    static const struct {
        uint8_t proto;
        bool ports;
    } rows[] = {{6, true}, {17, true}, {33, true}, {132, true}, {136, true}, {1, false}, {47, false}, {50, false}};
    struct pp_packet p = decoded(&flow_ecn_http[0]);
    struct pp_flow_key key;
    unsigned i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        p.proto = rows[i].proto;
        assert_true(pp_flow_key_sent(&key, &p));
        assert_int_equal(key.lport, rows[i].ports ? 61001 : 0);
        assert_int_equal(key.rport, rows[i].ports ? 80 : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_through_growth_and_removal),
        cmocka_unit_test(test_a_key_is_taken_once),
        cmocka_unit_test(test_two_tables_hash_differently),
        cmocka_unit_test(test_sent_and_received_meet),
        cmocka_unit_test(test_what_has_no_key),
        cmocka_unit_test(test_ports_of_other_protocols),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
