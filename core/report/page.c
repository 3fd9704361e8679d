/* SPDX-License-Identifier: BSD-2-Clause */
/* page.c: the order of a report's sections, its beginning, and helpers that all sections use. */
#include "page.h"

#include "../base/prose.h"
#include "../results/summary.h"
#include "../results/summary_parts.h"

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
    return json_string_value(json_object_get(pp_arm_of(p->arms, q->arm), "what"));
}

static const char *what_of(const struct pp_part *p, const struct pp_question *q)
{
    const char *what = arm_what(p, q);

    return what ? what : *q->arm ? q->arm : q->stem;
}

static struct pp_share share_broken(const struct pp_part *p, const struct pp_question *q)
{
    int broken = pp_question_member(q, PP_VERDICT_BROKEN);

    return broken < 0 ? (struct pp_share){.n = q->n, .interval = {.low = 0, .high = 1}}
                      : pp_part_share(p, q, (unsigned)broken);
}

static void say_question(struct pp_page *g, const struct pp_part *p, const struct pp_question *q, bool lead)
{
    struct pp_share s = share_broken(p, q);
    char n[PP_COUNT_STRLEN], k[PP_COUNT_STRLEN], share[PP_PERCENT_STRLEN], range[PP_INTERVAL_STRLEN];

    pp_count_str(s.k, k);
    pp_count_str(s.n, n);
    pp_percent_str(s.share, share);
    pp_interval_str(s.interval, range);
    if (q->base >= 0)
        pp_page_say(g->sheet->prose, g->sheet,
                    "Of %s targets that let %s through, %s (%s; 95 %% interval %s) do not let %s through.", n,
                    what_of(p, &p->question[q->base]), k, share, range, what_of(p, q));
    else
        pp_page_say(lead ? g->sheet->lead : g->sheet->prose, g->sheet,
                    "%s of %s reachable targets (%s; 95 %% interval %s) do not let %s through.", k, n, share, range,
                    what_of(p, q));
}

/* Says which AS has the largest share of broken targets. */
static void say_where(struct pp_page *g, const struct pp_part *p, const struct pp_question *q)
{
    unsigned at = (unsigned)(q - p->question);
    int64_t worst = pp_page_worst(p, at);
    const struct pp_keys *k = &p->keys[PP_KEY_AS];
    uint64_t all = share_broken(p, q).k;
    char share[PP_PERCENT_STRLEN], *name = worst >= 0 && k->name ? pp_json_text(k->name[worst]) : NULL;

    if (worst >= 0 && all)
        pp_page_say(g->sheet->prose, g->sheet, "%s AS%u%s%s: %u of %llu; %s of the targets reached there.",
                    2ull * k->column[at].broken[worst] > all ? "Most of them are in"
                                                             : "No AS has most of them. Most has",
                    (unsigned)(k->key[worst] & UINT32_MAX), name ? ", " : "", name ? name : "",
                    k->column[at].broken[worst], (unsigned long long)all,
                    pp_percent_str((double)k->column[at].broken[worst] / k->column[at].n[worst], share));
    free(name);
}

/* Says what the reader can do next. */
static void say_next(struct pp_page *g, const struct pp_part *p, const struct pp_question *head)
{
    struct pp_ebh_list list = pp_ebh_threshold(&p->ebh, g->fdr);
    char target[PP_TARGET_STRLEN];
    const struct pp_listed *l = NULL;

    for (unsigned i = 0; i < p->nlisted; i++)
        if (&p->question[p->listed[i].question] == head && (!l || p->listed[i].e > l->e))
            l = &p->listed[i];
    if (l && !p->nlocated)
        pp_page_say(
            g->sheet->prose, g->sheet,
            "Next: at which hop is it lost? `pathprobe trace %s %s` says it of one target, `measure --locate` of "
            "all that are broken.",
            p->experiment, pp_target_str(&l->addr, l->port, target));
    if (p->broken && !list.size && !p->merged)
        g->sheet->prose(g->sheet, "Next: too few are broken, among as many as were asked, for a list to be published: "
                                  "more rounds (--max-rounds) would bear more evidence.");
}

/* Says the sentences of `measure`'s own summary, and the interval of the first share. */
static void say_summary(struct pp_page *g, const struct pp_part *p, const struct pp_question *head)
{
    struct pp_share s = share_broken(p, head);
    char range[PP_INTERVAL_STRLEN];
    struct pp_buf text;

    pp_buf_init(&text, 1u << 16);
    pp_summary_sentences(pp_rebuilt_record(g->run), &text);
    pp_buf_addc(&text, '\0');
    if (!text.failed)
        g->sheet->lead(g->sheet, text.data);
    if (s.k)
        pp_page_say(g->sheet->prose, g->sheet,
                    "With targets of one network taken together, the 95 %% interval of the "
                    "first of these shares is %s.",
                    pp_interval_str(s.interval, range));
    pp_buf_release(&text);
}

/* Writes the summary that `measure` printed when the run ended, unchanged. */
static void whole_summary(struct pp_page *g)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    int quiet = pp_quiet;

    if (!f) {
        g->sheet->out->failed = true;
        return;
    }
    pp_quiet = 0;
    pp_summary_print(pp_rebuilt_record(g->run), f);
    pp_quiet = quiet;
    if (fclose(f) == 0)
        g->sheet->verbatim(g->sheet, text, len);
    free(text);
}

static void in_short(struct pp_page *g, const struct pp_part *p)
{
    const struct pp_question *head = pp_part_headline(p);

    if (!head) {
        g->sheet->lead(g->sheet, "These observations say of no arm whether it gets through.");
        return;
    }
    if (head->alone) {
        char n[2][PP_COUNT_STRLEN];
        pp_page_say(g->sheet->lead, g->sheet, "%s of %s targets answered.", pp_count_str(head->n, n[0]),
                    pp_count_str(head->lines, n[1]));
        return;
    }
    if (!g->run) {
        say_question(g, p, head, true);
        for (unsigned i = 0; i < p->nquestions; i++)
            if (p->question[i].connectivity && &p->question[i] != head && share_broken(p, &p->question[i]).k)
                say_question(g, p, &p->question[i], false);
    } else if (!g->sheet->verbatim) {
        say_summary(g, p, head);
    }
    say_where(g, p, head);
    say_next(g, p, head);
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
    if (run && g->sheet->verbatim)
        whole_summary(g);
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
