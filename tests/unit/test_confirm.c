/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_confirm.c: confirmation in virtual time: the number and times of rounds, the word and its reason, and that the
 * evidence can be recomputed from the observation.
 */
#include "method.h"

#include "../../core/probe/round.h"

#define SLACK (50 * MS) /* the event loop runs timers together that are due within this time */

static const struct pp_plan method = {METHOD};

static void check_word(const struct rig *r, const char *word, const char *why, unsigned rounds)
{
    const json_t *line = r->line[0], *v = verdict_of(line, "B1");
    char condition[64];

    snprintf(condition, sizeof condition, "ecn.connectivity.%s", word);
    assert_string_equal(rig_str(v, "verdict"), word);
    assert_true(rig_has(rig_at(line, "conditions"), condition));
    assert_string_equal(rig_str(v, "why"), why);
    assert_int_equal(read_rounds(v).rounds, rounds);
    assert_int_equal(read_rounds(v).last, rounds);
}

/* ---- words ------------------------------------------------------------------------------------------------------ */

static void a_broken_arm_takes_eleven_rounds(void **state)
{
    struct script s = {0};
    struct rig r;
    const json_t *v;
    struct reading is;

    (void)state;
    go_by_script(&r, &s, &method, BROKEN);
    check_word(&r, "broken", "", 11); /* decided after eight, continued until E reaches 1e6 for the published list */
    v = verdict_of(r.line[0], "B1");
    is = read_rounds(v);
    assert_int_equal(is.fb, 11);
    assert_int_equal(is.sa, 31);
    assert_int_equal(lround(json_number_value(rig_at(v, "e")) / 10), 154503);
    assert_float_equal(json_number_value(rig_at(v, "alpha")), 1e-4, 1e-9);
    assert_string_equal(rig_str(v, "how"), "refused");
    assert_string_equal(rig_str(v, "attribution"), "unknown");
    assert_int_equal(s.rounds, 11);
    assert_int_equal(s.nflows, 2 + 10 * 4); /* A and B1, then A' and D with them */
    assert_non_null(verdict_of(r.line[0], "D")); /* every target in confirmation carries one */
    assert_string_equal(rig_str(verdict_of(r.line[0], "D"), "verdict"), "works");
    rig_release(&r);
}

/* One target, healthy but for what the scripts say. */
static const struct {
    const char *what, *a, *b, *word, *why;
    const char *first;
    unsigned rounds;
    unsigned max_rounds, max_flows; /* 0: the default */
} words[] = {
    {"works at once", "+", "+", "works", "", "works", 1, 0, 0},
    {"a lone failure clears", "+", "-+", "works", "", "broken", 4, 0, 0},
    {"the baseline's lone failure clears", "-+", "+", "works", "", "transient", 2, 0, 0},
    {"a round that was lost altogether", "-+", "-+", "works", "", "offline", 4, 0, 0},
    {"broken", "+", "-", "broken", "", "broken", 11, 0, 0},
    {"broken, and a round for two more ports", "+", "-", "broken", "", "broken", 9, 8, 0},
    {"on these it gets through", "+", "--------+", "unstable", "changed", "broken", 9, 8, 0},
    {"on the tenth it gets through", "+", "---------+", "unstable", "partial", "broken", 10, 9, 0},
    {"it gets through behind the bound", "+", "---------+", "unstable", "partial", "broken", 10, 0, 0},
    {"it gets through before it", "+", "-+-", "unstable", "partial", "broken", 9, 0, 0},
    {"no flows for two more ports", "+", "-", "unstable", "budget", "broken", 8, 8, 31},
    {"transient", "-", "+", "transient", "", "transient", 8, 0, 0},
    {"offline", "-", "-", "offline", "", "offline", 2, 0, 0},
    {"always on one port, never on another", "+", "-+-+-+", "unstable", "flow_dependent", "broken", 6, 0, 0},
    {"it came up meanwhile", "+", "--+", "unstable", "changed", "broken", 5, 0, 0},
    {"now and then", "+", "-++-+", "unstable", "lossy", "broken", 5, 0, 0},
    {"no more rounds", "+", "-", "unstable", "budget", "broken", 4, 4, 0},
    {"no more rounds, in which nothing could have decided", "+", "-+-", "unstable", "budget", "broken", 7, 7, 0},
    {"no more flows", "+", "-", "unstable", "budget", "broken", 3, 0, 13},
    {"flows for one more round", "+", "-", "unstable", "budget", "broken", 4, 0, 14},
    {"offline takes two rounds, whatever the limits say", "-", "-", "unstable", "budget", "offline", 1, 0, 4},
};

