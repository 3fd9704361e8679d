/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_where.c: computes intervals from the rows of sweeps. A sweep is a word, a letter for each TTL:
 *   t  Time Exceeded, 28 bytes quoted as sent   T  60 bytes   w  28 bytes, from another router
 *   e  ECT(0) quoted as Not-ECT   c  as CE   m  60 bytes, another MSS   s  60 bytes, SACK permitted removed
 *   q  Time Exceeded, nothing readable quoted   u  Destination Unreachable
 *   Y  the target's answer   R  its RST   K  its bare ACK   .  silent   _  not asked
 */
#include "../../core/verdict/where.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

static struct pp_hop_seen hop_of(char letter, unsigned ttl)
{
    static const struct pp_change ecn = {.field = PP_FIELD_ECN, .end = 2, .sent = 2},
        mss = {.field = PP_FIELD_TCP_OPTION, .option = 2, .end = 44, .sent = 1460, .seen = 1400},
        sack = {.field = PP_FIELD_TCP_OPTION, .option = 4, .how = PP_CHANGED_REMOVED, .end = 46};
    struct pp_hop_seen h = {.what = PP_SEEN_EXCEEDED, .tries = 1, .quoted_ttl = 1, .rtt_us = 1000 * ttl};

    h.from = pp_addr_from4((const uint8_t[]){10, 0, letter == 'w', (uint8_t)ttl});
    h.diff.quote = strchr("Tms", letter) ? 60 : letter == 'q' ? 0 : 28;
    if (strchr("ecms", letter)) {
        h.diff.changes = 1;
        h.diff.change[0] = letter == 'm' ? mss : letter == 's' ? sack : ecn;
        if (letter == 'c')
            h.diff.change[0].seen = PP_CE;
    }
    switch (letter) {
    case '_': return (struct pp_hop_seen){.what = PP_SEEN_NOT_ASKED};
    case '.': return (struct pp_hop_seen){.what = PP_SEEN_SILENT, .tries = 3};
    case 'u': h.what = PP_SEEN_UNREACHABLE; break;
    case 'Y': h.what = PP_SEEN_ANSWER; break;
    case 'R': h.what = PP_SEEN_RST; break;
    case 'K': h.what = PP_SEEN_ACK; break;
    default: break;
    }
    if (strchr("YRK", letter)) {
        h.from = pp_addr_from4((const uint8_t[]){192, 0, 2, 80});
        h.diff = (struct pp_diff){.quote = 0};
    }
    return h;
}

/* WORD up to its end or a blank. */
static void sweep_of(struct pp_sweep *s, const char *word)
{
    *s = (struct pp_sweep){.hops = 0};
    for (; *word && *word != ' '; word++) {
        s->hop[s->hops] = hop_of(*word, s->hops + 1u);
        s->stale |= *word == 'K';
        s->hops++;
    }
}

/* "drop 2-5(2) e119 rate_limited; rewrite ip.ecn 3-4". */
static const char *text_of(const struct pp_where *w, char *buf, size_t size)
{
    size_t at = 0;

    buf[0] = '\0';
    for (unsigned i = 0; i < w->places; i++) {
        const struct pp_place *p = &w->place[i];
        char name[PP_FIELD_STRLEN];

        at += (size_t)snprintf(buf + at, size - at, "%s%s", i ? "; " : "", pp_place_kind_name[p->kind]);
        if (p->kind == PP_PLACE_REWRITE)
            at += (size_t)snprintf(buf + at, size - at, " %s", pp_field_name(p->change.field, p->change.option, name));
        if (p->has_from)
            at += (size_t)snprintf(buf + at, size - at, " %u-", p->from.ttl);
        if (p->has_to)
            at += (size_t)snprintf(buf + at, size - at, "%u", p->to.ttl);
        if (p->silent)
            at += (size_t)snprintf(buf + at, size - at, "(%u)", p->silent);
        if (p->why)
            at += (size_t)snprintf(buf + at, size - at, " %s", pp_where_why_name[p->why]);
    }
    return buf;
}

