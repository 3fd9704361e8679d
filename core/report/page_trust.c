/* SPDX-License-Identifier: BSD-2-Clause */
/* page_trust.c: the sections on how far the figures can be trusted, and on the configuration. */
#include "page.h"

#include "../base/prose.h"
#include "../results/summary_parts.h"

#include <inttypes.h>
#include <stdlib.h>

static const char *text_of(const json_t *o, const char *key)
{
    const char *text = json_string_value(json_object_get(o, key));

    return text ? text : "";
}

static double number_of(const json_t *o, const char *key)
{
    return json_number_value(json_object_get(o, key));
}

static const struct pp_report_run *next_run(const struct pp_page *g, const struct pp_part *p, unsigned *i)
{
    while (*i < g->report->nruns)
        if (g->report->run[(*i)++].part == p - g->report->part)
            return &g->report->run[*i - 1];
    return NULL;
}

/* ---- can this be trusted? --------------------------------------------------------------------------------------- */

static void say_complete(struct pp_page *g, const struct pp_part *p)
{
    const struct pp_report_run *r;
    uint64_t pending = 0;
    unsigned unknown = 0, open = 0;

    for (unsigned i = 0; (r = next_run(g, p, &i));) {
        const json_t *n = json_object_get(r->meta, "counts");
        unknown += !r->meta;
        open += r->meta && !json_is_true(json_object_get(r->meta, "complete"));
        pending += (uint64_t)(number_of(n, "pending") + number_of(n, "not_started"));
        if (r->clashes)
            pp_page_say(g->sheet->warning, g->sheet,
                        "Two files of different runs have the run_id %s: they are counted as "
                        "one run.",
                        r->run_id);
    }
    if (open)
        pp_page_say(g->sheet->warning, g->sheet,
                    "%s is still under way or was cut off%s: these are the figures so far, and "
                    "targets that fail are the last to be finished, so shares of broken will rise.",
                    open == 1 ? "A run" : "Some of the runs", pending ? ", with targets pending" : "");
    if (unknown && !p->merged)
        pp_page_say(
            g->sheet->warning, g->sheet,
            "%u run%s no metadata beside the observations: options, counts, losses and "
            "arms are not known, and arms are not counted among the targets that let the arm below them through.",
            unknown, unknown == 1 ? " has" : "s have");
}

static void say_dummies(struct pp_page *g, const struct pp_part *p)
{
    if (p->aa_n)
        pp_page_fact(
            g, "A/A",
            "%" PRIu64 " of %" PRIu64 " dummies (the baseline once more, judged as if it were an arm) called "
            "broken: by this alone, the true share is below %.2g %% (95 %%); by one trial, %" PRIu64 " of %" PRIu64,
            p->aa_fail, p->aa_n, pp_binomial_upper_percent(p->aa_fail, p->aa_n, 0.95), p->aa_first_fail, p->aa_first_n);
    else if (!p->merged)
        pp_page_fact(g, "A/A", "no dummy took part, so nothing here measures how often noise is called broken");
    if (p->audited)
        pp_page_fact(g, "audit",
                     "%" PRIu64 " of %" PRIu64 " working arms, asked five times though one success would do, did not "
                     "hold up",
                     p->audit_changed, p->audited);
}