static void words_and_reasons(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct script s = {.a = words[i].a, .b = words[i].b};
        struct pp_plan with = method;
        char first[64];
        struct rig r;

        print_message("           %s\n", words[i].what);
        with.max_rounds = words[i].max_rounds ? words[i].max_rounds : method.max_rounds;
        with.max_flows = words[i].max_flows ? words[i].max_flows : method.max_flows;
        go_by_script(&r, &s, &with, HEALTHY);
        check_word(&r, words[i].word, words[i].why, words[i].rounds);
        snprintf(first, sizeof first, "ecn.connectivity.%s", words[i].first);
        assert_true(rig_has(rig_at(r.line[0], "first"), first));
        assert_int_equal(s.rounds, words[i].rounds);
        rig_release(&r);
    }
}

static void twelve_rounds_at_most(void **state)
{
    struct script s = {.b = "-"};
    struct pp_plan with = method;
    struct rig r;

    (void)state;
    with.alpha = 1e-30;
    go_by_script(&r, &s, &with, HEALTHY);
    check_word(&r, "unstable", "budget", 12);
    assert_int_equal(s.nflows, 2 + 11 * 4);
    rig_release(&r);
}

/* The first round's own word and conditions stay beside what was confirmed. */
static void first_is_kept(void **state)
{
    struct script s = {.b = "-+"};
    struct rig r;
    const json_t *first;

    (void)state;
    go_by_script(&r, &s, &method, HEALTHY);
    first = rig_at(r.line[0], "first");
    assert_int_equal(json_array_size(first), 1); /* B1 was silent: of negotiation nothing is known */
    assert_true(rig_has(first, "ecn.connectivity.broken"));
    assert_true(rig_has(rig_at(r.line[0], "conditions"), "ecn.connectivity.works"));
    assert_true(rig_has(rig_at(r.line[0], "conditions"), "ecn.negotiation.succeeded"));
    assert_int_equal(r.counters.works, 1);
    assert_int_equal(r.verdict_counts.first[1][PP_VERDICT_BROKEN], 1);
    assert_int_equal(r.verdict_counts.word[1][PP_VERDICT_WORKS], 1);
    rig_release(&r);
}

/* ---- spacing ----------------------------------------------------------------------------------------------------- */

static void check_gap(int64_t from, int64_t to, int64_t least)
{
    if (to - from < least || to - from > least + least / 10 + SLACK)
        fail_msg("%g s, not %g to %g", (double)(to - from) / S, (double)least / S, 1.1 * (double)least / S);
}

static void spacing(void **state)
{
    bool jitter = false;

    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct script s = {0};
        struct rig r;

        go(&r, &(struct rig_setup){.hosts = BROKEN, .nhosts = 1, .seed = seed, .method = &method,
                                   .packet = by_script, .arg = &s});
        assert_int_equal(s.rounds, 11);
        check_gap(s.ended[1], round_began(&s, 2), 2 * S); /* after the end of round 1 */
        for (unsigned n = 3; n <= 11; n++) {
            check_gap(round_began(&s, n - 1), round_began(&s, n), 60 * S); /* after the start of the one before */
            jitter |= round_began(&s, n) - round_began(&s, n - 1) > 61 * S;
        }
        rig_release(&r);
    }
    assert_true(jitter);
}

/* Where every arm failed, the next round waits for the long time, after the first one, too. */
static void spacing_of_silence(void **state)
{
    static const char *const hosts[] = {SILENT, "\"server\": \"refuse\"", HEALTHY};
    static const char *const how[] = {"silent", "refused", "silent"};

    (void)state;
    for (int i = 0; i < 3; i++) {
        struct script s = {.a = i == 2 ? "-+" : NULL, .b = i == 2 ? "-+" : NULL};
        struct rig r;

        go_by_script(&r, &s, &method, hosts[i]);
        check_gap(round_began(&s, 1), round_began(&s, 2), 60 * S);
        assert_int_equal(s.rounds, i == 2 ? 4 : 2);
        if (i < 2) {
            check_word(&r, "offline", "", 2);
            assert_string_equal(rig_str(verdict_of(r.line[0], "B1"), "how"), how[i]);
            assert_int_equal(r.counters.offline, 1);
        }
        rig_release(&r);
    }
}

