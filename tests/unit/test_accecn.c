/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_accecn.c: what the experiment `accecn` concludes from outcomes written by hand. Its source is a part of this
 * file, as in a static build. Flags as RFC 9768 tables 2 and 3 have them: AE, CWR, ECE.
 */
#define PP_STATIC_PLUGIN accecn
#include "../../plugins/accecn.c"

#include "../../core/loader/plugins.h"
#include "stated.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define NO PP_NULL
/* SYN/ACK: AE is bit 8, CWR 7, ECE 6 (section 3.1.1, figure 2). */
#define SA(ae, cwr, ece) (0x012 | (ae) << 8 | (cwr) << 7 | (ece) << 6)
#define CLASSIC SA(0, 0, 1)
#define NONE SA(0, 0, 0)

#define CLEAN SA(0, 1, 0), SA(1, 0, 0), SA(0, 1, 1), SA(1, 1, 0)
#define CLEAN_SAYS                                                                                                     \
    "accecn.negotiation.succeeded ecn.fwd.notect.notect ecn.fwd.ect0.ect0 ecn.fwd.ect1.ect1 ecn.fwd.ce.ce"

static const struct row {
    const char *what;
    int64_t flags[4]; /* of the SYN/ACKs to B2, B3, B4 and B5 */
    int64_t syns, synacks, option, zeroed; /* syns, synacks: of B2; the others of B3 */
    uint32_t mode;
    const char *conditions;
} rows[] = {
    {"a clean path, as tables 2 and 3 have it", {CLEAN}, 1, 1, 1, 0, PP_MODE_HTTP, CLEAN_SAYS " accecn.option.seen"},
    {"over tcp nothing of options", {CLEAN}, 1, 1, 1, 1, PP_MODE_TCP, CLEAN_SAYS},
    {"an option that is empty is there", {CLEAN}, 1, 1, 1, NO, PP_MODE_HTTP, CLEAN_SAYS " accecn.option.seen"},
    {"no option", {CLEAN}, 1, 1, 0, NO, PP_MODE_HTTP, CLEAN_SAYS " accecn.option.absent"},
    {"counters cleared", {CLEAN}, 1, 1, 1, 1, PP_MODE_HTTP, CLEAN_SAYS " accecn.option.zeroed"},
    {"cleared on the SYN/ACK, and no data", {CLEAN}, 1, 1, NO, 1, PP_MODE_HTTP, CLEAN_SAYS " accecn.option.zeroed"},
    {"no data acknowledged", {CLEAN}, 1, 1, NO, NO, PP_MODE_HTTP, CLEAN_SAYS},
    {"classic ECN", {CLASSIC, CLASSIC, CLASSIC, CLASSIC}, 1, 1, 0, NO, PP_MODE_HTTP,
     "accecn.negotiation.downgraded_ecn"},
    {"no ECN", {NONE, NONE, NONE, NONE}, 1, 1, 0, NO, PP_MODE_HTTP, "accecn.negotiation.downgraded_noecn"},
    {"all three flags", {SA(1, 1, 1), SA(1, 1, 1), SA(1, 1, 1), SA(1, 1, 1)}, 1, 1, 0, NO, PP_MODE_HTTP,
     "accecn.negotiation.reflected"},
    {"two of them, whatever was sent", {SA(0, 1, 1), SA(0, 1, 1), SA(0, 1, 1), SA(0, 1, 1)}, 1, 1, 0, NO, PP_MODE_HTTP,
     "accecn.negotiation.reflected"},
    {"kept for later", {SA(1, 0, 1), SA(1, 0, 1), SA(1, 0, 1), SA(1, 0, 1)}, 1, 1, 0, NO, PP_MODE_HTTP,
     "accecn.negotiation.reserved"},
    {"B2's SYN sent twice", {CLEAN}, 2, 1, 1, 0, PP_MODE_HTTP,
     "ecn.fwd.ect0.ect0 ecn.fwd.ect1.ect1 ecn.fwd.ce.ce accecn.option.seen"},
    {"B2 answered twice", {CLEAN}, 1, 2, 1, 0, PP_MODE_HTTP,
     "ecn.fwd.ect0.ect0 ecn.fwd.ect1.ect1 ecn.fwd.ce.ce accecn.option.seen"},
    {"B2 not answered", {NO, SA(1, 0, 0), NO, NO}, 1, 0, 1, 0, PP_MODE_HTTP, "ecn.fwd.ect0.ect0 accecn.option.seen"},
    {"a RST", {0x014, 0x014, 0x014, 0x014}, 1, 1, NO, NO, PP_MODE_HTTP, ""},
    {"ECT bleached", {SA(0, 1, 0), SA(0, 1, 0), SA(0, 1, 0), SA(1, 1, 0)}, 1, 1, NO, NO, PP_MODE_HTTP,
     "accecn.negotiation.succeeded ecn.fwd.notect.notect ecn.fwd.ect0.notect ecn.fwd.ect1.notect ecn.fwd.ce.ce "
     "ecn.fwd.bleached"},
    {"CE set", {SA(0, 1, 0), SA(1, 1, 0), SA(1, 1, 0), SA(1, 1, 0)}, 1, 1, NO, NO, PP_MODE_TCP,
     "accecn.negotiation.succeeded ecn.fwd.notect.notect ecn.fwd.ect0.ce ecn.fwd.ect1.ce ecn.fwd.ce.ce "
     "ecn.fwd.ce_stuck"},
    {"CE cleared", {SA(0, 1, 0), SA(1, 0, 0), SA(0, 1, 1), SA(1, 0, 0)}, 1, 1, NO, NO, PP_MODE_TCP,
     "accecn.negotiation.succeeded ecn.fwd.notect.notect ecn.fwd.ect0.ect0 ecn.fwd.ect1.ect1 ecn.fwd.ce.ect0 "
     "ecn.fwd.ce_cleared"},
    {"ECT(1) made ECT(0)", {SA(0, 1, 0), SA(1, 0, 0), SA(1, 0, 0), SA(1, 1, 0)}, 1, 1, NO, NO, PP_MODE_TCP,
     "accecn.negotiation.succeeded ecn.fwd.notect.notect ecn.fwd.ect0.ect0 ecn.fwd.ect1.ect0 ecn.fwd.ce.ce "
     "l4s.ect1.remarked"},
    {"ECT(1) cleared", {SA(0, 1, 0), SA(1, 0, 0), SA(0, 1, 0), SA(1, 1, 0)}, 1, 1, NO, NO, PP_MODE_TCP,
     "accecn.negotiation.succeeded ecn.fwd.notect.notect ecn.fwd.ect0.ect0 ecn.fwd.ect1.notect ecn.fwd.ce.ce "
     "l4s.ect1.bleached"},
    {"ECT(0) made ECT(1)", {SA(0, 1, 0), SA(0, 1, 1), SA(0, 1, 1), SA(1, 1, 0)}, 1, 1, NO, NO, PP_MODE_TCP,
     "accecn.negotiation.succeeded ecn.fwd.notect.notect ecn.fwd.ect0.ect1 ecn.fwd.ect1.ect1 ecn.fwd.ce.ce"},
};

