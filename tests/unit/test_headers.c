/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_headers.c: the lab's hosts and routers handle IPv6 options as Linux 6 does; net/exthdr.sh makes the same checks
 * with a kernel.
 */
#include "../../core/packet/build.h"
#include "../../lab/boxes/behaviour.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { HBH = 0, DST = 60 };

#define BYTES(...) (const uint8_t[]){__VA_ARGS__}
#define EIGHT 0x1e, 1, 0, 0x1e, 1, 0, 0x1e, 1, 0, 0x1e, 1, 0, 0x1e, 1, 0, 0x1e, 1, 0, 0x1e, 1, 0, 0x1e, 1, 0

static const struct {
    const char *what;
    uint8_t type;
    uint16_t len;
    const uint8_t *bytes;
    enum pp_headers host, router;
    uint16_t pointer;
} rows[] = {
    {"unknown, skipped", DST, 8, BYTES(0, 0, 0x1e, 4, 0, 0, 0, 0), PP_HEADERS_TAKEN, PP_HEADERS_TAKEN, 0},
    {"the same by each hop", HBH, 8, BYTES(0, 0, 0x30, 4, 5, 0xdc, 0, 1), PP_HEADERS_TAKEN, PP_HEADERS_TAKEN, 0},
    {"PadN of 7", DST, 16, BYTES(0, 1, 1, 5, 0, 0, 0, 0, 0, 0x1e, 5, 0, 0, 0, 0, 0), PP_HEADERS_TAKEN,
     PP_HEADERS_TAKEN, 0},
    {"PadN of 14", DST, 16, BYTES(0, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), PP_HEADERS_DROPPED,
     PP_HEADERS_TAKEN, 0},
    {"eight options", DST, 32, BYTES(0, 3, EIGHT, 1, 4, 0, 0, 0, 0), PP_HEADERS_TAKEN, PP_HEADERS_TAKEN, 0},
    {"nine options", DST, 32, BYTES(0, 3, EIGHT, 0x1e, 1, 0, 1, 1, 0), PP_HEADERS_DROPPED, PP_HEADERS_TAKEN, 0},
    {"nine by each hop", HBH, 32, BYTES(0, 3, EIGHT, 0x1e, 1, 0, 1, 1, 0), PP_HEADERS_DROPPED, PP_HEADERS_DROPPED, 0},
    {"discard", DST, 8, BYTES(0, 0, 0x5e, 4, 0, 0, 0, 0), PP_HEADERS_DROPPED, PP_HEADERS_TAKEN, 0},
    {"refuse", DST, 8, BYTES(0, 0, 0x9e, 4, 0, 0, 0, 0), PP_HEADERS_REFUSED, PP_HEADERS_TAKEN, 42},
    {"refuse behind one that is skipped", DST, 16, BYTES(0, 1, 0x1e, 4, 0, 0, 0, 0, 0xde, 6, 0, 0, 0, 0, 0, 0),
     PP_HEADERS_REFUSED, PP_HEADERS_TAKEN, 48},
    {"refuse by each hop", HBH, 8, BYTES(0, 0, 0x9e, 4, 0, 0, 0, 0), PP_HEADERS_REFUSED, PP_HEADERS_REFUSED, 42},
    {"longer than its header", DST, 8, BYTES(0, 0, 0x1e, 5, 0, 0, 0, 0), PP_HEADERS_DROPPED, PP_HEADERS_TAKEN, 0},
};

static void test_heeded(void **unused)
{
    const struct pp_look look = {.ttl = 64, .mss = 1440, .window = 1000};
    struct pp_addr a;

    (void)unused;
    assert_int_equal(pp_addr_parse(&a, "2001:db8::1", 11), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct pp_extension x = {.type = rows[i].type, .len = rows[i].len, .bytes = rows[i].bytes};
        const struct pp_step step = {.nextensions = 1, .extensions = &x};
        struct pp_template t;
        struct pp_packet p;
        uint8_t packet[512];
        uint16_t pointer = 0;

        assert_int_equal(pp_template_make(&t, 6, &(struct pp_slot){.on = PP_ON_SYN}, &look, &step, 1), 0);
        size_t len = pp_template_fill(&t, &(struct pp_fill){.src = &a, .dst = &a, .sport = 1, .dport = 2,
                                                            .flags = PP_TCP_SYN}, packet, sizeof packet);
        assert_int_equal(pp_packet_decode(&p, packet, len), 0);
        if (pp_headers_heeded(&p, true, false, &pointer) != rows[i].host)
            fail_msg("%s: a host", rows[i].what);
        if (rows[i].host == PP_HEADERS_REFUSED)
            assert_int_equal(pointer, rows[i].pointer);
        if (pp_headers_heeded(&p, false, false, &pointer) != rows[i].router)
            fail_msg("%s: a router", rows[i].what);
        if (pp_headers_heeded(&p, true, true, &pointer) == PP_HEADERS_TAKEN)
            fail_msg("%s: a host that skips none", rows[i].what);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_heeded)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