/* Ports of B1, round by round, as sent: new ones, then those it failed and succeeded on, by turns. */
static void ports_by_turns(void **state)
{
    struct script s = {.b = "-+-+-+"};
    uint16_t port[8] = {0};
    struct rig r;

    (void)state;
    go_by_script(&r, &s, &method, HEALTHY);
    for (unsigned i = 0; i < s.nflows; i++)
        if (s.flow[i].ecn)
            port[s.flow[i].round] = s.flow[i].sport;
    assert_int_not_equal(port[1], port[2]);
    assert_int_equal(port[3], port[1]);
    assert_int_equal(port[4], port[2]);
    assert_int_equal(port[5], port[1]);
    assert_int_equal(port[6], port[2]);
    for (unsigned i = 0, followed = 0; i < s.nflows; i++) { /* the baseline takes B1's last */
        if (s.flow[i].ecn)
            continue;
        followed += s.flow[i].round == 4 && s.flow[i].sport == port[3];
        if (i + 1 == s.nflows)
            assert_int_equal(followed, 1);
    }
    rig_release(&r);
}

/* ---- fixed numbers of rounds, dummies, audits -------------------------------------------------------------------- */

static void rounds_by_number(void **state)
{
    static const char *const hosts[] = {HEALTHY, SILENT, BROKEN};
    static const char *const words_of[] = {"works", "offline", "unstable"}; /* three rounds prove nothing */

    (void)state;
    for (int i = 0; i < 3; i++)
        for (unsigned n = 1; n <= 3; n += 2) {
            struct pp_plan with = method;
            struct rig r;

            with.rounds = n;
            with.aa = 1;
            go(&r, &(struct rig_setup){.hosts = hosts[i], .nhosts = 10, .method = &with, .connect_timeout = 4 * S});
            each_once(&r);
            for (size_t k = 0; k < r.nlines; k++) {
                const json_t *b = verdict_of(r.line[k], "B1"), *d = verdict_of(r.line[k], "D");

                check_reasons(r.line[k]);
                assert_int_equal(read_rounds(b).rounds, n);
                assert_int_equal(read_rounds(b).flows, 3 * n); /* no A' */
                assert_int_equal(read_rounds(d).rounds, n);
                assert_string_equal(rig_str(b, "verdict"), n == 1 && i == 2 ? "broken" : words_of[i]);
                assert_int_equal(json_is_null(rig_at(b, "alpha")), n == 1);
            }
            rig_release(&r);
        }
}

/* With --aa 1 every target has a dummy from round 1 on; without, only those in confirmation, from round 2 on. */
static void dummies(void **state)
{
    static const char *const hosts[] = {HEALTHY, BROKEN};

    (void)state;
    for (int i = 0; i < 4; i++) {
        struct pp_plan with = method;
        struct rig r;

        with.aa = i / 2;
        go(&r, &(struct rig_setup){.hosts = hosts[i % 2], .nhosts = 20, .method = &with});
        each_once(&r);
        for (size_t k = 0; k < r.nlines; k++) {
            const json_t *d = verdict_of(r.line[k], "D");

            check_reasons(r.line[k]);
            assert_int_equal(d != NULL, i > 0);
            if (!d)
                continue;
            assert_string_equal(rig_str(d, "verdict"), "works");
            assert_int_equal(read_rounds(d).first, i == 1 ? 2 : 1);
            assert_int_equal(read_rounds(d).fb, 0);
        }
        assert_int_equal(r.verdict_counts.aa_first_n, i / 2 * 20);
        assert_int_equal(r.verdict_counts.aa_first_fail, 0);
        assert_int_equal(r.verdict_counts.aa_n, i > 0 ? 20 : 0);
        rig_release(&r);
    }
}

/* A dummy that fails is asked again as any arm is, though all else works. */
static void a_dummy_that_fails(void **state)
{
    struct pp_plan with = method;
    uint64_t failed = 0;

    (void)state;
    with.aa = 1;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct rig r;

        go(&r, &(struct rig_setup){.hosts = "\"server\": \"ecn\", \"delay_ms\": 10, \"flow_fail\": {\"p\": 0.2}",
                                   .nhosts = 40, .seed = seed, .method = &with, .connect_timeout = 4 * S});
        each_once(&r);
        for (size_t k = 0; k < r.nlines; k++) {
            struct reading is = read_rounds(verdict_of(r.line[k], "D"));
            check_reasons(r.line[k]);
            failed += is.fb > 0;
            assert_true(is.fb == 0 || is.rounds > 1);
        }
        rig_release(&r);
    }
    assert_true(failed > 10);
}

