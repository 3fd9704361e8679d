/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_udpopt.c: what the experiment `udpopt` concludes: the truth table of its arms, written by hand, and RES. Its
 * source is a part of this file, as in a static build.
 */
#define PP_STATIC_PLUGIN udpopt
#include "../../plugins/udpopt.c"

#include "../../core/loader/plugins.h"
#include "stated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

/* Arms B1 to B6: w works, b broken, t transient, o offline, u unstable, - takes no part. */
static const struct {
    const char *what, *arms, *conditions;
} rows[] = {
    {"all work", "wwwwww", ""},
    {"length enforced", "wbbbbb", "udpopt.length.enforced"},
    {"length enforced, IPv6", "wbbb-b", "udpopt.length.enforced"},
    {"it is the size", "bbbbbb", ""},
    {"padding is unstable: no control", "ubbbbb", ""},
    {"the request alone gets through", "wbbbbw", ""},
    {"what has no checksum gets through", "wbbbwb", ""},
    {"checksum over the IP length", "wwbbww", "udpopt.ocs.required"},
    {"checksum over the IP length, IPv6", "wwbb-w", "udpopt.ocs.required"},
    {"checksum over the IP length, and padding is dropped", "bwbbww", ""},
    {"zeros get through", "wwbwww", ""},
    {"a wrong checksum gets through", "wwwbww", ""},
    {"the right one is unstable", "wubbwu", ""},
    {"no checksum is dropped as well", "wwbbbw", ""},
    {"only datagrams without a checksum", "wwwwbw", ""},
    {"offline", "oooooo", ""},
    {"the baseline alone fails", "tttttt", ""},
};

static uint8_t verdict(char c)
{
    return (uint8_t)(c == 'w'   ? PP_VERDICT_WORKS
                     : c == 'b' ? PP_VERDICT_BROKEN
                     : c == 't' ? PP_VERDICT_TRANSIENT
                     : c == 'o' ? PP_VERDICT_OFFLINE
                     : c == 'u' ? PP_VERDICT_UNSTABLE
                                : PP_VERDICT_NONE);
}

static void test_sum_up(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t arm[7] = {PP_VERDICT_NONE};
        struct stated s;

        for (int a = 0; a < 6; a++)
            arm[1 + a] = verdict(rows[i].arms[a]);
        stated_init(&s, &pp_plugin_udpopt, "", PP_MODE_DNSUDP);
        pp_plugin_udpopt.sum_up(&(struct pp_verdicts_view){.mode = PP_MODE_DNSUDP, .narms = 7, .arm = arm}, &s.sink);
        if (strcmp(s.text, rows[i].conditions) != 0)
            fail_msg("%s: wanted '%s', got '%s'", rows[i].what, rows[i].conditions, s.text);
    }
}

/* A RES counts only if the request was observed; its absence states no condition. */
static void test_conclude(void **unused)
{
    static const struct {
        int64_t res;
        uint8_t took_part, observed;
        const char *conditions;
    } cases[] = {{1, 1, 1, "udpopt.res.received"}, {0, 1, 1, ""}, {PP_NULL, 1, 1, ""}, {1, 1, 0, ""}, {1, 0, 0, ""}};

    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t value[PP_MAX_FIELDS] = {cases[i].res}, none[PP_MAX_FIELDS] = {PP_NULL};
        struct pp_outcome arm[7];
        struct stated s;

        for (int a = 0; a < 7; a++)
            arm[a] = (struct pp_outcome){.took_part = 1, .observed = 1, .ok = 1, .value = none};
        arm[6] = (struct pp_outcome){.took_part = cases[i].took_part, .observed = cases[i].observed, .ok = 1,
                                     .value = value};
        stated_init(&s, &pp_plugin_udpopt, "", PP_MODE_DNSUDP);
        pp_plugin_udpopt.conclude(&(struct pp_round_view){.mode = PP_MODE_DNSUDP, .narms = 7, .arm = arm}, &s.sink);
        assert_string_equal(s.text, cases[i].conditions);
    }
}

/* Every arm that has a surplus is as long as the padded one. */
static void test_tables(void **unused)
{
    const struct pp_plugin *p = &pp_plugin_udpopt;

    (void)unused;
    assert_int_equal(pp_plugin_check(p, "udpopt"), 0);
    assert_int_equal(p->narms, 7);
    assert_string_equal(p->fields[0], "udp_res_rev");
    assert_int_equal(p->arms[1].steps[0].padding, 16);
    for (unsigned i = 2; i < p->narms; i++) {
        assert_int_equal(p->arms[i].steps[0].surplus_len, 16);
        assert_int_equal(p->arms[i].steps[0].padding, 0);
        assert_int_equal(p->arms[i].family, i == 5 ? 4 : 0);
        assert_int_equal(p->arms[i].steps[0].udp_checksum, i == 5 ? PP_UDP_CHECKSUM_ZERO : PP_UDP_CHECKSUM_RIGHT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sum_up), cmocka_unit_test(test_conclude),
                                       cmocka_unit_test(test_tables)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
