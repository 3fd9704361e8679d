/* SPDX-License-Identifier: BSD-2-Clause */
/* summary_words.c: prints the results of a run as sentences. */
#include "summary_parts.h"

#include <math.h>

#include "../base/prose.h"

#define MORE_MAX 4 /* sentences about arms other than the first */

static uint64_t sum(const uint64_t word[PP_VERDICTS])
{
    uint64_t n = 0;

    for (int i = 0; i < PP_VERDICTS; i++)
        n += word[i];
    return n;
}

void pp_summary_row(const struct pp_run_record *c, unsigned i, bool based, struct pp_row *row)
{
    const struct pp_verdict_counts *parts[] = {&c->totals.counts, &c->totals.pending};
    unsigned index = c->run->plan.arm[i].index;

    memset(row, 0, sizeof *row);
    for (int k = 0; k < 2; k++)
        for (int w = 0; w < PP_VERDICTS; w++) {
            row->word[w] += (based ? parts[k]->based : parts[k]->word)[index][w];
            row->first[w] += (based ? parts[k]->first_based : parts[k]->first)[index][w];
        }
    row->undecided = (based ? parts[1]->based : parts[1]->word)[index][PP_VERDICT_BROKEN];
    row->reached = sum(row->word) - row->word[PP_VERDICT_OFFLINE];
}

/* True if the run ended before all targets had a word. */
static bool is_partial(const struct pp_run_record *c)
{
    return c->counts.pending || c->counts.not_started;
}

/* Adds a bound, rounded up: 0.097 as 0.1. */
static void add_bound(struct pp_buf *out, double bound)
{
    char text[PP_COUNT_STRLEN];
    double step = bound < 10 ? pow(10, floor(log10(bound))) : 1;

    bound = ceil(bound / step - 1e-9) * step;
    if (bound < 10)
        pp_buf_addf(out, "%.1g", bound);
    else
        pp_buf_adds(out, pp_count_str((uint64_t)bound, text));
}

static void add_count(struct pp_buf *out, uint64_t n)
{
    char text[PP_COUNT_STRLEN];

    pp_buf_adds(out, pp_count_str(n, text));
}

static void add_percent(struct pp_buf *out, uint64_t n, uint64_t of)
{
    double p = 100.0 * (double)n / (double)of;

    pp_buf_addf(out, " (%.*f %%)", p < 0.1 ? 4 : p < 10 ? 2 : 1, p);
}

static void add_what(struct pp_buf *out, const struct pp_arm *a)
{
    if (a->what)
        pp_buf_adds(out, a->what);
    else
        pp_buf_addf(out, "what arm %s sends (%s)", a->name, a->title);
}

static bool is_single(const struct pp_run_record *c)
{
    return c->run->plan.rounds == 1;
}

/* Adds "970 reachable targets", "the one reachable target"; KIND: "reachable ", "". */
static void add_targets(struct pp_buf *out, uint64_t n, const char *kind)
{
    if (n == 1) {
        pp_buf_addf(out, "the one %starget", kind);
        return;
    }
    add_count(out, n);
    pp_buf_addf(out, " %stargets", kind);
}

/* The sentence of an experiment with one arm. */
static void say_single_arm(const struct pp_row *r, struct pp_buf *out)
{
    uint64_t all = sum(r->word), online = r->word[PP_VERDICT_WORKS];

    if (online && online < all)
        add_count(out, online);
    else if (all > 1 || !online)
        pp_buf_adds(out, online ? "all" : "none");
    if (all > 1 || !online)
        pp_buf_adds(out, online == all ? " " : " of ");
    add_targets(out, all, "");
    pp_buf_adds(out, " answered.");
}

/* Adds how many of the broken targets may be there by chance, or why this is not known. */
static void say_bound(const struct pp_total *t, struct pp_buf *out)
{
    if (t->bound < 0) {
        pp_buf_adds(out, "; asked once each, how many of these by chance is not known.");
    } else if (t->undecided == t->broken) {
        pp_buf_adds(out, "; not confirmed yet.");
    } else if (t->undecided) {
        pp_buf_adds(out, "; ");
        add_count(out, t->undecided);
        pp_buf_adds(out, " of them not confirmed yet.");
    } else if (t->bound > 0) {
        pp_buf_adds(out, "; at most ");
        add_bound(out, t->bound);
        pp_buf_adds(out, t->broken == 1 ? " such by chance." : " of them by chance.");
    } else {
        pp_buf_addc(out, '.');
    }
}

static void say_undecided(const struct pp_row *r, struct pp_buf *out)
{
    const char *more = r->word[PP_VERDICT_BROKEN] ? " more" : "";

    if (r->word[PP_VERDICT_UNSTABLE]) {
        pp_buf_adds(out, " For ");
        add_count(out, r->word[PP_VERDICT_UNSTABLE]);
        pp_buf_addf(out, "%s the rounds disagree (unstable).", more);
    }
    if (r->word[PP_VERDICT_TRANSIENT]) {
        pp_buf_adds(out, " To ");
        add_count(out, r->word[PP_VERDICT_TRANSIENT]);
        pp_buf_addf(out, "%s they get through and the baseline does not (transient).", more);
    }
}