/* Writes what the metadata of `merge` state of its vantage points and files. */
static void say_merged(struct pp_page *g, const struct pp_part *p)
{
    const json_t *m = g->report->merged, *v, *aa;
    double n = 0, fail = 0;
    size_t i;

    if (!m || !p->merged)
        return;
    json_array_foreach(json_object_get(m, "inputs"), i, v)
    {
        if (json_is_true(json_object_get(v, "cut")))
            pp_page_say(g->sheet->warning, g->sheet, "'%s', which was merged, ends in the middle.", text_of(v, "file"));
    }
    json_array_foreach(json_object_get(m, "remarks"), i, v)
    {
        if (i < 8 && json_is_string(v))
            pp_page_say(g->sheet->warning, g->sheet, "%s", json_string_value(v));
    }
    json_array_foreach(json_object_get(m, "vantages"), i, v)
    {
        aa = json_object_get(v, "aa");
        if (json_is_string(json_object_get(v, "left_out"))) {
            pp_page_say(g->sheet->warning, g->sheet, "The vantage point %s is left out: %s.", text_of(v, "vantage"),
                        text_of(v, "left_out"));
            continue;
        }
        n += number_of(aa, "n");
        fail += number_of(aa, "fail");
        if (number_of(v, "lost") > 0)
            pp_page_fact(g, "lost", "%.0f of %.0f packets at the vantage point %s", number_of(v, "lost"),
                         number_of(v, "packets"), text_of(v, "vantage"));
    }
    if (n > 0)
        pp_page_fact(g, "A/A",
                     "%.0f of %.0f dummies (the baseline once more, judged as if it were an arm) called broken, at all "
                     "vantage points together: by this alone, the true share is below %.2g %% (95 %%)",
                     fail, n, pp_binomial_upper_percent((uint64_t)fail, (uint64_t)n, 0.95));
}

static void say_bound(struct pp_page *g, const struct pp_part *p)
{
    const json_t *constants = json_object_get(p->meta, "constants");
    double alpha = number_of(constants, "alpha");
    struct pp_ebh_list list = pp_ebh_threshold(&p->ebh, g->fdr);
    char odds[PP_ODDS_STRLEN];

    if (strcmp(text_of(json_object_get(p->meta, "config"), "rounds"), "1") == 0)
        pp_page_fact(g, "bound", "none is claimed: each target was asked once (--rounds 1)");
    else if (alpha > 0)
        pp_page_fact(g, "bound",
                     "%s at most is the chance that an arm is called broken though its treatment makes no "
                     "difference (alpha)",
                     pp_odds_str(1 / alpha, odds));
    if (p->ebh.n && list.size)
        pp_page_fact(g, "list",
                     "%" PRIu64 " of %" PRIu64
                     " verdicts can be published as broken with %g %% false ones among them at "
                     "most: those that come by chance in %s cases at most (e of %.9g or more, e-BH)",
                     list.size, p->ebh.n, 100 * g->fdr, pp_odds_str(list.threshold, odds), list.threshold);
    else if (p->ebh.n && list.needed)
        pp_page_fact(g, "list",
                     "none of %" PRIu64
                     " verdicts can be published as broken with %g %% false ones at most (e-BH): with "
                     "as much evidence as the best has here, it takes %" PRIu64 " of them",
                     p->ebh.n, 100 * g->fdr, list.needed);
}

static void say_windows(struct pp_page *g, const struct pp_part *p)
{
    const struct pp_report_run *r;
    double windows = 0;
    bool clock = false;

    for (unsigned i = 0; (r = next_run(g, p, &i));) {
        const json_t *part;
        size_t k;
        json_array_foreach(json_object_get(r->meta, "parts"), k, part)
        {
            clock |= json_is_false(json_object_get(json_object_get(part, "clock_to"), "synchronized"));
        }
        windows += (double)json_array_size(json_object_get(r->meta, "windows"));
    }
    if (windows > 0)
        pp_page_fact(g, "outages", "%.0f of the vantage point, whose rounds were done again", windows);
    if (clock)
        pp_page_fact(g, "clock", "not synchronized on a measuring host: times of different runs do not compare");
}

static void say_losses(struct pp_page *g, const struct pp_part *p)
{
    const struct pp_report_run *r;
    double lost = 0, packets = 0, unsent = 0;
    bool known = false;

    for (unsigned i = 0; (r = next_run(g, p, &i));) {
        const json_t *part;
        size_t k;
        json_array_foreach(json_object_get(r->meta, "parts"), k, part)
        {
            known = true;
            lost +=
                number_of(part, "dropped_ring") + number_of(part, "dropped_if") + number_of(part, "dropped_softnet");
            packets += number_of(part, "packets");
            unsent += number_of(part, "send_errors");
        }
    }
    if (known && lost > 0)
        pp_page_fact(g, "lost here",
                     "%.0f packets before the capture saw them, of %.0f sent: rounds that rest on silence "
                     "meanwhile were done again",
                     lost, packets);
    else if (known)
        pp_page_fact(g, "lost here", "no packet");
    else if (p->dropped)
        pp_page_fact(g, "lost here", "packets were lost before the capture while targets were asked");
    if (unsent > 0)
        pp_page_fact(g, "unsent", "%.0f packets that the kernel did not send", unsent);
    if (p->late)
        pp_page_fact(g, "late", "%" PRIu64 " packets came after the arm had been taken for silent", p->late);
    if (p->outage)
        pp_page_fact(g, "outages", "%" PRIu64 " targets were let stand as they were during one", p->outage);
    say_windows(g, p);
}

