/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * page_sent.c: pictures of arms whose packets form a grid, of ECN and DSCP or of sizes. Such a picture shows whether
 * packets are lost for one of both values alone or for both together, and from which size on. Which arms form a grid
 * follows from the templates of their packets.
 */
#include "page.h"

#include <stdlib.h>

#define SIZE_MIN 1000 /* bytes of a packet: an arm with larger ones is about their size */

/* An arm that is judged, and what it sends. */
struct cell {
    const struct pp_question *q;
    struct pp_sent sent;
};

struct grid {
    struct cell cell[PP_MAX_ARMS];
    unsigned n;
    struct pp_sent baseline;
};

static bool cells_of(const struct pp_part *p, struct grid *grid)
{
    grid->n = 0;
    for (unsigned i = 0; i < p->nquestions && grid->n < PP_MAX_ARMS; i++) {
        struct cell *c = &grid->cell[grid->n];
        c->q = &p->question[i];
        grid->n += c->q->connectivity && !c->q->alone && pp_sent_of(p->arms, c->q->arm, &c->sent);
    }
    return grid->n && pp_sent_of(p->arms, "A", &grid->baseline);
}

static struct pp_share broken(const struct pp_part *p, const struct pp_question *q)
{
    int m = pp_question_member(q, PP_VERDICT_BROKEN);

    return m < 0 ? (struct pp_share){.n = q->n, .interval = {.low = 0, .high = 1}} : pp_part_share(p, q, (unsigned)m);
}

static int by_number(const void *x, const void *y)
{
    unsigned a = *(const unsigned *)x, b = *(const unsigned *)y;

    return (a > b) - (a < b);
}

/* Sorts N values and removes duplicates; returns how many are left. */
static unsigned different(unsigned *value, unsigned n)
{
    unsigned k = 0;

    qsort(value, n, sizeof *value, by_number);
    for (unsigned i = 0; i < n; i++)
        if (!i || value[i] != value[k - 1])
            value[k++] = value[i];
    return k;
}

static unsigned place(const unsigned *value, unsigned n, unsigned v)
{
    for (unsigned i = 0; i < n; i++)
        if (value[i] == v)
            return i;
    return 0;
}

/* ---- ECN and DSCP ----------------------------------------------------------------------------------------------- */

static const char *const ecn_name[] = {"Not-ECT", "ECT(1)", "ECT(0)", "CE"};

/* The DSCPs and ECN fields that arms and the baseline send; each pair of them once at most, or it is no grid. */
static bool codepoints_of(const struct grid *grid, unsigned dscp[PP_MAX_ARMS + 1], unsigned *ndscp,
                          unsigned ecn[PP_MAX_ARMS + 1], unsigned *necn)
{
    uint64_t seen[4] = {[0] = 0};

    for (unsigned i = 0; i < grid->n; i++) {
        const struct pp_sent *s = &grid->cell[i].sent;
        if (seen[s->ecn] >> s->dscp & 1)
            return false;
        seen[s->ecn] |= UINT64_C(1) << s->dscp;
        dscp[i] = s->dscp;
        ecn[i] = s->ecn;
    }
    dscp[grid->n] = grid->baseline.dscp;
    ecn[grid->n] = grid->baseline.ecn;
    *ndscp = different(dscp, grid->n + 1);
    *necn = different(ecn, grid->n + 1);
    return *ndscp > 1 && *necn > 1;
}

static const struct pp_column codepoint_columns[] = {
    {"ECN", PP_COLUMN_NAME, false},        {"DSCP", PP_COLUMN_NUMBER, false},   {"arm", PP_COLUMN_NAME, false},
    {"reached", PP_COLUMN_NUMBER, false},  {"broken", PP_COLUMN_NUMBER, false}, {"share", PP_COLUMN_NUMBER, false},
    {"95 % interval", PP_COLUMN_NUMBER, false},
};

