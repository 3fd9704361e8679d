/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_ecn.c: what the experiment `ecn` concludes from outcomes written by hand, and that its tables say what they
 * are to say. Its source is a part of this file, as in a static build.
 */
#define PP_STATIC_PLUGIN ecn
#include "../../plugins/ecn.c"

#include "../../core/loader/plugins.h"
#include "stated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>

#include <cmocka.h>

/* Flags of a SYN/ACK as RFC 3168 section 6.1.1 draws them: CWR 0x80, ECE 0x40, ACK 0x10, SYN 0x02. */
enum { PLAIN = 0x12, ECE = 0x52, CWR = 0x92, BOTH = 0xd2, AE = 0x152 };

/* Fields of B1, and the conditions that follow; names as in PATHspider, without their common "ecn.". */
struct row {
    const char *what;
    uint32_t mode;
    uint8_t took_part, observed, ok;
    int64_t synack;
    int64_t first_data; /* original data came; the SYN/ACK is original too, unless the test changes that */
    int64_t ect0, ect1, ce;
    const char *conditions;
};

#define NOT "ipmark.ect0.not_seen ipmark.ect1.not_seen ipmark.ce.not_seen"

static const struct row rows[] = {
    {"negotiated, answer unmarked", PP_MODE_HTTP, 1, 1, 1, ECE, 1, 0, 0, 0, "negotiation.succeeded " NOT},
    {"negotiated, answer ECT(0)", PP_MODE_HTTP, 1, 1, 1, ECE, 1, 1, 0, 0,
     "negotiation.succeeded ipmark.ect0.seen ipmark.ect1.not_seen ipmark.ce.not_seen"},
    {"negotiated, ECT(0) and CE", PP_MODE_HTTP, 1, 1, 1, ECE, 1, 1, 0, 1,
     "negotiation.succeeded ipmark.ect0.seen ipmark.ect1.not_seen ipmark.ce.seen"},
    {"all three marks", PP_MODE_HTTP, 1, 1, 1, ECE, 1, 1, 1, 1,
     "negotiation.succeeded ipmark.ect0.seen ipmark.ect1.seen ipmark.ce.seen"},
    {"negotiated, no data came", PP_MODE_HTTP, 1, 1, 0, ECE, 0, 0, 0, 0, "negotiation.succeeded"},
    {"negotiated, data not counted", PP_MODE_HTTP, 1, 1, 0, ECE, PP_NULL, PP_NULL, PP_NULL, PP_NULL,
     "negotiation.succeeded"},
    {"negotiated, the answer was sent again", PP_MODE_HTTP, 1, 1, 1, ECE, 0, 0, 0, 0, "negotiation.succeeded"},
    {"negotiated, sent again and marked", PP_MODE_HTTP, 1, 1, 1, ECE, 0, 1, 0, 0,
     "negotiation.succeeded ipmark.ect0.seen"},
    {"negotiated, marks not known", PP_MODE_HTTP, 1, 1, 1, ECE, 1, PP_NULL, PP_NULL, PP_NULL,
     "negotiation.succeeded " NOT},
    {"not negotiated, answer unmarked", PP_MODE_HTTP, 1, 1, 1, PLAIN, 1, 0, 0, 0, "negotiation.failed"},
    {"not negotiated, but marked", PP_MODE_HTTP, 1, 1, 1, PLAIN, 1, 0, 0, 1, "negotiation.failed ipmark.ce.seen"},
    {"reflected, answer unmarked", PP_MODE_HTTP, 1, 1, 1, BOTH, 1, 0, 0, 0, "negotiation.reflected"},
    {"reflected and marked", PP_MODE_HTTP, 1, 1, 1, BOTH, 1, 1, 0, 0, "negotiation.reflected ipmark.ect0.seen"},
    {"CWR alone is no ECN-setup SYN/ACK", PP_MODE_HTTP, 1, 1, 1, CWR, 1, 0, 0, 0, "negotiation.failed"},
    {"AE is not looked at", PP_MODE_HTTP, 1, 1, 1, AE, 1, 0, 0, 0, "negotiation.succeeded " NOT},
    {"tcp: no marks", PP_MODE_TCP, 1, 1, 1, ECE, 0, 0, 0, 0, "negotiation.succeeded"},
    {"tcp: none even if data came unasked", PP_MODE_TCP, 1, 1, 1, ECE, 1, 1, 0, 0, "negotiation.succeeded"},
    {"tcp: failed", PP_MODE_TCP, 1, 1, 1, PLAIN, 0, 0, 0, 0, "negotiation.failed"},
    {"no SYN/ACK", PP_MODE_HTTP, 1, 1, 0, PP_NULL, 0, 0, 0, 0, ""},
    {"a SYN of the other side's own", PP_MODE_HTTP, 1, 1, 0, 0x02, 0, 0, 0, 0, ""},
    {"RST instead", PP_MODE_HTTP, 1, 1, 0, 0x14, 0, 0, 0, 0, ""},
    {"handshake, then nothing", PP_MODE_HTTP, 1, 1, 0, PLAIN, 0, 0, 0, 0, "negotiation.failed"},
    {"not observed", PP_MODE_HTTP, 1, 0, 1, ECE, 1, 1, 0, 0, ""},
    {"did not take part", PP_MODE_HTTP, 0, 0, 0, 0, 0, 0, 0, 0, ""},
};

