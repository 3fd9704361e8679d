/* SPDX-License-Identifier: BSD-2-Clause */
/* page_runs.c: the sections that compare runs, vantage points, and a campaign with an earlier one. */
#include "page.h"

#include "../base/prose.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

/* ---- a time line ------------------------------------------------------------------------------------------------ */

static const struct pp_column run_columns[] = {
    {"began (UTC)", PP_COLUMN_NAME, false}, {"vantage point", PP_COLUMN_TEXT, false},
    {"run_id", PP_COLUMN_NAME, true},       {"condition", PP_COLUMN_NAME, false},
    {"reached", PP_COLUMN_NUMBER, true},    {"broken", PP_COLUMN_NUMBER, false},
    {"share", PP_COLUMN_NUMBER, false},     {"95 % interval", PP_COLUMN_NUMBER, true},
};

static double seconds_of(const char *text)
{
    struct tm tm = {.tm_isdst = 0};

    return strptime(text, "%Y-%m-%d %H:%M:%S", &tm) ? (double)timegm(&tm) : NAN;
}

/* The interval of K of N, at N divided by EFFECT, the design effect of all runs together. */
static struct pp_interval interval(uint64_t k, uint64_t n, double effect)
{
    double worth = fmax(1, (double)n / fmax(1, effect));

    return n ? pp_share_interval((double)k / (double)n * worth, worth, 0.95)
             : (struct pp_interval){.low = 0, .high = 1};
}

static int by_time(const void *x, const void *y)
{
    return strcmp((*(const struct pp_report_run *const *)x)->from, (*(const struct pp_report_run *const *)y)->from);
}

struct series {
    struct pp_mark *mark;
    unsigned n, names;
    const char *name[8];
};

static void run_row(struct pp_table *t, struct series *s, const struct pp_report_run *r, const struct pp_question *q,
                    unsigned k, double effect)
{
    struct pp_interval i = interval(r->broken[k], r->n[k], effect);
    char text[PP_INTERVAL_STRLEN];
    double share = r->n[k] ? (double)r->broken[k] / (double)r->n[k] : 0, at = seconds_of(r->from);
    unsigned row;

    pp_table_text(t, "%.19s", r->from);
    pp_table_text(t, "%s", r->several ? "several" : *r->vantage ? r->vantage : "-");
    pp_table_text(t, "%.8s", r->run_id);
    pp_table_text(t, "%s", q->stem);
    pp_table_count(t, r->n[k]);
    pp_table_count(t, r->broken[k]);
    pp_table_percent(t, share);
    pp_table_number(t, i.high, "%s", pp_interval_str(i, text));
    for (row = 0; row < s->names && s->name[row] != q->stem; row++)
        ;
    if (row == s->names && row < 8)
        s->name[s->names++] = q->stem;
    if (row == 8 || !r->n[k] || !isfinite(at))
        return;
    s->mark[s->n] =
        (struct pp_mark){.v = share, .low = i.low, .high = i.high, .v2 = at, .y = row, .style = (row + 1) % 8};
    snprintf(s->mark[s->n++].text, sizeof s->mark->text, "%c", (char)('a' + row));
}

void pp_page_runs(struct pp_page *g, const struct pp_part *p)
{
    const struct pp_report *f = g->report;
    const struct pp_report_run *sorted[PP_RUNS_MAX];
    struct series s = {.n = 0};
    struct pp_table t;
    unsigned n = 0;
    char id[32], picture[32];

    for (unsigned i = 0; i < f->nruns; i++)
        if (f->run[i].part == p - f->part && f->run[i].lines)
            sorted[n++] = &f->run[i];
    if (n < 2 || !(s.mark = calloc((size_t)n * PP_MAX_ARMS, sizeof *s.mark)))
        return;
    qsort(sorted, n, sizeof *sorted, by_time);
    g->sheet->heading(g->sheet, pp_page_id(g, p, "time", id), "Run by run");
    pp_table_init(&t, pp_page_id(g, p, "runs", id), "What each run found, in order of time", run_columns,
                  sizeof run_columns / sizeof *run_columns);
    for (unsigned i = 0; i < n; i++)
        for (unsigned q = 0, k = 0; q < p->nquestions && k < PP_MAX_ARMS; q++) {
            int broken = pp_question_member(&p->question[q], PP_VERDICT_BROKEN);
            if (!p->question[q].connectivity)
                continue;
            if (broken >= 0 && p->question[q].member[broken].based)
                run_row(&t, &s, sorted[i], &p->question[q], k,
                        pp_part_share(p, &p->question[q], (unsigned)broken).effect);
            k++;
        }
    g->sheet->picture(
        g->sheet,
        &(struct pp_picture){
            .kind = PP_PICTURE_TIME,
            .id = pp_page_id(g, p, "p-time", picture),
            .title = "Share of broken targets, run by run",
            .what = "For each run its share of broken targets with the 95 % interval, a letter for each condition.",
            .table = id,
            .mark = s.mark,
            .n = s.n,
            .ny = s.names,
            .name = s.name,
        });
    g->sheet->table(g->sheet, &t);
    if (f->runs_left_out)
        pp_page_say(g->sheet->warning, g->sheet,
                    "Lines of further runs, %" PRIu64 " of them, are counted above and not here.", f->runs_left_out);
    pp_table_release(&t);
    free(s.mark);
}

/* ---- vantage points --------------------------------------------------------------------------------------------- */