static void codepoints(struct pp_page *g, const struct pp_part *p, const struct grid *grid)
{
    unsigned dscp[PP_MAX_ARMS + 1] = {0}, ecn[PP_MAX_ARMS + 1] = {0}, ndscp, necn;
    char id[32], picture[32], range[PP_INTERVAL_STRLEN], share[PP_PERCENT_STRLEN], text[PP_MAX_ARMS + 1][8];
    const char *name[PP_MAX_ARMS + 1 + 4];
    struct pp_mark mark[PP_MAX_ARMS + 1];
    struct pp_table t;

    if (!codepoints_of(grid, dscp, &ndscp, ecn, &necn))
        return;
    for (unsigned i = 0; i < ndscp; i++) {
        snprintf(text[i], sizeof text[i], "%u", dscp[i]);
        name[i] = text[i];
    }
    for (unsigned i = 0; i < necn; i++)
        name[ndscp + i] = ecn_name[ecn[i]];
    pp_table_init(&t, pp_page_id(g, p, "codepoints", id), "ECN field by DSCP: targets that do not let both through",
                  codepoint_columns, sizeof codepoint_columns / sizeof *codepoint_columns);
    for (unsigned i = 0; i < grid->n; i++) {
        const struct cell *c = &grid->cell[i];
        struct pp_share s = broken(p, c->q);
        mark[i] = (struct pp_mark){
            .x = place(dscp, ndscp, c->sent.dscp), .y = place(ecn, necn, c->sent.ecn), .v = s.share};
        snprintf(mark[i].label, sizeof mark->label, "%s, DSCP %u (%s): %s broken", ecn_name[c->sent.ecn], c->sent.dscp,
                 c->q->arm, pp_percent_str(s.share, share));
        snprintf(mark[i].text, sizeof mark->text, "%.2g %%", 100 * s.share);
        pp_table_text(&t, "%s", ecn_name[c->sent.ecn]);
        pp_table_number(&t, c->sent.dscp, "%u", c->sent.dscp);
        pp_table_text(&t, "%s", c->q->arm);
        pp_table_count(&t, s.n);
        pp_table_count(&t, s.k);
        pp_table_percent(&t, s.share);
        pp_table_number(&t, s.interval.high, "%s", pp_interval_str(s.interval, range));
    }
    mark[grid->n] = (struct pp_mark){.x = place(dscp, ndscp, grid->baseline.dscp),
                                     .y = place(ecn, necn, grid->baseline.ecn),
                                     .label = "the baseline",
                                     .text = "A"};
    g->sheet->picture(g->sheet, &(struct pp_picture){
                                    .kind = PP_PICTURE_HEAT,
                                    .id = pp_page_id(g, p, "p-codepoints", picture),
                                    .title = "Share of targets that do not let an ECN field with a DSCP through",
                                    .what = "A row for each ECN field, a column for each DSCP, and the share of "
                                            "broken targets; A is the baseline.",
                                    .table = id,
                                    .mark = mark,
                                    .n = grid->n + 1,
                                    .nx = ndscp,
                                    .ny = necn,
                                    .name = name,
                                });
    g->sheet->table(g->sheet, &t);
    g->sheet->note(g->sheet,
                   "A whole row that is dark is lost for its ECN field, a whole column for its DSCP; a single cell for "
                   "both together, as where a router takes them for the TOS byte of old.");
    pp_table_release(&t);
}

/* ---- sizes ------------------------------------------------------------------------------------------------------ */

/* True if the arms have at least two sizes that are large and differ from the baseline's. */
static bool are_sizes(const struct grid *grid)
{
    unsigned size[PP_MAX_ARMS] = {0}, n = 0;

    for (unsigned i = 0; i < grid->n; i++)
        if (grid->cell[i].sent.bytes >= SIZE_MIN && grid->cell[i].sent.bytes != grid->baseline.bytes)
            size[n++] = grid->cell[i].sent.bytes;
    return different(size, n) > 1;
}

static int by_size(const void *x, const void *y)
{
    const struct cell *a = x, *b = y;

    if (a->sent.bytes != b->sent.bytes)
        return a->sent.bytes < b->sent.bytes ? -1 : 1;
    return strcmp(a->q->arm, b->q->arm);
}

static const struct pp_column size_columns[] = {
    {"bytes", PP_COLUMN_NUMBER, false},   {"arm", PP_COLUMN_NAME, false},       {"reached", PP_COLUMN_NUMBER, false},
    {"works", PP_COLUMN_NUMBER, false},   {"broken", PP_COLUMN_NUMBER, false},  {"transient", PP_COLUMN_NUMBER, true},
    {"unstable", PP_COLUMN_NUMBER, true}, {"share broken", PP_COLUMN_NUMBER, false},
    {"95 % interval", PP_COLUMN_NUMBER, false},
};

