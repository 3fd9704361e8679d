/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ecnpp.c: what the experiment `ecnpp` concludes from outcomes written by hand. Its source is a part of this
 * file, as in a static build.
 */
#define PP_STATIC_PLUGIN ecnpp
#include "../../plugins/ecnpp.c"

#include "../../core/loader/plugins.h"
#include "stated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_conclude(void **unused)
{
    int64_t value[ARMS][PP_MAX_FIELDS];
    struct pp_outcome arm[ARMS];
    struct pp_round_view view = {.mode = PP_MODE_TCP, .narms = ARMS, .arm = arm};
    struct stated s;

    (void)unused;
    for (unsigned j = 0; j < ARMS; j++) {
        arm[j] = (struct pp_outcome){.took_part = 1, .observed = 1, .ok = 1, .value = value[j]};
        stated_put(&pp_plugin_ecnpp, value[j], "tcp_syn_fwd", 1);
        stated_put(&pp_plugin_ecnpp, value[j], "tcp_syn_rev", 1);
        stated_put(&pp_plugin_ecnpp, value[j], "tcp_synflags12_rev", 0x012 | (j % 8) << 6);
    }
    stated_put(&pp_plugin_ecnpp, value[B5], "tcp_syn_fwd", 2); /* two SYNs: either may be answered */
    stated_put(&pp_plugin_ecnpp, value[B6], "tcp_syn_rev", 0);
    stated_put(&pp_plugin_ecnpp, value[B7], "tcp_synflags12_rev", 0x014); /* a RST */
    arm[B8].observed = 0;
    arm[B9].took_part = 0;
    arm[B10].ok = 0; /* the handshake is evaluated even if the arm failed */
    stated_init(&s, &pp_plugin_ecnpp, "ecnpp.", PP_MODE_TCP);
    pp_plugin_ecnpp.conclude(&view, &s.sink);
    assert_string_equal(s.text, "ecn.notect.synack:4 accecn.ect1.synack:2 accecn.ce.synack:3");
}

/* RFC 3168 section 6.1.1, RFC 9768 section 3.1.1; the ECN field of RFC 3168 section 5. */
static void test_tables(void **unused)
{
    (void)unused;
    assert_int_equal(pp_plugin_check(&pp_plugin_ecnpp, "ecnpp"), 0);
    for (unsigned i = 1; i < ARMS; i++) {
        static const uint16_t flags[] = {0, 0x0c0, 0x1c0};
        static const uint8_t mark[] = {0, 2, 1, 3};
        const struct pp_step *s = pp_plugin_ecnpp.arms[i].steps;

        assert_int_equal(pp_plugin_ecnpp.arms[i].nsteps, 1);
        assert_int_equal(s->on, PP_ON_SYN);
        assert_int_equal(s->tcp_set, flags[i / 4]);
        assert_int_equal(s->tos & s->tos_mask, mark[i % 4]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_conclude), cmocka_unit_test(test_tables)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
