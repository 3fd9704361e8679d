/* SPDX-License-Identifier: BSD-2-Clause */
/* test_sweep.c: sweeps of an arm's packets with rising TTL through the lab, and their rows. */
#include "bench_sweep.h"

static void with_both(void (*test)(const char *family))
{
    test(BENCH_FOUR);
    test(BENCH_SIX);
}

static void syn(const char *f)
{
    struct bench b;

    bench_open(&b, &bench_over_tcp, 8, f, BENCH_PLAIN, 0);
    for (int i = 0; i < 3; i++) {
        bench_hops(bench_sweep(&b, i % 2, PP_ON_SYN, 0), "ttttttttA");
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

    bench_open(&b, &bench_over_tcp, 8, f, BENCH_BOX("ecn.syn.drop", "4"), 0);
    bench_hops(bench_sweep(&b, 0, PP_ON_SYN, 0), "ttttttttA");
    bench_hops(bench_sweep(&b, 1, PP_ON_SYN, 9), "tttt.....");
    for (unsigned i = 4; i < 9; i++) /* so many cannot all be lost by chance */
        assert_int_equal(b.sweep.hop[i].tries, PP_SWEEP_TRIES - 1);
    bench_hops(bench_sweep(&b, 1, PP_ON_SYN, 0), "tttt.....");
    bench_close(&b);
}

/* One silent hop at the end may be a loss, as may any before hops that answer. */
static void one_at_the_end(const char *f)
{
    struct bench b;

    bench_open(&b, &bench_over_tcp, 8, f, "\"server\": \"silent\", \"delay_ms\": 10, "
               "\"routers\": [{\"hop\": 4, \"answers\": 0}, {\"hop\": 5, \"answers\": 0}]", 0);
    bench_hops(bench_sweep(&b, 0, PP_ON_SYN, 9), "ttt..ttt.");
    assert_int_equal(b.sweep.hop[3].tries, PP_SWEEP_TRIES);
    assert_int_equal(b.sweep.hop[4].tries, PP_SWEEP_TRIES);
    assert_int_equal(b.sweep.hop[8].tries, PP_SWEEP_TRIES);
    bench_close(&b);
}

static void test_one_at_the_end(void **state)
{
    (void)state;
    with_both(one_at_the_end);
}

static void test_dropped(void **state)
{
    (void)state;
    with_both(dropped);
}

static void reset(const char *f)
{
    struct bench b;

    bench_open(&b, &bench_over_tcp, 8, f, BENCH_BOX("ecn.syn.rst", "4"), 0);
    bench_hops(bench_sweep(&b, 1, PP_ON_SYN, 0), "ttttr");
    bench_hops(bench_sweep(&b, 0, PP_ON_SYN, 0), "ttttttttA");
    bench_hops(bench_sweep(&b, 1, PP_ON_SYN, 9), "ttttr");
    bench_close(&b);
}

static void test_reset(void **state)
{
    (void)state;
    with_both(reset);
}

/* SYNs that all expired at routers opened nothing, so no RST goes to the target; one that may have arrived is reset. */
static void short_of_target(const char *f)
{
    struct bench b;

    bench_open(&b, &bench_over_tcp, 8, f, BENCH_PLAIN, 0);
    b.farthest = 4;
    bench_hops(bench_sweep(&b, 1, PP_ON_SYN, 0), "tttt");
    assert_int_equal(pp_trail_packets(b.trail), 4);
    b.farthest = 0;
    bench_hops(bench_sweep(&b, 1, PP_ON_SYN, 9), "ttttttttA");
    assert_int_equal(pp_trail_packets(b.trail), 4 + 9 + 1);
    bench_close(&b);
}

static void test_short_of_target(void **state)
{
    (void)state;
    with_both(short_of_target);
}

static void in_session(const char *f)
{
    struct bench b;

    bench_open(&b, &bench_over_tcp, 8, f, BENCH_BOX("ecn.ip.clear", "5"), 0);
    bench_hops(bench_sweep(&b, 0, PP_ON_DATA, 0), "ttttttttA");
    bench_hops(bench_sweep(&b, 2, PP_ON_DATA, 9), "ttttttttA");
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

    bench_open(&b, &bench_over_udp, 8, f, "\"ports\": [53], " BENCH_BOX("ecn.ip.clear", "5"), 0);
    bench_hops(bench_sweep(&b, 0, PP_ON_DATAGRAM, 0), "ttttttttA");
    bench_hops(bench_sweep(&b, 1, PP_ON_DATAGRAM, 9), "ttttttttA");
    for (unsigned k = 0; k < 8; k++)
        assert_int_equal(b.sweep.hop[k].diff.changes, k >= 5);
    bench_close(&b);
}

static void test_datagrams(void **state)
{
    (void)state;
    with_both(datagrams);
}

/* The target's first answer, which replaces each later answer once `replaces` is set. */
struct again {
    uint8_t bytes[2048];
    size_t len;
    bool replaces;
};

static size_t send_again(struct bench *b, uint8_t *ip, size_t len, size_t size)
{
    struct again *a = b->arg;
    struct pp_packet p;

    (void)size;
    if (pp_packet_decode(&p, ip, len) < 0 || p.proto != PP_PROTO_UDP)
        return len;
    if (!a->replaces) {
        memcpy(a->bytes, ip, len);
        a->len = len;
    } else {
        memcpy(ip, a->bytes, a->len);
    }
    return a->len;
}

/* An answer to one sweep does not count for the next, which uses the same ports; connections are closed. */
static void quic(const char *f)
{
    struct again again = {.len = 0};
    struct bench b;

    bench_open(&b, &bench_over_quic, 8, f, "\"ports\": [443], " BENCH_PLAIN, 0);
    b.arg = &again;
    b.tamper = send_again;
    bench_hops(bench_sweep(&b, 0, PP_ON_DATAGRAM, 0), "ttttttttA");
    assert_true(again.len > 0);
    again.replaces = true;
    bench_hops(bench_sweep(&b, 1, PP_ON_DATAGRAM, 9), "tttttttt.");
    assert_int_equal(b.goodbyes, 1); /* the goodbye of the first sweep, captured only now */
    again.replaces = false;
    bench_hops(bench_sweep(&b, 1, PP_ON_DATAGRAM, 9), "ttttttttA");
    bench_close(&b);
}

static void test_quic(void **state)
{
    (void)state;
    with_both(quic);
}

static void routers(const char *f)
{
    struct bench b;

    bench_open(&b, &bench_over_tcp, 8, f, BENCH_PLAIN ", \"routers\": [{\"hop\": 2, \"answers\": 0}, "
             "{\"hop\": 3, \"quote\": 8}, {\"hop\": 4, \"labels\": 2}, "
             "{\"hop\": 7, \"answers\": 0}, {\"hop\": 8, \"answers\": 0}]", 0);
    for (int i = 0; i < 3; i++) {
        bench_hops(bench_sweep(&b, 0, PP_ON_SYN, 0), "t.tttt..A");
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

/* A target behind more silent hops than a sweep probes one after the other: it is searched for, once. */
static void behind_silence(const char *f)
{
    struct bench b;

    bench_open(&b, &bench_over_tcp, 8, f, BENCH_BOX("ecn.syn.drop", "6") ", \"routers\": [{\"answers\": 0}]", 0);
    bench_hops(bench_sweep(&b, 0, PP_ON_SYN, 0), ".....-..A");
    assert_true(b.syns <= 5 * (PP_SWEEP_TRIES - 1) + 4 + 2 * PP_SWEEP_TRIES);
    bench_hops(bench_sweep(&b, 0, PP_ON_DATA, 0), ".....-..A");
    bench_hops(bench_sweep(&b, 0, PP_ON_SYN, 9), "........A");
    bench_hops(bench_sweep(&b, 1, PP_ON_SYN, 0), ".....");
    bench_hops(bench_sweep(&b, 1, PP_ON_SYN, 9), ".........");
    bench_close(&b);
    bench_open(&b, &bench_over_udp, 8, f, "\"ports\": [53], " BENCH_PLAIN ", \"routers\": [{\"answers\": 0}]", 0);
    bench_hops(bench_sweep(&b, 0, PP_ON_DATAGRAM, 0), ".....-..A");
    bench_close(&b);
}

static void test_behind_silence(void **state)
{
    (void)state;
    with_both(behind_silence);
}

struct held {
    uint8_t bytes[256];
    size_t len;
    unsigned errors; /* that came in */
    struct pp_addr from; /* router */
};

/* The target's first answer arrives when two farther TTLs are outstanding; all answers after it are lost. */
static size_t hold_back(struct bench *b, uint8_t *ip, size_t len, size_t size)
{
    struct held *h = b->arg;
    struct pp_packet p;

    if (pp_packet_decode(&p, ip, len) < 0 || p.proto != PP_PROTO_TCP)
        return len;
    if (!h->len) {
        assert_true(len <= sizeof h->bytes && len <= size);
        memcpy(h->bytes, ip, len);
        h->len = len;
        return 0;
    }
    if (b->syns < 11)
        return 0;
    len = h->len;
    memcpy(ip, h->bytes, len);
    return len;
}

/* The target answers late, and probes with farther TTLs get no answer: the sweep ends all the same. */
static void met_once(const char *f)
{
    struct bench b;
    struct held held = {.len = 0};

    bench_open(&b, &bench_over_tcp, 8, f, BENCH_PLAIN, 0);
    b.tamper = hold_back;
    b.arg = &held;
    bench_hops(bench_sweep(&b, 0, PP_ON_SYN, 0), "ttttttttA");
    b.tamper = NULL;
    bench_close(&b);
}

static void test_met_once(void **state)
{
    (void)state;
    with_both(met_once);
}

/* The third router's answers are held back; one then replaces the target's answer, as a Destination Unreachable. */
static size_t late_unreachable(struct bench *b, uint8_t *ip, size_t len, size_t size)
{
    struct held *h = b->arg;
    struct pp_packet p;

    if (pp_packet_decode(&p, ip, len) < 0)
        return len;
    if (p.proto != PP_PROTO_TCP) {
        if (++h->errors < 3 || (h->errors > 3 && !pp_addr_eq(&p.src, &h->from)))
            return len;
        assert_true(len <= sizeof h->bytes && len <= size);
        h->from = p.src;
        memcpy(h->bytes, ip, len);
        h->len = len;
        return 0;
    }
    len = h->len;
    memcpy(ip, h->bytes, len);
    ip[p.family == 4 ? 20 : 40] = p.family == 4 ? 3 : 1;
    ip[(p.family == 4 ? 20 : 40) + 1] = p.family == 4 ? 1 : 3;
    return len;
}

/* A sweep that searches the target behind silent hops ends when a nearer router says that it cannot be reached. */
static void late_end(const char *f)
{
    struct bench b;
    struct held held = {.len = 0};

    bench_open(&b, &bench_over_tcp, 8, f, BENCH_PLAIN ", \"routers\": [{\"hop\": 4, \"answers\": 0}, "
               "{\"hop\": 5, \"answers\": 0}, {\"hop\": 6, \"answers\": 0}, {\"hop\": 7, \"answers\": 0}, "
               "{\"hop\": 8, \"answers\": 0}]", 0);
    b.tamper = late_unreachable;
    b.arg = &held;
    bench_hops(bench_sweep(&b, 0, PP_ON_SYN, 0), "ttu");
    b.tamper = NULL;
    bench_close(&b);
}

static void test_late_end(void **state)
{
    (void)state;
    with_both(late_end);
}

static void test_closed(void **state)
{
    struct bench b;

    (void)state;
    bench_open(&b, &bench_over_tcp, 8, BENCH_FOUR, "\"server\": \"refuse\", \"delay_ms\": 10", 0);
    bench_hops(bench_sweep(&b, 0, PP_ON_SYN, 0), "ttttttttr");
    bench_hops(bench_sweep(&b, 1, PP_ON_SYN, 9), "ttttttttr");
    bench_close(&b);
    bench_open(&b, &bench_over_tcp, 8, BENCH_FOUR, "\"server\": \"silent\", \"delay_ms\": 10", 0);
    bench_hops(bench_sweep(&b, 0, PP_ON_SYN, 0), "tttttttt.....");
    bench_close(&b);
}

/* At most eight probes at a time, three for each TTL, and no more at one router than --hop-rate allows. */
static void test_politeness(void **state)
{
    struct bench b;
    int64_t begin, end;

    (void)state;
    bench_open(&b, &bench_over_tcp, 8, BENCH_FOUR, "\"server\": \"silent\", \"delay_ms\": 10, "
                              "\"routers\": [{\"answers\": 0}]", 0);
    bench_hops(bench_sweep(&b, 0, PP_ON_SYN, 0), ".....");
    assert_int_equal(b.syns, 5 * (PP_SWEEP_TRIES - 1) + PP_SWEEP_TRIES); /* the last: to the farthest TTL */
    bench_close(&b);
    bench_open(&b, &bench_over_tcp, 8, BENCH_FOUR, BENCH_PLAIN, 1);
    for (int i = 0; i < 4; i++)
        bench_sweep(&b, 0, PP_ON_SYN, 0);
    begin = pp_wire_now(b.wire);
    for (int i = 0; i < 10; i++)
        bench_sweep(&b, 0, PP_ON_SYN, 0);
    end = pp_wire_now(b.wire);
    assert_true(end - begin >= INT64_C(9000000000));
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_syn),        cmocka_unit_test(test_dropped),    cmocka_unit_test(test_one_at_the_end),
        cmocka_unit_test(test_short_of_target),
        cmocka_unit_test(test_reset),      cmocka_unit_test(test_in_session), cmocka_unit_test(test_datagrams),
        cmocka_unit_test(test_routers),    cmocka_unit_test(test_closed),     cmocka_unit_test(test_politeness),
        cmocka_unit_test(test_quic),       cmocka_unit_test(test_behind_silence), cmocka_unit_test(test_met_once),
        cmocka_unit_test(test_late_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
