/* SPDX-License-Identifier: BSD-2-Clause */
/* page_list.c: the published list, each row with its rounds. */
#include "page.h"

#include <stdlib.h>

#define ROUNDS_SHOWN 16

static const struct pp_column columns[] = {
    {"target", PP_COLUMN_NAME, false}, {"domain", PP_COLUMN_TEXT, true},       {"AS", PP_COLUMN_NUMBER, false},
    {"country", PP_COLUMN_NAME, true}, {"arm", PP_COLUMN_NAME, false},         {"evidence e", PP_COLUMN_NUMBER, false},
    {"failed", PP_COLUMN_NAME, false}, {"by one trial", PP_COLUMN_NAME, true}, {"on the list", PP_COLUMN_NAME, false},
};

/* ---- rounds ----------------------------------------------------------------------------------------------------- */

static void flow(struct pp_buf *out, const json_t *f)
{
    const json_t *icmp = json_object_get(f, "icmp"), *port = json_object_get(f, "sport"),
                 *rtt = json_object_get(f, "rtt_us");
    const char *arm = json_string_value(json_object_get(f, "arm")), *how = json_string_value(json_object_get(f, "how"));
    bool ok = json_is_true(json_object_get(f, "ok"));

    pp_buf_addf(out, "   %-3s%s", arm ? arm : "?", ok ? "ok" : how ? how : "failed");
    if (ok && json_is_number(rtt))
        pp_buf_addf(out, " %.1f ms", json_number_value(rtt) / 1000);
    if (!ok && json_is_number(port))
        pp_buf_addf(out, " from port %.0f", json_number_value(port));
    if (!ok && json_is_number(json_object_get(f, "rst_ttl")))
        pp_buf_addf(out, ", RST with TTL %.0f", json_number_value(json_object_get(f, "rst_ttl")));
    if (!ok && json_array_size(icmp) == 3)
        pp_buf_addf(out, ", ICMP %.0f/%.0f from %s", json_number_value(json_array_get(icmp, 0)),
                    json_number_value(json_array_get(icmp, 1)),
                    json_string_value(json_array_get(icmp, 2)) ? json_string_value(json_array_get(icmp, 2)) : "?");
}

/* Appends the word of ARM at a vantage point, with the number of runs. */
static void vantage(struct pp_buf *out, const json_t *r, const char *arm)
{
    const json_t *v;
    size_t i;

    json_array_foreach(json_object_get(r, "verdicts"), i, v)
    {
        const char *name = json_string_value(json_object_get(v, "arm"));
        const char *word = json_string_value(json_object_get(v, "verdict"));
        const json_t *b = json_object_get(v, "b");
        if (!name || strcmp(name, arm) != 0)
            continue;
        pp_buf_addf(out, "\n%s: %s, %.0f runs, got through %.0f of %.0f times, e %.6g",
                    json_string_value(json_object_get(r, "vantage")), word ? word : "not judged",
                    json_number_value(json_object_get(v, "runs")), json_number_value(json_array_get(b, 0)),
                    json_number_value(json_array_get(b, 1)), json_number_value(json_object_get(v, "e")));
    }
}

/* Appends "10 rounds" and a line for each round; of merged lines the number of vantage points and a line for each. */
static void rounds(struct pp_buf *out, const char *json, const char *arm)
{
    json_t *all = json ? json_loads(json, 0, NULL) : NULL;
    const json_t *r, *f;
    size_t i, k;

    pp_buf_reset(out);
    if (json_is_string(json_object_get(json_array_get(all, 0), "vantage"))) {
        pp_buf_addf(out, "%zu vantage points", json_array_size(all));
        json_array_foreach(all, i, r)
        {
            vantage(out, r, arm);
        }
        pp_buf_addc(out, '\0');
        json_decref(all);
        return;
    }
    if (json_array_size(all))
        pp_buf_addf(out, "%zu round%s", json_array_size(all), json_array_size(all) == 1 ? "" : "s");
    json_array_foreach(all, i, r)
    {
        if (i == ROUNDS_SHOWN) {
            pp_buf_addf(out, "\n%zu more", json_array_size(all) - i);
            break;
        }
        pp_buf_addf(out, "\n%2.0f", json_number_value(json_object_get(r, "n")));
        if (json_number_value(json_object_get(r, "count")) > 1)
            pp_buf_addf(out, " x%.0f", json_number_value(json_object_get(r, "count")));
        json_array_foreach(json_object_get(r, "flows"), k, f)
        {
            flow(out, f);
        }
    }
    pp_buf_addc(out, '\0');
    json_decref(all);
}

