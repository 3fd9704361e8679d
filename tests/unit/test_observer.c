/* SPDX-License-Identifier: BSD-2-Clause */
/* test_observer.c: when the observer ends a flow and writes its record, on the test's own clock. */
#include "../../core/base/error.h"
#include "../../core/flow/observer.h"
#include "golden_flows.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define S INT64_C(1000000000)
#define START (S * 1700000000)

struct world {
    struct pp_chainset set;
    struct pp_observer *o;
    unsigned records;
    int64_t sp[8], pkt_fwd[8], pkt_rev[8]; /* of the first eight records */
};

static int64_t get(const struct world *w, const void *record, const char *field)
{
    struct pp_field_ref ref;

    assert_int_equal(pp_field_find(&w->set, field, &ref), 0);
    return pp_field_get(record, ref);
}

static void emit(void *arg, const void *record)
{
    struct world *w = arg;

    if (w->records < 8) {
        w->sp[w->records] = get(w, record, "sp");
        w->pkt_fwd[w->records] = get(w, record, "pkt_fwd");
        w->pkt_rev[w->records] = get(w, record, "pkt_rev");
    }
    w->records++;
}

static void world_init(struct world *w, uint64_t max_flows, bool keep_wrong)
{
    struct pp_observer_config c = {.chains = &w->set,
                                   .idle = 30 * S,
                                   .linger = 5 * S,
                                   .max_flows = max_flows,
                                   .keep_wrong = keep_wrong,
                                   .emit = emit,
                                   .arg = w};

    memset(w, 0, sizeof(*w));
    assert_int_equal(pp_chainset_init(&w->set, (const char *[]){"tcp", "icmp", NULL}), 0);
    w->o = pp_observer_new(&c);
    assert_non_null(w->o);
    pp_observer_clock(w->o, START);
}

static void see(struct world *w, const struct golden_frame *f)
{
    pp_observer_frame(w->o, (const uint8_t *)f->bytes, f->len, f->len, START + f->stamp);
}

static void see_all(struct world *w, const struct golden_frame *f)
{
    for (; f->bytes; f++)
        see(w, f);
}

static void test_idle_flow_ends_without_any_packet(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 100, false);
    see_all(&w, flow_fallback);
    pp_observer_clock(w.o, START + 29 * S);
    assert_int_equal(w.records, 0);
    pp_observer_clock(w.o, START + 30 * S + S / 100);
    assert_int_equal(w.records, 1);
    assert_int_equal(w.sp[0], 61002);
    pp_observer_free(w.o);
    assert_int_equal(w.records, 1);
}

static void test_each_packet_puts_idle_off(void **state)
{
    struct world w;
    int i;

    (void)state;
    world_init(&w, 100, false);
    see(&w, &flow_fallback[0]);
    for (i = 1; i <= 4; i++) {
        pp_observer_clock(w.o, START + i * 20 * S);
        see(&w, &flow_fallback[1]);
    }
    pp_observer_clock(w.o, START + 109 * S);
    assert_int_equal(w.records, 0);
    pp_observer_clock(w.o, START + 110 * S + S / 100);
    assert_int_equal(w.records, 1);
    assert_int_equal(w.pkt_fwd[0], 5);
    pp_observer_free(w.o);
}

/* Late packets during the linger belong to the flow and do not prolong the linger. */
static void test_complete_flow_lingers(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 100, false);
    see_all(&w, flow_refused);
    pp_observer_clock(w.o, START + 4 * S);
    assert_int_equal(w.records, 0);
    see(&w, &flow_refused[1]);
    pp_observer_clock(w.o, START + 5 * S + S / 100);
    assert_int_equal(w.records, 1);
    assert_int_equal(w.pkt_rev[0], 2);
    pp_observer_free(w.o);
}

static void test_unreachable_completes_and_too_big_does_not(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 100, false);
    see_all(&w, flow_unreachable6);
    see_all(&w, flow_too_big6);
    see_all(&w, flow_too_big);
    pp_observer_clock(w.o, START + 6 * S);
    assert_int_equal(w.records, 1);
    assert_int_equal(w.sp[0], 61006);
    pp_observer_free(w.o);
    assert_int_equal(w.records, 3);
}

