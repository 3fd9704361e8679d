/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * page_short.c: what a report begins with: how many targets break something and how sure that is, in which networks
 * they are, at which hop, and what to look at next.
 */
#include "page.h"

#include "../base/prose.h"
#include "../results/summary.h"
#include "../results/summary_parts.h"

#include <stdlib.h>

static struct pp_share share_broken(const struct pp_part *p, const struct pp_question *q)
{
    int broken = pp_question_member(q, PP_VERDICT_BROKEN);

    return broken < 0 ? (struct pp_share){.n = q->n, .interval = {.low = 0, .high = 1}}
                      : pp_part_share(p, q, (unsigned)broken);
}

static bool is_single(const struct pp_part *p)
{
    const char *rounds = json_string_value(json_object_get(json_object_get(p->meta, "config"), "rounds"));

    return rounds && strcmp(rounds, "1") == 0;
}

/* ---- how many --------------------------------------------------------------------------------------------------- */

static void say_question(struct pp_page *g, const struct pp_part *p, const struct pp_question *q)
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
                    pp_page_what(p, &p->question[q->base]), k, share, range, pp_page_what(p, q));
    else
        pp_page_say(g->sheet->prose, g->sheet,
                    "%s of %s reachable targets (%s; 95 %% interval %s) do not let %s through.", k, n, share, range,
                    pp_page_what(p, q));
}

/* Of several runs, or of what was merged: alpha is that of each run. */
static void say_total(struct pp_page *g, const struct pp_part *p)
{
    struct pp_total t = {
        .experiment = p->experiment, .reached = p->reached, .broken = p->any_broken, .bound = is_single(p) ? -1 : 0};
    char n[PP_COUNT_STRLEN];
    struct pp_buf text;

    for (unsigned i = 0; i < p->nquestions; i++)
        t.treatments += p->question[i].connectivity && !p->question[i].alone;
    if (!t.reached) {
        pp_page_say(g->sheet->lead, g->sheet, "None of %s targets could be reached.", pp_count_str(p->lines, n));
    } else if (!t.broken) {
        pp_page_say(g->sheet->lead, g->sheet, "None of %s reachable targets was found to break %s.",
                    pp_count_str(t.reached, n), p->experiment);
    } else {
        pp_buf_init(&text, 1u << 12);
        pp_summary_total(&t, &text);
        if (!text.failed && text.data[0] >= 'a')
            text.data[0] = (char)(text.data[0] - 'a' + 'A');
        pp_buf_addc(&text, '\0');
        if (!text.failed)
            g->sheet->lead(g->sheet, text.data);
        pp_buf_release(&text);
    }
    for (unsigned i = 0; t.treatments > 1 && i < p->nquestions; i++)
        if (p->question[i].connectivity && share_broken(p, &p->question[i]).k)
            say_question(g, p, &p->question[i]);
}

/* The sentences of `measure`'s own summary; on a page the first stands for itself. */
static void say_summary(struct pp_page *g)
{
    struct pp_buf text;
    char *end;

    pp_buf_init(&text, 1u << 16);
    pp_summary_sentences(pp_rebuilt_record(g->run), &text);
    pp_buf_addc(&text, '\0');
    end = text.failed || g->sheet->verbatim ? NULL : strstr(text.data, ". ");
    if (end)
        end[1] = '\0';
    if (!text.failed)
        g->sheet->lead(g->sheet, text.data);
    if (end)
        g->sheet->prose(g->sheet, end + 2);
    pp_buf_release(&text);
}

static unsigned runs_of(const struct pp_page *g, const struct pp_part *p)
{
    unsigned n = 0;

    for (unsigned i = 0; i < g->report->nruns; i++)
        n += g->report->run[i].part == p - g->report->part;
    return n;
}

/* ---- how sure --------------------------------------------------------------------------------------------------- */

static void say_sure(struct pp_page *g, const struct pp_part *p)
{
    struct pp_share s = pp_part_share_broken(p);
    char share[PP_PERCENT_STRLEN], high[PP_PERCENT_STRLEN], range[PP_INTERVAL_STRLEN], each[160] = "",
        dummies[160] = "";
    const char *twice = runs_of(g, p) > 1 && !p->merged ? " Targets that several runs asked count as often." : "";

    if (is_single(p))
        snprintf(each, sizeof each, " Each target was asked once: one failed packet is enough to count here.");
    if (p->aa_n)
        snprintf(dummies, sizeof dummies, " Of %llu dummies, which differ in nothing, %llu %s called broken.",
                 (unsigned long long)p->aa_n, (unsigned long long)p->aa_fail, p->aa_fail == 1 ? "was" : "were");
    pp_percent_str(s.share, share);
    if (s.k)
        pp_page_fact(g, "how sure",
                     "With 95 %% confidence the share of %s is %s, targets of one network taken together, as they may "
                     "fail together.%s%s%s",
                     share, pp_interval_str(s.interval, range), each, dummies, twice);
    else if (s.interval.high < 1)
        pp_page_fact(
            g, "how sure",
            "With 95 %% confidence fewer than %s are broken if each target fails for itself, and fewer than %s if "
            "all of a network (/24, /48, AS) fail together.%s%s",
            pp_percent_str(pp_share_interval(0, (double)s.n, 0.95).high, share), pp_percent_str(s.interval.high, high),
            each, dummies);
    else
        pp_page_fact(g, "how sure", "All targets are of one network, which says nothing of others.%s%s", each, dummies);
}