static void say_one_undecided(const struct pp_arm *a, const struct pp_row *r, struct pp_buf *out)
{
    if (r->word[PP_VERDICT_UNSTABLE]) {
        pp_buf_adds(out, "whether the one reachable target lets ");
        add_what(out, a);
        pp_buf_adds(out, " through is not known: the rounds disagree (unstable).");
    } else {
        pp_buf_adds(out, "the one reachable target lets ");
        add_what(out, a);
        pp_buf_adds(out, " through and the baseline not (transient).");
    }
}

void pp_summary_total(const struct pp_total *t, struct pp_buf *out)
{
    bool one = t->reached == 1, single = t->bound < 0;

    if (!one) {
        add_count(out, t->broken);
        pp_buf_adds(out, " of ");
    }
    add_targets(out, t->reached, "reachable ");
    if (!one)
        add_percent(out, t->broken, t->reached);
    pp_buf_addf(out, "%s %s: at least one of its %u treatments %s not get through",
                single ? " seemed to break" : t->broken == 1 ? " breaks" : " break", t->experiment, t->treatments,
                single ? "did" : "does");
    say_bound(t, out);
}

/*
 * "30 of 970 reachable targets (3.09 %) break ecn: at least one of its 5 treatments does not get through; at most 0.5
 * of them by chance. " Not written if the first arm's sentence says the same: false.
 */
static bool say_total(const struct pp_run_record *c, const struct pp_row *first, struct pp_buf *out)
{
    const struct pp_verdict_counts *n = &c->totals.counts, *pending = &c->totals.pending;
    struct pp_total t = {.experiment = c->run->plan.plugin->name,
                         .reached = n->reached + pending->reached,
                         .broken = n->any_broken + pending->any_broken,
                         .undecided = pending->any_broken};

    if (t.broken <= first->word[PP_VERDICT_BROKEN])
        return false;
    for (unsigned i = pp_plan_judged(&c->run->plan); i < c->run->plan.narms; i++)
        t.treatments += c->run->plan.arm[i].arm->connectivity != NULL;
    t.bound = is_single(c) ? -1 : c->run->plan.alpha * (double)t.reached * t.treatments;
    pp_summary_total(&t, out);
    pp_buf_addc(out, ' ');
    return true;
}

/*
 * "20 of 970 reachable targets (2.06 %) do not let ECN-setup SYNs through; at most 0.1 of them by chance." BRIEF: the
 * sentence before has the number of targets, and how many may be there by chance.
 */
static void say_arm(const struct pp_run_record *c, const struct pp_arm *a, const struct pp_row *r, bool brief,
                    struct pp_buf *out)
{
    uint64_t broken = r->word[PP_VERDICT_BROKEN];
    bool all = r->word[PP_VERDICT_WORKS] == r->reached, one = r->reached == 1;

    if (one && !all && !broken) {
        say_one_undecided(a, r, out);
        return;
    }
    if (!one) {
        if (broken)
            add_count(out, broken);
        else
            pp_buf_adds(out, all ? "all" : "none");
        pp_buf_adds(out, all ? " " : " of ");
    }
    if (brief && broken && !one)
        add_count(out, r->reached);
    else
        add_targets(out, r->reached, "reachable ");
    if (broken && !one)
        add_percent(out, broken, r->reached);
    if (all)
        pp_buf_adds(out, is_single(c) || !one ? " let " : " lets ");
    else if (is_single(c))
        pp_buf_adds(out, broken ? " did not let " : " failed to let ");
    else if (broken)
        pp_buf_adds(out, broken == 1 ? " does not let " : " do not let ");
    else
        pp_buf_adds(out, " was found not to let ");
    add_what(out, a);
    pp_buf_adds(out, " through");
    if (broken && !brief)
        say_bound(&(struct pp_total){.broken = broken,
                                     .undecided = r->undecided,
                                     .bound = is_single(c) ? -1 : c->run->plan.alpha * (double)r->reached},
                  out);
    else
        pp_buf_addc(out, '.');
    say_undecided(r, out);
}

static void say_headline(const struct pp_run_record *c, unsigned i, struct pp_buf *out)
{
    struct pp_row r;

    pp_summary_row(c, i, false, &r);
    if (is_partial(c))
        pp_buf_adds(out, "so far, ");
    if (c->run->plan.alone) {
        say_single_arm(&r, out);
    } else if (!r.reached) {
        if (sum(r.word) != 1)
            pp_buf_adds(out, "none of ");
        add_targets(out, sum(r.word), "");
        pp_buf_adds(out, sum(r.word) == 1 ? " could not be reached." : " could be reached.");
    } else {
        bool total = say_total(c, &r, out);
        size_t at = out->len;
        say_arm(c, c->run->plan.arm[i].arm, &r, total, out);
        if (total && out->len > at && out->data[at] >= 'a')
            out->data[at] = (char)(out->data[at] - 'a' + 'A');
    }
}

