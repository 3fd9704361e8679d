/* SPDX-License-Identifier: BSD-2-Clause */
/* page_found.c: the section of findings: words of arms, and other conditions, those of each direction apart. */
#include "page.h"

#include "../base/prose.h"

#include <math.h>
#include <stdlib.h>

#define PICTURED 24 /* rows of a picture */

/* ---- arms ------------------------------------------------------------------------------------------------------- */

static const struct pp_column arm_columns[] = {
    {"arm", PP_COLUMN_NAME, false},           {"what it sends", PP_COLUMN_TEXT, false},
    {"of", PP_COLUMN_NUMBER, false},          {"works", PP_COLUMN_NUMBER, true},
    {"broken", PP_COLUMN_NUMBER, false},      {"unstable", PP_COLUMN_NUMBER, true},
    {"transient", PP_COLUMN_NUMBER, true},    {"broken below", PP_COLUMN_NUMBER, true},
    {"share", PP_COLUMN_NUMBER, false},       {"95 % interval", PP_COLUMN_NUMBER, false},
    {"by one trial", PP_COLUMN_NUMBER, true},
};

static const struct pp_column alone_columns[] = {
    {"condition", PP_COLUMN_NAME, false},
    {"targets", PP_COLUMN_NUMBER, false},
    {"online", PP_COLUMN_NUMBER, false},
    {"offline", PP_COLUMN_NUMBER, false},
};

static uint64_t based(const struct pp_question *q, enum pp_verdict word)
{
    int m = pp_question_member(q, word);

    return m < 0 ? 0 : q->member[m].based;
}

static double first_share(const struct pp_question *q)
{
    int m = pp_question_member(q, PP_VERDICT_BROKEN);

    if (m < 0 && q->first_n && !q->left_out)
        return 0;
    return m < 0 || !q->first_n || q->left_out ? -1 : (double)q->member[m].first_based / (double)q->first_n;
}

static struct pp_share broken_share(const struct pp_part *p, const struct pp_question *q)
{
    int m = pp_question_member(q, PP_VERDICT_BROKEN);

    return m < 0 ? (struct pp_share){.n = q->n, .interval = {.low = 0, .high = 1}} : pp_part_share(p, q, (unsigned)m);
}

static void arm_row(struct pp_table *t, const struct pp_part *p, const struct pp_question *q)
{
    struct pp_share s = broken_share(p, q);
    char text[PP_INTERVAL_STRLEN], count[PP_COUNT_STRLEN];
    int broken = pp_question_member(q, PP_VERDICT_BROKEN);
    double first = first_share(q);

    pp_table_text(t, "%s", q->arm);
    pp_table_text(t, "%s", pp_page_what(p, q));
    if (q->base >= 0)
        pp_table_number(t, (double)q->n, "%s with %s", pp_count_str(q->n, count), p->question[q->base].arm);
    else
        pp_table_count(t, q->n);
    pp_table_count(t, based(q, PP_VERDICT_WORKS));
    pp_table_count(t, based(q, PP_VERDICT_BROKEN));
    pp_table_count(t, based(q, PP_VERDICT_UNSTABLE));
    pp_table_count(t, based(q, PP_VERDICT_TRANSIENT));
    pp_table_count(t, broken < 0 ? 0 : q->member[broken].n - q->member[broken].based);
    pp_table_percent(t, s.share);
    pp_table_number(t, s.interval.high, "%s", pp_interval_str(s.interval, text));
    if (first >= 0)
        pp_table_percent(t, first);
    else
        pp_table_text(t, "-");
}