/* ---- at which hop ----------------------------------------------------------------------------------------------- */

struct place {
    char text[240];
    unsigned n;
};

static void end_text(char text[112], const json_t *end)
{
    const char *addr = json_string_value(json_object_get(end, "addr"));
    const json_t *asn = json_object_get(end, "asn");

    if (json_is_number(asn))
        snprintf(text, 112, "%s (AS%.0f)", addr ? addr : "?", json_number_value(asn));
    else
        snprintf(text, 112, "%s", addr ? addr : "?");
}

static bool place_of(char text[240], const struct pp_report_located *l)
{
    json_t *v = l->json ? json_loads(l->json, 0, NULL) : NULL;
    const json_t *from = json_object_get(v, "from"), *to = json_object_get(v, "to");
    bool named = json_is_object(from);
    char a[112], b[112];

    if (named) {
        end_text(a, from);
        end_text(b, to);
        snprintf(text, 240, json_is_object(to) ? "between %s and %s" : "behind %s", a, b);
    }
    json_decref(v);
    return named;
}

static void say_place(struct pp_page *g, const struct pp_part *p)
{
    struct place *all = calloc(p->nlocated ? p->nlocated : 1, sizeof *all), *most = all;
    unsigned n = 0, named = 0;
    char count[PP_COUNT_STRLEN];

    for (unsigned i = 0; all && i < p->nlocated; i++) {
        unsigned k = 0;
        if (!place_of(all[n].text, &p->located[i]))
            continue;
        named++;
        while (strcmp(all[k].text, all[n].text) != 0)
            k++;
        all[k].n++;
        n += k == n;
        if (all[k].n > most->n)
            most = &all[k];
    }
    if (named == 1)
        pp_page_fact(g, "at which hop", "A place is named for one finding: %s.", most->text);
    else if (named && most->n > 1)
        pp_page_fact(g, "at which hop",
                     "A place is named for %s findings, %u different ones; the most, %u, are %s. See \"At which hop\".",
                     pp_count_str(named, count), n, most->n, most->text);
    else if (named)
        pp_page_fact(g, "at which hop",
                     "A place is named for %s findings, each of them another, so no router stands out. See \"At which "
                     "hop\".",
                     pp_count_str(named, count));
    free(all);
}

/* ---- what to look at next --------------------------------------------------------------------------------------- */

static const struct pp_listed *strongest(const struct pp_part *p)
{
    const struct pp_listed *best = NULL;

    for (unsigned i = 0; i < p->nlisted; i++)
        if (!best || pp_page_by_evidence(&p->listed[i], best) < 0)
            best = &p->listed[i];
    return best;
}

static bool is_open(const struct pp_page *g, const struct pp_part *p)
{
    for (unsigned i = 0; i < g->report->nruns; i++) {
        const struct pp_report_run *r = &g->report->run[i];
        if (r->part == p - g->report->part && r->meta && !json_is_true(json_object_get(r->meta, "complete")))
            return true;
    }
    return false;
}

/* The target with most evidence, and what asks where the loss is. */
static void add_strongest(struct pp_page *g, const struct pp_part *p, const struct pp_listed *l, struct pp_buf *out)
{
    const struct pp_listed_arm *a = &l->arm[l->first];
    char target[PP_TARGET_STRLEN];

    pp_target_str(&l->addr, l->port, target);
    pp_buf_addf(out, "The first row of \"What is broken, target by target\" has most evidence (%s: %s%s%s)", target,
                pp_page_what(p, &p->question[a->question]), *a->how ? ", " : "", a->how);
    if (g->sheet->verbatim)
        pp_buf_adds(out, ". ");
    else
        pp_buf_addf(out, "; open it for its %s. ", p->merged ? "vantage points" : "rounds");
    if (!p->nlocated)
        pp_buf_addf(
            out,
            "`pathprobe trace %s '%s'` says at which hop it is lost; `pathprobe measure %s --locate`, with the options "
            "and the list of this campaign, says so of each target. ",
            p->experiment, target, p->experiment);
}