/* Fields of B3 and B4: NO where nothing of that kind was acknowledged. */
#define NO PP_NULL
static const struct {
    const char *what;
    int64_t synack3, before3, ce, cwr, synack4, before4;
    const char *conditions;
} feedback_rows[] = {
    {"as RFC 3168 has it", ECE, 0, 1, 0, ECE, 0, "feedback.ce.echoed feedback.cwr.honoured"},
    {"one acknowledgment of CE and all before", ECE, NO, 1, 0, ECE, 0, "feedback.ce.echoed feedback.cwr.honoured"},
    {"ECE never ends", ECE, 0, 1, 1, ECE, 0, "feedback.ce.echoed feedback.cwr.ignored"},
    {"nothing behind CWR acknowledged", ECE, 0, 1, NO, ECE, 0, "feedback.ce.echoed"},
    {"no echo: CWR tells nothing", ECE, 0, 0, 0, ECE, 0, "feedback.ce.not_echoed"},
    {"no echo, but ECE afterwards", ECE, 0, 0, 1, ECE, 0, "feedback.ce.not_echoed"},
    {"CE not acknowledged", ECE, 0, NO, NO, ECE, 0, ""},
    {"ECE before CE", ECE, 1, 1, 1, ECE, 0, "feedback.spurious"},
    {"ECE without CE", ECE, NO, 1, 0, ECE, 1, "feedback.spurious"},
    {"ECE without CE, where ECN was not agreed on", ECE, 0, 1, 0, PLAIN, 1, "feedback.ce.echoed feedback.cwr.honoured"},
    {"no SYN/ACK in B4", ECE, 0, 1, 0, NO, 1, "feedback.ce.echoed feedback.cwr.honoured"},
    {"not agreed", PLAIN, 0, 0, 0, ECE, 0, ""},
    {"reflected", BOTH, 0, 1, 1, ECE, 0, ""},
    {"no SYN/ACK", NO, 0, 1, 1, ECE, 0, ""},
};

static void test_conclude(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *r = &rows[i];
        int64_t value[PP_MAX_FIELDS] = {0}, others[PP_MAX_FIELDS];
        struct pp_outcome arm[ARMS];
        struct stated s;

        /* The other arms have every field set, which must not change the result. */
        for (unsigned j = 0; j < PP_MAX_FIELDS; j++)
            others[j] = 1;
        stated_put(&pp_plugin_ecn, others, "tcp_synflags_rev", BOTH);
        stated_put(&pp_plugin_ecn, value, "tcp_synflags_rev", r->synack);
        stated_put(&pp_plugin_ecn, value, "original_synack", 1);
        stated_put(&pp_plugin_ecn, value, "original_data_rev", r->first_data);
        stated_put(&pp_plugin_ecn, value, "ecn_ect0_data_rev", r->ect0);
        stated_put(&pp_plugin_ecn, value, "ecn_ect1_data_rev", r->ect1);
        stated_put(&pp_plugin_ecn, value, "ecn_ce_data_rev", r->ce);
        stated_put(&pp_plugin_ecn, value, "feedback_before", PP_NULL);
        stated_put(&pp_plugin_ecn, value, "feedback_ce", PP_NULL);
        for (unsigned j = 0; j < ARMS; j++)
            arm[j] = (struct pp_outcome){.took_part = 1, .observed = 1, .ok = 1, .value = others};
        arm[1] = (struct pp_outcome){.took_part = r->took_part, .observed = r->observed, .ok = r->ok, .value = value};
        arm[3].took_part = r->took_part;
        stated_is(&pp_plugin_ecn, "ecn.", r->mode, arm, ARMS, r->what, r->conditions);
        /* A retransmitted SYN/ACK without ECE does not prove that negotiation failed: the condition is in doubt. */
        stated_put(&pp_plugin_ecn, value, "original_synack", 0);
        stated_init(&s, &pp_plugin_ecn, "ecn.", r->mode);
        pp_plugin_ecn.conclude(&(struct pp_round_view){.mode = r->mode, .narms = ARMS, .arm = arm}, &s.sink);
        if (!strstr(s.text, "negotiation.failed?") != !strstr(r->conditions, "negotiation.failed"))
            fail_msg("%s, sent again: '%s'", r->what, s.text);
        /* If B1 took no part in the round, the same conditions follow from B3. */
        stated_put(&pp_plugin_ecn, value, "original_synack", 1);
        arm[3] = arm[1];
        arm[1] = (struct pp_outcome){.took_part = 0};
        stated_is(&pp_plugin_ecn, "ecn.", r->mode, arm, ARMS, r->what, r->conditions);
    }
}

