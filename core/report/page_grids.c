/* SPDX-License-Identifier: BSD-2-Clause */
/* page_grids.c: the section of grids: codepoints, marks sent against marks seen, and values of conditions. */
#include "page.h"

#include <inttypes.h>
#include <stdlib.h>

#define SIDE 8
#define MARKS 4

/* The number in "dscp.46.connectivity"; -1: none. */
static int codepoint(const struct pp_question *q, char family[32])
{
    unsigned n;
    int end = 0;

    if (sscanf(q->stem, "%31[a-z0-9].%2u.connectivity%n", family, &n, &end) != 2 || !end || q->stem[end] || n > 63)
        return -1;
    return (int)n;
}

static void codepoints(struct pp_page *g, const struct pp_part *p)
{
    static const char *const names[2 * SIDE] = {"+0", "+1", "+2", "+3", "+4", "+5", "+6", "+7",
                                                "0",  "8",  "16", "24", "32", "40", "48", "56"};
    struct pp_mark mark[64];
    char family[32], of[32] = "", id[32], table[32], share[PP_PERCENT_STRLEN];
    unsigned n = 0;

    for (unsigned i = 0; i < p->nquestions; i++) {
        const struct pp_question *q = &p->question[i];
        int at = codepoint(q, family), broken = pp_question_member(q, PP_VERDICT_BROKEN);
        if (at < 0 || n == 64 || (*of && strcmp(of, family) != 0))
            continue;
        snprintf(of, sizeof of, "%s", family);
        mark[n] = (struct pp_mark){.x = (unsigned)at % SIDE, .y = (unsigned)at / SIDE};
        if (broken >= 0 && q->n)
            mark[n].v = (double)q->member[broken].based / (double)q->n;
        snprintf(mark[n].label, sizeof mark->label, "codepoint %d: %s broken", at, pp_percent_str(mark[n].v, share));
        snprintf(mark[n].text, sizeof mark->text, "%.2g %%", 100 * mark[n].v);
        n++;
    }
    if (n < 2)
        return;
    g->sheet->picture(
        g->sheet,
        &(struct pp_picture){
            .kind = PP_PICTURE_HEAT,
            .id = pp_page_id(g, p, "p-grid", id),
            .title = "Share of targets that do not let a codepoint through",
            .what = "Codepoints 0 to 63, eight a row; those that were asked have the share of broken targets.",
            .table = pp_page_id(g, p, "arms", table),
            .mark = mark,
            .n = n,
            .nx = SIDE,
            .ny = SIDE,
            .name = names,
        });
}

static int mark_index(const char *name)
{
    static const char *const marks[MARKS] = {"notect", "ect1", "ect0", "ce"};

    for (int i = 0; i < MARKS; i++)
        if (strcmp(marks[i], name) == 0)
            return i;
    return -1;
}

static const struct pp_column mark_columns[] = {
    {"sent as", PP_COLUMN_NAME, false},
    {"arrived as", PP_COLUMN_NAME, false},
    {"targets", PP_COLUMN_NUMBER, false},
    {"share", PP_COLUMN_NUMBER, false},
};

