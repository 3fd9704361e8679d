/* SPDX-License-Identifier: BSD-2-Clause */
/* summary.c: prints the results of a run, and how far they can be trusted, in 80 columns. */
#include "summary.h"

#include "../base/prose.h"
#include "summary_parts.h"

#include <inttypes.h>

#define OUT_MAX (64u << 10)
#define PROHIBITED_SHARE 0.01 /* share of the list from which on a sentence is printed */

/* ---- the table of arms ------------------------------------------------------------------------------------------ */

static const char suffix[] = ".connectivity";

enum column { REACHED, WORKS, BROKEN, UNSTABLE, TRIAL, COLUMNS };
static const char *const heading[COLUMNS] = {"reached", "works", "broken", "unstable", "broken"};

struct widths {
    int arm, name, base, column[COLUMNS];
    bool suffix; /* names with their common suffix */
};

/* The number of characters of an arm's condition that are printed. */
static int name_len(const struct pp_arm *a, bool whole)
{
    size_t len = strlen(a->connectivity), tail = sizeof suffix - 1;

    return (int)(!whole && len > tail && strcmp(a->connectivity + len - tail, suffix) == 0 ? len - tail : len);
}

static bool is_shown(const struct pp_run_record *c, unsigned i)
{
    return i >= pp_plan_judged(&c->run->plan) && c->run->plan.arm[i].arm->connectivity;
}

static void figures_of(const struct pp_run_record *c, unsigned i, uint64_t figure[COLUMNS])
{
    struct pp_row r;

    pp_summary_row(c, i, true, &r);
    figure[REACHED] = r.reached;
    figure[WORKS] = r.word[PP_VERDICT_WORKS];
    figure[BROKEN] = r.word[PP_VERDICT_BROKEN];
    figure[UNSTABLE] = r.word[PP_VERDICT_UNSTABLE] + r.word[PP_VERDICT_TRANSIENT];
    figure[TRIAL] = r.first[PP_VERDICT_BROKEN];
}

static void widen(int *width, int needed)
{
    *width = needed > *width ? needed : *width;
}

static void base_text(const struct pp_run_record *c, unsigned i, char text[80])
{
    unsigned base = c->run->plan.arm[i].base;

    text[0] = '\0';
    if (base)
        snprintf(text, 80, " (%s)", c->run->plan.arm[base].arm->name);
}

static struct widths measure(const struct pp_run_record *c, bool with_suffix)
{
    struct widths w = {.suffix = with_suffix};
    uint64_t figure[COLUMNS];
    char text[80];

    for (int k = 0; k < COLUMNS; k++)
        /* the heading "one trial" is above this column */
        widen(&w.column[k], (int)strlen(heading[k]) + (k == TRIAL ? 3 : 0));
    for (unsigned i = 0; i < c->run->plan.narms; i++) {
        if (!is_shown(c, i))
            continue;
        widen(&w.name, name_len(c->run->plan.arm[i].arm, with_suffix));
        widen(&w.arm, (int)strlen(c->run->plan.arm[i].arm->name));
        base_text(c, i, text);
        widen(&w.base, (int)strlen(text));
        figures_of(c, i, figure);
        for (int k = 0; k < COLUMNS; k++)
            widen(&w.column[k], (int)strlen(pp_count_str(figure[k], text)));
    }
    return w;
}

static int total(const struct widths *w)
{
    int n = w->arm + 1 + w->name + w->base;

    for (int k = 0; k < COLUMNS; k++)
        n += 1 + w->column[k];
    return n;
}

static void arm_row(const struct pp_run_record *c, unsigned i, const struct widths *w, struct pp_buf *out)
{
    const struct pp_arm *a = c->run->plan.arm[i].arm;
    int name = name_len(a, w->suffix);
    uint64_t figure[COLUMNS];
    char text[80];

    figures_of(c, i, figure);
    pp_buf_addf(out, "%-*s %.*s%*s", w->arm, a->name, name, a->connectivity, w->name - name, "");
    for (int k = 0; k < COLUMNS; k++) {
        /* else the round had too few targets to compare */
        bool told = k != TRIAL || pp_plan_in_first(&c->run->plan, i);
        pp_buf_addf(out, " %*s", w->column[k], told ? pp_count_str(figure[k], text) : "-");
        base_text(c, i, text);
        if (k == REACHED)
            pp_buf_addf(out, "%-*s", w->base, text);
    }
    pp_buf_addc(out, '\n');
}

/*
 * Prints "B1, B2, B4: 940 targets were not asked for these, as an arm that has their treatment and more got through".
 */
