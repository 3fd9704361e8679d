/* SPDX-License-Identifier: BSD-2-Clause */
/* test_round_log.c: the ports that a round uses, and the reason given for an undecided arm. */
#include "../../core/verdict/round_log.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { A, B1, B2, A2, D }; /* slots of an experiment with three arms */

static struct pp_plan_arm three[3];
static const struct pp_plan plan = {.narms = 3, .arm = three, .ngroups = 1};

/* ---- rounds, written down ------------------------------------------------------------------------------------ */

/*
 * A flow: slot, `+` or `-`, and a letter for its port, 'a' is 1; rounds are separated by `|`, empty ones are rounds in
 * which nothing was kept: "A+a B-b|A+c B-d". Slots: A, B, C (the second arm), a for A', D.
 */
static struct pp_round_note *rounds_of(const char *text)
{
    static const char slots[] = "ABCaD";
    struct pp_round_note *first = NULL, **end = &first;
    unsigned number = 0;

    while (*text) {
        struct pp_round_note *r = calloc(1, sizeof *r + 5 * sizeof r->flow[0]);
        assert_non_null(r);
        r->number = (uint8_t)++number;
        for (; *text && *text != '|'; text += 3 + (text[3] == ' '))
            r->flow[r->nflows++] = (struct pp_note){.slot = (uint8_t)(strchr(slots, text[0]) - slots),
                                                    .counts = 1,
                                                    .ok = text[1] == '+',
                                                    .sport = (uint16_t)(text[2] - 'a' + 1)};
        text += *text == '|';
        *end = r;
        end = &r->next;
    }
    return first;
}

/* ---- ports ------------------------------------------------------------------------------------------------------ */

/*
 * Expected ports of A, B1, B2, A' and D in the next round, `-`: a fresh one. LEAD: the arm that the baseline follows.
 */
static const struct {
    const char *what, *rounds;
    unsigned lead;
    const char *ports;
} port_rows[] = {
    {"round 1", "", B1, "-----"},
    {"round 2: fresh ones, whatever the first came to", "A+a B-b C-c", B1, "-----"},
    {"round 3: an arm that never succeeded", "A+a B-b C+c|A+d B-e C+f a+g D+h", B1, "-----"},
    {"round 3: a port that it failed on", "A+a B-b C+c|A+d B+e C-f a+g D+h", B1, "-bf--"},
    {"round 3: failed A takes no old port", "A-a B-b|A+d B+e a+g D-h", B1, "-b---"},
    {"round 3: none that failed", "A-a B+b|A-d B+e a+g D+h", B1, "-----"},
    {"round 4: one that succeeded; A takes B's last", "A+a B-b|A+d B+e a+g D+h|A+i B-b a+j D+k", B1, "bei--"},
    {"round 4: A's, where none did", "A+a B-b|A+d B-e a+g D+h|A+i B-f a+j D+k", B1, "fii--"},
    {"round 4: A follows the arm that is undecided", "A+a B+b C-c|A+d B+e C-f a+g|A+i B+h C-k a+j", B2, "khi--"},
    {"round 4: nothing ever succeeded on the right side", "A-a B-b|A-d B-e a-g|A-i B-f a-j", B1, "f----"},
    {"round 5: the last that it failed on",
     "A+a B-b|A+d B+e a+g|A+i B-f a+j|A+f B+e a+k", B1, "-ff--"},
    {"round 5: never succeeded: fresh", "A+a B-b|A+d B-e a+g|A+i B-f a+j|A+f B-i a+k", B1, "-----"},
    {"round 6: the last that it succeeded on",
     "A+a B-b|A+d B+e a+g|A+i B-b a+j|A+b B+e a+k|A+l B-b a+m", B1, "be---"},
};

static void ports(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof port_rows / sizeof *port_rows; i++) {
        struct pp_round_note *first = rounds_of(port_rows[i].rounds);
        unsigned number = 1;

        for (const struct pp_round_note *r = first; r; r = r->next)
            number++;
        for (unsigned slot = A; slot <= D; slot++) {
            char want = port_rows[i].ports[slot];
            uint16_t port = pp_round_log_port(&plan, first, number, slot, port_rows[i].lead);
            if (slot == B2 && !strchr(port_rows[i].rounds, 'C'))
                continue; /* takes no part in this row */
            if (port != (want == '-' ? 0 : want - 'a' + 1))
                fail_msg("%s: slot %u got port %u, not '%c'", port_rows[i].what, slot, port, want);
        }
        pp_round_log_free(first);
    }
}

/* ---- why ------------------------------------------------------------------------------------------------------ */

