/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_build_headers.c: IPv4 options, IPv6 extension headers, flow labels, fragments and variants of a class of
 * packets, byte for byte against packets that Scapy built; fragments are reassembled by the lab's own code.
 */
#include "../../core/packet/build.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../lab/net/reassemble.h"
#include "golden_headers.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define G(name) #name, golden_##name, sizeof golden_##name
#define BYTES(...) (const uint8_t[]){__VA_ARGS__}

static const struct pp_look linux6 = {.ttl = 64, .wscale = 7, .mss = 1440, .window = 64800, .timestamps = true,
                                      .sack = true, .window_scaling = true, .df = true};
static const struct pp_look bare = {.ttl = 64, .mss = 1460, .window = 1000, .df = true};

static const struct pp_extension hbh_mtu[] = {{.type = 0, .len = 8, .bytes = BYTES(0, 0, 0x30, 4, 5, 0xdc, 0, 1)}};
static const struct pp_extension hbh8[] = {{.type = 0, .len = 8, .bytes = BYTES(0, 0, 0x1e, 4, 0, 0, 0, 0)}};
static const struct pp_extension dst8[] = {{.type = 60, .len = 8, .bytes = BYTES(99, 0, 0x1e, 4, 0, 0, 0, 0)}};
static const struct pp_extension dst16[] = {
    {.type = 60, .len = 16, .bytes = BYTES(0, 1, 0x1e, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)}};

static size_t build(struct pp_template *t, int family, const struct pp_look *look, const struct pp_slot *slot,
                    const struct pp_step *steps, unsigned nsteps, struct pp_fill fill, uint8_t out[2048])
{
    struct pp_addr src, dst;

    assert_int_equal(pp_addr_parse(&src, family == 4 ? "192.0.2.1" : "2001:db8::1", family == 4 ? 9 : 11), 0);
    assert_int_equal(pp_addr_parse(&dst, family == 4 ? "198.51.100.2" : "2001:db8:1::2", family == 4 ? 12 : 13), 0);
    assert_int_equal(pp_template_make(t, family, slot, look, steps, nsteps), 0);
    fill.src = &src;
    fill.dst = &dst;
    return pp_template_fill(t, &fill, out, 2048);
}

static void same_bytes(const char *what, const uint8_t *is, size_t len, const uint8_t *want, size_t want_len)
{
    if (len != want_len)
        fail_msg("%s: %zu bytes, not %zu", what, len, want_len);
    for (size_t i = 0; i < len; i++)
        if (is[i] != want[i])
            fail_msg("%s: byte %zu is %02x, not %02x", what, i, is[i], want[i]);
}

static const struct {
    const char *name;
    const uint8_t *want;
    size_t len;
    int family;
    const struct pp_look *look;
    enum pp_on on;
    struct pp_step steps[2];
    struct pp_fill fill;
} rows[] = {
    {G(syn6_headers), 6, &linux6, PP_ON_SYN,
     {{.nextensions = 1, .extensions = hbh_mtu, .label = PP_LABEL_FIXED, .flow_label = 0xabcde},
      {.nextensions = 1, .extensions = dst16}},
     {.sport = 61000, .dport = 80, .seq = 0x11223344, .flags = PP_TCP_SYN, .tsval = 0x01020304, .flow_label = 1}},
    /* The fragment header comes before destination options. */
    {G(udp6_atomic), 6, &linux6, PP_ON_DATAGRAM, {{.on = PP_ON_DATAGRAM, .nextensions = 1, .extensions = dst8},
                                                  {.on = PP_ON_DATAGRAM, .fragments = 1}},
     {.sport = 40000, .dport = 53, .ip_id = 7, .flow_label = 1, .payload = "hello", .payload_len = 5}},
    {G(syn4_alert), 4, &bare, PP_ON_SYN,
     {{.ip_options_len = 4, .ip_options = BYTES(148, 4, 0, 0), .tcp_set = PP_TCP_URG | 0xa00, .urgent = 0x1001,
       .set_window = 1, .window = 777}, {0}},
     {.sport = 61000, .dport = 80, .seq = 7, .flags = PP_TCP_SYN, .ip_id = 0x1234, .window = 5}},
    {G(udp4_prefix), 4, &bare, PP_ON_DATAGRAM,
     {{.on = PP_ON_DATAGRAM, .prefix_len = 4, .prefix = BYTES(0xd8, 0, 0x7f, 0xf0)}, {0}},
     {.sport = 40000, .dport = 53, .ip_id = 7, .payload = "hello", .payload_len = 5}},
};

static void golden_bytes(void **state)
{
    uint8_t out[2048];
    struct pp_template t;

    (void)state;
    for (unsigned i = 0; i < COUNT(rows); i++)
        same_bytes(rows[i].name, out,
                   build(&t, rows[i].family, rows[i].look, &(struct pp_slot){.on = rows[i].on}, rows[i].steps, 2,
                         rows[i].fill, out),
                   rows[i].want, rows[i].len);
}

