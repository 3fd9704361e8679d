/* SPDX-License-Identifier: BSD-2-Clause */
/* page.c: the order of a report, and what its sections share. */
#include "page.h"

#include "../base/prose.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

const char *pp_page_id(const struct pp_page *g, const struct pp_part *p, const char *id, char text[32])
{
    unsigned n = (unsigned)(p - g->report->part);

    snprintf(text, 32, n ? "%s-%u" : "%s", id, n + 1);
    return text;
}

const char *pp_percent_str(double share, char text[PP_PERCENT_STRLEN])
{
    double p = 100 * share;

    snprintf(text, PP_PERCENT_STRLEN, "%.*f %%", p > 0 && p < 0.1 ? 4 : p < 10 ? 2 : 1, p);
    return text;
}

const char *pp_interval_str(struct pp_interval i, char text[PP_INTERVAL_STRLEN])
{
    double low = 100 * i.low, high = 100 * i.high;
    int digits = high < 0.1 ? 4 : high < 10 ? 2 : 1;

    if (i.low <= 0 && i.high >= 1)
        snprintf(text, PP_INTERVAL_STRLEN, "not known");
    else
        snprintf(text, PP_INTERVAL_STRLEN, "%.*f to %.*f %%", digits, low, digits, high);
    return text;
}

void pp_page_say(void (*how)(struct pp_sheet *s, const char *text), struct pp_sheet *s, const char *fmt, ...)
{
    char text[1000];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    how(s, text);
}

void pp_page_fact(struct pp_page *g, const char *term, const char *fmt, ...)
{
    char text[4000];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    g->sheet->fact(g->sheet, term, text);
}

const char *pp_target_str(const struct pp_addr *a, uint16_t port, char text[PP_TARGET_STRLEN])
{
    char addr[PP_ADDR_STRLEN];

    pp_addr_str(a, addr);
    if (!port)
        snprintf(text, PP_TARGET_STRLEN, "%s", addr);
    else
        snprintf(text, PP_TARGET_STRLEN, pp_addr_is4(a) ? "%s:%u" : "[%s]:%u", addr, port);
    return text;
}

char *pp_json_text(const char *json)
{
    json_t *v = json ? json_loads(json, JSON_DECODE_ANY, NULL) : NULL;
    char *text = json_is_string(v) ? strdup(json_string_value(v)) : NULL;

    json_decref(v);
    return text;
}

/* ---- in short --------------------------------------------------------------------------------------------------- */

static const char *arm_what(const struct pp_part *p, const struct pp_question *q)
{
    const json_t *a;
    size_t i;

    json_array_foreach(json_object_get(p->meta, "arms"), i, a)
    {
        const char *name = json_string_value(json_object_get(a, "name"));
        if (name && strcmp(name, q->arm) == 0)
            return json_string_value(json_object_get(a, "what"));
    }
    return NULL;
}

static void say_question(struct pp_page *g, const struct pp_part *p, const struct pp_question *q, bool lead)
{
    int broken = pp_question_member(q, PP_BROKEN);
    struct pp_share s = {.n = q->n};
    char n[PP_COUNT_STRLEN], k[PP_COUNT_STRLEN], share[PP_PERCENT_STRLEN], range[PP_INTERVAL_STRLEN];
    const char *what = arm_what(p, q);

    if (broken >= 0)
        s = pp_part_share(p, q, (unsigned)broken);
    pp_page_say(lead ? g->sheet->lead : g->sheet->prose, g->sheet,
                "%s of %s %s (%s; 95 %% interval %s) do not let %s through.", pp_count_str(s.k, k),
                pp_count_str(s.n, n),
                q->base >= 0 ? "targets that let the arm it builds on through" : "reachable targets",
                pp_percent_str(s.share, share), pp_interval_str(s.interval, range), what ? what : q->stem);
}

static void in_short(struct pp_page *g, const struct pp_part *p)
{
    const struct pp_question *head = pp_part_headline(p);

    if (head)
        say_question(g, p, head, true);
    for (unsigned i = 0; i < p->nquestions; i++) {
        const struct pp_question *q = &p->question[i];
        int broken = q->connectivity && q != head ? pp_question_member(q, PP_BROKEN) : -1;
        if (broken >= 0 && q->member[broken].based)
            say_question(g, p, q, false);
    }
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static void part(struct pp_page *g, const struct pp_part *p)
{
    char id[32], title[160];

    if (g->report->nparts > 1) {
        snprintf(title, sizeof title, "%s over %s: in short", p->experiment, p->connect);
        g->sheet->heading(g->sheet, pp_page_id(g, p, "short", id), title);
    } else {
        g->sheet->heading(g->sheet, pp_page_id(g, p, "short", id), "In short");
    }
    in_short(g, p);
    pp_page_trust(g, p);
    pp_page_found(g, p);
    pp_page_list(g, p);
    pp_page_networks(g, p);
    pp_page_located(g, p);
    pp_page_grids(g, p);
    pp_page_runs(g, p);
    pp_page_vantages(g, p);
    pp_page_before(g, p);
    pp_page_asked(g, p);
}

void pp_page_make(struct pp_page *g)
{
    for (const char *const *note = g->notes; note && *note; note++)
        g->sheet->warning(g->sheet, *note);
    for (unsigned i = 0; i < g->report->nparts; i++)
        part(g, &g->report->part[i]);
    g->sheet->end(g->sheet);
}