static void an_audit(void **state)
{
    struct pp_plan with = method;
    struct rig r;

    (void)state;
    with.audit = 1;
    go(&r, &(struct rig_setup){.hosts = HEALTHY, .nhosts = 20, .method = &with, .mode = "http"});
    each_once(&r);
    for (size_t k = 0; k < r.nlines; k++) {
        check_reasons(r.line[k]);
        for (const char *const *arm = (const char *const[]){"B1", "B2", "B3", "B4", "B5", NULL}; *arm; arm++) {
            const json_t *v = verdict_of(r.line[k], *arm);
            assert_string_equal(rig_str(v, "verdict"), "works");
            assert_int_equal(read_rounds(v).rounds, 5);
        }
        assert_int_equal(json_array_size(rig_at(r.line[k], "quality.mixed")), 0);
    }
    assert_int_equal(r.verdict_counts.audited, 5 * 20);
    assert_int_equal(r.verdict_counts.audit_changed, 0);
    rig_release(&r);
}

/* A load balancer whose backends differ: five rounds meet both, nearly always. */
static void mixed_conditions(void **state)
{
    struct pp_plan with = method;
    uint64_t mixed = 0;
    struct rig r;

    (void)state;
    with.audit = 1;
    go(&r, &(struct rig_setup){.hosts = "\"server\": \"ecn\", \"path\": [{\"behaviour\": \"server.mixed\"}]",
                               .nhosts = 40, .method = &with});
    each_once(&r);
    for (size_t k = 0; k < r.nlines; k++) {
        const json_t *rounds = rig_at(verdict_of(r.line[k], "B1"), "rounds");
        const json_t *list = rig_at(r.line[k], "quality.mixed");
        bool seen[2] = {false, false}, last = false;

        for (size_t n = 0; n < json_array_size(rounds); n++) {
            const json_t *flows = rig_at(json_array_get(rounds, n), "flows");
            for (size_t f = 0; f < json_array_size(flows); f++)
                if (strcmp(rig_str(json_array_get(flows, f), "arm"), "B1") == 0) {
                    last = json_integer_value(rig_at(json_array_get(flows, f), "flags")) & PP_TCP_ECE;
                    seen[last] = true;
                }
        }
        assert_int_equal(json_array_size(list), seen[0] && seen[1]);
        if (seen[0] && seen[1])
            assert_string_equal(rig_str(list, "0"), "ecn.negotiation");
        mixed += seen[0] && seen[1];
        assert_true(rig_has(rig_at(r.line[k], "conditions"), /* what the last round says */
                            last ? "ecn.negotiation.succeeded" : "ecn.negotiation.failed"));
        assert_false(rig_has(rig_at(r.line[k], "conditions"),
                             last ? "ecn.negotiation.failed" : "ecn.negotiation.succeeded"));
    }
    assert_true(mixed > 20);
    rig_release(&r);
}

/* ---- many at a time ---------------------------------------------------------------------------------------------- */

/* One of four parallel routers drops what B1 sends: a bad flow is no bad treatment. */
static void one_member_of_four(void **state)
{
    uint64_t met = 0;
    struct rig r;

    (void)state;
    go(&r, &(struct rig_setup){
               .hosts = "\"server\": \"ecn\", \"path\": [{\"behaviour\": \"ecmp.ecn.syn.drop\", \"dir\": \"fwd\", "
                        "\"hop\": 7}]",
               .nhosts = 200, .method = &method, .connect_timeout = 4 * S});
    each_once(&r);
    for (size_t k = 0; k < r.nlines; k++) {
        const json_t *v = verdict_of(r.line[k], "B1");
        struct reading is = read_rounds(v);

        check_reasons(r.line[k]);
        if (is.fb < 2) {
            assert_string_equal(rig_str(v, "verdict"), "works");
            continue;
        }
        met++;
        assert_string_equal(rig_str(v, "verdict"), "unstable");
        assert_string_equal(rig_str(v, "why"), "flow_dependent");
    }
    assert_true(met > 20);
    rig_release(&r);
}

