/* SPDX-License-Identifier: BSD-2-Clause */
/* page_located.c: places at which the path changes or drops a treatment, as intervals of hops. */
#include "page.h"

#include <stdlib.h>

#define PICTURED 25
#define ROWS 500

static const struct pp_column columns[] = {
    {"target", PP_COLUMN_NAME, false},      {"arm", PP_COLUMN_NAME, false},
    {"finding", PP_COLUMN_TEXT, false},     {"still as sent at", PP_COLUMN_NAME, false},
    {"changed at", PP_COLUMN_NAME, false},  {"silent between", PP_COLUMN_NUMBER, true},
    {"evidence e", PP_COLUMN_NUMBER, true}, {"caveat", PP_COLUMN_TEXT, true},
};

static const char *text_of(const json_t *o, const char *key)
{
    const char *text = json_string_value(json_object_get(o, key));

    return text ? text : "";
}

static void scalar(char text[48], const json_t *v)
{
    if (json_is_string(v))
        snprintf(text, 48, "%s", json_string_value(v));
    else if (json_is_number(v))
        snprintf(text, 48, "%g", json_number_value(v));
    else
        text[0] = '\0';
}

/* "ip.ecn 2 -> 0 on data", "drop on syn" */
static void finding(char text[200], const json_t *l)
{
    char sent[48], seen[48];

    scalar(sent, json_object_get(l, "sent"));
    scalar(seen, json_object_get(l, "seen"));
    if (strcmp(text_of(l, "kind"), "rewrite") == 0)
        snprintf(text, 200, "%s %s -> %s on %s", text_of(l, "field"), sent, seen, text_of(l, "on"));
    else
        snprintf(text, 200, "%s on %s", text_of(l, "kind"), text_of(l, "on"));
}

/* "hop 5, 198.51.100.9, AS64501" */
static void end_of(struct pp_table *t, const json_t *end)
{
    const json_t *asn = json_object_get(end, "asn");
    double ttl = json_number_value(json_object_get(end, "ttl"));

    if (!json_is_object(end))
        pp_table_text(t, "not known");
    else if (json_is_number(asn))
        pp_table_number(t, ttl, "hop %g, %s, AS%.0f", ttl, text_of(end, "addr"), json_number_value(asn));
    else
        pp_table_number(t, ttl, "hop %g, %s", ttl, text_of(end, "addr"));
}

static double ttl_of(const json_t *l, const char *end)
{
    return json_number_value(json_object_get(json_object_get(l, end), "ttl"));
}

static void row(struct pp_table *t, const struct pp_report_located *at, const json_t *l)
{
    char target[PP_TARGET_STRLEN], text[200];
    const json_t *e = json_object_get(l, "e");

    finding(text, l);
    pp_table_text(t, "%s", pp_target_str(&at->addr, at->port, target));
    pp_table_text(t, "%s", text_of(l, "arm"));
    pp_table_text(t, "%s", text);
    end_of(t, json_object_get(l, "from"));
    end_of(t, json_object_get(l, "to"));
    pp_table_count(t, (uint64_t)json_number_value(json_object_get(l, "silent")));
    if (json_is_number(e))
        pp_table_number(t, json_number_value(e), "%.4g", json_number_value(e));
    else
        pp_table_text(t, "-");
    pp_table_text(t, "%s", text_of(l, "why"));
}

static bool mark_of(struct pp_mark *m, const struct pp_report_located *at, const json_t *l)
{
    char addr[PP_ADDR_STRLEN], text[200];
    double from = ttl_of(l, "from"), to = ttl_of(l, "to");

    if (from < 1 || from > 64 || to > 64)
        return false;
    finding(text, l);
    *m = (struct pp_mark){.low = from, .high = to, .v2 = to};
    snprintf(m->label, sizeof m->label, "%s %s", pp_addr_str(&at->addr, addr), text_of(l, "arm"));
    return true;
}

void pp_page_located(struct pp_page *g, const struct pp_part *p)
{
    struct pp_mark mark[PICTURED];
    struct pp_table t;
    unsigned n = 0;
    char id[32], picture[32];

    if (!p->nlocated)
        return;
    g->sheet->heading(g->sheet, pp_page_id(g, p, "located", id), "At which hop");
    g->sheet->prose(
        g->sheet,
        "Each place is an interval: the farther end of what still arrived as sent, and the nearer end of what "
        "did not. Which box between them is to blame cannot be told from here.");
    pp_table_init(&t, pp_page_id(g, p, "places", id), "Places where a treatment is changed, dropped or answered",
                  columns, sizeof columns / sizeof *columns);
    t.of = p->all_located;
    t.where = "`pathprobe report --csv located` has all of them";
    for (unsigned i = 0; i < p->nlocated && i < ROWS; i++) {
        json_t *l = p->located[i].json ? json_loads(p->located[i].json, 0, NULL) : NULL;
        if (json_is_object(l))
            row(&t, &p->located[i], l);
        if (json_is_object(l) && n < PICTURED)
            n += mark_of(&mark[n], &p->located[i], l);
        json_decref(l);
    }
    g->sheet->picture(g->sheet, &(struct pp_picture){
                                    .kind = PP_PICTURE_LADDER,
                                    .id = pp_page_id(g, p, "p-located", picture),
                                    .title = "Hops from this vantage point: the place is in the hatched interval",
                                    .what = "A line of hops for each finding, from the vantage point on; the interval "
                                            "in which the change lies is hatched.",
                                    .table = id,
                                    .mark = mark,
                                    .n = n,
                                });
    g->sheet->table(g->sheet, &t);
    pp_table_release(&t);
}