/*
 * Words of A and of B, one per pair, the last again and again up to N pairs; N 0: as many as the judge asks for, whose
 * number has to be PAIRS.
 */
static const struct row {
    const char *what, *a, *b;
    unsigned n, pairs;
    const char *text;
    unsigned from_ttl; /* 0: not looked at */
    struct pp_where_ask ask;
} rows[] = {
    {"nothing", "tttY", "tttY", 0, 2, "", 1, {.stop = 0}},
    {"drop at the ingress of hop 2: seven clean pairs", "tttY", "t...", 0, 7, "drop 1-2", 1, {.stop = 0}},
    {"drop at its egress", "tttY", "tt..", 0, 7, "drop 2-3", 2, {.stop = 0}},
    {"drop, the hop behind is silent", "tt.tY", "tt...", 0, 7, "drop 2-4(1)", 2, {.stop = 0}},
    {"drop in front of the target", "tttY", "ttt.", 0, 7, "drop 3-4", 3, {.stop = 0}},
    {"drop, all behind is silent", "tt..Y", "tt...", 0, 7, "drop 2-5(2)", 2, {.stop = 0}},
    {"drop, nothing answers at all", "....Y", ".....", 0, 2, "drop no_quotes", 1, {.stop = 0}},
    {"drop at hop 1", "tttY", "....", 0, 7, "drop 0-1", 1, {.stop = 0}},
    {"one answer to B proves that it got there", "tttttY", "tt.... tt.... tttt.. tt....",
     0, 7, "drop 4-5", 4, {.stop = 0}},
    {"refused by a router", "ttttY", "tuuuu", 0, 7, "drop 1-2", 1, {.stop = 0}},
    {"a hop behind that answers every other time",
     "tttttY ttt.tY tttttY ttt.tY tttttY ttt.tY tttttY", "ttt...", 0, 10, "drop 3-4", 3, {.stop = 0}},
    {"and one that answers once", "tttttY ttt.tY ttt.tY", "ttt...", 0, 7, "drop 3-5(1) rate_limited", 3, {.stop = 0}},
    {"A gets through but once", "tttY ttt.", "tt..", 0, 2, "drop not_reproduced", 0, {.stop = 0}},
    {"B gets through once", "tttY", "tt.. tttY", 0, 2, "drop not_reproduced", 0, {.stop = 0}},
    {"dead target", "ttt.", "ttt.", 0, 2, "drop not_reproduced", 0, {.stop = 0}},
    {"six pairs are no bound", "tttY", "tt..", 6, 0, "drop budget", 0, {.stop = 0}},
    {"interrupted", "tttY", "tt..", 3, 0, "drop interrupted", 0, {.stop = PP_WHERE_INTERRUPTED}},
    {"interrupted after the bound", "tttY", "tt..", 7, 0, "drop 2-3", 0, {.stop = PP_WHERE_INTERRUPTED}},
    {"old state", "tttY", "tttK", 0, 12, "drop stale_state", 0, {.stop = 0}},
    {"hops nearer than the candidate are not asked again", "ttttttY ttttttY __ttttY", "ttt.... ttt.... __t....", 0, 7,
     "drop 3-4", 3, {.stop = 0}},
    {"first fragments are dropped", "tttY", "tt..", 0, 7, "drop 2-3", 2, {.fragments = true}},
    {"later ones, who knows where", "tttY", "ttt.", 0, 7, "drop fragments", 0, {.fragments = true}},
    {"some, and hops do not answer", "tt..Y", "tt...", 0, 7, "drop fragments", 0, {.fragments = true}},
    {"A and B go different ways", "tttttY", "twt...", 0, 7, "drop paths_differ", 0, {.stop = 0}},
    {"a longer way for B", "tttY", "ttttt", 0, 7, "drop paths_differ", 0, {.stop = 0}},
    {"the way changed", "ttttY ttttY ttttY twwtY", "tt... tt... tt... tw...", 0, 7, "drop changed", 0, {.stop = 0}},
    {"the way grew longer", "ttttY ttttY ttttY tttttY", "tt... tt... tt... ttt...",
     0, 7, "drop changed", 0, {.stop = 0}},
    {"each packet its own way", "ttttY twttY ttttY twttY", "twt.. ttt.. ttt.. twt.. ttt..",
     0, 7, "drop 3-4", 0, {.stop = 0}},
    {"RST in the target's place", "tttttY", "ttRRRR", 0, 3, "reset 2-3", 2, {.stop = 0}},
    {"RST, the hop is silent for A", "tt.ttY", "ttRRRR", 0, 3, "reset 2-4(1)", 2, {.stop = 0}},
    {"RST, the hop before is silent", "t.tttY", "t.RRRR", 0, 3, "reset 1-3(1)", 1, {.stop = 0}},
    {"RST from the target's distance", "tttY", "tttR", 0, 3, "reset at_target", 0, {.stop = 0}},
    {"both are refused", "tttR", "tttR", 0, 2, "", 0, {.stop = 0}},
    {"RST for A at times", "tttttY ttRRRR", "ttRRRR tttttY", 0, 2, "", 0, {.stop = 0}},
    {"SYN/ACK by a proxy", "tttttY", "ttYYYY", 0, 3, "answer 2-3", 2, {.stop = 0}},
    {"ECN cleared at the ingress of hop 2", "tttY", "teeY", 0, 3, "rewrite ip.ecn 1-2", 1, {.stop = 0}},
    {"ECN cleared, silent hops around", "tt..ttY", "tt..eeY", 0, 3, "rewrite ip.ecn 2-5(2)", 2, {.stop = 0}},
    {"ECN cleared at hop 1", "tttY", "eeeY", 0, 3, "rewrite ip.ecn 0-1", 1, {.stop = 0}},
    {"one router quotes its own rewriting", "tttttY", "tettt.",
     0, 7, "drop 5-6; rewrite ip.ecn quote_artefact", 0, {.stop = 0}},
    {"the same, B gets through", "tttttY", "tetttY", 0, 3, "rewrite ip.ecn quote_artefact", 0, {.stop = 0}},
    {"an artefact in front of a change", "ttttttY", "tettteY",
     0, 3, "rewrite ip.ecn 5-6 last_hop_only", 0, {.stop = 0}},
    {"the last hop alone", "ttttY", "ttteY", 0, 3, "rewrite ip.ecn 3-4 last_hop_only", 0, {.stop = 0}},
    {"congestion", "tttttY", "ttcctY tttttY", 0, 2, "", 0, {.stop = 0}},
    {"a router that marks all", "tttttY", "ttcccY", 0, 3, "rewrite ip.ecn 2-3", 0, {.stop = 0}},
    {"changed in some pairs", "tttttY", "tteeeY tttttY", 0, 3, "rewrite ip.ecn not_reproduced", 0, {.stop = 0}},
    {"MSS, where quotes reach it", "TTTTY", "TTmmY", 0, 3, "rewrite tcp.option.mss 2-3", 0, {.stop = 0}},
    {"MSS, 28 bytes from most", "TtttTY", "TtttmY",
     0, 3, "rewrite tcp.option.mss 1-5(3) last_hop_only", 0, {.stop = 0}},
    {"MSS, nobody quotes it as sent", "ttTTY", "ttmmY", 0, 3, "rewrite tcp.option.mss 0-3(2)", 0, {.stop = 0}},
    {"rewritten and dropped", "ttttttY", "tteee..", 0, 7, "drop 5-6; rewrite ip.ecn 2-3", 2, {.stop = 0}},
    {"a hop that shows it once only", "ttttttY", "tteeeeY tt.eeeY tt.eeeY",
     0, 3, "rewrite ip.ecn 2-4(1)", 0, {.stop = 0}},
    {"a sample that shows nothing ends after two", "tttY", "ttt.", 0, 2, "", 0, {.quotes_only = true}},
    {"the target alone shows it", "tttY", "tttY", 0, 2, "rewrite ip.ecn 3-", 0,
     {.quotes_only = true, .suspected = true, .field = PP_FIELD_ECN, .end = 2}},
    {"and no router quotes", "...Y", "...Y", 0, 2, "rewrite ip.ecn no_quotes", 0,
     {.quotes_only = true, .suspected = true, .field = PP_FIELD_ECN, .end = 2}},
    {"and no quote reaches it", "tttY", "tttY", 0, 2, "rewrite tcp.option.mss no_quotes", 0,
     {.quotes_only = true, .suspected = true, .field = PP_FIELD_TCP_OPTION, .option = 2, .end = 44}},
    {"a census has no A", NULL, "tteeY", 0, 3, "rewrite ip.ecn 2-3", 0, {.quotes_only = true}},
    {"unreadable quotes", "qqqY", "qqqY", 0, 2, "", 0, {.quotes_only = true}},
    {"a path of 40 hops", "tttttttttttttttttttttttttttttttttttttttY", "ttttt...................................", 0, 7,
     "drop 5-6", 5, {.stop = 0}},
};