static void picture_arms(struct pp_page *g, const struct pp_part *p, const char *table)
{
    struct pp_mark mark[PICTURED];
    char id[32], share[PP_PERCENT_STRLEN], range[PP_INTERVAL_STRLEN];
    unsigned n = 0;

    for (unsigned i = 0; i < p->nquestions && n < PICTURED; i++) {
        const struct pp_question *q = &p->question[i];
        struct pp_share s;
        if (!q->connectivity || q->alone)
            continue;
        s = broken_share(p, q);
        mark[n] = (struct pp_mark){
            .v = s.share, .low = s.interval.low, .high = s.interval.high, .v2 = first_share(q), .style = 1};
        snprintf(mark[n].label, sizeof mark->label, "%s  %.72s", q->arm, pp_page_what(p, q));
        snprintf(mark[n].text, sizeof mark->text, "%s (%s)", pp_percent_str(s.share, share),
                 pp_interval_str(s.interval, range));
        n++;
    }
    g->sheet->picture(g->sheet, &(struct pp_picture){
                                    .kind = PP_PICTURE_DOTS,
                                    .id = pp_page_id(g, p, "p-arms", id),
                                    .title = "Share of targets that do not let it through",
                                    .what = "For each arm the confirmed share with its 95 % interval, and the share "
                                            "that a single trial would have given.",
                                    .table = table,
                                    .mark = mark,
                                    .n = n,
                                });
}

static void arms(struct pp_page *g, const struct pp_part *p)
{
    struct pp_table t;
    char id[32];
    bool any_base = false;

    pp_table_init(&t, pp_page_id(g, p, "arms", id),
                  "What does not get through, arm by arm: confirmed, and beside it what one trial would have said",
                  arm_columns, sizeof arm_columns / sizeof *arm_columns);
    for (unsigned i = 0; i < p->nquestions; i++)
        if (p->question[i].connectivity && !p->question[i].alone) {
            arm_row(&t, p, &p->question[i]);
            any_base |= p->question[i].base >= 0;
        }
    if (t.rows) {
        picture_arms(g, p, id);
        g->sheet->table(g->sheet, &t);
        g->sheet->note(
            g->sheet,
            "Shares are of the targets that were reached (any arm got through). Intervals take targets of one "
            "/24 or /48, or of one AS, for witnesses that may fail together, and are the wider of the two. Where none "
            "is broken they are taken to fail together as those of other arms do. Unstable: the rounds disagree; "
            "transient: the treatment gets through and the baseline does not.");
    }
    if (any_base)
        pp_page_say(g->sheet->note, g->sheet,
                    "\"with B1\": counted among the targets that let B1 through, as B1 is a part of what this arm "
                    "sends. Where B1 is broken this arm cannot get through either: such targets are counted once, "
                    "with B1%s.",
                    g->sheet->verbatim ? "" : ", and stand here under \"broken below\"; the list has them as broken");
    pp_table_release(&t);
    pp_table_init(&t, pp_page_id(g, p, "alone", id), "Which targets answer?", alone_columns, 4);
    for (unsigned i = 0; i < p->nquestions; i++) {
        const struct pp_question *q = &p->question[i];
        int offline = pp_question_member(q, PP_VERDICT_OFFLINE);
        if (!q->connectivity || !q->alone)
            continue;
        pp_table_text(&t, "%s", q->stem);
        pp_table_count(&t, q->lines);
        pp_table_count(&t, based(q, PP_VERDICT_WORKS));
        pp_table_count(&t, offline < 0 ? 0 : q->member[offline].n);
    }
    g->sheet->table(g->sheet, &t);
    pp_table_release(&t);
}

/* ---- by one trial alone ----------------------------------------------------------------------------------------- */

static const struct pp_column trial_columns[] = {
    {"arm", PP_COLUMN_NAME, false},
    {"what it sends", PP_COLUMN_TEXT, true},
    {"targets", PP_COLUMN_NUMBER, false},
    {"failed only with it", PP_COLUMN_NUMBER, false},
    {"only without it", PP_COLUMN_NUMBER, false},
    {"by chance (p)", PP_COLUMN_NUMBER, false},
};