static const struct pp_column vantage_columns[] = {
    {"vantage point", PP_COLUMN_TEXT, false},    {"and", PP_COLUMN_TEXT, false},
    {"judged by both", PP_COLUMN_NUMBER, false}, {"same word", PP_COLUMN_NUMBER, false},
    {"agreement", PP_COLUMN_NUMBER, false},
};
#define VANTAGES_SHOWN 16

void pp_page_vantages(struct pp_page *g, const struct pp_part *p)
{
    const char *names[2 * VANTAGES_SHOWN];
    struct pp_mark mark[VANTAGES_SHOWN * VANTAGES_SHOWN];
    unsigned n = g->report->nvantages < VANTAGES_SHOWN ? g->report->nvantages : VANTAGES_SHOWN, marks = 0;
    const struct pp_question *head = pp_part_headline(p);
    struct pp_table t;
    char id[32], picture[32], caption[200];

    if (!p->agree || n < 2)
        return;
    g->sheet->heading(g->sheet, pp_page_id(g, p, "vantages", id), "Do vantage points agree?");
    snprintf(caption, sizeof caption,
             "%s: targets that both vantage points judged, and those to which they give the same word",
             head ? head->stem : p->experiment);
    pp_table_init(&t, pp_page_id(g, p, "agree", id), caption, vantage_columns, 5);
    for (unsigned i = 0; i < n; i++) {
        names[i] = names[n + i] = g->report->vantage[i];
        for (unsigned k = 0; k < n; k++) {
            uint32_t both = p->agree[i][k][0], same = p->agree[i][k][1];
            struct pp_mark *m = &mark[marks];
            if (!both || i == k)
                continue;
            *m = (struct pp_mark){.x = k, .y = i, .v = (double)same / both};
            snprintf(m->text, sizeof m->text, "%.3g %%", 100 * m->v);
            snprintf(m->label, sizeof m->label, "%.40s and %.40s", g->report->vantage[i], g->report->vantage[k]);
            marks++;
            if (k < i)
                continue;
            pp_table_text(&t, "%s", g->report->vantage[i]);
            pp_table_text(&t, "%s", g->report->vantage[k]);
            pp_table_count(&t, both);
            pp_table_count(&t, same);
            pp_table_percent(&t, (double)same / both);
        }
    }
    g->sheet->picture(
        g->sheet,
        &(struct pp_picture){
            .kind = PP_PICTURE_HEAT,
            .id = pp_page_id(g, p, "p-agree", picture),
            .title = "Share of targets on which two vantage points agree",
            .what = "A row and a column for each vantage point; each cell has the share of targets with the same word.",
            .table = id,
            .mark = mark,
            .n = marks,
            .nx = n,
            .ny = n,
            .name = names,
        });
    g->sheet->table(g->sheet, &t);
    if (g->report->nvantages > n)
        pp_page_say(g->sheet->note, g->sheet, "The first %u of %u vantage points are shown.", n, g->report->nvantages);
    pp_table_release(&t);
}

/* ---- an earlier campaign ---------------------------------------------------------------------------------------- */

static const struct pp_column change_columns[] = {
    {"condition", PP_COLUMN_NAME, false},      {"in both", PP_COLUMN_NUMBER, false},
    {"broken since", PP_COLUMN_NUMBER, false}, {"works again", PP_COLUMN_NUMBER, false},
    {"change", PP_COLUMN_NUMBER, false},       {"95 % interval", PP_COLUMN_NUMBER, false},
    {"McNemar's p", PP_COLUMN_NUMBER, false},
};

static void change_row(struct pp_table *t, const struct pp_question *q)
{
    struct pp_difference d = pp_pairs_difference(&q->change, 0.95);

    pp_table_text(t, "%s", q->stem);
    pp_table_count(t, q->common);
    pp_table_count(t, q->change.b_only);
    pp_table_count(t, q->change.a_only);
    pp_table_number(t, d.mean, "%+.3f %%", 100 * d.mean);
    if (d.widest.low <= -1 && d.widest.high >= 1)
        pp_table_text(t, "too few networks");
    else
        pp_table_number(t, d.widest.high, "%+.3f to %+.3f", 100 * d.widest.low, 100 * d.widest.high);
    pp_table_number(t, d.p, "%.2g", d.p);
}

void pp_page_before(struct pp_page *g, const struct pp_part *p)
{
    struct pp_table t;
    char id[32];

    if (!g->report->before)
        return;
    g->sheet->heading(g->sheet, pp_page_id(g, p, "against", id), "What has changed");
    pp_table_init(&t, pp_page_id(g, p, "change", id), "Targets judged in both campaigns as works or broken",
                  change_columns, sizeof change_columns / sizeof *change_columns);
    for (unsigned i = 0; i < p->nquestions; i++)
        if (p->question[i].connectivity && p->question[i].common && p->question[i].change.prefix.bucket)
            change_row(&t, &p->question[i]);
    if (!t.rows)
        g->sheet->prose(g->sheet, "No target was judged as works or broken in both campaigns.");
    g->sheet->table(g->sheet, &t);
    if (t.rows)
        g->sheet->note(
            g->sheet,
            "McNemar's test asks whether as many broke as recovered; it takes targets for independent. The interval "
            "does not: where they disagree, believe the interval.");
    if (pp_report_before_left_out(g->report))
        pp_page_say(g->sheet->warning, g->sheet,
                    "%" PRIu64 " words of the earlier campaign found no room and are not compared.",
                    pp_report_before_left_out(g->report));
    pp_table_release(&t);
}