static void test_error_joins_the_flow_that_it_quotes(void **state)
{
    struct pp_observer_stats stats;
    struct world w;

    (void)state;
    world_init(&w, 100, false);
    see_all(&w, flow_unreachable);
    see_all(&w, flow_unreachable6);
    pp_observer_stats(w.o, &stats);
    assert_int_equal(stats.flows, 2);
    assert_int_equal(stats.packets, 6);
    pp_observer_free(w.o);
    assert_int_equal(w.pkt_fwd[0], 1);
    assert_int_equal(w.pkt_rev[0], 2);
}

static void test_next_connection_on_the_same_ports(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 100, false);
    see_all(&w, flow_ports_again);
    assert_int_equal(w.records, 1); /* at once, so that the second does not run into the first */
    pp_observer_free(w.o);
    assert_int_equal(w.records, 2);
    assert_int_equal(w.pkt_fwd[0], 2);
    assert_int_equal(w.pkt_fwd[1], 1);
}

static void test_past_the_maximum_the_longest_idle_goes(void **state)
{
    struct pp_observer_stats stats;
    struct world w;

    (void)state;
    world_init(&w, 2, false);
    see(&w, &flow_fallback[0]);
    see(&w, &flow_fin_fwd[0]);
    see(&w, &flow_fallback[1]);
    see(&w, &flow_dscp[0]);
    assert_int_equal(w.records, 1);
    assert_int_equal(w.sp[0], 61003);
    pp_observer_stats(w.o, &stats);
    assert_int_equal(stats.early, 1);
    assert_int_equal(stats.flows, 3);
    pp_observer_free(w.o);
    assert_int_equal(w.records, 3);
}

static void test_clock_never_goes_back(void **state)
{
    struct world w;

    (void)state;
    world_init(&w, 100, false);
    see(&w, &flow_fallback[0]);
    pp_observer_clock(w.o, START + 20 * S);
    pp_observer_clock(w.o, START - 1000 * S);
    see(&w, &flow_fallback[1]); /* at 20 s, whatever the step */
    pp_observer_clock(w.o, START + 49 * S);
    assert_int_equal(w.records, 0);
    pp_observer_clock(w.o, START + 51 * S);
    assert_int_equal(w.records, 1);
    pp_observer_free(w.o);
}

/* One flipped bit in the TCP header: a corrupt packet is counted, and left out of the flow unless asked for. */
static void test_wrong_checksums(void **state)
{
    struct pp_observer_stats stats;
    uint8_t frame[200];
    struct world w;
    int keep;

    (void)state;
    memcpy(frame, flow_refused[0].bytes, flow_refused[0].len);
    frame[33] ^= 0x80;
    for (keep = 0; keep < 2; keep++) {
        world_init(&w, 100, keep);
        pp_observer_frame(w.o, frame, flow_refused[0].len, flow_refused[0].len, START);
        pp_observer_stats(w.o, &stats);
        assert_int_equal(stats.wrong_checksum, 1);
        assert_int_equal(stats.flows, keep);
        pp_observer_free(w.o);
    }
}

static void test_what_cannot_be_used_is_counted(void **state)
{
    struct pp_observer_stats stats;
    struct world w;

    (void)state;
    world_init(&w, 100, false);
    pp_observer_frame(w.o, (const uint8_t *)"\x45", 1, 1, START);
    pp_observer_frame(w.o, (const uint8_t *)"", 0, 0, START);
    pp_observer_frame(w.o, (const uint8_t *)flow_refused[0].bytes, 22, 22, START); /* no ports left */
    pp_observer_stats(w.o, &stats);
    assert_int_equal(stats.packets, 3);
    assert_int_equal(stats.undecodable, 2);
    assert_int_equal(stats.no_flow, 1);
    assert_int_equal(stats.flows, 0);
    pp_observer_free(w.o);
    assert_int_equal(w.records, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_idle_flow_ends_without_any_packet),
        cmocka_unit_test(test_each_packet_puts_idle_off),
        cmocka_unit_test(test_complete_flow_lingers),
        cmocka_unit_test(test_unreachable_completes_and_too_big_does_not),
        cmocka_unit_test(test_error_joins_the_flow_that_it_quotes),
        cmocka_unit_test(test_next_connection_on_the_same_ports),
        cmocka_unit_test(test_past_the_maximum_the_longest_idle_goes),
        cmocka_unit_test(test_clock_never_goes_back),
        cmocka_unit_test(test_wrong_checksums),
        cmocka_unit_test(test_what_cannot_be_used_is_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