static void say_counts(struct pp_page *g, const struct pp_part *p)
{
    const struct pp_report *f = g->report;
    char n[4][PP_COUNT_STRLEN];

    pp_page_fact(g, "observations", "%s; %s of them not valid (left out of all figures); %s reached, %s offline",
                 pp_count_str(p->lines, n[0]), pp_count_str(p->invalid, n[1]), pp_count_str(p->reached, n[2]),
                 pp_count_str(p->offline, n[3]));
    if (f->foreign)
        pp_page_fact(g, "left out", "%s line%s no observation%s (the first is line %" PRIu64 ": %s)",
                     pp_count_str(f->foreign, n[0]), f->foreign == 1 ? " is" : "s are", f->foreign == 1 ? "" : "s",
                     f->foreign_first, f->foreign_why);
    if (f->parts_left_out)
        pp_page_fact(g, "left out", "%s lines of further experiments: %d are as many as one report has room for",
                     pp_count_str(f->parts_left_out, n[0]), PP_PARTS_MAX);
}

static void say_vantages(struct pp_page *g)
{
    const struct pp_report *f = g->report;

    for (unsigned i = 0; i < f->nruns; i++)
        for (unsigned k = 0; k < i; k++) {
            const struct pp_report_run *x = &f->run[i], *y = &f->run[k];
            if (*x->vantage && strcmp(x->vantage, y->vantage) == 0 && strcmp(x->sip, y->sip) != 0 && *x->sip &&
                *y->sip && (strchr(x->sip, ':') != NULL) == (strchr(y->sip, ':') != NULL)) {
                pp_page_say(g->sheet->warning, g->sheet,
                            "The vantage point %s has different addresses (%s, %s) in different "
                            "runs.",
                            x->vantage, y->sip, x->sip);
                return;
            }
        }
}

static void put_fact(void *arg, const char *heading, const char *text)
{
    struct pp_page *g = arg;

    g->sheet->fact(g->sheet, heading, text);
}

void pp_page_trust(struct pp_page *g, const struct pp_part *p)
{
    const struct pp_report_run *r;
    unsigned runs = 0;
    char id[32];

    g->sheet->heading(g->sheet, pp_page_id(g, p, "trust", id), "Can this be trusted?");
    say_complete(g, p);
    for (unsigned i = 0; (r = next_run(g, p, &i)); runs++) {
        const json_t *remark;
        size_t k;
        json_array_foreach(json_object_get(r->meta, "remarks"), k, remark)
        {
            if (k < 8)
                pp_page_say(g->sheet->warning, g->sheet, "%s", json_string_value(remark));
        }
    }
    say_vantages(g);
    if (runs > 1 && !p->merged)
        pp_page_say(g->sheet->warning, g->sheet,
                    "%u runs are counted together as observations: a target that was asked in "
                    "several runs counts as often. `pathprobe merge` makes one line of each target.",
                    runs);
    say_merged(g, p);
    if (!g->run) {
        say_dummies(g, p);
        say_bound(g, p);
        say_losses(g, p);
    } else if (!g->sheet->verbatim) {
        pp_summary_facts(pp_rebuilt_record(g->run), &(struct pp_trust){.say = put_fact, .arg = g});
        say_windows(g, p);
    }
    say_counts(g, p);
}

/* ---- what was asked --------------------------------------------------------------------------------------------- */