static void say_next(struct pp_page *g, const struct pp_part *p, const struct pp_question *head)
{
    struct pp_ebh_list list = pp_ebh_threshold(&p->ebh, g->fdr);
    const struct pp_listed *l = strongest(p);
    int unstable = pp_question_member(head, PP_VERDICT_UNSTABLE);
    struct pp_buf out;

    pp_buf_init(&out, 1u << 14);
    if (is_open(g, p))
        pp_buf_adds(&out, "Let the run end (the same command with --resume): what fails is finished last. ");
    if (l)
        add_strongest(g, p, l, &out);
    if (l && !list.size && !p->merged)
        pp_buf_adds(&out, "Too few are broken, among as many as were asked, for a list to be published: more rounds "
                          "(--max-rounds) would bear more evidence. ");
    if (!l && unstable >= 0 && head->member[unstable].based)
        pp_buf_addf(&out,
                    "Targets whose rounds disagree: %llu are unstable, `pathprobe report --csv targets` names them. ",
                    (unsigned long long)head->member[unstable].based);
    else if (!p->any_broken)
        pp_buf_adds(&out, "Nothing here asks for a closer look. More targets, in more networks, would bound the share "
                          "closer. ");
    pp_buf_addc(&out, '\0');
    if (!out.failed && out.len > 1)
        g->sheet->fact(g->sheet, "look at next", out.data);
    pp_buf_release(&out);
}

/* ---- runs, vantage points and campaigns -------------------------------------------------------------------------- */

static uint64_t member_called(const struct pp_question *q, const char *name)
{
    for (unsigned i = 0; i < q->nmembers; i++)
        if (strcmp(q->member[i].name, name) == 0)
            return q->member[i].based;
    return 0;
}

/* Targets at which vantage points or runs disagree, of the first arm. */
static void say_disagreement(struct pp_page *g, const struct pp_part *p, const struct pp_question *head)
{
    uint64_t dependent = member_called(head, "path_dependent"),
             candidate = member_called(head, "path_dependent_candidate"), unstable = member_called(head, "unstable");
    char n[3][PP_COUNT_STRLEN];

    if (p->merged && dependent + candidate + unstable)
        pp_page_fact(
            g, "disagreement",
            "Of %s: %s targets are surely broken from one vantage point and surely working from another, %s are "
            "candidates for that; for %s runs or rounds disagree.",
            pp_page_what(p, head), pp_count_str(dependent, n[0]), pp_count_str(candidate, n[1]),
            pp_count_str(unstable, n[2]));
}

/* Against the earlier campaign, of the first arm. */
static void say_change(struct pp_page *g, const struct pp_part *p, const struct pp_question *head)
{
    struct pp_difference d;
    char n[3][PP_COUNT_STRLEN];

    if (!g->report->before || !head->common || !head->change.prefix.bucket)
        return;
    d = pp_pairs_difference(&head->change, 0.95);
    pp_page_fact(g, "what changed",
                 "Of %s targets judged in both campaigns for %s, %s are broken since and %s work again%s.",
                 pp_count_str(head->common, n[0]), pp_page_what(p, head), pp_count_str(head->change.b_only, n[1]),
                 pp_count_str(head->change.a_only, n[2]),
                 d.widest.low > 0 || d.widest.high < 0 ? "" : "; with networks taken together that may be chance");
}

/* ---- the section ------------------------------------------------------------------------------------------------ */

/* The rest of the summary that `measure` printed when the run ended, as it stood there. */
static void rest_of_summary(struct pp_page *g)
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
    pp_summary_tables(pp_rebuilt_record(g->run), f);
    pp_quiet = quiet;
    if (fclose(f) == 0)
        g->sheet->verbatim(g->sheet, text, len);
    free(text);
}

void pp_page_short(struct pp_page *g, const struct pp_part *p)
{
    const struct pp_question *head = pp_part_headline(p);
    char n[2][PP_COUNT_STRLEN];

    if (!head) {
        g->sheet->lead(g->sheet, "These observations say of no arm whether it gets through.");
    } else if (g->run) {
        say_summary(g);
    } else if (head->alone) {
        pp_page_say(g->sheet->lead, g->sheet, "%s of %s targets answered.", pp_count_str(head->n, n[0]),
                    pp_count_str(head->lines, n[1]));
    } else {
        say_total(g, p);
    }
    if (head && !head->alone && p->reached) {
        say_sure(g, p);
        pp_page_standing(g, p);
        say_place(g, p);
        say_disagreement(g, p, head);
        say_change(g, p, head);
        say_next(g, p, head);
    }
    if (head && head->alone)
        g->sheet->prose(g->sheet, "Nothing is compared here: what targets answered is under \"What was found\".");
    if (g->run && g->sheet->verbatim)
        rest_of_summary(g);
}