static const char *next_word(const char *word)
{
    const char *blank = strchr(word, ' ');

    return blank ? blank + 1 : word;
}

static bool run_row(const struct row *r)
{
    static struct pp_sweep a[PP_WHERE_PAIRS_MAX], b[PP_WHERE_PAIRS_MAX];
    struct pp_sweep_pair pairs[PP_WHERE_PAIRS_MAX];
    struct pp_where_ask ask = r->ask;
    const char *of_a = r->a, *of_b = r->b;
    struct pp_where w = {.ended = false};
    char text[512];
    unsigned n = 0;
    bool good = true;

    ask.alpha = PP_WHERE_ALPHA;
    ask.pairs_max = PP_WHERE_PAIRS_MAX;
    while (n < PP_WHERE_PAIRS_MAX && (r->n ? n < r->n : !w.ended)) {
        if (of_a)
            sweep_of(&a[n], of_a);
        sweep_of(&b[n], of_b);
        pairs[n] = (struct pp_sweep_pair){of_a ? &a[n] : NULL, &b[n]};
        of_a = of_a ? next_word(of_a) : NULL;
        of_b = next_word(of_b);
        n++;
        pp_where_judge(&w, &ask, pairs, n);
    }
    text_of(&w, text, sizeof text);
    if (strcmp(text, r->text) != 0 || (r->n == 0 && n != r->pairs) || (r->from_ttl && w.from_ttl != r->from_ttl)) {
        print_error("%s: \"%s\" after %u, from %u; not \"%s\" after %u, from %u\n", r->what, text, n, w.from_ttl,
                    r->text, r->pairs, r->from_ttl);
        good = false;
    }
    for (unsigned i = 0; i < w.places; i++)
        if (w.place[i].kind == PP_PLACE_DROP && w.place[i].has_to && w.place[i].e < 1 / PP_WHERE_ALPHA)
            fail_msg("%s: a place at E = %g", r->what, w.place[i].e);
    return good;
}

