/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_spin.c: what the chain `quic` makes of the spin bit (RFC 9000 section 17.4, RFC 9312 section 3.8.2) and of the
 * ECN field of a flow, from datagrams written by hand.
 */
#include "../../core/flow/chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define MS INT64_C(1000000)
#define NO PP_NULL

static struct pp_chainset set;
static void *record;

/* A long header of VERSION with ids of 8 and 4 bytes, 1200 bytes; or a short one with the spin bit SPIN. */
static void datagram(enum pp_dir dir, int64_t ms, uint32_t version, int spin, uint8_t tos)
{
    uint8_t bytes[1200] = {0};
    struct pp_packet p = {.family = 4, .proto = PP_PROTO_UDP, .tos = tos, .l4 = bytes, .payload = bytes,
                          .payload_len = sizeof bytes, .payload_cap = sizeof bytes, .l4_cap = 1208, .l4_len = 1208};
    struct pp_chain_packet c = {.pkt = &p, .dir = dir, .stamp = INT64_C(1700000000) * 1000 * MS + ms * MS};

    if (spin < 0) {
        bytes[0] = 0xc0;
        pp_put32(bytes + 1, version);
        bytes[5] = 8;
        bytes[14] = 4;
    } else {
        bytes[0] = (uint8_t)(0x40 | (spin ? 0x20 : 0));
    }
    pp_record_packet(&set, record, &c);
}

static int64_t field(const char *name)
{
    struct pp_field_ref ref;

    assert_int_equal(pp_field_find(&set, name, &ref), 0);
    return pp_field_get(record, ref);
}

static void begin(uint32_t version)
{
    pp_record_init(&set, record);
    datagram(PP_FWD, 0, version, -1, 0);
    datagram(PP_REV, 40, version, -1, PP_ECT0);
}

/* Short headers each STEP ms from FROM on, in both directions; the bit turns each HALF packets. */
static void run(int64_t from, int64_t step, unsigned packets, unsigned half)
{
    for (unsigned i = 0; i < packets; i++) {
        int spin = half && i / half % 2;
        datagram(PP_FWD, from + i * step, 0, spin, PP_ECT0);
        datagram(PP_REV, from + i * step + 20, 0, spin, i == 3 ? PP_CE : PP_ECT0);
    }
}

static void expect(int64_t turns, int64_t rtts, int64_t least, int64_t most, const char *doubts)
{
    char text[64] = "";
    static const char *const names[] = {"constant", "random", "short", "idle"};

    for (unsigned i = 0; i < COUNT(names); i++) {
        char name[32];
        snprintf(name, sizeof name, "quic_spin_%s", names[i]);
        if (field(name) == 1)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", *text ? " " : "", names[i]);
    }
    assert_string_equal(text, doubts);
    assert_int_equal(field("quic_spin_fwd"), turns);
    assert_int_equal(field("quic_spin_rev"), turns);
    assert_int_equal(field("quic_spin_rtts"), rtts);
    assert_int_equal(field("quic_spin_rtt_min_us"), least);
    assert_int_equal(field("quic_spin_rtt_max_us"), most);
}

static void test_spin(void **unused)
{
    (void)unused;
    begin(1);
    assert_int_equal(field("quic_first_us"), 40000);
    assert_int_equal(field("quic_spin_fwd"), NO);
    run(100, 10, 40, 4); /* turns each 40 ms: 9 times, 8 intervals in each direction */
    expect(9, 16, 40000, 40000, "");
    begin(0x6b3343cf); /* version 2 */
    run(100, 10, 40, 5);
    expect(7, 12, 50000, 50000, "");
}

static void test_doubts(void **unused)
{
    (void)unused;
    begin(1); /* does not spin */
    run(100, 10, 40, 0);
    expect(0, 0, NO, NO, "constant");
    begin(1); /* too few to say */
    run(100, 10, 7, 0);
    expect(0, 0, NO, NO, "");
    assert_int_equal(field("quic_spin_constant"), NO);
    begin(1); /* by chance, faster than any round trip */
    run(100, 1, 40, 1);
    expect(39, 0, NO, NO, "random short");
    begin(1); /* a packet out of order: two turns at once, left out */
    run(100, 10, 20, 4);
    datagram(PP_FWD, 301, 0, 1, 0);
    datagram(PP_REV, 321, 0, 1, 0);
    datagram(PP_FWD, 302, 0, 0, 0);
    datagram(PP_REV, 322, 0, 0, 0);
    assert_int_equal(field("quic_spin_short"), 1);
    assert_int_equal(field("quic_spin_rtt_min_us"), 40000);
    begin(1); /* the sender has nothing to say for a second */
    run(100, 10, 12, 4);
    run(1300, 10, 12, 4);
    assert_int_equal(field("quic_spin_idle"), 1);
    assert_int_equal(field("quic_spin_rtt_min_us"), 40000);
    assert_true(field("quic_spin_rtt_max_us") > 1000000);
}

/* Versions for which the spin bit is not defined, and datagrams that are not QUIC. */
static void test_others(void **unused)
{
    (void)unused;
    begin(0xff00001d);
    run(100, 10, 40, 4);
    assert_int_equal(field("quic_spin_fwd"), NO);
    assert_int_equal(field("quic_spin_rtts"), 0);
    assert_int_equal(field("quic_ect0_fwd"), 40);
    pp_record_init(&set, record);
    run(0, 10, 40, 4);
    assert_int_equal(field("quic_spin_fwd"), NO);
    assert_int_equal(field("quic_ect0_fwd"), 0);
    pp_record_init(&set, record); /* sent twice: the answer may be to either */
    datagram(PP_FWD, 0, 1, -1, 0);
    datagram(PP_FWD, 30, 1, -1, 0);
    datagram(PP_REV, 40, 1, -1, 0);
    assert_int_equal(field("quic_first_us"), NO);
}

static void test_marks(void **unused)
{
    static const struct {
        const char *name;
        int64_t n;
    } want[] = {{"quic_notect_fwd", 1}, {"quic_ect0_fwd", 12}, {"quic_ect1_fwd", 2}, {"quic_ce_fwd", 0},
                {"quic_notect_rev", 0}, {"quic_ect0_rev", 12}, {"quic_ect1_rev", 0}, {"quic_ce_rev", 1}};

    (void)unused;
    begin(1);
    run(100, 10, 12, 4);
    datagram(PP_FWD, 400, 0, 0, PP_ECT1);
    datagram(PP_FWD, 410, 0, 0, 46 << 2 | PP_ECT1);
    for (unsigned i = 0; i < COUNT(want); i++)
        if (field(want[i].name) != want[i].n)
            fail_msg("%s: %lld", want[i].name, (long long)field(want[i].name));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spin), cmocka_unit_test(test_doubts), cmocka_unit_test(test_others),
        cmocka_unit_test(test_marks),
    };

    if (pp_chainset_init(&set, (const char *const[]){"quic", NULL}) < 0 || !(record = malloc(set.size)))
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(record);
    return failed;
}
