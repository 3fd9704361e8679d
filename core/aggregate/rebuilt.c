/* SPDX-License-Identifier: BSD-2-Clause */
/* rebuilt.c: rebuilds the record of a run from its observations and metadata. */
#include "rebuilt.h"

#include <stdlib.h>

struct pp_rebuilt {
    struct pp_run run;
    struct pp_run_live live;
    struct pp_run_record record;
    struct pp_journal journal;
    struct pp_plugin plugin;
    struct pp_talk_mode mode;
    struct pp_arm arm[PP_MAX_ARMS];
    struct pp_plan_arm *plan_arm;
    struct pp_condition condition[PP_MAX_CONDITIONS];
    char *name[PP_MAX_CONDITIONS];
};

static const char *text_of(const json_t *o, const char *key)
{
    return json_string_value(json_object_get(o, key));
}

static double number_of(const json_t *o, const char *key)
{
    return json_number_value(json_object_get(o, key));
}

/* ---- what was asked --------------------------------------------------------------------------------------------- */

static unsigned arm_called(const struct pp_rebuilt *r, const char *name)
{
    for (unsigned i = 0; name && i < r->run.plan.narms; i++)
        if (strcmp(r->arm[i].name, name) == 0)
            return i;
    return 0;
}

/* Reads the arms from META. False: META does not describe them. */
static bool arms(struct pp_rebuilt *r, const json_t *meta)
{
    const json_t *list = json_object_get(meta, "arms"), *a;
    bool described = false;
    size_t i;

    if (!json_array_size(list) || json_array_size(list) > PP_MAX_ARMS)
        return false;
    r->plan_arm = calloc(json_array_size(list), sizeof *r->plan_arm);
    if (!r->plan_arm)
        return false;
    r->run.plan.narms = r->plugin.narms = (uint32_t)json_array_size(list);
    r->run.plan.alone = r->plugin.narms == 1;
    r->run.plan.arm = r->plan_arm;
    r->plugin.arms = r->arm;
    json_array_foreach(list, i, a)
    {
        const char *title = text_of(a, "title");
        r->arm[i] = (struct pp_arm){.name = text_of(a, "name"),
                                    .title = title ? title : "",
                                    .what = text_of(a, "what"),
                                    .connectivity = text_of(a, "condition")};
        if (!r->arm[i].name)
            return false;
        r->plan_arm[i] =
            (struct pp_plan_arm){.arm = &r->arm[i], .index = (unsigned)i, .witness = !r->arm[i].connectivity};
        r->plan_arm[i].base = (uint8_t)arm_called(r, text_of(a, "base"));
        described |= r->arm[i].connectivity != NULL;
    }
    return described;
}

static void plan(struct pp_rebuilt *r, const struct pp_part *p, double fdr)
{
    const json_t *constants = json_object_get(p->meta, "constants");
    const char *rounds = text_of(json_object_get(p->meta, "config"), "rounds");

    r->plugin.name = p->experiment;
    r->mode.name = p->connect;
    r->run.plan.plugin = &r->plugin;
    r->run.plan.mode = &r->mode;
    r->run.plan.rounds = rounds ? (unsigned)strtoul(rounds, NULL, 10) : 0;
    r->run.plan.alpha = number_of(constants, "alpha");
    r->run.plan.fdr = fdr;
    r->run.nworkers = 1;
}

/* ---- what came of it -------------------------------------------------------------------------------------------- */

static void words(struct pp_rebuilt *r, const struct pp_question *q, unsigned arm)
{
    struct pp_verdict_counts *n = &r->record.totals.counts;

    for (unsigned k = 0; k < q->nmembers; k++) {
        const struct pp_member_count *m = &q->member[k];
        if (m->word < 0)
            continue;
        n->word[arm][m->word] = m->n;
        n->first[arm][m->word] = m->first;
        n->based[arm][m->word] = m->based;
        n->first_based[arm][m->word] = m->first_based;
    }
    n->implied[arm] = q->implied;
    r->record.totals.pairs[arm] = q->pairs;
    /* Arms that round 1 left out for all targets, or asked only where no other arm implied the word. */
    r->plan_arm[arm].group = q->lines && !q->seen_first;
    r->plan_arm[arm].implied_by = q->left_out;
}

static void conditions(struct pp_rebuilt *r, const struct pp_part *p)
{
    struct pp_verdict_counts *n = &r->record.totals.counts;
    unsigned at = 0;

    r->plugin.conditions = r->condition;
    for (unsigned i = 0; i < p->nquestions; i++)
        for (unsigned k = 0; k < p->question[i].nmembers && at < PP_MAX_CONDITIONS; k++) {
            const struct pp_member_count *m = &p->question[i].member[k];
            if (p->question[i].connectivity && m->word >= 0)
                continue;
            if (asprintf(&r->name[at], "%s%s%s", p->question[i].stem, *m->name ? "." : "", m->name) < 0)
                continue;
            r->condition[at].name = r->name[at];
            r->run.plan.group[at] = (uint8_t)i;
            n->condition[at] = m->n;
            n->first_condition[at++] = m->first;
        }
    r->plugin.nconditions = at;
}

