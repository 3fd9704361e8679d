/* SPDX-License-Identifier: BSD-2-Clause */
/* aggregate.c: assigns lines to their parts, runs and vantage points. */
#include "aggregate_parts.h"
#include "sent.h"

#include "../base/error.h"

#include <stdlib.h>

#define COPY(to, from) snprintf((to), sizeof(to), "%.*s", (int)(from).len, (from).at)

int pp_report_open(struct pp_report *f)
{
    memset(f, 0, sizeof *f);
    f->key = pp_sipkey_random();
    f->run = calloc(PP_RUNS_MAX, sizeof *f->run);
    f->vantage = calloc(PP_VANTAGES_MAX, sizeof *f->vantage);
    return f->run && f->vantage ? 0 : pp_error("out of memory");
}

void pp_report_close(struct pp_report *f)
{
    for (unsigned i = 0; i < f->nparts; i++)
        pp_part_release(&f->part[i]);
    pp_before_free(f->before);
    free(f->run);
    free(f->vantage);
    f->nparts = 0;
}

/* ---- parts ------------------------------------------------------------------------------------------------------ */

static struct pp_part *part_of(struct pp_report *f, struct pp_span experiment, struct pp_span connect)
{
    struct pp_part *p;

    for (unsigned i = 0; i < f->nparts; i++)
        if (pp_span_is(experiment, f->part[i].experiment) && pp_span_is(connect, f->part[i].connect))
            return &f->part[i];
    if (f->nparts == PP_PARTS_MAX)
        return NULL;
    p = &f->part[f->nparts];
    memset(p, 0, sizeof *p);
    p->effects = calloc(1, sizeof *p->effects);
    if (!p->effects || pp_ebh_init(&p->ebh) < 0) {
        free(p->effects);
        return NULL;
    }
    COPY(p->experiment, experiment);
    COPY(p->connect, connect);
    p->room = &f->room;
    p->key = f->key;
    f->nparts++;
    return p;
}

static struct pp_span span(const json_t *v)
{
    const char *text = json_string_value(v);

    return (struct pp_span){.at = text ? text : "", .len = text ? strlen(text) : 0};
}

/* ---- runs ------------------------------------------------------------------------------------------------------- */

static struct pp_report_run *run_of(struct pp_report *f, struct pp_span id, uint16_t part)
{
    struct pp_report_run *r;

    /* From the end: lines of one run mostly follow each other. */
    for (unsigned i = f->nruns; i-- > 0;)
        if (f->run[i].part == part && pp_span_is(id, f->run[i].run_id))
            return &f->run[i];
    if (f->nruns == PP_RUNS_MAX || id.len >= sizeof f->run->run_id)
        return NULL;
    r = &f->run[f->nruns++];
    memset(r, 0, sizeof *r);
    COPY(r->run_id, id);
    r->part = part;
    return r;
}

static void stretch(char from[32], char to[32], struct pp_span begin, struct pp_span end)
{
    if (begin.len && begin.len < 32 && (!*from || strncmp(from, begin.at, begin.len) > 0))
        snprintf(from, 32, "%.*s", (int)begin.len, begin.at);
    if (end.len && end.len < 32 && (!*to || strncmp(to, end.at, end.len) < 0))
        snprintf(to, 32, "%.*s", (int)end.len, end.at);
}

static void count_run(struct pp_report_run *run, const struct pp_part *p, const struct pp_reading *r, uint64_t line)
{
    unsigned k = 0;

    if (!run->lines) {
        if (!*run->vantage)
            COPY(run->vantage, r->vantage);
        COPY(run->sip, r->sip);
    }
    run->several |= r->vantage.len && !pp_span_is(r->vantage, run->vantage);
    run->lines++;
    run->invalid += !r->valid;
    stretch(run->from, run->to, r->from, r->to);
    for (unsigned i = 0; r->valid && i < p->nquestions && k < PP_MAX_ARMS; i++) {
        const struct pp_question *q = &p->question[i];
        if (!q->connectivity)
            continue;
        if (q->seen == line && q->counted == line) {
            run->n[k]++;
            run->broken[k] += q->member[q->word].word == PP_VERDICT_BROKEN;
        }
        k++;
    }
}

/* ---- metadata --------------------------------------------------------------------------------------------------- */