static const struct {
    const char *what, *rounds;
    bool budget, partial;
    enum pp_why why;
} why_rows[] = {
    {"two ports, each of them always the same", "B-a|B+b|B-a|B+b", false, false, PP_WHY_FLOW_DEPENDENT},
    {"the first reason that fits", "B-a|B-a|B+b|B+b", true, false, PP_WHY_FLOW_DEPENDENT},
    {"others do not matter", "B-a C+a|B+b C-b|B-a C+a|B+b C-b|B+c", false, false, PP_WHY_FLOW_DEPENDENT},
    {"one success on the good port", "B-a|B+b|B-a|B+c", false, false, PP_WHY_LOSSY},
    {"one failure on the bad port", "B-a|B+b|B-c|B+b", false, false, PP_WHY_LOSSY},
    {"mixed on one", "B-a|B+b|B-a|B+b|B+a", false, false, PP_WHY_LOSSY},
    {"mixed on a third", "B-a|B+b|B-a|B+b|B+c|B-c", false, false, PP_WHY_LOSSY},
    {"failures, then successes", "B-a|B-b|B+c|B+d|B+e", false, false, PP_WHY_CHANGED},
    {"successes, then failures", "B+a|B+b|B-c|B-d", true, false, PP_WHY_CHANGED},
    {"a single failure before", "B-a|B+b|B+c", false, false, PP_WHY_LOSSY},
    {"a single success after", "B-a|B-b|B+c", true, false, PP_WHY_BUDGET},
    {"there and back", "B-a|B-b|B+c|B+d|B-e|B-f", false, false, PP_WHY_LOSSY},
    {"rounds without it", "A+a|B-a|A+b|B-b|A+c|B+c|B+d", false, false, PP_WHY_CHANGED},
    {"no memory, no round", "", true, false, PP_WHY_BUDGET},
    {"undecided at the last round", "B-a|B+b|B-c", false, false, PP_WHY_LOSSY},
    {"the bound, in spite of successes", "B-a|B-b|B-c|B+d", false, true, PP_WHY_PARTIAL},
    {"changed comes before it", "B-a|B-b|B-c|B+d|B+e", false, true, PP_WHY_CHANGED},
    {"several flows of one round", "B-a|B-b B-c|B+d B+e", false, false, PP_WHY_CHANGED},
    {"budget, too", "B-a|B-b|B-c|B+d", true, true, PP_WHY_BUDGET},
};

static void why(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof why_rows / sizeof *why_rows; i++) {
        struct pp_round_note *first = rounds_of(why_rows[i].rounds);
        enum pp_why got = pp_round_log_why(first, B1, why_rows[i].budget, why_rows[i].partial);

        if (got != why_rows[i].why)
            fail_msg("%s: '%s', not '%s'", why_rows[i].what, pp_why_name[got], pp_why_name[why_rows[i].why]);
        pp_round_log_free(first);
    }
}

/* ---- figures ---------------------------------------------------------------------------------------------------- */

static const struct {
    const char *what, *rounds;
    unsigned ports;
    double most; /* of B1 */
} figure_rows[] = {
    {"no rounds", "", 0, 1},
    {"one control, then three", "A+a B-b|A+c B-d a+e D+f", 2, 1.9801980198 * 3.88349514563},
    {"whatever came of them", "A-a B+b|A-c B-b a+e D-f", 1, 1.9801980198 * 3.88349514563},
    {"one port more than once", "A+a B-b|A+c B-d a+e D+f|A+d B-b a+g D+h", 2, 29.8644248438},
    {"alone, on several ports", "A+a B-b|B-d B-e B-f B-d", 4, 1.9801980198},
    {"rounds without it", "A+a C-b|A+c B-d a+e", 1, 2.94117647059},
};

static void figures(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof figure_rows / sizeof *figure_rows; i++) {
        struct pp_round_note *first = rounds_of(figure_rows[i].rounds);
        double most = pp_round_log_most(&plan, first, B1);

        if (pp_round_log_ports(first, B1) != figure_rows[i].ports || fabs(most - figure_rows[i].most) > most * 1e-10)
            fail_msg("%s: %u ports, E at most %g", figure_rows[i].what, pp_round_log_ports(first, B1), most);
        pp_round_log_free(first);
    }
}

/* ---- damage ----------------------------------------------------------------------------------------------------- */

/* A; then, in turn, B1 with controls 4, 5 and 6 and, behind them, B2, a baseline. */
static const struct pp_arm damage_arms[] = {{.name = "A"}, {.name = "B1"}, {.name = "B2"}};
static struct pp_plan_arm damage_made[] = {
    {.arm = &damage_arms[0]},
    {.arm = &damage_arms[1], .group = 1},
    {.arm = &damage_arms[2], .after = 1, .group = 2, .witness = true},
};
static const struct pp_plan damage_plan = {.narms = 3, .arm = damage_made, .ngroups = 3};