static void intervals(void **state)
{
    unsigned bad = 0;

    (void)state;
    for (unsigned i = 0; i < COUNT(rows); i++)
        bad += !run_row(&rows[i]);
    assert_int_equal(bad, 0);
}

/* Fields of a place besides its ends. */
static void facts_of_a_place(void **state)
{
    struct pp_sweep a, b;
    struct pp_sweep_pair pairs[3] = {{&a, &b}, {&a, &b}, {&a, &b}};
    const struct pp_where_ask ask = {.alpha = PP_WHERE_ALPHA, .pairs_max = 12};
    struct pp_where w;
    char text[PP_ADDR_STRLEN];

    (void)state;
    sweep_of(&a, "ttTtY");
    sweep_of(&b, "tte.Y");
    b.hop[3] = hop_of('m', 4);
    b.hop[3].diff.change[0] = b.hop[2].diff.change[0];
    pp_where_judge(&w, &ask, pairs, 3);
    assert_int_equal(w.distance, 5);
    assert_int_equal(w.places, 1);
    assert_int_equal(w.place[0].quotes, 2);
    assert_int_equal(w.place[0].quote[0], 28);
    assert_int_equal(w.place[0].quote[1], 60);
    assert_int_equal(w.place[0].agree, 3);
    assert_int_equal(w.place[0].change.sent, 2);
    assert_int_equal(w.place[0].change.seen, 0);
    assert_string_equal(pp_addr_str(&w.place[0].to.addr, text), "10.0.0.3");
    assert_false(w.place[0].to.target);
    assert_true(pp_place_on_path(&w.place[0]));
    w.place[0].to.target = true;
    assert_false(pp_place_on_path(&w.place[0]));
    w.place[0].has_to = false;
    assert_false(pp_place_on_path(&w.place[0]));
    sweep_of(&b, "tttcY");
    b.hop[3].diff.change[0].sent = 2;
    pairs[2].b = &a; /* two of three are marked: congestion */
    pp_where_judge(&w, &ask, pairs, 3);
    assert_int_equal(w.places, 0);
    assert_int_equal(w.marks, 2);
}