/* Rebuilds the command line from the options in force, with values quoted for a shell. */
static void command(struct pp_buf *out, const struct pp_part *p)
{
    const char *name;
    json_t *v;

    pp_buf_addf(out, "pathprobe measure %s", p->experiment);
    json_object_foreach(json_object_get(p->meta, "config"), name, v)
    {
        const char *text = json_string_value(v);
        bool plain =
            text &&
            text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:,@%+=-")] == '\0';
        if (!text || !*text || strcmp(text, "no") == 0 || strcmp(text, "false") == 0)
            continue;
        if (strcmp(text, "yes") == 0 || strcmp(text, "true") == 0)
            pp_buf_addf(out, " --%s", name);
        else
            pp_buf_addf(out, plain ? " --%s %s" : " --%s '%s'", name, text);
    }
}

static const struct pp_column arm_columns[] = {
    {"arm", PP_COLUMN_NAME, false},       {"what differs from the baseline", PP_COLUMN_TEXT, false},
    {"steps", PP_COLUMN_TEXT, true},      {"condition", PP_COLUMN_NAME, true},
    {"builds on", PP_COLUMN_NAME, false},
};

static void arms(struct pp_page *g, const struct pp_part *p)
{
    struct pp_table t;
    struct pp_buf steps;
    const json_t *a, *step;
    size_t i, k;
    char id[32];

    pp_table_init(&t, pp_page_id(g, p, "what", id), "The arms: what was sent", arm_columns, 5);
    pp_buf_init(&steps, 4096);
    json_array_foreach(p->arms, i, a)
    {
        pp_buf_reset(&steps);
        json_array_foreach(json_object_get(a, "steps"), k, step)
        {
            pp_buf_adds(&steps, k ? "; " : "");
            pp_buf_adds(&steps, json_string_value(step) ? json_string_value(step) : "");
        }
        pp_table_text(&t, "%s", pp_arm_name(a));
        pp_table_text(&t, "%s", *text_of(a, "what") ? text_of(a, "what") : text_of(a, "title"));
        pp_table_textn(&t, steps.data ? steps.data : "", steps.len);
        pp_table_text(&t, "%s", text_of(a, "condition"));
        pp_table_text(&t, "%s", text_of(a, "base"));
    }
    g->sheet->table(g->sheet, &t);
    pp_buf_release(&steps);
    pp_table_release(&t);
}

static void span(struct pp_page *g)
{
    if (*g->report->from)
        pp_page_fact(g, "from, to", "%.19s to %.19s UTC", g->report->from, g->report->to);
}

void pp_page_asked(struct pp_page *g, const struct pp_part *p)
{
    struct pp_buf text;
    const struct pp_report_run *r;
    char id[32];

    g->sheet->heading(g->sheet, pp_page_id(g, p, "asked", id), "What was asked, and how");
    pp_page_fact(g, "experiment", "%s over %s (pathprobe-experiments(7))", p->experiment, p->connect);
    span(g);
    pp_buf_init(&text, 1u << 20);
    for (unsigned i = 0, k = 0; (r = next_run(g, p, &i)) && k < 20; k++)
        pp_page_fact(g, k ? "" : "runs",
                     "%s, vantage point %s, source %s, from %.19s to %.19s, %" PRIu64 " observations", r->run_id,
                     *r->vantage ? r->vantage : "without a name", *r->sip ? r->sip : "not known", r->from, r->to,
                     r->lines);
    if (p->meta) {
        const json_t *counts = json_object_get(p->meta, "counts"), *v;
        const char *name;
        command(&text, p);
        if (!text.failed) {
            pp_buf_addc(&text, '\0');
            g->sheet->fact(g->sheet, "command", text.failed ? "" : text.data);
        }
        pp_buf_reset(&text);
        pp_page_fact(g, "program", "pathprobe %s%s%s, seed %.0f", text_of(p->meta, "version"),
                     *text_of(p->meta, "commit") ? ", commit " : "", text_of(p->meta, "commit"),
                     number_of(p->meta, "seed"));
        json_object_foreach((json_t *)counts, name, v) if (json_number_value(v) > 0)
            pp_buf_addf(&text, "%s%s %.0f", text.len ? ", " : "", name, json_number_value(v));
        pp_buf_addc(&text, '\0');
        if (!text.failed && text.len > 1)
            g->sheet->fact(g->sheet, "targets", text.data);
    }
    arms(g, p);
    pp_buf_release(&text);
}