/* Flows in turn: A, B, W (the witness) and c (a control of B), each with `+` or `-`. */
static const struct {
    const char *what, *rounds;
    enum pp_damage is;
} damage_rows[] = {
    {"all got through", "A+ c+ B+ W+", PP_DAMAGE_NONE},
    {"one sign", "A+ c+ B- W-", PP_DAMAGE_OPEN},
    {"three", "A+ c+ B- W-|A+ c+ B- c- W-|A+ c+ c+ B- W-", PP_DAMAGE_SEEN},
    {"though the arm itself got through", "A+ c+ B+ W-|A+ c+ B+ c- W-|A+ c+ c+ B+ W-", PP_DAMAGE_SEEN},
    {"a control in front that failed by chance", "A+ c+ c- B- W-|A+ c+ B- W-|A+ c+ B- W-", PP_DAMAGE_SEEN},
    {"nothing in front got through", "A+ B- c- W-|A+ B- c- W-|A+ c- B- W-|A+ B- W-", PP_DAMAGE_OPEN},
    {"what stands in front of the group tells nothing: a quota", "A+ B- c- W-|A+ B- c- W-|A+ B- c- W-", PP_DAMAGE_OPEN},
    {"the witness got through once", "A+ c+ B- W-|A+ c+ B- W-|A+ c+ B- W-|A+ c+ B- W+", PP_DAMAGE_NONE},
    {"a control behind got through", "A+ c+ B- W-|A+ c+ B- c+ W-|A+ c+ B- W-|A+ c+ B- W-", PP_DAMAGE_NONE},
};

static struct pp_round_note *turns_of(const char *text)
{
    static const char arms[] = "ABW";
    struct pp_round_note *first = NULL, **end = &first;

    while (*text) {
        struct pp_round_note *r = calloc(1, sizeof *r + 8 * sizeof r->flow[0]);
        unsigned control = 0;
        assert_non_null(r);
        for (; *text && *text != '|'; text += 2 + (text[2] == ' ')) {
            unsigned slot = text[0] == 'c' ? pp_slot_control(&damage_plan, 1, control++)
                                           : (unsigned)(strchr(arms, text[0]) - arms);
            r->flow[r->nflows] = (struct pp_note){
                .slot = (uint8_t)slot, .turn = r->nflows, .ok = text[1] == '+', .counts = 1};
            r->nflows++;
        }
        text += *text == '|';
        *end = r;
        end = &r->next;
    }
    return first;
}

static void damage(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof damage_rows / sizeof *damage_rows; i++) {
        struct pp_round_note *first = turns_of(damage_rows[i].rounds);
        enum pp_damage is = pp_round_log_damage(&damage_plan, first, 2);

        if (is != damage_rows[i].is)
            fail_msg("%s: %u", damage_rows[i].what, is);
        pp_round_log_free(first);
    }
}

/* ---- notes ----------------------------------------------------------------------------------------------------- */

static void names_and_notes(void **state)
{
    static const struct pp_arm arm[] = {{.name = "A"}, {.name = "B1"}, {.name = "B2"}};
    struct pp_plan_arm arms[] = {{.arm = &arm[0]}, {.arm = &arm[1]}, {.arm = &arm[2]}};
    struct pp_plan named = {.narms = 3, .arm = arms, .ngroups = 2};
    struct pp_round_note *r = rounds_of("A+a B-b D+c");

    (void)state;
    assert_string_equal(pp_slot_name(&named, A), "A");
    assert_string_equal(pp_slot_name(&named, B2), "B2");
    assert_string_equal(pp_slot_name(&named, A2), "A'");
    assert_string_equal(pp_slot_name(&named, D), "D");
    for (unsigned i = 0; i < PP_CONTROLS; i++) { /* of every group the same names */
        static const unsigned part[] = {A, A2, D};
        unsigned slot = pp_slot_control(&named, 1, i);
        assert_int_equal(slot, 5 + i);
        assert_int_equal(pp_slot_group(&named, slot), 1);
        assert_int_equal(pp_slot_part(&named, slot), part[i]);
        assert_string_equal(pp_slot_name(&named, slot), pp_slot_name(&named, part[i]));
    }
    assert_int_equal(pp_round_note_of(r, D)->sport, 3);
    assert_null(pp_round_note_of(r, B2));
    pp_round_log_free(r);
    pp_round_log_free(NULL);
}