/* Two targets of one address: their rounds take turns, and each gets all of its own. */
static void two_targets_of_one_address(void **state)
{
    char line[2][256];
    const char *lines[] = {line[0], line[1], NULL};
    struct script s = {0};
    struct rig r;

    (void)state;
    host_line(line[0], sizeof line[0], 1, 0, "\"domain\":\"a.test\",\"n\":0");
    host_line(line[1], sizeof line[1], 1, 0, "\"domain\":\"b.test\",\"n\":1");
    go(&r, &(struct rig_setup){.hosts = BROKEN, .nhosts = 2, .lines = lines, .method = &method, .packet = by_script,
                               .arg = &s});
    assert_int_equal(r.nlines, 2);
    assert_int_equal(s.nflows, 2 * (2 + 10 * 4));
    for (int i = 0; i < 2; i++) {
        check_reasons(r.line[i]);
        assert_int_equal(lround(json_number_value(rig_at(r.line[i], "verdicts.0.e")) / 10), 154503);
    }
    for (unsigned at = 0, n = 0; at < s.nflows; at += n) { /* each run of flows is one round's of one target */
        unsigned ecn = 0;
        n = at < 4 ? 2 : 4;
        for (unsigned i = at; i < at + n; i++)
            ecn += s.flow[i].ecn;
        assert_int_equal(ecn, 1);
    }
    rig_release(&r);
}

/* At a stop all lines in the output are whole; a target in confirmation has no line and is counted as pending. */
static void a_stop_during_confirmation(void **state)
{
    struct rig r;

    (void)state;
    go(&r, &(struct rig_setup){.hosts = "{\"share\": 0.5, " HEALTHY "}, {\"share\": 0.5, " BROKEN "}", .nhosts = 100,
                               .method = &method, .stop_at = 90 * S});
    assert_true(r.nlines > 20 && r.nlines < 80);
    assert_int_equal(r.nlines + r.pending, 100);
    assert_int_equal(rig_count(&r, "ecn.connectivity.works"), r.nlines);
    assert_int_equal(r.counters.works, r.nlines);
    assert_int_equal(r.counters.broken + r.counters.unstable, 0);
    assert_int_equal(r.counters.confirming, 0);
    assert_true(r.now < 100 * S); /* the stop did not wait for later rounds */
    rig_release(&r);
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

/*
 * A million targets of which one in forty is in confirmation: at eleven rounds of two arms each, whose flows are all
 * kept, they fit into half of 256 MiB.
 */
static void a_confirming_target_is_small(void **state)
{
    struct pp_target target = {.bytes = 256};
    struct pp_job job = {.target = &target, .finding = {.round = 11, .flows = 2 + 10 * 4}};
    size_t bytes = pp_job_idle_bytes(&job);

    (void)state;
    print_message("           %zu bytes, of which %zu are the job's, %zu each flow's\n", bytes, sizeof job,
                  sizeof(struct pp_note));
    assert_true(bytes * 25000 <= 128u << 20);
}

/* A memory budget that holds a few targets: all targets are probed, a few at a time. */
static void a_small_budget(void **state)
{
    int64_t took[2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct rig r;
        go(&r, &(struct rig_setup){.hosts = BROKEN, .nhosts = 100, .method = &method, .budget = i ? 32 << 10 : 0});
        each_once(&r);
        assert_int_equal(rig_count(&r, "ecn.connectivity.broken"), 100);
        took[i] = r.now;
        rig_release(&r);
    }
    assert_true(took[1] > 2 * took[0]); /* later targets had to wait for earlier ones */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_broken_arm_takes_eleven_rounds),
        cmocka_unit_test(words_and_reasons),
        cmocka_unit_test(twelve_rounds_at_most),
        cmocka_unit_test(first_is_kept),
        cmocka_unit_test(spacing),
        cmocka_unit_test(spacing_of_silence),
        cmocka_unit_test(ports_by_turns),
        cmocka_unit_test(rounds_by_number),
        cmocka_unit_test(dummies),
        cmocka_unit_test(a_dummy_that_fails),
        cmocka_unit_test(an_audit),
        cmocka_unit_test(mixed_conditions),
        cmocka_unit_test(one_member_of_four),
        cmocka_unit_test(two_targets_of_one_address),
        cmocka_unit_test(a_stop_during_confirmation),
        cmocka_unit_test(a_confirming_target_is_small),
        cmocka_unit_test(a_small_budget),
    };

    return cmocka_run_group_tests(tests, rig_begin, rig_end);
}