static const enum pp_verdict size_words[] = {PP_VERDICT_WORKS, PP_VERDICT_BROKEN, PP_VERDICT_TRANSIENT,
                                             PP_VERDICT_UNSTABLE};
#define SIZE_WORDS (sizeof size_words / sizeof *size_words)

static void sizes(struct pp_page *g, const struct pp_part *p, struct grid *grid)
{
    char id[32], picture[32], range[PP_INTERVAL_STRLEN], share[PP_PERCENT_STRLEN], text[PP_MAX_ARMS][24];
    const char *name[PP_MAX_ARMS + SIZE_WORDS];
    struct pp_mark mark[PP_MAX_ARMS * SIZE_WORDS];
    struct pp_table t;
    unsigned n = 0;

    if (!are_sizes(grid))
        return;
    qsort(grid->cell, grid->n, sizeof *grid->cell, by_size);
    pp_table_init(&t, pp_page_id(g, p, "sizes", id), "By the size of the longest packet, with its IP header",
                  size_columns, sizeof size_columns / sizeof *size_columns);
    for (unsigned i = 0; i < grid->n; i++) {
        const struct cell *c = &grid->cell[i];
        struct pp_share s = broken(p, c->q);
        snprintf(text[i], sizeof text[i], "%s %u", c->q->arm, c->sent.bytes);
        name[i] = text[i];
        pp_table_number(&t, c->sent.bytes, "%u", c->sent.bytes);
        pp_table_text(&t, "%s", c->q->arm);
        pp_table_count(&t, s.n);
        for (unsigned w = 0; w < SIZE_WORDS; w++) {
            int m = pp_question_member(c->q, size_words[w]);
            uint64_t k = m < 0 ? 0 : c->q->member[m].based;
            struct pp_mark *cell = &mark[n++];
            *cell = (struct pp_mark){.x = i, .y = w, .v = s.n ? (double)k / (double)s.n : 0};
            snprintf(cell->label, sizeof cell->label, "%u bytes (%s): %s %s", c->sent.bytes, c->q->arm,
                     pp_percent_str(cell->v, share), pp_verdict_name[size_words[w]]);
            snprintf(cell->text, sizeof cell->text, "%.3g %%", 100 * cell->v);
            pp_table_count(&t, k);
        }
        pp_table_percent(&t, s.share);
        pp_table_number(&t, s.interval.high, "%s", pp_interval_str(s.interval, range));
    }
    for (unsigned w = 0; w < SIZE_WORDS; w++)
        name[grid->n + w] = pp_verdict_name[size_words[w]];
    g->sheet->picture(g->sheet, &(struct pp_picture){
                                    .kind = PP_PICTURE_HEAT,
                                    .id = pp_page_id(g, p, "p-sizes", picture),
                                    .title = "Which sizes get through",
                                    .what = "A column for each arm, by the bytes of its longest packet; a row for each "
                                            "word, and the share of targets with it.",
                                    .table = id,
                                    .mark = mark,
                                    .n = n,
                                    .nx = grid->n,
                                    .ny = SIZE_WORDS,
                                    .name = name,
                                });
    g->sheet->table(g->sheet, &t);
    pp_page_say(g->sheet->note, g->sheet,
                "The baseline's longest packet has %u bytes. Sizes are those of the templates in the metadata: of "
                "IPv4, where the vantage point has it.",
                grid->baseline.bytes);
    pp_table_release(&t);
}

bool pp_page_has_sent(const struct pp_part *p)
{
    unsigned dscp[PP_MAX_ARMS + 1] = {0}, ecn[PP_MAX_ARMS + 1] = {0}, ndscp, necn;
    struct grid grid;

    return cells_of(p, &grid) && (are_sizes(&grid) || codepoints_of(&grid, dscp, &ndscp, ecn, &necn));
}

void pp_page_sent(struct pp_page *g, const struct pp_part *p)
{
    struct grid grid;

    if (!cells_of(p, &grid))
        return;
    codepoints(g, p, &grid);
    sizes(g, p, &grid);
}