static void proxies(void **state)
{
    struct pp_sweep near, far;
    const struct pp_sweep *a[3] = {&near, &near, &near}, *other[3] = {&far, &far, &far};
    uint8_t x, y;

    (void)state;
    sweep_of(&near, "ttY");
    sweep_of(&far, "ttttY");
    assert_true(pp_where_proxy(a, 3, other, 3, &x, &y));
    assert_int_equal(x, 3);
    assert_int_equal(y, 5);
    assert_false(pp_where_proxy(a, 2, other, 3, &x, &y));
    assert_false(pp_where_proxy(other, 3, a, 3, &x, &y));
    assert_false(pp_where_proxy(a, 3, a, 3, &x, &y));
}

static void hops_of_a_trace(void **state)
{
    static struct pp_trace t;
    struct pp_sweep a, b, again;
    const struct pp_sweep *of_a[2] = {&a, &again}, *of_b[1] = {&b};

    (void)state;
    t.dst = pp_addr_from4((const uint8_t[]){192, 0, 2, 80});
    sweep_of(&a, "tt.tYY");
    sweep_of(&again, "tw.tY");
    sweep_of(&b, "tte...");
    pp_trace_add(&t, 0, of_a, 2);
    pp_trace_add(&t, 1, of_b, 1);
    assert_int_equal(t.hops, 5);
    assert_int_equal(t.hop[1].addrs, 2);
    assert_int_equal(t.hop[1].seen[0], 2);
    assert_int_equal(t.hop[2].cell[0].what, PP_SEEN_SILENT);
    assert_int_equal(t.hop[2].cell[0].asked, 2);
    assert_int_equal(t.hop[2].cell[1].diff.changes, 1);
    assert_int_equal(t.hop[3].cell[1].what, PP_SEEN_SILENT);
    assert_true(t.hop[4].target);
    assert_int_equal(t.hop[0].rtt_us, 1000);
    assert_int_equal(t.hop[0].quote, 28);
    /* A middlebox answers B with the target's address, once where a router answers A, once where none does. */
    for (unsigned i = 0; i < 2; i++) {
        t = (struct pp_trace){.dst = t.dst};
        sweep_of(&a, i ? "t.tY" : "tttY");
        sweep_of(&again, i ? "t.tY" : "tttY");
        sweep_of(&b, "tRRR");
        pp_trace_add(&t, 1, of_b, 1);
        pp_trace_add(&t, 0, of_a, 2);
        assert_int_equal(t.hop[1].addrs, i ? 1 : 2);
        assert_int_equal(pp_addr_eq(&t.hop[1].addr[0], &t.dst), i);
        assert_false(t.hop[1].target);
        assert_true(t.hop[3].target);
    }
    sweep_of(&a, "tttttY"); /* a router sends its errors from the target's address */
    a.hop[2].from = t.dst;
    t = (struct pp_trace){.dst = t.dst};
    pp_trace_add(&t, 0, of_a, 1);
    assert_int_equal(t.hops, 6);
    assert_false(t.hop[2].target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals),
        cmocka_unit_test(facts_of_a_place),
        cmocka_unit_test(proxies),
        cmocka_unit_test(hops_of_a_trace),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