static void test_feedback(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < 2 * sizeof feedback_rows / sizeof *feedback_rows; i++) {
        bool http = i % 2;
        int64_t values[ARMS][PP_MAX_FIELDS] = {{0}};
        struct pp_outcome arm[ARMS];
        const char *want = http ? feedback_rows[i / 2].conditions : "";

        for (unsigned j = 0; j < ARMS; j++)
            arm[j] = (struct pp_outcome){.took_part = 1, .observed = 1, .ok = 1, .value = values[j]};
        arm[1].observed = 0;
        stated_put(&pp_plugin_ecn, values[3], "original_synack", 1);
        stated_put(&pp_plugin_ecn, values[4], "original_synack", 1);
        stated_put(&pp_plugin_ecn, values[3], "tcp_synflags_rev", feedback_rows[i / 2].synack3);
        stated_put(&pp_plugin_ecn, values[3], "feedback_before", feedback_rows[i / 2].before3);
        stated_put(&pp_plugin_ecn, values[3], "feedback_ce", feedback_rows[i / 2].ce);
        stated_put(&pp_plugin_ecn, values[3], "feedback_cwr", feedback_rows[i / 2].cwr);
        stated_put(&pp_plugin_ecn, values[4], "tcp_synflags_rev", feedback_rows[i / 2].synack4);
        stated_put(&pp_plugin_ecn, values[4], "feedback_before", feedback_rows[i / 2].before4);
        stated_is(&pp_plugin_ecn, "ecn.", http ? PP_MODE_HTTP : PP_MODE_TCP, arm, ARMS, feedback_rows[i / 2].what,
                  want);
    }
}

static void test_tables(void **unused)
{
#define CUT_WORDS "data: ECT(0) in 4 segments, 3 and on when the others are acknowledged;"
    static const struct {
        const char *name, *connectivity, *steps;
        uint32_t modes;
    } wanted[] = {
        {"A", NULL, "", 0},
        {"B1", "ecn.connectivity", "SYN: +ECE +CWR;", 0},
        {"B2", "ecn.data.connectivity", "SYN: +ECE +CWR;data: ECT(0);", WITH_DATA},
        {"B3", "ecn.ce.connectivity", "SYN: +ECE +CWR;" CUT_WORDS "data (number 2): CE;data (number 3): +CWR;",
         WITH_DATA},
        {"B4", "ecn.split.connectivity", "SYN: +ECE +CWR;" CUT_WORDS, WITH_DATA},
        {"B5", "ecn.unasked.connectivity", "data: ECT(0);", WITH_DATA},
    };
    const struct pp_plugin *p = &pp_plugin_ecn;
    struct pp_buf out;

    (void)unused;
    pp_buf_init(&out, 4096);
    assert_int_equal(pp_plugin_check(p, "ecn"), 0);
    assert_int_equal(p->default_mode, PP_MODE_HTTP);
    assert_int_equal(p->narms, 6);
    for (unsigned i = 0; i < 6; i++) {
        const struct pp_arm *a = &p->arms[i];
        assert_string_equal(a->name, wanted[i].name);
        assert_int_equal(a->modes, wanted[i].modes);
        if (wanted[i].connectivity)
            assert_string_equal(a->connectivity, wanted[i].connectivity);
        pp_buf_reset(&out);
        for (unsigned j = 0; j < a->nsteps; j++) {
            pp_step_words(&a->steps[j], &out);
            pp_buf_addc(&out, ';');
        }
        pp_buf_addc(&out, '\0');
        assert_string_equal(out.data, wanted[i].steps);
    }
    pp_buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_conclude), cmocka_unit_test(test_feedback),
                                       cmocka_unit_test(test_tables)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
