/* SPDX-License-Identifier: BSD-2-Clause */
/* test_summary.c: the summary of a run, for zero, one and many of each count. */
#define PP_STATIC_PLUGIN ecn
#include "../../plugins/ecn.c"
#undef PP_STATIC_PLUGIN

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "../../core/base/prose.h"
#include "../../core/loader/plugins.h"
#include "../../core/results/summary.h"
#include "../../core/results/summary_parts.h"

#include <jansson.h>
#include <stdlib.h>

/* A run and what came of it. */
struct whole {
    struct pp_run run;
    struct pp_run_live live;
    struct pp_run_record record;
    struct pp_journal journal;
};

static struct whole *campaign(const struct pp_plugin *plugin, const char *mode)
{
    static struct pp_vantage v = {.ifname = "virtual", .linktype = -1};
    struct whole *c = calloc(1, sizeof *c);

    assert_non_null(c);
    pp_addr_parse(&v.v4.addr, "192.0.2.1", 9);
    v.v4.usable = true;
    v.v4.mtu = 1500;
    c->run.plan.connect_timeout = c->run.plan.target_timeout = 1;
    c->run.plan.alpha = 1e-4;
    c->run.plan.fdr = .01;
    assert_int_equal(pp_plan_init(&c->run.plan, plugin, mode, &v), 0);
    assert_int_equal(pp_verdict_totals_init(&c->record.totals, &c->run.plan), 0);
    c->run.nworkers = 1;
    c->record.run = &c->run;
    c->record.live = &c->live;
    c->record.journal = &c->journal;
    return c;
}

static void release(struct whole *c)
{
    pp_verdict_totals_release(&c->record.totals);
    pp_plan_release(&c->run.plan);
    free(c);
}

/* Counts HOW_MANY targets at which the arm at INDEX is WORD, and the arm that it builds on works. */
static void count(struct pp_verdict_counts *n, unsigned index, enum pp_verdict word, uint64_t how_many)
{
    n->word[index][word] += how_many;
    n->based[index][word] += how_many;
}

static void says(const struct whole *c, const char *wanted)
{
    struct pp_buf out;

    pp_buf_init(&out, 1 << 16);
    pp_summary_sentences(&c->record, &out);
    pp_buf_addc(&out, '\0');
    assert_string_equal(out.data, wanted);
    pp_buf_release(&out);
}

/* ---- the first sentence ------------------------------------------------------------------------------------------ */

static void first_sentence(void **state)
{
    static const struct {
        uint64_t works, broken, unstable, transient, offline;
        unsigned rounds;
        uint64_t pending; /* of the broken ones */
        const char *wanted;
    } rows[] = {
        {950, 20, 0, 0, 0, 0, 0, "20 of 970 reachable targets (2.06 %) do not let ECN-setup SYNs through; at most 0.1 "
                                 "of them by chance."},
        {969, 1, 0, 0, 0, 0, 0, "1 of 970 reachable targets (0.10 %) does not let ECN-setup SYNs through; at most 0.1 "
                                "such by chance."},
        {1234567, 31, 0, 0, 0, 0, 0, "31 of 1,234,598 reachable targets (0.0025 %) do not let ECN-setup SYNs through; "
                                     "at most 124 of them by chance."},
        {0, 1, 0, 0, 0, 0, 0, "The one reachable target does not let ECN-setup SYNs through; at most 0.0001 such by "
                              "chance."},
        {970, 0, 0, 0, 30, 0, 0, "All 970 reachable targets let ECN-setup SYNs through."},
        {1, 0, 0, 0, 0, 0, 0, "The one reachable target lets ECN-setup SYNs through."},
        {967, 0, 3, 0, 0, 0, 0, "None of 970 reachable targets was found not to let ECN-setup SYNs through. For 3 "
                                "the rounds disagree (unstable)."},
        {0, 0, 1, 0, 0, 0, 0, "Whether the one reachable target lets ECN-setup SYNs through is not known: the rounds "
                              "disagree (unstable)."},
        {5, 2, 1, 1, 0, 0, 0, "2 of 9 reachable targets (22.2 %) do not let ECN-setup SYNs through; at most 0.0009 of "
                              "them by chance. For 1 more the rounds disagree (unstable). To 1 more they get through "
                              "and the baseline does not (transient)."},
        {0, 0, 0, 0, 5, 0, 0, "None of 5 targets could be reached."},
        {0, 0, 0, 0, 1, 0, 0, "The one target could not be reached."},
        {95, 5, 0, 0, 0, 1, 0, "5 of 100 reachable targets (5.00 %) did not let ECN-setup SYNs through; asked once "
                               "each, how many of these by chance is not known."},
        {2, 3, 0, 0, 0, 0, 3, "So far, 3 of 5 reachable targets (60.0 %) do not let ECN-setup SYNs through; not "
                              "confirmed yet."},
        {2, 3, 0, 0, 0, 0, 1, "So far, 3 of 5 reachable targets (60.0 %) do not let ECN-setup SYNs through; 1 of them "
                              "not confirmed yet."},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct whole *c = campaign(&pp_plugin_ecn, "tcp");
        c->run.plan.rounds = rows[i].rounds;
        c->record.counts.pending = rows[i].pending;
        count(&c->record.totals.counts, 1, PP_VERDICT_WORKS, rows[i].works);
        count(&c->record.totals.counts, 1, PP_VERDICT_BROKEN, rows[i].broken - rows[i].pending);
        count(&c->record.totals.pending, 1, PP_VERDICT_BROKEN, rows[i].pending);
        count(&c->record.totals.counts, 1, PP_VERDICT_UNSTABLE, rows[i].unstable);
        count(&c->record.totals.counts, 1, PP_VERDICT_TRANSIENT, rows[i].transient);
        count(&c->record.totals.counts, 1, PP_VERDICT_OFFLINE, rows[i].offline);
        says(c, rows[i].wanted);
        release(c);
    }
}

