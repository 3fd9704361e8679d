/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_spin.c: what the chain `quic` makes of the spin bit (RFC 9000 section 17.4, RFC 9312 section 3.8.2), of the ECN
 * field, of the types of packets and of the handshake's round trip, from datagrams written by hand.
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

/* BYTES are copied, so that a sanitizer sees what is read behind them. */
static void capture(enum pp_dir dir, int64_t ms, const uint8_t *bytes, uint16_t len, uint8_t tos)
{
    uint8_t *copy = malloc(len);
    struct pp_packet p = {.family = 4, .proto = PP_PROTO_UDP, .tos = tos, .l4 = copy, .payload = copy,
                          .payload_len = len, .payload_cap = len, .l4_cap = len + 8u, .l4_len = len + 8u};
    struct pp_chain_packet c = {.pkt = &p, .dir = dir, .stamp = INT64_C(1700000000) * 1000 * MS + ms * MS};

    assert_non_null(copy);
    if (len)
        memcpy(copy, bytes, len);
    pp_record_packet(&set, record, &c);
    free(copy);
}

/* A long header of VERSION with ids of 8 and 4 bytes, 1200 bytes; or a short one with the spin bit SPIN. */
static void datagram(enum pp_dir dir, int64_t ms, uint32_t version, int spin, uint8_t tos)
{
    uint8_t bytes[1200] = {0};

    if (spin < 0) {
        bytes[0] = 0xc0;
        pp_put32(bytes + 1, version);
        bytes[5] = 8;
        bytes[14] = 4;
    } else {
        bytes[0] = (uint8_t)((ms / 10 % 3 ? 0x40 : 0) | (spin ? 0x20 : 0)); /* the fixed bit as in RFC 9287 */
    }
    capture(dir, ms, bytes, sizeof bytes, tos);
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

/* Both parts of the round trip, captured 15 ms before dip and 25 ms behind sip, and what must not be taken for one. */
static void test_parts(void **unused)
{
    (void)unused;
    begin(1);
    assert_int_equal(field("quic_spin_server_us"), NO);
    assert_int_equal(field("quic_spin_client_us"), NO);
    for (unsigned turn = 0; turn < 6; turn++) {
        for (unsigned at = 0; at < 40; at += 10) {
            datagram(PP_FWD, 100 + turn * 40 + at, 0, turn % 2, 0);
            datagram(PP_REV, 115 + turn * 40 + at, 0, turn % 2, 0);
        }
    }
    expect(5, 8, 40000, 40000, "");
    assert_int_equal(field("quic_spin_rtt_fwd_us"), 40000);
    assert_int_equal(field("quic_spin_rtt_rev_us"), 40000);
    assert_int_equal(field("quic_spin_server_us"), 15000);
    assert_int_equal(field("quic_spin_client_us"), 25000);
    /* A packet of sip's out of order, then dip's turn: the time since is no part of a round trip. */
    datagram(PP_FWD, 350, 0, 0, 0);
    datagram(PP_FWD, 352, 0, 1, 0);
    datagram(PP_FWD, 353, 0, 0, 0);
    datagram(PP_REV, 365, 0, 0, 0);
    assert_int_equal(field("quic_spin_short"), 1);
    assert_int_equal(field("quic_spin_server_us"), 15000);
    /* dip does not reflect: it turns to the other value. */
    begin(1);
    for (unsigned turn = 0; turn < 6; turn++) {
        datagram(PP_FWD, 100 + turn * 40, 0, turn % 2, 0);
        datagram(PP_REV, 115 + turn * 40, 0, !(turn % 2), 0);
    }
    assert_int_equal(field("quic_spin_server_us"), NO);
    assert_int_equal(field("quic_spin_client_us"), NO);
    assert_int_equal(field("quic_spin_rtt_rev_us"), 40000);
}

/* Appends a packet with a long header of 30 bytes in all. FIRST: its first byte. */
static size_t put_long(uint8_t *out, uint8_t first, uint32_t version, bool token)
{
    memset(out, 0, 30);
    out[0] = first;
    pp_put32(out + 1, version);
    out[7 + token] = (uint8_t)(30 - 8 - token);
    return 30;
}

/* All packets of a datagram, in both versions, which number the types differently (RFC 9000 17.2, RFC 9369 3.2). */
static void test_types(void **unused)
{
    static const struct {
        uint32_t version;
        uint8_t initial, early, handshake, retry;
    } rows[] = {{1, 0xc0, 0xd0, 0xe0, 0xf0}, {0x6b3343cf, 0xd0, 0xe0, 0xf0, 0xc0}};
    uint8_t bytes[1200];
    size_t n;

    (void)unused;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint32_t version = rows[i].version;

        pp_record_init(&set, record);
        memset(bytes, 0, sizeof bytes);
        n = put_long(bytes, rows[i].initial, version, true);
        put_long(bytes + n, rows[i].early, version, false);
        capture(PP_FWD, 0, bytes, sizeof bytes, 0);
        assert_int_equal(field("quic_0rtt_fwd"), 1);
        n = put_long(bytes, rows[i].initial, version, true);
        n += put_long(bytes + n, rows[i].handshake, version, false);
        n += put_long(bytes + n, rows[i].handshake, version, false);
        bytes[n] = 0x40;
        put_long(bytes + n + 30, rows[i].handshake, version, false); /* behind a short header: its payload */
        capture(PP_REV, 15, bytes, sizeof bytes, 0);
        assert_int_equal(field("quic_handshake_rev"), 2);
        assert_int_equal(field("quic_handshake_fwd"), 0);
        assert_int_equal(field("quic_retry_rev"), 0);
        assert_int_equal(field("quic_first_us"), 15000);
        assert_int_equal(field("quic_next_us"), NO);
        capture(PP_FWD, 40, bytes, (uint16_t)n, 0);
        capture(PP_FWD, 90, bytes, (uint16_t)n, 0);
        assert_int_equal(field("quic_handshake_fwd"), 4);
        assert_int_equal(field("quic_next_us"), 25000);
        n = put_long(bytes, rows[i].handshake, version, false); /* a length beyond the datagram, then none at all */
        capture(PP_REV, 100, bytes, 29, 0);
        capture(PP_REV, 100, bytes, 6, 0);
        capture(PP_REV, 100, bytes, 0, 0);
        assert_int_equal(field("quic_handshake_rev"), 3);
        put_long(bytes, rows[i].retry, version, false);
        capture(PP_REV, 110, bytes, 30, 0);
        assert_int_equal(field("quic_retry_rev"), 1);
        assert_int_equal(field("quic_0rtt_fwd"), 1);
    }
    begin(0xff00001d); /* a version whose types are not known */
    put_long(bytes, 0xe0, 0xff00001d, false);
    capture(PP_REV, 50, bytes, 30, 0);
    assert_int_equal(field("quic_handshake_rev"), 0);
}