static void test_conclude(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *r = &rows[i];
        int64_t value[ARMS][PP_MAX_FIELDS];
        struct pp_outcome arm[ARMS];

        for (unsigned j = 0; j < ARMS; j++) {
            arm[j] = (struct pp_outcome){.took_part = 1, .observed = 1, .ok = 1, .value = value[j]};
            stated_put(&pp_plugin_accecn, value[j], "tcp_syn_fwd", j == 2 ? r->syns : 1);
            stated_put(&pp_plugin_accecn, value[j], "tcp_syn_rev", j == 2 ? r->synacks : 1);
            stated_put(&pp_plugin_accecn, value[j], "tcp_synflags12_rev",
                       j >= 2 && j <= 5 ? r->flags[j - 2] : SA(1, 1, 1));
            stated_put(&pp_plugin_accecn, value[j], "accecn_ack", j == 3 ? r->option : 1);
            stated_put(&pp_plugin_accecn, value[j], "accecn_zeroed", j == 3 ? r->zeroed : 1);
        }
        stated_is(&pp_plugin_accecn, "", r->mode, arm, ARMS, r->what, r->conditions);
        /* An arm that was not observed, or took no part, states nothing. */
        for (unsigned j = 0; j < ARMS; j++)
            *(i % 2 ? &arm[j].observed : &arm[j].took_part) = 0;
        stated_is(&pp_plugin_accecn, "", r->mode, arm, ARMS, r->what, "");
    }
}

static void test_tables(void **unused)
{
    static const char *const steps[ARMS] = {
        "", "SYN: +ECE +CWR;", "SYN: Not-ECT +ECE +CWR +AE;", "SYN: ECT(0) +ECE +CWR +AE;data: ECT(0);",
        "SYN: ECT(1) +ECE +CWR +AE;", "SYN: CE +ECE +CWR +AE;", "SYN: ECT(0);", "SYN: ECT(1);", "SYN: CE;",
    };
    const struct pp_plugin *p = &pp_plugin_accecn;
    struct pp_buf out;

    (void)unused;
    pp_buf_init(&out, 4096);
    assert_int_equal(pp_plugin_check(p, "accecn"), 0);
    assert_int_equal(p->narms, ARMS);
    for (unsigned i = 0; i < ARMS; i++) {
        pp_buf_reset(&out);
        for (unsigned j = 0; j < p->arms[i].nsteps; j++) {
            pp_step_words(&p->arms[i].steps[j], &out);
            pp_buf_addc(&out, ';');
        }
        pp_buf_addc(&out, '\0');
        assert_string_equal(out.data, steps[i]);
    }
    pp_buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_conclude), cmocka_unit_test(test_tables)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
