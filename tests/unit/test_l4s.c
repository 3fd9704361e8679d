/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_l4s.c: what the experiment `l4s` concludes from outcomes written by hand. Its source is a part of this file,
 * as in a static build. Counters begin at 1, 0 and 1 (RFC 9768 section 3.2.3.2.4).
 */
#define PP_STATIC_PLUGIN l4s
#include "../../plugins/l4s.c"

#include "../../core/loader/plugins.h"
#include "stated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define NO PP_NULL
#define SA(ae, cwr, ece) (0x012 | (ae) << 8 | (cwr) << 7 | (ece) << 6)

struct counters {
    int64_t ect0, ce, ect1, zeroed;
};
#define UNMOVED {1, 0, 1, 0}
#define NONE {NO, NO, NO, NO}

static const struct {
    const char *what;
    int64_t flags; /* of both SYN/ACKs */
    struct counters b2, b3;
    const char *conditions;
} rows[] = {
    {"a clean path", SA(0, 1, 0), {19, 0, 1, 0}, {1, 0, 19, 0},
     "ect0.preserved ect0.ce.share:0 ect1.preserved ect1.ce.share:0"},
    {"ECT(1) made ECT(0)", SA(0, 1, 0), {19, 0, 1, 0}, {19, 0, 1, 0},
     "ect0.preserved ect0.ce.share:0 ect1.remarked ect1.ce.share:0"},
    {"ECT(0) made ECT(1)", SA(0, 1, 0), {1, 0, 19, 0}, {1, 0, 19, 0},
     "ect0.remarked ect0.ce.share:0 ect1.preserved ect1.ce.share:0"},
    {"ECT(1) cleared, counters that do not move", SA(0, 1, 0), {19, 0, 1, 0}, UNMOVED,
     "ect0.preserved ect0.ce.share:0 ect1.bleached"},
    {"ECT(1) cleared, no option where nothing moves", SA(0, 1, 0), {19, 0, 1, 0}, NONE,
     "ect0.preserved ect0.ce.share:0 ect1.bleached"},
    {"ECT(0) cleared", SA(0, 1, 0), NONE, {1, 0, 19, 0}, "ect0.bleached ect1.preserved ect1.ce.share:0"},
    {"both cleared, or not counted", SA(0, 1, 0), UNMOVED, NONE, ""},
    {"all marked CE", SA(0, 1, 0), {1, 18, 1, 0}, {1, 18, 1, 0},
     "ect0.marked_ce ect0.ce.share:100 ect1.marked_ce ect1.ce.share:100"},
    {"a third marked CE", SA(0, 1, 0), {21, 10, 1, 0}, {1, 10, 21, 0},
     "ect0.preserved ect0.ce.share:33 ect1.preserved ect1.ce.share:33"},
    {"an option with its first counter alone", SA(0, 1, 0), {19, NO, NO, 0}, {NO, NO, 19, 0},
     "ect0.preserved ect0.ce.share:0 ect1.preserved ect1.ce.share:0"},
    {"counters cleared on the way back", SA(0, 1, 0), {0, 0, 0, 1}, {0, 0, 0, 1}, ""},
    {"one arm's cleared", SA(0, 1, 0), {0, 0, 0, 1}, {1, 0, 19, 0}, "ect1.preserved ect1.ce.share:0"},
    {"classic ECN", SA(0, 0, 1), {19, 0, 1, 0}, {1, 0, 19, 0}, ""},
    {"no ECN", SA(0, 0, 0), NONE, NONE, ""},
    {"flags copied", SA(1, 1, 1), {19, 0, 1, 0}, {1, 0, 19, 0}, ""},
};

static void fill(struct pp_outcome *o, int64_t *value, int64_t flags, const struct counters *n)
{
    *o = (struct pp_outcome){.took_part = 1, .observed = 1, .ok = 1, .value = value};
    stated_put(&pp_plugin_l4s, value, "tcp_syn_fwd", 1);
    stated_put(&pp_plugin_l4s, value, "tcp_syn_rev", 1);
    stated_put(&pp_plugin_l4s, value, "tcp_synflags12_rev", flags);
    stated_put(&pp_plugin_l4s, value, "accecn_ack", n->ect0 != NO || n->ect1 != NO);
    stated_put(&pp_plugin_l4s, value, "accecn_zeroed", n->zeroed);
    stated_put(&pp_plugin_l4s, value, "accecn_ect0", n->ect0);
    stated_put(&pp_plugin_l4s, value, "accecn_ce", n->ce);
    stated_put(&pp_plugin_l4s, value, "accecn_ect1", n->ect1);
}

static void test_conclude(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static const struct counters none = NONE;
        int64_t value[ARMS][PP_MAX_FIELDS];
        struct pp_outcome arm[ARMS];

        for (unsigned j = 0; j < ARMS; j++)
            fill(&arm[j], value[j], rows[i].flags, j == B2 ? &rows[i].b2 : j == B3 ? &rows[i].b3 : &none);
        stated_is(&pp_plugin_l4s, "l4s.", PP_MODE_HTTP, arm, ARMS, rows[i].what, rows[i].conditions);
        /* An arm that failed, whose SYN was retransmitted, or that took no part states nothing. */
        arm[B2].ok = 0;
        stated_put(&pp_plugin_l4s, value[B3], "tcp_syn_fwd", 2);
        stated_is(&pp_plugin_l4s, "l4s.", PP_MODE_HTTP, arm, ARMS, rows[i].what, "");
        arm[B2] = (struct pp_outcome){0};
        stated_is(&pp_plugin_l4s, "l4s.", PP_MODE_HTTP, arm, ARMS, rows[i].what, "");
    }
}

static void test_tables(void **unused)
{
    (void)unused;
    assert_int_equal(pp_plugin_check(&pp_plugin_l4s, "l4s"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_conclude), cmocka_unit_test(test_tables)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