static const struct {
    int family;
    struct pp_step step;
    struct {
        const char *name;
        const uint8_t *want;
        size_t len;
    } part[4];
} cut_rows[] = {
    /* Scapy cuts by 16 bytes of what is behind the IP header, the first fragment of ours is as long. */
    {4, {.on = PP_ON_DATAGRAM, .fragments = 3, .first_fragment = 16},
     {{G(udp4_fragment_1)}, {G(udp4_fragment_2)}, {G(udp4_fragment_3)}}},
    {6, {.on = PP_ON_DATAGRAM, .fragments = 2, .first_fragment = 24, .nextensions = 1, .extensions = hbh8},
     {{G(udp6_fragment_1)}, {G(udp6_fragment_2)}}},
    {4, {.on = PP_ON_DATA, .fragments = 2}, {{G(tcp4_half_1)}, {G(tcp4_half_2)}}},
    {4, {.on = PP_ON_DATA, .fragments = 2, .first_fragment = 8}, {{G(tcp4_tiny_1)}, {G(tcp4_tiny_2)}}},
};

static void golden_fragments(void **state)
{
    static const struct pp_look look = {.ttl = 64}; /* no DF, as in Scapy's */
    struct pp_fill fill = {.sport = 40000, .seq = 0x11223344, .ack = 0x55667788, .flags = PP_TCP_PSH | PP_TCP_ACK,
                           .window = 500, .payload = "abcdefghijklmnopqrstuvwxyz", .payload_len = 26};
    uint8_t whole[2048], part[2048];
    struct pp_template t;

    (void)state;
    for (unsigned i = 0; i < COUNT(cut_rows); i++) {
        const struct pp_slot slot = {.on = cut_rows[i].step.on};
        unsigned n = cut_rows[i].step.fragments;
        size_t len;

        fill.ip_id = cut_rows[i].family == 4 ? 0x77 : 7;
        fill.flow_label = 1;
        fill.dport = slot.on == PP_ON_DATA ? 80 : 53;
        len = build(&t, cut_rows[i].family, &look, &slot, &cut_rows[i].step, 1, fill, whole);
        assert_int_equal(pp_fragments(&t, len), n);
        for (unsigned k = 0; k < n; k++)
            same_bytes(cut_rows[i].part[k].name, part, pp_fragment(&t, whole, len, k, part), cut_rows[i].part[k].want,
                       cut_rows[i].part[k].len);
    }
}

/* Whole packets have DF; fragments have not, and their identification is not zero, which the kernel would replace. */
static void fragments_may_be_cut_again(void **state)
{
    struct pp_step step = {.on = PP_ON_DATAGRAM, .fragments = 2};
    struct pp_template t;
    uint8_t out[2048];

    (void)state;
    build(&t, 4, &bare, &(struct pp_slot){.on = PP_ON_DATAGRAM}, &step, 1, (struct pp_fill){.ip_id = 0}, out);
    assert_int_equal(out[6] & 0x40, 0);
    assert_int_equal(pp_get16(out + 4), 1);
    build(&t, 4, &bare, &(struct pp_slot){.on = PP_ON_DATAGRAM}, NULL, 0, (struct pp_fill){.ip_id = 0}, out);
    assert_int_equal(out[6] & 0x40, 0x40);
}

/* Every way to cut, of every length: the lab puts together what was cut, which it does not where fragments overlap. */
static void fragments_make_the_whole_again(void **state)
{
    static const uint16_t firsts[] = {0, 8, 16, 24, 1280};
    struct pp_reassembly *r = calloc(1, sizeof *r);
    uint8_t payload[1200], whole[2048], part[2048];
    struct pp_packet p, is, was;
    struct pp_template t;

    (void)state;
    assert_non_null(r);
    for (unsigned i = 0; i < sizeof payload; i++)
        payload[i] = (uint8_t)(i * 7);
    for (unsigned i = 0; i < 2 * 3 * 2 * COUNT(firsts); i++) {
        int family = i % 2 ? 4 : 6;
        struct pp_step step = {.on = PP_ON_DATAGRAM, .fragments = (uint8_t)(2 + i / 2 % 3),
                               .fragments_reversed = i / 6 % 2, .first_fragment = firsts[i / 12]};

        for (unsigned n = 0; n <= sizeof payload; n += n < 64 ? 1 : 97) {
            struct pp_fill fill = {.sport = 1, .dport = 2, .ip_id = (uint16_t)n, .flow_label = i + 1,
                                   .payload = payload, .payload_len = n};
            size_t len = build(&t, family, &bare, &(struct pp_slot){.on = PP_ON_DATAGRAM}, &step, 1, fill, whole);
            unsigned count = pp_fragments(&t, len);

            assert_true(count <= step.fragments);
            assert_int_equal(pp_packet_decode(&was, whole, len), 0);
            for (unsigned k = 0; k < count && count > 1; k++) {
                size_t size = pp_fragment(&t, whole, len, pp_fragment_sent(&t, len, k), part);

                assert_int_equal(pp_packet_decode(&p, part, size), 0);
                assert_true(p.fragment);
                assert_int_equal(p.ip_id, fill.ip_id ? fill.ip_id : family == 4);
                assert_int_equal(p.frag_off == 0, k == (step.fragments_reversed ? count - 1 : 0));
                assert_int_equal(pp_reassemble(r, &p, &is), k == count - 1);
            }
            if (count == 1)
                continue;
            assert_int_equal(is.checksum, PP_CHECKSUM_RIGHT);
            assert_int_equal(is.l4_len, was.l4_len);
            assert_memory_equal(is.l4, was.l4, was.l4_len);
        }
    }
    pp_reassembly_release(r);
    free(r);
}