/* The samples of both Retry packets: RFC 9001 A.4, RFC 9369 A.4. */
static void test_samples(void **unused)
{
    static const char *const retry[] = {
        "\xff\x00\x00\x00\x01\x00\x08\xf0\x67\xa5\x50\x2a\x42\x62\xb5\x74\x6f\x6b\x65\x6e"
        "\x04\xa2\x65\xba\x2e\xff\x4d\x82\x90\x58\xfb\x3f\x0f\x24\x96\xba",
        "\xcf\x6b\x33\x43\xcf\x00\x08\xf0\x67\xa5\x50\x2a\x42\x62\xb5\x74\x6f\x6b\x65\x6e"
        "\xc8\x64\x6c\xe8\xbf\xe3\x39\x52\xd9\x55\x54\x36\x65\xdc\xc7\xb6",
    };

    (void)unused;
    for (size_t i = 0; i < COUNT(retry); i++) {
        pp_record_init(&set, record);
        datagram(PP_FWD, 0, i ? 0x6b3343cf : 1, -1, 0);
        capture(PP_REV, 40, (const uint8_t *)retry[i], 36, 0);
        assert_int_equal(field("quic_retry_rev"), 1);
        assert_int_equal(field("quic_handshake_rev"), 0);
        assert_int_equal(field("quic_scid_len_rev"), 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spin), cmocka_unit_test(test_doubts), cmocka_unit_test(test_others),
        cmocka_unit_test(test_marks), cmocka_unit_test(test_parts), cmocka_unit_test(test_types),
        cmocka_unit_test(test_samples),
    };

    if (pp_chainset_init(&set, (const char *const[]){"quic", NULL}) < 0 || !(record = malloc(set.size)))
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(record);
    return failed;
}
