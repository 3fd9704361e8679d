/* SPDX-License-Identifier: BSD-2-Clause */
/* page.c: the order of a report's sections, its beginning, and helpers that all sections use. */
#include "page.h"

#include "../base/prose.h"

#include <inttypes.h>
#include <math.h>
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

static const char *arm_what(const struct pp_part *p, const struct pp_question *q)
{
    return json_string_value(json_object_get(pp_arm_of(p->arms, q->arm), "what"));
}

const char *pp_page_what(const struct pp_part *p, const struct pp_question *q)
{
    const char *what = arm_what(p, q);

    return what ? what : q->stem;
}

const char *pp_odds_str(double e, char text[PP_ODDS_STRLEN])
{
    double most = fmin(fmax(e, 1), 1e18), step = pow(10, fmax(0, floor(log10(most)) - 1));
    char count[PP_COUNT_STRLEN];

    snprintf(text, PP_ODDS_STRLEN, "1 in %s", pp_count_str((uint64_t)(floor(most / step) * step), count));
    return text;
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static void part(struct pp_page *g, const struct pp_part *p)
{
    struct pp_rebuilt *run = pp_rebuilt_new(g->report, p, g->fdr);
    char id[32], title[160];

    g->run = run;

    if (g->report->nparts > 1) {
        snprintf(title, sizeof title, "%s over %s: in short", p->experiment, p->connect);
        g->sheet->heading(g->sheet, pp_page_id(g, p, "short", id), title);
    } else {
        g->sheet->heading(g->sheet, pp_page_id(g, p, "short", id), "In short");
    }
    pp_page_short(g, p);
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
    pp_rebuilt_free(run);
}

void pp_page_make(struct pp_page *g)
{
    for (const char *const *note = g->notes; note && *note; note++)
        g->sheet->warning(g->sheet, *note);
    for (unsigned i = 0; i < g->report->nparts; i++)
        part(g, &g->report->part[i]);
    g->sheet->end(g->sheet);
}