/* One step for each kind of acknowledgment, for what is sent first and for what is sent again. */
static void kinds_are_told_apart(void **state)
{
    static const struct pp_step steps[] = {
        {.on = PP_ON_ACK, .which = PP_FIN, .tos_mask = 3, .tos = PP_ECT0},
        {.on = PP_ON_ACK, .which = PP_RST, .tos_mask = 3, .tos = PP_ECT1},
        {.on = PP_ON_ACK, .which = PP_PURE_ACK | PP_RST, .tos_mask = 0xfc, .tos = 8},
        {.on = PP_ON_DATA, .which = PP_SENT_AGAIN, .tos_mask = 3, .tos = PP_CE},
        {.on = PP_ON_DATA, .which = PP_SENT_FIRST, .withhold = 1},
        {.on = PP_ON_SYN, .which = PP_SENT_FIRST, .tcp_set = PP_TCP_ECE},
    };
    static const struct {
        struct pp_slot slot;
        uint8_t tos, withhold;
        uint16_t flags;
    } want[] = {
        {{.on = PP_ON_ACK}, 8, 0, 0},
        {{.on = PP_ON_ACK, .kind = PP_KIND_FIN}, PP_ECT0, 0, 0},
        {{.on = PP_ON_ACK, .kind = PP_KIND_RST}, 8 | PP_ECT1, 0, 0},
        {{.on = PP_ON_DATA}, 0, 1, 0},
        {{.on = PP_ON_DATA, .kind = PP_KIND_AGAIN}, PP_CE, 0, 0},
        {{.on = PP_ON_SYN}, 0, 0, PP_TCP_ECE},
        {{.on = PP_ON_SYN, .kind = PP_KIND_AGAIN}, 0, 0, 0},
    };
    uint8_t out[2048];

    (void)state;
    for (int family = 4; family <= 6; family += 2)
        for (unsigned i = 0; i < COUNT(want); i++) {
            struct pp_template t;
            struct pp_packet p;
            size_t len = build(&t, family, &bare, &want[i].slot, steps, COUNT(steps), (struct pp_fill){.sport = 1},
                               out);

            assert_int_equal(pp_packet_decode(&p, out, len), 0);
            assert_int_equal(p.tos, want[i].tos);
            assert_int_equal(p.tcp.flags, want[i].flags);
            assert_int_equal(t.withhold, want[i].withhold);
        }
}

static void labels_change_with_the_packet(void **state)
{
    struct pp_step step = {.label = PP_LABEL_PACKET}, zero = {.label = PP_LABEL_FIXED};
    uint32_t label[3];
    uint8_t out[2048];
    struct pp_template t;
    struct pp_packet p;

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        size_t len = build(&t, 6, &bare, &(struct pp_slot){.on = PP_ON_SYN}, &step, 1,
                           (struct pp_fill){.flow_label = 0x12345, .ip_id = (uint16_t)(i + 9)}, out);
        assert_int_equal(pp_packet_decode(&p, out, len), 0);
        label[i] = p.flow_label;
        assert_int_not_equal(label[i], 0);
    }
    assert_true(label[0] != label[1] && label[1] != label[2] && label[0] != label[2]);
    assert_int_equal(pp_packet_decode(&p, out, build(&t, 6, &bare, &(struct pp_slot){.on = PP_ON_SYN}, &zero, 1,
                                                     (struct pp_fill){.flow_label = 0x12345}, out)), 0);
    assert_int_equal(p.flow_label, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_bytes),
        cmocka_unit_test(golden_fragments),
        cmocka_unit_test(fragments_may_be_cut_again),
        cmocka_unit_test(fragments_make_the_whole_again),
        cmocka_unit_test(kinds_are_told_apart),
        cmocka_unit_test(labels_change_with_the_packet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
