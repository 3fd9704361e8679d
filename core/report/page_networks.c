/* SPDX-License-Identifier: BSD-2-Clause */
/* page_networks.c: where broken targets are: by AS, country and prefix, and the places that were located. */
#include "page.h"

#include "../base/prose.h"

#include <inttypes.h>
#include <stdlib.h>

#define ROWS 100
#define PICTURED 15

struct network {
    uint32_t index, n, broken;
    struct pp_interval interval;
};

/* ---- names ------------------------------------------------------------------------------------------------------ */

static const char *key_str(enum pp_key_kind kind, uint64_t key, char text[64])
{
    uint8_t raw[16] = {0};
    char addr[PP_ADDR_STRLEN];
    struct pp_addr a;

    switch (kind) {
    case PP_KEY_AS:
        snprintf(text, 64, "AS%u", (unsigned)(key & UINT32_MAX));
        break;
    case PP_KEY_COUNTRY:
        snprintf(text, 64, "%c%c", (int)(key >> 8 & 0xff), (int)(key & 0xff));
        break;
    default:
        if (key >> 24 == 1) {
            for (int i = 0; i < 3; i++)
                raw[i] = (uint8_t)(key >> (16 - 8 * i));
            a = pp_addr_from4(raw);
            snprintf(text, 64, "%s/24", pp_addr_str(&a, addr));
        } else {
            for (int i = 0; i < 6; i++)
                raw[i] = (uint8_t)(key >> (40 - 8 * i));
            a = pp_addr_from16(raw);
            snprintf(text, 64, "%s/48", pp_addr_str(&a, addr));
        }
    }
    return text;
}

/* ---- a table ---------------------------------------------------------------------------------------------------- */

/* Orders by the lower end of the interval, the largest first. */
static int by_share(const void *x, const void *y)
{
    const struct network *a = x, *b = y;

    if (a->interval.low != b->interval.low)
        return a->interval.low < b->interval.low ? 1 : -1;
    if (a->broken != b->broken)
        return a->broken < b->broken ? 1 : -1;
    return a->n < b->n ? 1 : -1;
}

static const struct pp_column columns[] = {
    {"network", PP_COLUMN_NAME, false},         {"reached", PP_COLUMN_NUMBER, false},
    {"broken", PP_COLUMN_NUMBER, false},        {"share", PP_COLUMN_NUMBER, false},
    {"95 % interval", PP_COLUMN_NUMBER, false}, {"of all broken", PP_COLUMN_NUMBER, false},
};

static const struct pp_column as_columns[] = {
    {"network", PP_COLUMN_NAME, false},         {"name", PP_COLUMN_TEXT, true},
    {"reached", PP_COLUMN_NUMBER, false},       {"broken", PP_COLUMN_NUMBER, false},
    {"share", PP_COLUMN_NUMBER, false},         {"95 % interval", PP_COLUMN_NUMBER, false},
    {"of all broken", PP_COLUMN_NUMBER, false},
};

/* Those of K with 20 targets or more; *SMALL: broken targets of the others, and how many networks these are. */
static struct network *large_ones(const struct pp_keys *k, unsigned q, unsigned *n, uint64_t *small_broken,
                                  uint64_t *small)
{
    struct network *all;

    *n = 0;
    *small = *small_broken = 0;
    for (uint32_t i = 0; i < k->n; i++)
        *n += k->column[q].n[i] >= PP_NETWORK_MIN;
    all = calloc(*n ? *n : 1, sizeof *all);
    *n = 0;
    for (uint32_t i = 0; all && i < k->n; i++) {
        uint32_t of = k->column[q].n[i], broken = k->column[q].broken[i];
        if (of >= PP_NETWORK_MIN) {
            all[(*n)++] = (struct network){.index = i, .n = of, .broken = broken};
        } else {
            *small += of > 0;
            *small_broken += broken;
        }
    }
    return all;
}

static void picture(struct pp_page *g, const struct pp_part *p, const struct pp_question *q, enum pp_key_kind kind,
                    const struct network *all, unsigned n, const char *table)
{
    struct pp_mark mark[PICTURED];
    char title[200], share[PP_PERCENT_STRLEN], name[40];
    unsigned marks = 0;

    for (unsigned i = 0; i < n && marks < PICTURED && all[i].broken; i++) {
        struct pp_mark *m = &mark[marks++];
        *m = (struct pp_mark){.v = (double)all[i].broken / all[i].n,
                              .low = all[i].interval.low,
                              .high = all[i].interval.high,
                              .v2 = -1,
                              .style = 1};
        key_str(kind, p->keys[kind].key[all[i].index], m->label);
        snprintf(m->text, sizeof m->text, "%s of %u", pp_percent_str(m->v, share), all[i].n);
    }
    snprintf(title, sizeof title, "%s broken, where most surely", q->stem);
    snprintf(name, sizeof name, "p-%s", table);
    g->sheet->picture(g->sheet, &(struct pp_picture){
                                    .kind = PP_PICTURE_DOTS,
                                    .id = name,
                                    .title = title,
                                    .what = "The share of broken targets of each network, with its 95 % interval.",
                                    .table = table,
                                    .mark = mark,
                                    .n = marks,
                                });
}