/* "Of 950 that do, 10 do not let data marked ECT(0) through." HEADLINE is the arm of the sentence before. */
static bool say_more(const struct pp_run_record *c, unsigned i, unsigned headline, struct pp_buf *out)
{
    unsigned base = c->run->plan.arm[i].base;
    struct pp_row r;
    uint64_t broken;

    pp_summary_row(c, i, true, &r);
    broken = r.word[PP_VERDICT_BROKEN];
    if (!broken)
        return false;
    pp_buf_adds(out, " Of ");
    add_count(out, r.reached);
    if (base && base != headline) {
        pp_buf_adds(out, r.reached == 1 ? " that lets " : " that let ");
        add_what(out, c->run->plan.arm[base].arm);
        pp_buf_adds(out, " through");
    } else if (base) {
        pp_buf_adds(out, r.reached == 1 ? " that does" : " that do");
    } else {
        pp_buf_adds(out, r.reached == 1 ? " reachable target" : " reachable targets");
    }
    pp_buf_adds(out, ", ");
    add_count(out, broken);
    if (is_single(c))
        pp_buf_adds(out, " did not let ");
    else
        pp_buf_adds(out, broken == 1 ? " does not let " : " do not let ");
    add_what(out, c->run->plan.arm[i].arm);
    pp_buf_adds(out, " through.");
    return true;
}

/* Says that the sentences before name FOUND broken arms at fewer targets, where that is so. */
static void say_together(const struct pp_run_record *c, uint64_t found, struct pp_buf *out)
{
    uint64_t targets = c->totals.counts.any_broken + c->totals.pending.any_broken;

    if (targets == 0 || found <= targets)
        return;
    pp_buf_adds(out, targets == 1 ? " This is " : " These are ");
    add_count(out, targets);
    pp_buf_adds(out, targets == 1 ? " target, counted for more than one arm."
                                  : " targets in all: some are counted for more than one arm.");
}

/* Adds the offline targets: refused shows that a host exists; silent does not. */
static void say_offline(const struct pp_run_record *c, unsigned headline, struct pp_buf *out)
{
    static const char *const words[PP_HOW_COUNT] = {
        [PP_HOW_SILENT] = "silent",
        [PP_HOW_RST] = "reset the connection",
        [PP_HOW_REFUSED] = "refused it (RST)",
        [PP_HOW_ICMP] = "with an ICMP error",
        [PP_HOW_STALLED] = "fell silent after the handshake",
        [PP_HOW_BAD_REPLY] = "gave no valid answer",
    };
    const uint64_t *how = c->totals.counts.offline_how;
    uint64_t silent = c->totals.pending.word[c->run->plan.arm[headline].index][PP_VERDICT_OFFLINE];
    const char *between = ": ";
    uint64_t n = 0;

    for (int i = 0; i < PP_HOW_COUNT; i++)
        n += how[i];
    if (silent) {
        pp_buf_adds(out, " Nothing got through to ");
        add_count(out, silent);
        pp_buf_adds(out, n ? " more so far." : " so far.");
    }
    if (!n)
        return;
    pp_buf_addc(out, ' ');
    add_count(out, n);
    pp_buf_adds(out, n == 1 ? " target" : " targets");
    pp_buf_adds(out, " could not be reached (offline)");
    for (int i = 0; i < PP_HOW_COUNT; i++) {
        if (!how[i] || !words[i])
            continue;
        pp_buf_adds(out, between);
        add_count(out, how[i]);
        pp_buf_addf(out, " %s", words[i]);
        between = ", ";
    }
    pp_buf_addc(out, '.');
}

void pp_summary_sentences(const struct pp_run_record *c, struct pp_buf *out)
{
    unsigned headline = pp_plan_headline(&c->run->plan), more = 0, left = 0, others = 0;
    uint64_t found = 0; /* broken arms that the sentences name */
    struct pp_row first;
    bool all = true;

    say_headline(c, headline, out);
    pp_summary_row(c, headline, false, &first);
    found = first.word[PP_VERDICT_BROKEN];
    if (out->len && out->data[0] >= 'a')
        out->data[0] = (char)(out->data[0] - 'a' + 'A');
    for (unsigned i = pp_plan_judged(&c->run->plan); i < c->run->plan.narms; i++) {
        struct pp_row r;
        if (i == headline || !c->run->plan.arm[i].arm->connectivity)
            continue;
        pp_summary_row(c, i, true, &r);
        others++;
        all &= r.reached && r.word[PP_VERDICT_WORKS] == r.reached;
        if (more == MORE_MAX)
            left += r.word[PP_VERDICT_BROKEN] > 0;
        else
            more += say_more(c, i, headline, out);
        found += r.word[PP_VERDICT_BROKEN];
    }
    if (left)
        pp_buf_addf(out, " %u more arm%s as the table says.", left, left == 1 ? "" : "s");
    say_together(c, found, out);
    if (others && all)
        pp_buf_addf(out, " What the other %s gets through wherever that can be told.",
                    others == 1 ? "arm sends" : "arms send");
    say_offline(c, headline, out);
}