static void declare_arms(struct pp_part *p)
{
    const json_t *a;
    size_t i;

    json_array_foreach(p->arms, i, a)
    {
        struct pp_span condition = span(json_object_get(a, "condition"));
        char works[160];
        struct pp_question *q;
        unsigned member;

        if (!condition.len || condition.len > 120)
            continue;
        snprintf(works, sizeof works, "%s.%s", condition.at, json_array_size(p->arms) > 1 ? "works" : "online");
        q = pp_part_condition(p, works, strlen(works), &member);
        if (q && !q->arm[0])
            snprintf(q->arm, sizeof q->arm, "%s", pp_arm_name(a));
    }
}

static struct pp_question *question_of_arm(struct pp_part *p, const char *arm)
{
    for (unsigned i = 0; *arm && i < p->nquestions; i++)
        if (strcmp(p->question[i].arm, arm) == 0)
            return &p->question[i];
    return NULL;
}

static void declare_bases(struct pp_part *p)
{
    const json_t *a;
    size_t i;

    json_array_foreach(p->arms, i, a)
    {
        struct pp_question *q = question_of_arm(p, pp_arm_name(a));
        struct pp_question *base = question_of_arm(p, span(json_object_get(a, "base")).at);
        if (q && base && base < q)
            q->base = (int)(base - p->question);
    }
}

/* Marks the questions of arms that round 1 leaves out because other arms imply them (not under --all-arms). */
static void declare_left_out(struct pp_part *p, const json_t *meta)
{
    const json_t *config = json_object_get(meta, "config"), *a, *name;
    struct pp_question *q;
    size_t i, k;

    if (strcmp(span(json_object_get(config, "all-arms")).at, "true") == 0 ||
        strtoul(span(json_object_get(config, "rounds")).at, NULL, 10) > 0)
        return;
    json_array_foreach(json_object_get(meta, "arms"), i, a)
    {
        json_array_foreach(json_object_get(a, "implies"), k, name)
        {
            q = question_of_arm(p, span(name).at);
            if (q)
                q->left_out = true;
        }
    }
}

/* Adds all conditions that the experiment can state, so that one that no line states is shown as 0. */
static void declare_conditions(struct pp_part *p, json_t *meta)
{
    const char *name;
    json_t *n;

    json_object_foreach(json_object_get(meta, "first_round"), name, n)
    {
        unsigned member;
        pp_part_condition(p, name, strlen(name), &member);
    }
}

static int run_meta(struct pp_report *f, const json_t *meta)
{
    struct pp_span experiment = span(json_object_get(meta, "experiment"));
    struct pp_span id = span(json_object_get(meta, "run_id"));
    struct pp_part *p;
    struct pp_report_run *run;

    if (!experiment.len || experiment.len >= sizeof p->experiment)
        return 0; /* of a merged file, or of another program */
    p = part_of(f, experiment, span(json_object_get(meta, "connect")));
    if (!p) {
        f->parts_left_out++;
        return 0;
    }
    if (!p->meta) {
        p->meta = meta;
        p->arms = json_object_get(meta, "arms");
        declare_arms(p);
        declare_conditions(p, (json_t *)meta);
        declare_bases(p);
        declare_left_out(p, meta);
    }
    run = id.len ? run_of(f, id, (uint16_t)(p - f->part)) : NULL;
    if (!run)
        return 0;
    run->clashes |=
        run->meta && !json_equal(json_object_get(run->meta, "_time_start"), json_object_get(meta, "_time_start"));
    run->meta = meta;
    COPY(run->vantage, span(json_object_get(meta, "vantage")));
    return 0;
}

/* Takes the arms of each experiment from metadata of merged observations, from the question with the most arms. */
static void merged_meta(struct pp_report *f, const json_t *meta)
{
    const json_t *q;
    size_t i;

    f->merged = meta;
    json_array_foreach(json_object_get(meta, "questions"), i, q)
    {
        struct pp_span experiment = span(json_object_get(q, "experiment"));
        const json_t *arms = json_object_get(q, "arms");
        struct pp_part *p;
        if (!experiment.len || experiment.len >= sizeof p->experiment ||
            !json_is_string(json_object_get(json_array_get(arms, 0), "title")))
            continue; /* no run had metadata, so its arms are not described */
        p = part_of(f, experiment, span(json_object_get(q, "connect")));
        if (!p || json_array_size(arms) <= json_array_size(p->arms))
            continue; /* a question of IPv6 targets may have fewer arms */
        p->arms = arms;
        declare_arms(p);
        declare_bases(p);
    }
}