/* ---- the list --------------------------------------------------------------------------------------------------- */

/* Most evidence first; where that is equal, by address. */
static int by_evidence(const void *x, const void *y)
{
    const struct pp_listed *a = *(const struct pp_listed *const *)x, *b = *(const struct pp_listed *const *)y;

    if (a->e != b->e)
        return a->e < b->e ? 1 : -1;
    return memcmp(&a->addr, &b->addr, sizeof a->addr);
}

static void row(struct pp_table *t, const struct pp_listed *l, double threshold, bool with_rounds, struct pp_buf *text)
{
    char target[PP_TARGET_STRLEN], *domain = pp_json_text(l->domain);

    pp_table_text(t, "%s", pp_target_str(&l->addr, l->port, target));
    pp_table_text(t, "%s", domain ? domain : "");
    if (l->asn)
        pp_table_number(t, l->asn, "%u", l->asn);
    else
        pp_table_text(t, "-");
    pp_table_text(t, "%s", l->country);
    pp_table_text(t, "%s", l->arm);
    pp_table_number(t, l->e, "%.6g", l->e);
    pp_table_text(t, "%s", l->how);
    pp_table_text(t, "%s", l->first);
    pp_table_text(t, "%s", threshold > 0 && l->e >= threshold ? "yes" : "no");
    if (with_rounds) {
        rounds(text, l->rounds, l->arm);
        pp_table_textn(t, text->failed ? "" : text->data, text->failed ? 0 : text->len);
    }
    free(domain);
}

void pp_page_list(struct pp_page *g, const struct pp_part *p)
{
    struct pp_ebh_list list = pp_ebh_threshold(&p->ebh, g->fdr);
    const struct pp_listed **sorted;
    struct pp_buf text;
    struct pp_table t;
    char id[32];
    /* Only the first rows: rounds make rows long, and a browser has to open the page quickly. */
    unsigned rows = p->nlisted < g->rows ? p->nlisted : g->rows;

    if (!p->nlisted)
        return;
    sorted = calloc(p->nlisted, sizeof *sorted);
    if (!sorted) {
        g->sheet->out->failed = true;
        return;
    }
    for (unsigned i = 0; i < p->nlisted; i++)
        sorted[i] = &p->listed[i];
    qsort(sorted, p->nlisted, sizeof *sorted, by_evidence);
    g->sheet->heading(g->sheet, pp_page_id(g, p, "list", id), "What is broken: the list");
    if (list.size)
        pp_page_say(g->sheet->prose, g->sheet,
                    "Verdicts with an evidence of %.9g or more are on the published list: at most %g %% "
                    "of them are there by chance.",
                    list.threshold, 100 * g->fdr);
    else
        pp_page_say(g->sheet->prose, g->sheet,
                    "None of these can be published as a list with at most %g %% false ones: each "
                    "holds by itself, with the bound above.",
                    100 * g->fdr);
    pp_buf_init(&text, 1u << 20);
    pp_table_init(&t, pp_page_id(g, p, "broken", id), "Arms that are broken, most evidence first", columns,
                  sizeof columns / sizeof *columns);
    t.opens = p->merged ? "vantage points" : "rounds";
    t.of = p->broken;
    t.where = "`pathprobe report --csv targets` has all of them";
    for (unsigned i = 0; i < rows; i++)
        row(&t, sorted[i], list.size ? list.threshold : 0, true, &text);
    g->sheet->table(g->sheet, &t);
    pp_table_release(&t);
    pp_buf_release(&text);
    free(sorted);
}