static void say_implied(const struct pp_run_record *c, struct pp_buf *out)
{
    const uint64_t *implied = c->totals.counts.implied;
    char text[PP_COUNT_STRLEN];
    struct pp_buf line;
    uint64_t most = 0;

    pp_buf_init(&line, OUT_MAX);
    for (unsigned i = 1; i < c->run->plan.narms; i++) {
        uint64_t n = implied[c->run->plan.arm[i].index];
        if (n)
            pp_buf_addf(&line, "%s%s", line.len ? ", " : "", c->run->plan.arm[i].arm->name);
        most = n > most ? n : most;
    }
    if (line.len) {
        pp_buf_addf(&line, ": %s target%s not asked for these, as an arm that has their treatment and more got through "
                    "(--all-arms asks)", pp_count_str(most, text), most == 1 ? " was" : "s were");
        pp_prose(out, line.data, line.len, 0, 0);
    }
    pp_buf_release(&line);
}

static void arms_table(const struct pp_run_record *c, struct pp_buf *out)
{
    struct widths w = measure(c, true);
    int left;

    if (c->run->plan.alone)
        return;
    if (total(&w) > PP_COLUMNS)
        w = measure(c, false);
    left = w.arm + 1 + w.name;
    pp_buf_addf(out, "\n%*s%*s%*s\n%-*s", left + 1 + w.column[REACHED] + w.base, "", 1 + w.column[WORKS] + 1 +
                w.column[BROKEN], c->run->plan.rounds == 1 ? "" : c->totals.pending.targets ? "so far" : "confirmed",
                1 + w.column[UNSTABLE] + 1 + w.column[TRIAL], "one trial", left, w.suffix ? "" : "X.connectivity of");
    for (int k = 0; k < COLUMNS; k++)
        pp_buf_addf(out, " %*s%*s", w.column[k], heading[k], k == REACHED ? w.base : 0, "");
    pp_buf_addc(out, '\n');
    for (unsigned i = 0; i < c->run->plan.narms; i++)
        if (is_shown(c, i))
            arm_row(c, i, &w, out);
    if (w.base)
        pp_buf_adds(out, "(B1): among the targets that let B1 through; the others tell nothing of this arm\n");
    say_implied(c, out);
}

/* ---- conditions besides connectivity -------------------------------------------------------------------------- */

/* Writes conditions that exclude each other on one line: "ecn.negotiation    succeeded 840, failed 100". */
static void condition_group(const struct pp_run_record *c, unsigned i, int width, struct pp_buf *out)
{
    const struct pp_plugin *p = c->run->plan.plugin;
    const char *dot = strrchr(p->conditions[i].name, '.');
    int stem = (int)(dot ? dot - p->conditions[i].name : 0);
    char text[PP_COUNT_STRLEN];
    struct pp_buf line;

    pp_buf_init(&line, OUT_MAX);
    for (unsigned k = i; k < p->nconditions; k++) {
        if (c->run->plan.group[k] != c->run->plan.group[i] || !c->totals.counts.condition[k])
            continue;
        const char *name = p->conditions[k].name, *tail = strrchr(name, '.');
        pp_buf_addf(&line, "%s%s %s", line.len ? ", " : "", tail && stem ? tail + 1 : name,
                    pp_count_str(c->totals.counts.condition[k], text));
    }
    if (!line.failed && line.len) {
        pp_buf_addf(out, "%-*.*s ", width, stem, p->conditions[i].name);
        pp_prose(out, line.data, line.len, (size_t)width + 1, (size_t)width + 1);
    }
    pp_buf_release(&line);
}

static bool is_first_of_group(const struct pp_run_record *c, unsigned i)
{
    for (unsigned k = 0; k < i; k++)
        if (c->run->plan.group[k] == c->run->plan.group[i])
            return false;
    return true;
}

static void conditions(const struct pp_run_record *c, struct pp_buf *out)
{
    const struct pp_plugin *p = c->run->plan.plugin;
    int width = 0;

    for (unsigned i = 0; i < p->nconditions; i++) {
        const char *dot = strrchr(p->conditions[i].name, '.');
        int stem = (int)(dot ? dot - p->conditions[i].name : 0);
        if (c->totals.counts.condition[i] && stem > width)
            width = stem;
    }
    if (width)
        pp_buf_adds(out, "\nSeen besides, in targets:\n");
    for (unsigned i = 0; width && i < p->nconditions; i++)
        if (is_first_of_group(c, i))
            condition_group(c, i, width, out);
}

/* ---- counts ----------------------------------------------------------------------------------------------------- */

/* Prints the counts; reasons that did not occur are left out, `read` and `written` are always printed. */
static void counts(const struct pp_run_record *c, struct pp_buf *out)
{
    const struct pp_target_counts *n = &c->counts;
    const struct {
        const char *what;
        uint64_t value;
    } rows[] = {
        {"duplicate", n->duplicate},
        {"invalid line", n->invalid_line},
        {"blocked", n->blocked},
        {"prohibited by their network", n->prohibited_network},
        {"prohibited by their host", n->prohibited_host},
        {"of the other family", n->other_family},
        {"no route", n->no_route},
        {"sampled out", n->sampled_out},
        {"not started", n->not_started},
        {"pending", n->pending},
    };

    pp_buf_addf(out, "%" PRIu64 " read = %" PRIu64 " written", n->read, n->written);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].value)
            pp_buf_addf(out, " + %" PRIu64 " %s", rows[i].value, rows[i].what);
    pp_buf_addc(out, '\n');
    if (n->written_invalid)
        pp_buf_addf(out, "%" PRIu64 " of %" PRIu64 " observations not valid (pathspider.not_observed): `quality` says "
                    "why; exit 3\n", n->written_invalid, n->written);
}