/* ---- arms that build on others, and what could not be reached ---------------------------------------------------- */

static void arms_among_others(void **state)
{
    struct whole *c = campaign(&pp_plugin_ecn, "http");
    struct pp_verdict_counts *n = &c->record.totals.counts;

    (void)state;
    assert_int_equal(c->run.plan.arm[1].base, 0);
    assert_int_equal(c->run.plan.arm[2].base, 1); /* marked data behind the ECN-setup SYN */
    assert_int_equal(c->run.plan.arm[3].base, 2);
    assert_int_equal(c->run.plan.arm[4].base, 2);
    assert_int_equal(c->run.plan.arm[5].base, 0); /* without that SYN */
    count(n, 1, PP_VERDICT_WORKS, 950);
    count(n, 1, PP_VERDICT_BROKEN, 20);
    n->word[2][PP_VERDICT_BROKEN] = 30; /* 20 of them at the SYN already */
    n->based[2][PP_VERDICT_BROKEN] = 10;
    n->word[2][PP_VERDICT_WORKS] = n->based[2][PP_VERDICT_WORKS] = 940;
    count(n, 5, PP_VERDICT_BROKEN, 1);
    count(n, 5, PP_VERDICT_WORKS, 969);
    n->offline_how[PP_HOW_SILENT] = 20;
    n->offline_how[PP_HOW_REFUSED] = 10;
    n->reached = 970;
    n->any_broken = 31;
    says(c, "31 of 970 reachable targets (3.20 %) break ecn: at least one of its 5 treatments does not get through; at "
            "most 0.5 of them by chance. 20 of 970 (2.06 %) do not let ECN-setup SYNs through. Of 950 that do, 10 do "
            "not let data marked ECT(0) through. Of 970 reachable targets, 1 does not let data marked ECT(0) without "
            "ECN setup through. 30 targets could not be reached (offline): 20 silent, 10 refused it (RST).");
    /* No target breaks another arm than the first: the sentence on the first arm is enough. */
    n->any_broken = 20;
    says(c, "20 of 970 reachable targets (2.06 %) do not let ECN-setup SYNs through; at most 0.1 of them by chance. Of "
            "950 that do, 10 do not let data marked ECT(0) through. Of 970 reachable targets, 1 does not let data "
            "marked ECT(0) without ECN setup through. These are 20 targets in all: some are counted for more than one "
            "arm. 30 targets could not be reached (offline): 20 silent, 10 refused it (RST).");
    release(c);
}