/* Rows: what is changed in one flow, and whether rounds are then still summed up. */
static void equal_rounds(void **state)
{
    static const struct {
        struct pp_note note;
        bool exact, summed_up, uncounted;
    } rows[] = {
        {{.slot = 1, .sport = 5, .rtt_us = 7}, true, true, false},
        {{.slot = 1, .sport = 5, .rtt_us = 9}, true, true, false}, /* round trip times never count */
        {{.slot = 1, .sport = 5, .turn = 3}, true, true, false}, /* nor do turns */
        {{.slot = 1, .sport = 6, .rtt_us = 7}, false, true, false},
        {{.slot = 1, .sport = 5}, false, false, true},
        {{.slot = 2, .sport = 5}, false, false, false},
        {{.slot = 1, .sport = 5, .ok = 1}, false, false, false},
        {{.slot = 1, .sport = 5, .how = 2}, false, false, false},
        {{.slot = 1, .sport = 5, .syns = 1}, false, false, false},
        {{.slot = 1, .sport = 5, .flags = 0x12}, false, false, false},
        {{.slot = 1, .sport = 5, .ttl = 64}, false, false, false},
        {{.slot = 1, .sport = 5, .rst_ttl = 64}, false, false, false},
        {{.slot = 1, .sport = 5, .options = 4}, false, false, false},
        {{.slot = 1, .sport = 5, .icmp_seen = true}, false, false, false},
        {{.slot = 1, .sport = 5, .icmp_type = 3}, false, false, false},
        {{.slot = 1, .sport = 5, .icmp_code = 13}, false, false, false},
        {{.slot = 1, .sport = 5, .icmp_from = {.b = {1}}}, false, false, false},
    };
    struct pp_round_note *x = rounds_of("A+a B-e|A+a"), *y = rounds_of("A+a B-e");

    (void)state;
    assert_false(pp_round_note_equal(x, x->next, false));
    x->flow[1].rtt_us = 7;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        y->flow[1] = rows[i].note;
        y->flow[1].counts = !rows[i].uncounted;
        if (pp_round_note_equal(x, y, false) != rows[i].summed_up ||
            pp_round_note_equal(x, y, true) != rows[i].exact)
            fail_msg("row %zu", i);
    }
    pp_round_log_free(x);
    pp_round_log_free(y);
}

/* Rows: what failed flows of B1 met, a letter each: `.` silence, `b` a router's packet too big, `t` the target's. */
static void too_big(void **state)
{
    static const struct {
        const char *flows;
        bool path;
    } rows[] = {
        {"bb", true}, {"bbb.", true}, {"b.", false}, {"..", false}, {"tt", false}, {"btt", false},
        {"oobb", true}, /* flows that got through do not change the cause of those that failed */
        {"xx", false}, {"ff", false}, /* another ICMP error; a Packet Too Big that was refuted, or cannot be true */
    };
    static const char *const target[] = {"192.0.2.1", "2001:db8::1"}, *const router[] = {"192.0.2.9", "2001:db8::9"};

    (void)state;
    for (size_t i = 0; i < 2 * sizeof rows / sizeof *rows; i++) {
        const char *flows = rows[i / 2].flows, *from = router[i % 2], *to = target[i % 2];
        struct pp_round_note *r = rounds_of("A+a B-b|A+a B-c|A+a B-d|A+a B-e");
        struct pp_round_note *at = r;
        struct pp_addr dst, sender;

        pp_addr_parse(&dst, to, strlen(to));
        pp_addr_parse(&sender, from, strlen(from));
        for (const char *f = flows; at; at = at->next) {
            struct pp_note *n = &at->flow[1];
            if (!*f) {
                n->slot = B2;
                continue;
            }
            n->ok = *f == 'o';
            n->how = *f == '.' || *f == 'f' ? PP_HOW_SILENT : PP_HOW_ICMP;
            n->icmp_seen = *f != '.' && *f != 'o';
            n->icmp_type = i % 2 ? 2 : 3;
            n->icmp_code = *f == 'x' ? 1 : i % 2 ? 0 : 4;
            n->icmp_from = *f == 't' ? dst : sender;
            f++;
        }
        if (pp_round_log_too_big(r, B1, &dst) != rows[i / 2].path)
            fail_msg("%s, to %s", flows, to);
        pp_round_log_free(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ports),
        cmocka_unit_test(why),
        cmocka_unit_test(figures),
        cmocka_unit_test(damage),
        cmocka_unit_test(names_and_notes),
        cmocka_unit_test(equal_rounds),
        cmocka_unit_test(too_big),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
