/* SPDX-License-Identifier: BSD-2-Clause */
/* test_tcpopt.c: walking TCP options, valid and malformed ones. */
#include "../../core/packet/packet.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* BYTES: the option area. WALK: the kinds in order, the length behind each. END: where the walk ends. */
static const struct {
    const char *what;
    const char *bytes;
    unsigned len;
    const char *walk;
    unsigned end;
    bool bad;
} rows[] = {
    {"none", "", 0, "", 0, false},
    {"Linux SYN",
     "\x02\x04\x05\xb4\x04\x02\x08\x0a\1\2\3\4\0\0\0\0\x01\x03\x03\x07", 20, "2/4 4/2 8/10 1/1 3/3 ", 20, false},
    {"nothing but NOP", "\1\1\1\1", 4, "1/1 1/1 1/1 1/1 ", 4, false},
    {"EOL ends it", "\x04\x02\x00\x08", 4, "4/2 ", 2, false},
    {"length 0", "\x01\x08\x00\x01", 4, "1/1 ", 1, true},
    {"length 1", "\x08\x01\x01\x01", 4, "", 0, true},
    {"length 2 is a whole option", "\xac\x02\x01\x01", 4, "172/2 1/1 1/1 ", 4, false},
    {"one byte too long", "\x02\x05\x05\xb4", 4, "", 0, true},
    {"255 long", "\x01\x01\xfe\xff", 4, "1/1 1/1 ", 2, true},
    {"kind without a length", "\x04\x02\x01\x08", 4, "4/2 1/1 ", 3, true},
    {"the last byte is EOL", "\x04\x02\x01\x00", 4, "4/2 1/1 ", 3, false},
    {"40 bytes of NOP",
     "\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1", 40,
     "1/1 1/1 1/1 1/1 1/1 1/1 1/1 1/1 1/1 1/1 1/1 1/1 1/1 1/1 1/1 1/1 1/1 1/1 1/1 1/1 "
     "1/1 1/1 1/1 1/1 1/1 1/1 1/1 1/1 1/1 1/1 1/1 1/1 1/1 1/1 1/1 1/1 1/1 1/1 1/1 1/1 ", 40, false},
};

/* A bare segment with these options, in a block of exactly its size, so that a sanitizer sees a read too far. */
static uint8_t *segment(const void *options, unsigned len, unsigned captured, size_t *size)
{
    uint8_t whole[80] = {0x45, [3] = (uint8_t)(40 + len), [8] = 64, [9] = PP_PROTO_TCP,
                         [32] = (uint8_t)((5 + len / 4) << 4), [33] = PP_TCP_SYN};
    uint8_t *b;

    memcpy(whole + 40, options, len);
    *size = 40 + captured;
    b = malloc(*size);
    assert_non_null(b);
    memcpy(b, whole, *size);
    return b;
}

static void walks(void **state)
{
    (void)state;
    for (unsigned i = 0; i < COUNT(rows); i++) {
        size_t size;
        uint8_t *b = segment(rows[i].bytes, rows[i].len, rows[i].len, &size);
        struct pp_tcpopt opt;
        struct pp_packet p;
        char walk[256] = "";
        unsigned off = 0;

        assert_int_equal(pp_packet_decode(&p, b, size), 0);
        assert_int_equal(p.tcp.opt_len, rows[i].len);
        while (pp_tcpopt_next(&p.tcp, &off, &opt))
            snprintf(walk + strlen(walk), sizeof walk - strlen(walk), "%u/%u ", opt.kind, opt.len);
        assert_string_equal(walk, rows[i].walk);
        assert_int_equal(off, rows[i].end);
        if (p.tcp.opt_bad != rows[i].bad)
            fail_msg("%s: opt_bad is %d", rows[i].what, p.tcp.opt_bad);
        assert_false(p.truncated);
        free(b);
    }
}

/* Options that the capture cuts are not the sender's fault. */
static void a_cut_capture_is_not_bad(void **state)
{
    (void)state;
    for (unsigned captured = 0; captured <= 20; captured++) {
        size_t size;
        uint8_t *b = segment(rows[1].bytes, 20, captured, &size);
        struct pp_packet p;

        assert_int_equal(pp_packet_decode(&p, b, size), 0);
        assert_int_equal(p.tcp.opt_len, captured);
        assert_false(p.tcp.opt_bad);
        assert_int_equal(p.truncated, captured < 20);
        free(b);
    }
}

static void a_bad_length_is_seen_in_a_cut_capture(void **state)
{
    static const uint8_t options[] = {2, 4, 5, 0xb4, 8, 10, 0, 0}; /* timestamps need 10 of the 4 declared */
    struct pp_packet p;
    size_t size;
    uint8_t *b = segment(options, 8, 6, &size);

    (void)state;
    assert_int_equal(pp_packet_decode(&p, b, size), 0);
    assert_true(p.truncated);
    assert_true(p.tcp.opt_bad);
    free(b);
}

static void finds(void **state)
{
    /* An MSS of length 3, then a good one, then another; a short timestamp at the end. */
    static const uint8_t options[] = {2, 3, 9, 2, 4, 5, 0xb4, 2, 4, 1, 1, 8, 4, 0, 0, 1};
    struct pp_tcp_view t = {.opt = options, .opt_len = sizeof options};
    struct pp_tcpopt opt;

    (void)state;
    assert_true(pp_tcpopt_find(&t, 2, 4, &opt));
    assert_int_equal(opt.len, 4);
    assert_int_equal(pp_get16(opt.data), 1460);
    assert_true(pp_tcpopt_find(&t, 2, 2, &opt));
    assert_int_equal(opt.len, 3);
    assert_true(pp_tcpopt_find(&t, 8, 4, &opt));
    assert_false(pp_tcpopt_find(&t, 8, 10, &opt));
    assert_null(opt.data);
    assert_false(pp_tcpopt_find(&t, 253, 2, &opt));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(walks),
        cmocka_unit_test(a_cut_capture_is_not_bad),
        cmocka_unit_test(a_bad_length_is_seen_in_a_cut_capture),
        cmocka_unit_test(finds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
