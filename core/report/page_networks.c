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

const char *pp_key_str(enum pp_key_kind kind, uint64_t key, char text[64])
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
    {"by chance (p)", PP_COLUMN_NUMBER, false},
};

static const struct pp_column as_columns[] = {
    {"network", PP_COLUMN_NAME, false},         {"name", PP_COLUMN_TEXT, true},
    {"reached", PP_COLUMN_NUMBER, false},       {"broken", PP_COLUMN_NUMBER, false},
    {"share", PP_COLUMN_NUMBER, false},         {"95 % interval", PP_COLUMN_NUMBER, false},
    {"of all broken", PP_COLUMN_NUMBER, false}, {"by chance (p)", PP_COLUMN_NUMBER, false},
};

/* What is counted: the targets of a question, or of all together. */
struct counted {
    unsigned column;
    const char *what; /* "ECN-setup SYNs" */
    struct pp_share share;
    uint64_t broken, all; /* in networks that are known */
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

static const char *const word[] = {[PP_KEY_AS] = "AS", [PP_KEY_COUNTRY] = "country", [PP_KEY_PREFIX] = "/24 or /48"};

static void picture(struct pp_page *g, const struct pp_part *p, const struct counted *c, enum pp_key_kind kind,
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
        pp_key_str(kind, p->keys[kind].key[all[i].index], m->label);
        snprintf(m->text, sizeof m->text, "%s of %u", pp_percent_str(m->v, share), all[i].n);
    }
    snprintf(title, sizeof title, "%.120s broken, by %s: where most surely", c->what, word[kind]);
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

static void row(struct pp_table *t, const struct pp_part *p, const struct counted *c, enum pp_key_kind kind,
                const struct network *n, unsigned large)
{
    const struct pp_keys *k = &p->keys[kind];
    char text[64], *name = k->name && k->name[n->index] ? pp_json_text(k->name[n->index]) : NULL;
    double chance = pp_page_chance(n->broken, n->n, c->broken, c->all, pp_page_effect(c->share, kind), large);

    pp_table_text(t, "%s", pp_key_str(kind, k->key[n->index], text));
    if (kind == PP_KEY_AS)
        pp_table_text(t, "%s", name ? name : "");
    pp_table_count(t, n->n);
    pp_table_count(t, n->broken);
    pp_table_percent(t, (double)n->broken / n->n);
    pp_table_number(t, n->interval.low, "%s", pp_interval_str(n->interval, text));
    pp_table_percent(t, c->share.k ? (double)n->broken / (double)c->share.k : 0);
    pp_table_number(t, chance, chance < 1e-4 ? "%.0e" : "%.2g", chance);
    free(name);
}

static void networks(struct pp_page *g, const struct pp_part *p, struct counted *c, enum pp_key_kind kind)
{
    static const char *const tag[] = {[PP_KEY_AS] = "as", [PP_KEY_COUNTRY] = "cc", [PP_KEY_PREFIX] = "net"};
    const struct pp_keys *k = &p->keys[kind];
    uint64_t small, small_broken;
    char id[32], caption[256], count[2][PP_COUNT_STRLEN];
    struct network *all;
    struct pp_table t;
    unsigned n;

    if (!k->column[c->column].n)
        return;
    all = large_ones(k, c->column, &n, &small_broken, &small);
    if (!all) {
        g->sheet->out->failed = true;
        return;
    }
    c->broken = c->all = 0;
    for (uint32_t i = 0; i < k->n; i++) {
        c->all += k->column[c->column].n[i];
        c->broken += k->column[c->column].broken[i];
    }
    for (unsigned i = 0; i < n; i++)
        all[i].interval = all[i].broken || n < 5000 ? pp_binomial_interval(all[i].broken, all[i].n, 0.95)
                                                    : (struct pp_interval){.low = 0, .high = 1};
    qsort(all, n, sizeof *all, by_share);
    snprintf(caption, sizeof caption, "%.120s broken, by %s, of those with %d reached targets or more", c->what,
             word[kind], PP_NETWORK_MIN);
    snprintf(id, sizeof id, c->column == PP_KEYS_ANY ? "%s-%u-any" : "%s-%u-%u", tag[kind],
             (unsigned)(p - g->report->part), c->column);
    pp_table_init(&t, id, caption, kind == PP_KEY_AS ? as_columns : columns,
                  kind == PP_KEY_AS ? sizeof as_columns / sizeof *as_columns : sizeof columns / sizeof *columns);
    t.of = n;
    for (unsigned i = 0; i < n && i < ROWS; i++)
        row(&t, p, c, kind, &all[i], n);
    if (t.rows)
        picture(g, p, c, kind, all, n, id);
    g->sheet->table(g->sheet, &t);
    if (small_broken)
        pp_page_say(g->sheet->note, g->sheet,
                    "By %s, %s broken targets are in %s networks of fewer than %d, which are not shown.", word[kind],
                    pp_count_str(small_broken, count[0]), pp_count_str(small, count[1]), PP_NETWORK_MIN);
    pp_table_release(&t);
    free(all);
}

static void all_kinds(struct pp_page *g, const struct pp_part *p, struct counted *c)
{
    for (int kind = 0; kind < PP_KEY_KINDS; kind++)
        networks(g, p, c, (enum pp_key_kind)kind);
}

void pp_page_networks(struct pp_page *g, const struct pp_part *p)
{
    struct counted any = {.column = PP_KEYS_ANY, .what = "Any arm", .share = pp_part_share_broken(p)};
    unsigned broken = 0, shown = 0;
    uint64_t left_out = 0;
    char id[32];

    if (!p->any_broken)
        return;
    g->sheet->heading(g->sheet, pp_page_id(g, p, "networks", id), "Where it is broken");
    if (!p->keys[PP_KEY_AS].n)
        g->sheet->prose(g->sheet,
                        "The observations say nothing of ASes and countries: `pathprobe annotate` puts them in.");
    all_kinds(g, p, &any);
    for (unsigned q = 0; q < p->nquestions; q++) {
        int m = p->question[q].connectivity ? pp_question_member(&p->question[q], PP_VERDICT_BROKEN) : -1;
        broken += m >= 0 && p->question[q].member[m].based;
    }
    for (unsigned q = 0; broken > 1 && q < p->nquestions && shown < 4; q++) {
        int m = p->question[q].connectivity ? pp_question_member(&p->question[q], PP_VERDICT_BROKEN) : -1;
        char what[160];
        if (m < 0 || !p->question[q].member[m].based)
            continue;
        snprintf(what, sizeof what, "%s %.120s", p->question[q].arm, pp_page_what(p, &p->question[q]));
        all_kinds(
            g, p,
            &(struct counted){.column = q, .what = what, .share = pp_part_share(p, &p->question[q], (unsigned)m)});
        shown++;
    }
    for (int kind = 0; kind < PP_KEY_KINDS; kind++)
        left_out += p->keys[kind].left_out;
    g->sheet->note(g->sheet,
                   "Small groups look extreme by chance: the tables begin with those whose interval begins highest. "
                   "Targets of one network may stand behind one middlebox, so an interval says how sure the share of "
                   "that network is, not how many middleboxes there are.");
    g->sheet->note(
        g->sheet,
        "By chance (p): how likely as many or more broken targets would be in some network of this size if those "
        "that are broken were spread over all at random, with neighbours of one prefix taken together (Fisher's "
        "exact test, corrected for the networks of the table). Below 0.01 a network stands out.");
    if (left_out)
        pp_page_say(g->sheet->warning, g->sheet,
                    "%" PRIu64 " counts of networks found no room: those that came first are counted.", left_out);
}