/* ecn.fwd.SENT.SEEN, ecn.rev.SENT.SEEN */
static void marks(struct pp_page *g, const struct pp_part *p, const char *direction, const char *caption)
{
    static const char *const names[2 * MARKS] = {"Not-ECT", "ECT(1)", "ECT(0)", "CE",
                                                 "Not-ECT", "ECT(1)", "ECT(0)", "CE"};
    struct pp_mark mark[MARKS * MARKS];
    struct pp_table t;
    char id[32], picture[32], share[PP_PERCENT_STRLEN];
    unsigned n = 0;
    size_t len = strlen(direction);

    pp_table_init(&t, pp_page_id(g, p, direction[4] == 'f' ? "marks-fwd" : "marks-rev", id), caption, mark_columns, 4);
    for (unsigned i = 0; i < p->nquestions; i++) {
        const struct pp_question *q = &p->question[i];
        int sent = strncmp(q->stem, direction, len) == 0 ? mark_index(q->stem + len) : -1;
        for (unsigned k = 0; sent >= 0 && k < q->nmembers && q->lines; k++) {
            int seen = mark_index(q->member[k].name);
            struct pp_share s;
            if (seen < 0 || n == MARKS * MARKS)
                continue;
            s = pp_part_share(p, q, k);
            mark[n] = (struct pp_mark){.x = (unsigned)seen, .y = (unsigned)sent, .v = s.share};
            snprintf(mark[n].label, sizeof mark->label, "%s arrives as %s: %s", names[sent], names[seen],
                     pp_percent_str(s.share, share));
            snprintf(mark[n].text, sizeof mark->text, "%.3g %%", 100 * s.share);
            pp_table_text(&t, "%s", names[sent]);
            pp_table_text(&t, "%s", names[seen]);
            pp_table_count(&t, s.k);
            pp_table_percent(&t, s.share);
            n++;
        }
    }
    if (n)
        g->sheet->picture(
            g->sheet,
            &(struct pp_picture){
                .kind = PP_PICTURE_HEAT,
                .id = pp_page_id(g, p, direction[4] == 'f' ? "p-fwd" : "p-rev", picture),
                .title = caption,
                .what = "A row for each mark sent, a column for each mark seen, and the share of the targets.",
                .table = id,
                .mark = mark,
                .n = n,
                .nx = MARKS,
                .ny = MARKS,
                .name = names,
            });
    g->sheet->table(g->sheet, &t);
    pp_table_release(&t);
}

/* ---- values ----------------------------------------------------------------------------------------------------- */

static const struct pp_column value_columns[] = {
    {"condition", PP_COLUMN_NAME, false},
    {"value", PP_COLUMN_NUMBER, false},
    {"targets", PP_COLUMN_NUMBER, false},
    {"share", PP_COLUMN_NUMBER, false},
};

static void value_rows(struct pp_table *t, const struct pp_question *q, const struct pp_member_count *m)
{
    for (unsigned i = 0; i < m->values->n; i++) {
        pp_table_text(t, "%s.%s", q->stem, m->name);
        pp_table_number(t, (double)m->values->value[i].v, "%" PRId64, m->values->value[i].v);
        pp_table_count(t, m->values->value[i].n);
        pp_table_percent(t, m->n ? (double)m->values->value[i].n / (double)m->n : 0);
    }
    if (!m->values->more)
        return;
    pp_table_text(t, "%s.%s", q->stem, m->name);
    pp_table_text(t, "others");
    pp_table_count(t, m->values->more);
    pp_table_percent(t, m->n ? (double)m->values->more / (double)m->n : 0);
}

static int by_value(const void *x, const void *y)
{
    int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;

    return a < b ? -1 : a > b;
}

static void values(struct pp_page *g, const struct pp_part *p)
{
    struct pp_table t;
    char id[32];

    pp_table_init(&t, pp_page_id(g, p, "values", id), "Values that conditions have", value_columns, 4);
    for (unsigned i = 0; i < p->nquestions; i++)
        for (unsigned k = 0; k < p->question[i].nmembers; k++) {
            const struct pp_member_count *m = &p->question[i].member[k];
            if (!m->values || !m->values->n)
                continue;
            qsort(m->values->value, m->values->n, sizeof m->values->value[0], by_value);
            value_rows(&t, &p->question[i], m);
        }
    g->sheet->table(g->sheet, &t);
    pp_table_release(&t);
}

void pp_page_grids(struct pp_page *g, const struct pp_part *p)
{
    char family[32], id[32];
    unsigned grids = pp_page_has_sent(p) ? 2 : 0;

    for (unsigned i = 0; i < p->nquestions; i++) {
        const struct pp_question *q = &p->question[i];
        grids += codepoint(q, family) >= 0;
        if (q->lines && (strncmp(q->stem, "ecn.fwd.", 8) == 0 || strncmp(q->stem, "ecn.rev.", 8) == 0))
            grids += 2;
        for (unsigned k = 0; k < q->nmembers; k++)
            grids += q->member[k].values ? 2 : 0;
    }
    if (grids < 2)
        return;
    g->sheet->heading(g->sheet, pp_page_id(g, p, "grids", id), "Grids and values");
    codepoints(g, p);
    pp_page_sent(g, p);
    marks(g, p, "ecn.fwd.", "Forward: marks sent, and marks that arrived");
    marks(g, p, "ecn.rev.", "Reverse: marks sent, and marks seen here");
    values(g, p);
}
