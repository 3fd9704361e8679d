/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_dscp.c: what the experiment `dscp` concludes from outcomes written by hand, and that its tables say what they
 * are to say. Its source is a part of this file, as in a static build.
 */
#define PP_STATIC_PLUGIN dscp
#include "../../plugins/dscp.c"

#include "../../core/loader/plugins_parts.h"
#include "stated.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>

#include <cmocka.h>

#define N PP_NULL

/* Codepoints by their names: RFC 2474, 2597, 3246, 8622, 9956. */
static const struct {
    const char *arm;
    int codepoint;
} wanted[] = {{"A", 0}, {"B1", 1}, {"B2", 10}, {"B3", 34}, {"B4", 45}, {"B5", 46}, {"B6", 48}, {"B7", 63}};

/* The plugin with its default option. */
static const struct pp_plugin *dscp;

/* Fields of one arm; all other arms observed nothing. */
static const struct {
    const char *what;
    unsigned arm;
    uint8_t took_part, observed, ok;
    int64_t syn, data;
    const char *conditions;
} rows[] = {
    {"the baseline's data", 0, 1, 1, 1, 0, 8, "dscp.0.replymark:8"},
    {"zero is a mark like any other", 0, 1, 1, 1, 48, 0, "dscp.0.replymark:0"},
    {"data goes before the SYN/ACK", 5, 1, 1, 1, 46, 0, "dscp.46.replymark:0"},
    {"no data: the SYN/ACK's", 5, 1, 1, 1, 46, N, "dscp.46.replymark:46"},
    {"no data, and the SYN/ACK's is zero", 7, 1, 1, 1, 0, N, "dscp.63.replymark:0"},
    {"a handshake, then nothing", 2, 1, 1, 0, 10, N, "dscp.10.replymark:10"},
    {"no answer", 3, 1, 1, 0, N, N, ""},
    {"not observed", 4, 1, 0, 1, 45, 45, ""},
    {"did not take part", 6, 0, 0, 0, 48, 48, ""},
};

static void check(const struct pp_outcome *arm, const char *what, const char *wanted_text)
{
    struct stated s;

    stated_init(&s, dscp, "", PP_MODE_HTTP);
    dscp->conclude(&(struct pp_round_view){.mode = PP_MODE_HTTP, .narms = 8, .arm = arm}, &s.sink);
    if (strcmp(s.text, wanted_text) != 0)
        fail_msg("%s: wanted '%s', got '%s'", what, wanted_text, s.text);
}

static void test_conclude(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t value[PP_MAX_FIELDS] = {0};
        struct pp_outcome arm[8] = {{0}};

        stated_put(dscp, value, "dscp_mark_syn_rev", rows[i].syn);
        stated_put(dscp, value, "dscp_mark_data_rev", rows[i].data);
        arm[rows[i].arm] = (struct pp_outcome){
            .took_part = rows[i].took_part, .observed = rows[i].observed, .ok = rows[i].ok, .value = value};
        check(arm, rows[i].what, rows[i].conditions);
    }
}

/* Each arm's mark stands under its own codepoint. */
static void test_all(void **unused)
{
    int64_t value[8][PP_MAX_FIELDS] = {{0}};
    struct pp_outcome arm[8];

    (void)unused;
    for (unsigned i = 0; i < 8; i++) {
        stated_put(dscp, value[i], "dscp_mark_syn_rev", PP_NULL);
        stated_put(dscp, value[i], "dscp_mark_data_rev", i);
        arm[i] = (struct pp_outcome){.took_part = 1, .observed = 1, .ok = 1, .value = value[i]};
    }
    check(arm, "all arms",
          "dscp.0.replymark:0 dscp.1.replymark:1 dscp.10.replymark:2 dscp.34.replymark:3 dscp.45.replymark:4 "
          "dscp.46.replymark:5 dscp.48.replymark:6 dscp.63.replymark:7");
}

static void test_tables(void **unused)
{
    const struct pp_plugin *p = dscp;
    char want[64];

    (void)unused;
    assert_int_equal(p->default_mode, PP_MODE_HTTP);
    assert_int_equal(p->narms, 8);
    for (unsigned i = 0; i < 8; i++) {
        const struct pp_arm *a = &p->arms[i];
        uint32_t classes = 0;
        assert_string_equal(a->name, wanted[i].arm);
        snprintf(want, sizeof want, "dscp.%d.connectivity", wanted[i].codepoint);
        if (i > 0)
            assert_string_equal(a->connectivity, want);
        snprintf(want, sizeof want, "dscp.%d.replymark", wanted[i].codepoint);
        assert_string_equal(p->conditions[i].name, want);
        /* Every packet of the flow, and the ECN field as it was. */
        for (unsigned j = 0; j < a->nsteps; j++) {
            classes |= 1u << a->steps[j].on;
            assert_int_equal(a->steps[j].tos, wanted[i].codepoint << 2);
            assert_int_equal(a->steps[j].tos_mask, 0xfc);
            assert_int_equal(a->steps[j].last | a->steps[j].only_first, 0);
        }
        assert_int_equal(classes, i ? (1 << PP_ON_COUNT) - 1 : 0);
    }
}

/* An arm for each codepoint, in the order in which they were given; 0 is there already. */
static void test_codepoints(void **unused)
{
    static const struct {
        struct pp_numbers list;
        unsigned narms;
        const char *last, *title; /* connectivity and title of the last arm */
    } lists[] = {
        {{1, {46}}, 2, "dscp.46.connectivity", "codepoint 46, EF"},
        {{1, {63}}, 2, "dscp.63.connectivity", "codepoint 63, all bits set"},
        {{3, {46, 0, 7}}, 3, "dscp.7.connectivity", "codepoint 7"},
        {{15, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}}, 16, "dscp.15.connectivity", "codepoint 15"},
        {{16, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}}, 0, NULL, NULL},
        {{1, {0}}, 0, NULL, NULL},
    };
    struct pp_own own;

    (void)unused;
    pp_own_init(&own, dscp);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        const struct pp_plugin *p;
        own.value[0] = lists[i].list;
        p = pp_plugin_configure(dscp, &own);
        if (!lists[i].last) {
            assert_null(p);
            continue;
        }
        assert_non_null(p);
        assert_int_equal(p->narms, lists[i].narms);
        assert_string_equal(p->arms[p->narms - 1].connectivity, lists[i].last);
        assert_string_equal(p->arms[p->narms - 1].title, lists[i].title);
        assert_int_equal(p->nconditions, lists[i].narms);
        assert_string_equal(p->conditions[0].name, "dscp.0.replymark");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_conclude), cmocka_unit_test(test_all),
                                       cmocka_unit_test(test_tables), cmocka_unit_test(test_codepoints)};
    char why[PP_WHY];

    dscp = pp_plugin_ready(&pp_plugin_dscp, why);
    assert_non_null(dscp);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