int pp_report_meta(struct pp_report *f, const json_t *meta)
{
    if (pp_span_is(span(json_object_get(meta, "_file_type")), "pathprobe-v1-merged-ndjson")) {
        merged_meta(f, meta);
        return 0;
    }
    return run_meta(f, meta);
}

/* ---- vantage points --------------------------------------------------------------------------------------------- */

static int vantage_of(struct pp_report *f, struct pp_span name)
{
    for (unsigned i = 0; i < f->nvantages; i++)
        if (pp_span_is(name, f->vantage[i]))
            return (int)i;
    if (f->nvantages == PP_VANTAGES_MAX || name.len >= sizeof *f->vantage) {
        f->vantages_left_out++;
        return -1;
    }
    COPY(f->vantage[f->nvantages], name);
    return (int)f->nvantages++;
}

static struct pp_span plain(const struct pp_object *o, const char *key)
{
    struct pp_span s = {.at = ""};

    if (!pp_member_plain(pp_object_find(o, key), &s.at, &s.len))
        s.len = 0;
    return s;
}

/* The word of a vantage point's first verdict; empty if it has none, or "offline", which is no evidence. */
static struct pp_span word_of(struct pp_object *o, const struct pp_member *verdicts)
{
    struct pp_span none = {.at = ""}, word;
    const char *at, *value;
    size_t len;

    if (!verdicts || *verdicts->value != '[')
        return none;
    at = verdicts->value;
    if (!pp_array_next(&at, verdicts->value + verdicts->value_len, &value, &len) || *value != '{' ||
        !pp_object_scan(o, value, len))
        return none;
    word = plain(o, "verdict");
    return pp_span_is(word, "offline") ? none : word;
}

static int count_vantages(struct pp_report *f, struct pp_part *p, const struct pp_reading *r)
{
    struct {
        int index;
        struct pp_span word;
    } say[PP_VANTAGES_MAX];
    struct pp_object o;
    const char *at = r->vantages.at, *value;
    unsigned n = 0;
    size_t len;

    if (r->vantages.len && !p->agree && !(p->agree = calloc(PP_VANTAGES_MAX, sizeof *p->agree)))
        return pp_error("out of memory");
    while (r->vantages.len && n < PP_VANTAGES_MAX &&
           pp_array_next(&at, r->vantages.at + r->vantages.len, &value, &len)) {
        const struct pp_member *verdicts;
        if (*value != '{' || !pp_object_scan(&o, value, len))
            continue;
        say[n].index = vantage_of(f, plain(&o, "vantage"));
        verdicts = pp_object_find(&o, "verdicts");
        if (say[n].index < 0 || !verdicts)
            continue;
        say[n].word = word_of(&o, &(struct pp_member){.value = verdicts->value, .value_len = verdicts->value_len});
        n += say[n].word.len > 0;
    }
    for (unsigned i = 0; i < n; i++)
        for (unsigned k = 0; k < n; k++) {
            p->agree[say[i].index][say[k].index][0]++;
            p->agree[say[i].index][say[k].index][1] +=
                say[i].word.len == say[k].word.len && memcmp(say[i].word.at, say[k].word.at, say[i].word.len) == 0;
        }
    return 0;
}

/* ---- lines ------------------------------------------------------------------------------------------------------ */

int pp_report_line(struct pp_report *f, const struct pp_reading *r)
{
    struct pp_part *p = part_of(f, r->experiment, r->connect);
    struct pp_report_run *run;
    uint64_t line = ++f->lines;

    stretch(f->from, f->to, r->from, r->to);
    if (!p) {
        f->parts_left_out++;
        return 0;
    }
    p->lines++;
    p->merged |= r->vantages.len > 0;
    p->invalid += !r->valid;
    if (r->valid) {
        p->valid++;
        if (pp_part_line(p, r, line) < 0 || count_vantages(f, p, r) < 0)
            return -1;
        if (f->before)
            pp_before_compare(f->before, p, r, line);
    }
    run = r->run_id.len ? run_of(f, r->run_id, (uint16_t)(p - f->part)) : NULL;
    if (run)
        count_run(run, p, r, line);
    else
        f->runs_left_out += r->run_id.len > 0;
    return 0;
}

int pp_report_before(struct pp_report *f, const struct pp_reading *r)
{
    return pp_before_add(&f->before, &f->key, r);
}

uint64_t pp_report_before_left_out(const struct pp_report *f)
{
    return pp_before_left_out(f->before);
}
