/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_evilbit.c: what the experiment `evilbit` concludes from outcomes written by hand. Its source is a part of this
 * file, as in a static build.
 */
#define PP_STATIC_PLUGIN evilbit
#include "../../plugins/evilbit.c"

#include "../../core/loader/plugins.h"
#include "stated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

#define N PP_NULL

static const struct {
    const char *what;
    uint8_t took_part, observed, ok;
    int64_t syn, data;
    const char *conditions;
} rows[] = {
    {"SYN/ACK with the flag", 1, 1, 1, 1, N, "evilbit.mark.seen"},
    {"data alone with the flag", 1, 1, 1, 0, 1, "evilbit.mark.seen"},
    {"a datagram with the flag", 1, 1, 1, N, 1, "evilbit.mark.seen"},
    {"a datagram without", 1, 1, 1, N, 0, "evilbit.mark.not_seen"},
    {"neither", 1, 1, 1, 0, 0, "evilbit.mark.not_seen"},
    {"a handshake, then nothing", 1, 1, 0, 0, N, "evilbit.mark.not_seen"},
    {"no reply", 1, 1, 0, N, N, ""},
    {"not observed", 1, 0, 1, 1, 1, ""},
    {"did not take part", 0, 0, 0, 1, 1, ""},
};

static void test_conclude(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t value[PP_MAX_FIELDS] = {rows[i].syn, rows[i].data}, evil[PP_MAX_FIELDS] = {1, 1};
        struct pp_outcome arm[2] = {{.took_part = 1, .observed = 1, .ok = 1, .value = evil},
                                    {.took_part = rows[i].took_part, .observed = rows[i].observed, .ok = rows[i].ok,
                                     .value = value}};

        stated_is(&pp_plugin_evilbit, "", PP_MODE_TCP, arm, 2, rows[i].what, rows[i].conditions);
    }
}

/* RFC 3514 section 2: the high-order bit of the flags, on every packet. */
static void test_tables(void **unused)
{
    const struct pp_arm *b = &pp_plugin_evilbit.arms[1];
    uint32_t classes = 0;

    (void)unused;
    assert_int_equal(pp_plugin_check(&pp_plugin_evilbit, "evilbit"), 0);
    assert_int_equal(b->family, 4);
    for (unsigned i = 0; i < b->nsteps; i++) {
        classes |= 1u << b->steps[i].on;
        assert_int_equal(b->steps[i].ip_flags, 0x80);
        assert_int_equal(b->steps[i].last | b->steps[i].only_first, 0);
    }
    assert_int_equal(classes, (1 << PP_ON_COUNT) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_conclude), cmocka_unit_test(test_tables)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