static void verdict_counts(struct pp_rebuilt *r, const struct pp_part *p)
{
    struct pp_verdict_counts *n = &r->record.totals.counts;

    for (unsigned i = 0; i < r->run.plan.narms; i++)
        for (unsigned k = 0; r->arm[i].connectivity && k < p->nquestions; k++)
            if (strcmp(p->question[k].stem, r->arm[i].connectivity) == 0)
                words(r, &p->question[k], i);
    conditions(r, p);
    n->targets = p->lines;
    n->reached = p->reached;
    n->any_broken = p->any_broken;
    n->invalid = p->invalid;
    n->flows = p->flows;
    n->outage = p->outage;
    memcpy(n->offline_how, p->offline_how, sizeof n->offline_how);
    n->aa_n = p->aa_n;
    n->aa_fail = p->aa_fail;
    n->aa_first_n = p->aa_first_n;
    n->aa_first_fail = p->aa_first_fail;
    n->audited = p->audited;
    n->audit_changed = p->audit_changed;
    r->record.totals.ebh = p->ebh;
    r->record.totals.plan = &r->run.plan;
}

static void counts(struct pp_target_counts *n, const json_t *meta, const struct pp_part *p)
{
    const json_t *c = json_object_get(meta, "counts");
    const struct {
        const char *name;
        uint64_t *value;
    } rows[] = {
        {"read", &n->read},
        {"duplicate", &n->duplicate},
        {"invalid_line", &n->invalid_line},
        {"blocked", &n->blocked},
        {"prohibited_network", &n->prohibited_network},
        {"prohibited_host", &n->prohibited_host},
        {"other_family", &n->other_family},
        {"no_route", &n->no_route},
        {"sampled_out", &n->sampled_out},
        {"not_started", &n->not_started},
        {"pending", &n->pending},
        {"written", &n->written},
        {"written_invalid", &n->written_invalid},
    };

    if (!json_is_true(json_object_get(meta, "complete")) && number_of(c, "written") <= 0) {
        n->read = n->written = p->lines; /* metadata of a run that has not ended have no counts */
        n->written_invalid = p->invalid;
        return;
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        *rows[i].value = (uint64_t)number_of(c, rows[i].name);
}

/* Sets the live counters, as sums over all parts of the run. */
static void counters(struct pp_rebuilt *r, const json_t *meta, const struct pp_part *p)
{
    struct pp_live_counters *t = &r->live.counters[0];
    double packets = 0, errors = 0, ring = 0, interface = 0, softnet = 0, left_out = 0, seconds = 0;
    const json_t *v;
    size_t i;

    json_array_foreach(json_object_get(meta, "parts"), i, v)
    {
        packets += number_of(v, "packets");
        errors += number_of(v, "send_errors");
        ring += number_of(v, "dropped_ring");
        interface += number_of(v, "dropped_if");
        softnet += number_of(v, "dropped_softnet");
        left_out += number_of(v, "ports_left_out");
        seconds += number_of(v, "seconds");
    }
    t->packets_out = (uint64_t)packets;
    t->send_errors = (uint64_t)errors;
    t->dropped_ring = (uint64_t)ring;
    t->dropped_if = (uint64_t)interface;
    t->dropped_softnet = (uint64_t)softnet;
    t->ports_left_out = (uint64_t)left_out;
    t->late = p->late;
    r->record.end_mono = (int64_t)(seconds * 1e9);
}

static void remarks(struct pp_run_record *c, const json_t *meta)
{
    const json_t *v;
    size_t i;

    json_array_foreach(json_object_get(meta, "remarks"), i, v)
    {
        if (c->nremarks < PP_REMARKS_MAX && json_is_string(v))
            snprintf(c->remark[c->nremarks++], sizeof c->remark[0], "%s", json_string_value(v));
    }
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static bool is_one_run(const struct pp_report *f, const struct pp_part *p)
{
    unsigned runs = 0;

    for (unsigned i = 0; i < f->nruns; i++)
        if (f->run[i].part == p - f->part)
            runs += f->run[i].clashes ? 2 : 1;
    return runs == 1 && !p->merged && p->meta;
}

struct pp_rebuilt *pp_rebuilt_new(const struct pp_report *f, const struct pp_part *p, double fdr)
{
    struct pp_rebuilt *r = is_one_run(f, p) ? calloc(1, sizeof *r) : NULL;

    if (!r)
        return NULL;
    if (!arms(r, p->meta)) {
        pp_rebuilt_free(r);
        return NULL;
    }
    plan(r, p, fdr);
    verdict_counts(r, p);
    counts(&r->record.counts, p->meta, p);
    counters(r, p->meta, p);
    remarks(&r->record, p->meta);
    r->record.run = &r->run;
    r->record.live = &r->live;
    r->record.journal = &r->journal;
    r->record.complete = json_is_true(json_object_get(p->meta, "complete"));
    return r;
}

void pp_rebuilt_free(struct pp_rebuilt *r)
{
    if (!r)
        return;
    for (unsigned i = 0; i < PP_MAX_CONDITIONS; i++)
        free(r->name[i]);
    free(r->plan_arm);
    free(r);
}

const struct pp_run_record *pp_rebuilt_record(const struct pp_rebuilt *r)
{
    return &r->record;
}