static void trials(struct pp_page *g, const struct pp_part *p)
{
    struct pp_table t;
    char id[32];

    pp_table_init(&t, pp_page_id(g, p, "trial", id), "One trial each: what it says of all targets together",
                  trial_columns, sizeof trial_columns / sizeof *trial_columns);
    for (unsigned i = 0; i < p->nquestions; i++) {
        const struct pp_question *q = &p->question[i];
        double chance = pp_mcnemar(q->pairs.b_only, q->pairs.a_only);
        if (!q->connectivity || q->alone || q->left_out || !q->pairs.n)
            continue;
        pp_table_text(&t, "%s", q->arm);
        pp_table_text(&t, "%s", pp_page_what(p, q));
        pp_table_count(&t, q->pairs.n);
        pp_table_count(&t, q->pairs.b_only);
        pp_table_count(&t, q->pairs.a_only);
        pp_table_number(&t, chance, chance < 1e-4 ? "%.0e" : "%.2g", chance);
    }
    g->sheet->table(g->sheet, &t);
    if (t.rows)
        g->sheet->note(g->sheet,
                       "In round 1 each target was asked once with the treatment and once without. If that made no "
                       "difference, as many would fail only with it as only without; p is the chance of so uneven a "
                       "count then (McNemar's test, which takes targets for independent). A target at which an arm is "
                       "broken is not counted in the rows of arms that send what that one does, and more.");
    pp_table_release(&t);
}

/* ---- conditions besides ----------------------------------------------------------------------------------------- */

enum direction { BOTH, FORWARD, REVERSE };

static bool has(const char *name, const char *const *pieces)
{
    for (; *pieces; pieces++)
        if (strstr(name, *pieces))
            return true;
    return false;
}

/* The direction that a condition is about, by its name: see pathprobe-experiments(7). */
static enum direction direction_of(const char *stem)
{
    static const char *const forward[] = {".fwd", "l4s.", ".local", ".ip", ".length", ".ocs", "changed", NULL};
    static const char *const reverse[] = {".rev",      ".ipmark", ".mark",       ".remote",
                                          ".received", "dscp.",   "unsolicited", NULL};

    if (has(stem, reverse))
        return REVERSE;
    return has(stem, forward) ? FORWARD : BOTH;
}

static const struct pp_column condition_columns[] = {
    {"condition", PP_COLUMN_NAME, false},
    {"targets", PP_COLUMN_NUMBER, false},
    {"of", PP_COLUMN_NUMBER, false},
    {"share", PP_COLUMN_NUMBER, false},
    {"95 % interval", PP_COLUMN_NUMBER, false},
    {"by one trial", PP_COLUMN_NUMBER, false},
};

static void condition_rows(struct pp_table *t, const struct pp_part *p, const struct pp_question *q)
{
    char text[PP_INTERVAL_STRLEN];

    for (unsigned i = 0; i < q->nmembers; i++) {
        struct pp_share s = pp_part_share(p, q, i);
        pp_table_text(t, "%s%s%s", q->stem, *q->member[i].name ? "." : "", q->member[i].name);
        pp_table_count(t, s.k);
        pp_table_count(t, s.n);
        pp_table_percent(t, s.share);
        pp_table_number(t, s.interval.high, "%s", pp_interval_str(s.interval, text));
        pp_table_count(t, q->member[i].first);
    }
}

static void picture_conditions(struct pp_page *g, const struct pp_part *p, enum direction d, const char *id,
                               const char *title, const char *table)
{
    static const unsigned style[] = {0, 2, 4, 5, 6, 7, 3}; /* none of them is the one for broken */
    struct pp_mark *mark = calloc(PICTURED * PP_MEMBERS_MAX, sizeof *mark);
    const char *name[PICTURED];
    unsigned n = 0, rows = 0;

    for (unsigned i = 0; mark && i < p->nquestions && rows < PICTURED; i++) {
        const struct pp_question *q = &p->question[i];
        if (q->connectivity || !q->lines || q->nmembers < 2 || direction_of(q->stem) != d)
            continue;
        name[rows] = q->stem;
        for (unsigned k = 0; k < q->nmembers; k++) {
            mark[n] = (struct pp_mark){.v = pp_part_share(p, q, k).share, .y = rows, .style = style[k % 7]};
            snprintf(mark[n].label, sizeof mark->label, "%s %.3g %%", q->member[k].name, 100 * mark[n].v);
            n += mark[n].v > 0;
        }
        rows++;
    }
    if (n)
        g->sheet->picture(
            g->sheet,
            &(struct pp_picture){
                .kind = PP_PICTURE_STACK,
                .id = id,
                .title = title,
                .what = "A bar for each group of conditions that exclude each other, divided as its targets are.",
                .table = table,
                .mark = mark,
                .n = n,
                .ny = rows,
                .name = name,
            });
    free(mark);
}

