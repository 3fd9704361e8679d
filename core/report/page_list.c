/* SPDX-License-Identifier: BSD-2-Clause */
/* page_list.c: targets with broken arms, each with its rounds. */
#include "page.h"

#include "../base/prose.h"

#include <math.h>
#include <stdlib.h>

#define ROUNDS_SHOWN 16
#define ROUNDS_COUNTED 500 /* a bound on what a made-up line costs */
#define FLOWS_SHOWN 32 /* of a round */

static const struct pp_column columns[] = {
    {"target", PP_COLUMN_NAME, false},
    {"domain", PP_COLUMN_TEXT, true},
    {"AS", PP_COLUMN_NUMBER, false},
    {"country", PP_COLUMN_NAME, true},
    {"what does not get through", PP_COLUMN_TEXT, true},
    {"broken arms", PP_COLUMN_NAME, false},
    {"how", PP_COLUMN_NAME, false},
    {"by chance, at most", PP_COLUMN_NUMBER, false},
    {"published", PP_COLUMN_NAME, false},
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

/* Appends the word of each arm at a vantage point, with the number of runs. */
static void vantage(struct pp_buf *out, const json_t *r)
{
    const json_t *v;
    size_t i;

    json_array_foreach(json_object_get(r, "verdicts"), i, v)
    {
        const char *arm = json_string_value(json_object_get(v, "arm"));
        const char *word = json_string_value(json_object_get(v, "verdict"));
        const json_t *b = json_object_get(v, "b");
        pp_buf_addf(out, "\n%s: %s %s, %.0f runs, got through %.0f of %.0f times, e %.6g",
                    json_string_value(json_object_get(r, "vantage")), arm ? arm : "?", word ? word : "not judged",
                    json_number_value(json_object_get(v, "runs")), json_number_value(json_array_get(b, 0)),
                    json_number_value(json_array_get(b, 1)), json_number_value(json_object_get(v, "e")));
    }
}

/* The round N of those of an arm. */
static const json_t *round_of(const json_t *rounds, double n)
{
    const json_t *r;
    size_t i;

    json_array_foreach(rounds, i, r)
    {
        if (json_number_value(json_object_get(r, "n")) == n)
            return r;
    }
    return NULL;
}

static double next_round(json_t *const all[], unsigned narms, double after)
{
    double found = INFINITY;
    const json_t *r;
    size_t i;

    for (unsigned k = 0; k < narms; k++)
        json_array_foreach(all[k], i, r)
        {
            double n = json_number_value(json_object_get(r, "n"));
            if (n > after && n < found)
                found = n;
        }
    return found;
}

/* A line for round N: each flow of it once, as the rounds of several arms hold those that they have in common. */
static void round_line(struct pp_buf *out, json_t *const all[], unsigned narms, double n)
{
    const char *seen[FLOWS_SHOWN] = {NULL};
    unsigned nseen = 0;
    double count = 1;
    size_t i;

    pp_buf_addf(out, "\n%2.0f", n);
    for (unsigned k = 0; k < narms; k++)
        count = fmax(count, json_number_value(json_object_get(round_of(all[k], n), "count")));
    if (count > 1)
        pp_buf_addf(out, " x%.0f", count);
    for (unsigned k = 0; k < narms; k++) {
        const json_t *f;
        json_array_foreach(json_object_get(round_of(all[k], n), "flows"), i, f)
        {
            const char *arm = json_string_value(json_object_get(f, "arm"));
            unsigned at = 0;
            while (arm && at < nseen && strcmp(seen[at], arm) != 0)
                at++;
            if (!arm || at < nseen || nseen == FLOWS_SHOWN)
                continue;
            seen[nseen++] = arm;
            flow(out, f);
        }
    }
}

/* A line for each arm. */
static void arm_lines(struct pp_buf *out, const struct pp_part *p, const struct pp_listed *l, double threshold)
{
    char odds[PP_ODDS_STRLEN];

    for (unsigned i = 0; i < l->narms; i++) {
        const struct pp_listed_arm *a = &l->arm[i];
        pp_buf_addf(out, "\n%-3s %s: %s", a->arm, pp_page_what(p, &p->question[a->question]), a->word);
        if (!a->broken)
            continue;
        if (*a->how)
            pp_buf_addf(out, " (%s)", a->how);
        pp_buf_addf(out, ", by chance %s at most (e %.9g)", pp_odds_str(a->e, odds), a->e);
        pp_buf_adds(out, threshold > 0 && a->e >= threshold ? ", published" : "");
        if (*a->first && strcmp(a->first, "broken") != 0)
            pp_buf_addf(out, "; by one trial %s", a->first);
    }
}

/* What a row opens: "8 rounds", what each arm came to, and a line for each round or vantage point. */
static void opened(struct pp_buf *out, const struct pp_part *p, const struct pp_listed *l, double threshold)
{
    json_t *all[PP_READING_VERDICTS] = {NULL}, *points = l->vantages ? json_loads(l->vantages, 0, NULL) : NULL;
    const json_t *r;
    unsigned rounds = 0;
    size_t i;
    double n;

    pp_buf_reset(out);
    for (unsigned k = 0; k < l->narms; k++)
        all[k] = l->arm[k].rounds ? json_loads(l->arm[k].rounds, 0, NULL) : NULL;
    for (n = -INFINITY; rounds < ROUNDS_COUNTED && isfinite(n = next_round(all, l->narms, n));)
        rounds++;
    i = rounds ? rounds : json_array_size(points);
    pp_buf_addf(out, "%zu %s%s", i, points && !rounds ? "vantage point" : "round", i == 1 ? "" : "s");
    arm_lines(out, p, l, threshold);
    n = -INFINITY;
    for (unsigned k = 0; k < rounds && k < ROUNDS_SHOWN; k++)
        round_line(out, all, l->narms, n = next_round(all, l->narms, n));
    if (rounds > ROUNDS_SHOWN)
        pp_buf_addf(out, "\n%u more", rounds - ROUNDS_SHOWN);
    json_array_foreach(points, i, r)
    {
        if (json_is_string(json_object_get(r, "vantage")))
            vantage(out, r);
    }
    pp_buf_addc(out, '\0');
    for (unsigned k = 0; k < l->narms; k++)
        json_decref(all[k]);
    json_decref(points);
}

/* ---- the list --------------------------------------------------------------------------------------------------- */

/* Most evidence first; where that is equal the more basic arm, and then by address. */
int pp_page_by_evidence(const struct pp_listed *a, const struct pp_listed *b)
{
    if (a->e != b->e)
        return a->e < b->e ? 1 : -1;
    if (a->arm[a->first].question != b->arm[b->first].question)
        return a->arm[a->first].question > b->arm[b->first].question ? 1 : -1;
    return memcmp(&a->addr, &b->addr, sizeof a->addr);
}

static int by_evidence(const void *x, const void *y)
{
    return pp_page_by_evidence(*(const struct pp_listed *const *)x, *(const struct pp_listed *const *)y);
}

/* "B1 (B2 B3 B4)": in parentheses those that build on one before. */
static void broken_arms(struct pp_buf *out, const struct pp_listed *l, bool with_base)
{
    const char *before = with_base ? " (" : "";
    bool any = false;

    for (unsigned i = 0; i < l->narms; i++) {
        if (!l->arm[i].broken || l->arm[i].with_base != with_base)
            continue;
        pp_buf_addf(out, "%s%s", before, l->arm[i].arm);
        before = " ";
        any = true;
    }
    if (any && with_base)
        pp_buf_addc(out, ')');
}

static void cell(struct pp_table *t, struct pp_buf *text)
{
    pp_table_textn(t, text->failed || !text->data ? "" : text->data, text->failed ? 0 : text->len);
    pp_buf_reset(text);
}

static void row(struct pp_table *t, const struct pp_part *p, const struct pp_listed *l, double threshold,
                struct pp_buf *text)
{
    char target[PP_TARGET_STRLEN], odds[PP_ODDS_STRLEN], *domain = pp_json_text(l->domain);
    const struct pp_listed_arm *first = &l->arm[l->first];

    pp_table_text(t, "%s", pp_target_str(&l->addr, l->port, target));
    pp_table_text(t, "%s", domain ? domain : "");
    if (l->asn)
        pp_table_number(t, l->asn, "%u", l->asn);
    else
        pp_table_text(t, "-");
    pp_table_text(t, "%s", l->country);
    pp_buf_reset(text);
    for (unsigned i = 0; i < l->narms; i++)
        if (l->arm[i].broken && !l->arm[i].with_base)
            pp_buf_addf(text, "%s%s", text->len ? "; " : "", pp_page_what(p, &p->question[l->arm[i].question]));
    cell(t, text);
    broken_arms(text, l, false);
    broken_arms(text, l, true);
    cell(t, text);
    pp_table_text(t, "%s", first->how);
    pp_table_number(t, l->e, "%s", pp_odds_str(l->e, odds));
    pp_table_text(t, "%s", threshold > 0 && l->e >= threshold ? "yes" : "no");
    opened(text, p, l, threshold);
    cell(t, text);
    free(domain);
}

static void say_list(struct pp_page *g, const struct pp_part *p, const struct pp_ebh_list *list)
{
    char odds[PP_ODDS_STRLEN], n[PP_COUNT_STRLEN];
    bool base = false;

    for (unsigned i = 0; i < p->nquestions; i++)
        base |= p->question[i].base >= 0;
    pp_page_say(g->sheet->prose, g->sheet,
                "One row for each of the %s targets with a broken arm, most evidence first%s. Each row opens to what "
                "every arm came to, and to the rounds.",
                pp_count_str(p->listable, n),
                base ? "; in parentheses arms that build on one before, so that they cannot get through either" : "");
    if (list->size)
        pp_page_say(g->sheet->prose, g->sheet,
                    "\"published\": may stand in a list of which %g %% at most are there by chance. That takes "
                    "evidence that chance brings about once in %s at most.",
                    100 * g->fdr, pp_odds_str(list->threshold, odds) + sizeof "1 in " - 1);
    else
        pp_page_say(g->sheet->prose, g->sheet,
                    "None of these can be published as a list with at most %g %% false ones: each "
                    "holds by itself, with the bound above.",
                    100 * g->fdr);
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
    g->sheet->heading(g->sheet, pp_page_id(g, p, "list", id), "What is broken, target by target");
    say_list(g, p, &list);
    pp_buf_init(&text, 1u << 20);
    pp_table_init(&t, pp_page_id(g, p, "broken", id), "Targets with broken arms, most evidence first", columns,
                  sizeof columns / sizeof *columns);
    t.opens = p->merged ? "vantage points" : "rounds";
    t.of = p->listable;
    t.where = "`pathprobe report --csv targets` has all of them";
    for (unsigned i = 0; i < rows; i++)
        row(&t, p, sorted[i], list.size ? list.threshold : 0, &text);
    g->sheet->table(g->sheet, &t);
    g->sheet->note(g->sheet,
                   "In the rounds, A is the conversation without any treatment, A' the same once more beside arms of a "
                   "fixed place, D a dummy: A judged as if it were an arm. `ok`: it got through; else how it failed. A "
                   "round of one arm alone, behind the others, asks it from one more port: a success takes "
                   "`broken` back.");
    pp_table_release(&t);
    pp_buf_release(&text);
    free(sorted);
}