/* Writes what the configuration left out that changes the meaning of the figures above. */
static void prohibited(const struct pp_run_record *c, struct pp_buf *out)
{
    const struct pp_target_counts *n = &c->counts;
    const struct pp_prohibited *p = &c->prohibited;
    uint64_t all = n->prohibited_network + n->prohibited_host;
    char network[PP_ADDR_STRLEN], router[PP_ADDR_STRLEN];
    struct pp_buf text;

    if (!all || (double)all < PROHIBITED_SHARE * (double)n->read || (n->prohibited_network && !p->networks))
        return;
    pp_buf_init(&text, OUT_MAX);
    pp_buf_addf(&text,
                "%" PRIu64 " of %" PRIu64 " targets (%.1f %%) were not probed, since the baseline was answered with "
                "\"administratively prohibited\"",
                all, n->read, 100.0 * (double)all / (double)n->read);
    if (n->prohibited_network)
        pp_buf_addf(&text, "; %" PRIu64 " are in %" PRIu64 " network%s whose routers did (%s for %s/%u%s)",
                    n->prohibited_network, p->networks, p->networks > 1 ? "s" : "", pp_addr_str(&p->router, router),
                    pp_addr_str(&p->network.addr, network), p->network.len - (pp_addr_is4(&p->network.addr) ? 96 : 0),
                    p->networks > 1 ? ", for one" : "");
    if (n->prohibited_host)
        pp_buf_addf(&text, "; %" PRIu64 " are on hosts that did so themselves, on another port", n->prohibited_host);
    if (!text.failed)
        pp_prose(out, text.data, text.len, 0, 0);
    pp_buf_release(&text);
}

/* Writes experiment, connect mode, number of targets, time and rates. */
static void speed(const struct pp_run_record *c, struct pp_buf *out)
{
    const struct pp_verdict_counts *before = &c->journal->totals.counts;
    uint64_t now = c->totals.counts.targets - before->targets;
    double seconds = (double)(c->end_mono - c->start_mono) / 1e9;

    pp_buf_addf(out, "%s over %s: %" PRIu64 " target%s", c->run->plan.plugin->name, c->run->plan.mode->name,
                c->totals.counts.targets, c->totals.counts.targets == 1 ? "" : "s");
    if (c->before)
        pp_buf_addf(out, ", %" PRIu64 " of them now,", now);
    pp_buf_addf(out, " in %.1f s, %.0f targets/s, %.0f flows/s, %" PRIu64 " packets\n", seconds,
                seconds > 0 ? (double)now / seconds : 0,
                seconds > 0 ? (double)(c->totals.counts.flows - before->flows) / seconds : 0,
                pp_live_totals(c).packets_out);
}

/* ---- the page --------------------------------------------------------------------------------------------------- */

static void sentences(const struct pp_run_record *c, struct pp_buf *out)
{
    struct pp_buf text;

    pp_buf_init(&text, OUT_MAX);
    pp_summary_sentences(c, &text);
    if (!text.failed)
        pp_prose(out, text.data, text.len, 0, 0);
    pp_buf_release(&text);
}

static bool any_result(const struct pp_run_record *c)
{
    return c->totals.counts.targets > c->totals.counts.invalid || c->totals.pending.targets;
}

void pp_summary_print(const struct pp_run_record *c, FILE *f)
{
    struct pp_buf out;

    if (pp_quiet)
        return;
    pp_buf_init(&out, OUT_MAX);
    if (any_result(c))
        sentences(c, &out);
    if (out.len && !out.failed)
        fwrite(out.data, 1, out.len, f);
    pp_buf_release(&out);
    pp_summary_tables(c, f);
}

void pp_summary_tables(const struct pp_run_record *c, FILE *f)
{
    bool any = any_result(c);
    struct pp_buf out;

    if (pp_quiet)
        return;
    pp_buf_init(&out, OUT_MAX);
    if (any) {
        arms_table(c, &out);
        conditions(c, &out);
    }
    if (any && pp_verbosity && !out.failed) {
        fwrite(out.data, 1, out.len, f);
        pp_buf_reset(&out);
        pp_summary_long(c, f);
    }
    if (any)
        pp_summary_trust(c, &out);
    counts(c, &out);
    prohibited(c, &out);
    for (unsigned i = 0; i < c->nremarks; i++)
        pp_prose(&out, c->remark[i], strlen(c->remark[i]), 0, 0);
    if (c->totals.counts.targets)
        speed(c, &out);
    if (!out.failed)
        fwrite(out.data, 1, out.len, f);
    pp_buf_release(&out);
}