static void conditions(struct pp_page *g, const struct pp_part *p, enum direction d)
{
    static const struct {
        const char *id, *picture, *title, *caption;
    } of[] = {
        [BOTH] = {"answers", "p-answers", "How targets answered, as shares",
                  "What targets agreed to or reported (there and back)"},
        [FORWARD] = {"forward", "p-forward", "What became of our packets, as shares",
                     "Forward: what became of packets on the way to the targets"},
        [REVERSE] = {"reverse", "p-reverse", "What packets of the targets showed, as shares",
                     "Reverse: what the packets of the targets showed"},
    };
    struct pp_table t;
    char id[32], picture[32];

    pp_table_init(&t, pp_page_id(g, p, of[d].id, id), of[d].caption, condition_columns, 6);
    for (unsigned i = 0; i < p->nquestions; i++)
        if (!p->question[i].connectivity && p->question[i].lines && direction_of(p->question[i].stem) == d)
            condition_rows(&t, p, &p->question[i]);
    if (t.rows)
        picture_conditions(g, p, d, pp_page_id(g, p, of[d].picture, picture), of[d].title, id);
    g->sheet->table(g->sheet, &t);
    pp_table_release(&t);
}

static const struct pp_column word_columns[] = {
    {"condition", PP_COLUMN_NAME, false}, {"word", PP_COLUMN_NAME, false},
    {"targets", PP_COLUMN_NUMBER, false}, {"of", PP_COLUMN_NUMBER, false},
    {"share", PP_COLUMN_NUMBER, false},   {"95 % interval", PP_COLUMN_NUMBER, false},
};

/* Writes the words that only merged observations have: of several runs or vantage points. */
static void merged_words(struct pp_page *g, const struct pp_part *p)
{
    struct pp_table t;
    char id[32], text[PP_INTERVAL_STRLEN];

    if (!p->merged)
        return;
    pp_table_init(&t, pp_page_id(g, p, "words", id), "What runs and vantage points say together", word_columns, 6);
    for (unsigned i = 0; i < p->nquestions; i++)
        for (unsigned k = 0; p->question[i].connectivity && k < p->question[i].nmembers; k++) {
            struct pp_share s = pp_part_share(p, &p->question[i], k);
            if (p->question[i].member[k].word == PP_VERDICT_OFFLINE)
                continue;
            pp_table_text(&t, "%s", p->question[i].stem);
            pp_table_text(&t, "%s", p->question[i].member[k].name);
            pp_table_count(&t, s.k);
            pp_table_count(&t, s.n);
            pp_table_percent(&t, s.share);
            pp_table_number(&t, s.interval.high, "%s", pp_interval_str(s.interval, text));
        }
    g->sheet->table(g->sheet, &t);
    if (t.rows)
        g->sheet->note(g->sheet,
                       "path_dependent: surely broken from one vantage point and surely working from another. A "
                       "candidate is not sure yet: `pathprobe merge --recheck` says what to ask again.");
    pp_table_release(&t);
}

void pp_page_found(struct pp_page *g, const struct pp_part *p)
{
    char id[32];

    if (!p->nquestions)
        return;
    g->sheet->heading(g->sheet, pp_page_id(g, p, "found", id), "What was found");
    arms(g, p);
    merged_words(g, p);
    conditions(g, p, BOTH);
    conditions(g, p, FORWARD);
    conditions(g, p, REVERSE);
    trials(g, p);
    if (p->more_names)
        pp_page_say(g->sheet->warning, g->sheet,
                    "%llu conditions are not counted: there are more different names than a "
                    "report keeps apart.",
                    (unsigned long long)p->more_names);
}