static void networks(struct pp_page *g, const struct pp_part *p, unsigned q, enum pp_key_kind kind)
{
    static const char *const word[] = {
        [PP_KEY_AS] = "AS", [PP_KEY_COUNTRY] = "country", [PP_KEY_PREFIX] = "/24 or /48"};
    static const char *const tag[] = {[PP_KEY_AS] = "as", [PP_KEY_COUNTRY] = "cc", [PP_KEY_PREFIX] = "net"};
    const struct pp_keys *k = &p->keys[kind];
    uint64_t small, small_broken,
        total = p->question[q].member[pp_question_member(&p->question[q], PP_VERDICT_BROKEN)].based;
    char id[32], caption[256], text[64], count[2][PP_COUNT_STRLEN];
    struct network *all;
    struct pp_table t;
    unsigned n;

    if (!k->column[q].n)
        return;
    all = large_ones(k, q, &n, &small_broken, &small);
    if (!all) {
        g->sheet->out->failed = true;
        return;
    }
    for (unsigned i = 0; i < n; i++)
        all[i].interval = all[i].broken || n < 5000 ? pp_binomial_interval(all[i].broken, all[i].n, 0.95)
                                                    : (struct pp_interval){.low = 0, .high = 1};
    qsort(all, n, sizeof *all, by_share);
    snprintf(caption, sizeof caption, "%s broken by %s, of those with %d reached targets or more", p->question[q].stem,
             word[kind], PP_NETWORK_MIN);
    snprintf(id, sizeof id, "%s-%u-%u", tag[kind], (unsigned)(p - g->report->part), q);
    pp_table_init(&t, id, caption, kind == PP_KEY_AS ? as_columns : columns,
                  kind == PP_KEY_AS ? sizeof as_columns / sizeof *as_columns : sizeof columns / sizeof *columns);
    t.of = n;
    for (unsigned i = 0; i < n && i < ROWS; i++) {
        char *name = k->name && k->name[all[i].index] ? pp_json_text(k->name[all[i].index]) : NULL;
        pp_table_text(&t, "%s", key_str(kind, k->key[all[i].index], text));
        if (kind == PP_KEY_AS)
            pp_table_text(&t, "%s", name ? name : "");
        pp_table_count(&t, all[i].n);
        pp_table_count(&t, all[i].broken);
        pp_table_percent(&t, (double)all[i].broken / all[i].n);
        pp_table_number(&t, all[i].interval.low, "%s", pp_interval_str(all[i].interval, text));
        pp_table_percent(&t, total ? (double)all[i].broken / (double)total : 0);
        free(name);
    }
    if (t.rows)
        picture(g, p, &p->question[q], kind, all, n, id);
    g->sheet->table(g->sheet, &t);
    if (small_broken)
        pp_page_say(g->sheet->note, g->sheet,
                    "By %s, %s broken targets are in %s networks of fewer than %d, which are not shown.", word[kind],
                    pp_count_str(small_broken, count[0]), pp_count_str(small, count[1]), PP_NETWORK_MIN);
    pp_table_release(&t);
    free(all);
}

void pp_page_networks(struct pp_page *g, const struct pp_part *p)
{
    char id[32];
    unsigned shown = 0;
    uint64_t left_out = 0;

    for (unsigned q = 0; q < p->nquestions && shown < 4; q++) {
        int broken = p->question[q].connectivity ? pp_question_member(&p->question[q], PP_VERDICT_BROKEN) : -1;
        if (broken < 0 || !p->question[q].member[broken].based)
            continue;
        if (!shown++) {
            g->sheet->heading(g->sheet, pp_page_id(g, p, "networks", id), "Where it is broken");
            if (!p->keys[PP_KEY_AS].n)
                g->sheet->prose(
                    g->sheet, "The observations say nothing of ASes and countries: `pathprobe annotate` puts them in.");
        }
        for (int kind = 0; kind < PP_KEY_KINDS; kind++)
            networks(g, p, q, (enum pp_key_kind)kind);
    }
    for (int kind = 0; kind < PP_KEY_KINDS; kind++)
        left_out += p->keys[kind].left_out;
    if (shown)
        g->sheet->note(
            g->sheet,
            "Small groups look extreme by chance: the tables begin with those whose interval begins highest. "
            "Targets of one network may stand behind one middlebox, so an interval says how sure the share of "
            "that network is, not how many middleboxes there are.");
    if (shown && left_out)
        pp_page_say(g->sheet->warning, g->sheet,
                    "%" PRIu64 " counts of networks found no room: those that came first are counted.", left_out);
}

int64_t pp_page_worst(const struct pp_part *p, unsigned q)
{
    const struct pp_keys *k = &p->keys[PP_KEY_AS];
    int64_t worst = -1;

    for (uint32_t i = 0; k->column[q].n && i < k->n; i++)
        if (k->column[q].n[i] >= PP_NETWORK_MIN && k->column[q].broken[i] &&
            (worst < 0 || k->column[q].broken[i] > k->column[q].broken[worst]))
            worst = i;
    return worst;
}