/* Of all arms together: one and many, asked once, and in confirmation. */
static void total(void **state)
{
#define END " treatments does not get through"
    static const struct {
        struct pp_total t;
        const char *wanted;
    } rows[] = {
        {{"mss", 2, 1, 1, 0, 0.0002},
         "The one reachable target breaks mss: at least one of its 2" END "; at most 0.0002 such by chance."},
        {{"mss", 8, 50, 1, 0, 0.04},
         "1 of 50 reachable targets (2.00 %) breaks mss: at least one of its 8" END "; at most 0.04 such by chance."},
        {{"dscp", 8, 50, 50, 0, 0.04},
         "50 of 50 reachable targets (100.0 %) break dscp: at least one of its 8" END
         "; at most 0.04 of them by chance."},
        {{"ecn", 5, 100, 5, 0, -1},
         "5 of 100 reachable targets (5.00 %) seemed to break ecn: at least one of its 5 treatments did not get through"
         "; asked once each, how many of these by chance is not known."},
        {{"ecn", 5, 100, 5, 5, 0.05},
         "5 of 100 reachable targets (5.00 %) break ecn: at least one of its 5" END "; not confirmed yet."},
        {{"ecn", 5, 100, 5, 2, 0.05},
         "5 of 100 reachable targets (5.00 %) break ecn: at least one of its 5" END "; 2 of them not confirmed yet."},
        {{"ecn", 5, 100, 5, 0, 0}, "5 of 100 reachable targets (5.00 %) break ecn: at least one of its 5" END "."},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pp_buf out;
        char got[512];
        pp_buf_init(&out, 1 << 16);
        pp_summary_total(&rows[i].t, &out);
        pp_buf_addc(&out, '\0');
        snprintf(got, sizeof got, "%c%s", out.data[0] >= 'a' ? out.data[0] - 'a' + 'A' : out.data[0], out.data + 1);
        assert_string_equal(got, rows[i].wanted);
        pp_buf_release(&out);
    }
}

/*
 * Each live counter is added up over the workers; of those that all workers read alike, and of times, the largest is
 * taken.
 */
static void live_counters(void **state)
{
    static struct pp_run_live live;
    struct pp_run run = {.nworkers = 2};
    struct pp_run_record record = {.run = &run, .live = &live};
    struct pp_live_totals t;
    uint64_t n[sizeof t / sizeof(uint64_t)];

    (void)state;
    _Static_assert(sizeof live.counters[0] % sizeof(uint64_t) == 0, "64-bit counters alone");
    for (size_t w = 0; w < 2; w++)
        for (size_t i = 0; i < sizeof live.counters[w] / sizeof(uint64_t); i++)
            ((uint64_t *)(void *)&live.counters[w])[i] = 3 + w;
    t = pp_live_totals(&record);
    memcpy(n, &t, sizeof n);
    for (size_t i = 0; i < sizeof n / sizeof *n; i++)
        assert_true(n[i] == 3 + 4 || n[i] == 4);
    assert_int_equal(t.done, 7);
    assert_int_equal(t.dropped_ring, 7);
    assert_int_equal(t.dropped_if, 4);
    assert_int_equal(t.dropped_softnet, 4);
    assert_int_equal(t.confirmed_at, 4);
    assert_int_equal(t.confirming_takes, 4);
}

/* ---- the page ---------------------------------------------------------------------------------------------------- */

static char *page(const struct whole *c)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);

    assert_non_null(f);
    pp_summary_print(&c->record, f);
    fclose(f);
    return text;
}

static void page_of_eighty_columns(void **state)
{
    static const char *const names[] = {"ecn", "accecn", "tfo", "udpopt", "quic", "tcpopt", "mss"};

    (void)state;
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        const struct pp_plugin *p = pp_plugin_find(names[k], "plugins");
        assert_non_null(p);
        struct whole *c = campaign(p, NULL);
        c->record.totals.counts.targets = c->record.counts.read = c->record.counts.written = 9999999;
        c->record.end_mono = 1000000000000;
        for (unsigned i = 0; i < p->narms; i++) {
            count(&c->record.totals.counts, i, PP_VERDICT_WORKS, 9000000);
            count(&c->record.totals.counts, i, PP_VERDICT_BROKEN, 900000);
            count(&c->record.totals.counts, i, PP_VERDICT_OFFLINE, 99999);
        }
        for (unsigned i = 0; i < p->nconditions; i++)
            c->record.totals.counts.condition[i] = 1234567;
        char *text = page(c);
        for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
            if (strcspn(line, "\n") > PP_COLUMNS && strncmp(line, names[k], strlen(names[k])) != 0)
                fail_msg("%s: wider than %d columns: %.*s", names[k], PP_COLUMNS, (int)strcspn(line, "\n"), line);
        free(text);
        release(c);
    }
}

/* Rates times seconds are all targets and flows; in a run that was resumed, those of now. */
static void rates_are_of_the_whole_run(void **state)
{
    struct whole *c = campaign(&pp_plugin_ecn, "tcp");
    json_t *before = json_object();

    (void)state;
    c->record.start_mono = 5000000000;
    c->record.end_mono = 25000000000;
    c->record.totals.counts.targets = c->record.counts.read = c->record.counts.written = 200000;
    c->record.totals.counts.flows = 400000;
    for (int resumed = 0; resumed < 2; resumed++) {
        char *text;
        if (resumed) {
            c->record.before = before;
            c->journal.totals.counts.targets = 50000;
            c->journal.totals.counts.flows = 100000;
        }
        text = page(c);
        assert_non_null(strstr(text, resumed
            ? "200000 targets, 150000 of them now, in 20.0 s, 7500 targets/s, 15000 flows/s"
            : "200000 targets in 20.0 s, 10000 targets/s, 20000 flows/s"));
        free(text);
    }
    json_decref(before);
    release(c);
}

/* Losses of rings are per worker and are added up; losses of interface and host are the same in every worker. */
static void losses_of_many_workers(void **state)
{
    struct whole *c = campaign(&pp_plugin_ecn, "tcp");
    char *text;

    (void)state;
    c->run.nworkers = 4;
    c->record.totals.counts.targets = c->record.counts.read = c->record.counts.written = 10;
    count(&c->record.totals.counts, 1, PP_VERDICT_WORKS, 10);
    for (unsigned i = 0; i < c->run.nworkers; i++) {
        c->live.counters[i].dropped_ring = i;
        c->live.counters[i].dropped_if = 20;
        c->live.counters[i].dropped_softnet = 300 + i;
    }
    text = page(c);
    assert_non_null(strstr(text, "329 packets before we saw them (ring 6, interface 20, softnet"));
    free(text);
    release(c);
}

/* No target was probed: the page has neither a table of zeros nor a sentence about targets. */
static void nothing_was_asked(void **state)
{
    struct whole *c = campaign(&pp_plugin_ecn, "http");
    char *text = page(c);

    (void)state;
    assert_string_equal(text, "0 read = 0 written\n");
    free(text);
    release(c);
}

static void no_interval_from_one_network(void **state)
{
    struct whole *c = campaign(&pp_plugin_ecn, "tcp");
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);

    (void)state;
    assert_non_null(f);
    for (int i = 0; i < 5; i++)
        pp_pairs_add(&c->record.totals.pairs[1], 7, 7, true, i > 0);
    pp_summary_long(&c->record, f);
    fclose(f);
    assert_non_null(strstr(text, "too few networks for an interval"));
    assert_null(strstr(text, "-100"));
    free(text);
    release(c);
}

static void counts_with_commas(void **state)
{
    static const struct {
        uint64_t n;
        const char *text;
    } rows[] = {{0, "0"}, {999, "999"}, {1000, "1,000"}, {12345, "12,345"}, {999999, "999,999"},
                {1000000, "1,000,000"}, {UINT64_MAX, "18,446,744,073,709,551,615"}};
    char text[PP_COUNT_STRLEN];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(pp_count_str(rows[i].n, text), rows[i].text);
}

/* Every arm that is judged beside a baseline says what it sends. */
static void arms_say_what_they_send(void **state)
{
    const struct pp_plugin **all = pp_plugin_list("plugins");

    (void)state;
    assert_non_null(all);
    for (const struct pp_plugin **p = all; *p; p++)
        for (unsigned i = 1; i < (*p)->narms; i++)
            if ((*p)->arms[i].connectivity && !(*p)->arms[i].what)
                fail_msg("%s: arm %s does not say what it sends", (*p)->name, (*p)->arms[i].name);
    free(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_sentence),        cmocka_unit_test(arms_among_others),
        cmocka_unit_test(total),                 cmocka_unit_test(live_counters),
        cmocka_unit_test(page_of_eighty_columns), cmocka_unit_test(nothing_was_asked),
        cmocka_unit_test(no_interval_from_one_network), cmocka_unit_test(counts_with_commas),
        cmocka_unit_test(arms_say_what_they_send), cmocka_unit_test(rates_are_of_the_whole_run),
        cmocka_unit_test(losses_of_many_workers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
