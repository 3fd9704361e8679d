/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * experiment_when.c: reads conditions as comparisons into a table, and evaluates them. A condition is stated only in
 * rounds in which all arms that it names took part, so no comparison sees an arm that did not. A null field is neither
 * equal to, above nor below anything.
 */
#include "experiment_parts.h"

#include "../base/container.h"

/* ---- reading --------------------------------------------------------------------------------------- */

static const struct pp_word hows[] = {{"none", PP_HOW_NONE}, {"silent", PP_HOW_SILENT}, {"rst", PP_HOW_RST},
                                      {"refused", PP_HOW_REFUSED}, {"icmp", PP_HOW_ICMP}, {"stalled", PP_HOW_STALLED},
                                      {"bad_reply", PP_HOW_BAD_REPLY}, {NULL, 0}};
static const struct pp_word outcomes[] = {{"ok", PP_WHEN_OK}, {"how", PP_WHEN_HOW}, {"http", PP_WHEN_HTTP},
                                          {"status", PP_WHEN_STATUS}, {NULL, 0}};
static const struct pp_word verdicts_known[] = {
    {"none", PP_VERDICT_NONE}, {"works", PP_VERDICT_WORKS}, {"broken", PP_VERDICT_BROKEN},
    {"transient", PP_VERDICT_TRANSIENT}, {"offline", PP_VERDICT_OFFLINE}, {"unstable", PP_VERDICT_UNSTABLE},
    {"residual", PP_VERDICT_RESIDUAL}, {NULL, 0}};
static const struct pp_word absences[] = {{"once", PP_ABSENCE_ONCE}, {"twice", PP_ABSENCE_TWICE}, {NULL, 0}};

/* A condition and a comparison while they are read; the nodes of arms and fields, which are looked up afterwards. */
struct reading {
    struct pp_condition c; /* first member */
    struct pp_judged j;
    unsigned rounds, sums; /* number of comparisons of rounds, and of verdicts */
};

struct comparing {
    struct pp_when w; /* first member */
    const struct pp_json_node *arm, *field, *against;
    unsigned ops;
    bool verdict;
};

static int find_arm(struct pp_making *m, const struct pp_json_node *n, uint8_t *out)
{
    const char *name;
    char hint[200];
    size_t len;

    if (pp_making_text(m, n, 64, &name) < 0)
        return -1;
    for (unsigned i = 0; i < m->e->plugin.narms; i++)
        if (strcmp(m->e->arm[i].name ? m->e->arm[i].name : "", name) == 0) {
            *out = (uint8_t)i;
            return 0;
        }
    len = (size_t)snprintf(hint, sizeof hint, "its arms are");
    for (unsigned i = 0; i < m->e->plugin.narms && len < sizeof hint - 12; i++)
        len += (size_t)snprintf(hint + len, sizeof hint - len, " %.9s", m->e->arm[i].name ? m->e->arm[i].name : "?");
    return pp_making_fail(m, n->at, hint, "unknown arm '%.40s'", name);
}

static int find_field(struct pp_making *m, const struct pp_json_node *n, uint8_t *out)
{
    const char *name;

    if (pp_making_text(m, n, 64, &name) < 0)
        return -1;
    for (unsigned i = 0; m->e->field[i]; i++)
        if (strcmp(m->e->field[i], name) == 0) {
            *out = (uint8_t)i;
            return 0;
        }
    return pp_making_fail(m, n->at,
                          "add it there, and its chain to 'chains': 'pathprobe observe --list-chains' lists all fields",
                          "the field '%.40s' is not among 'fields'", name);
}

static int read_arm(struct pp_making *m, const struct pp_json_node *n, void *target)
{
    struct comparing *c = target;

    c->arm = n;
    return find_arm(m, n, &c->w.arm);
}

static int read_field(struct pp_making *m, const struct pp_json_node *n, void *target)
{
    struct comparing *c = target;

    if (c->field)
        return pp_making_fail(m, n->key_at, "leave one of them out",
                              "two of 'field', 'outcome' and 'verdict' in one comparison");
    c->field = n;
    return find_field(m, n, &c->w.source);
}

static int read_outcome(struct pp_making *m, const struct pp_json_node *n, void *target)
{
    struct comparing *c = target;
    uint32_t v;

    if (c->field)
        return pp_making_fail(m, n->key_at, "leave one of them out",
                              "two of 'field', 'outcome' and 'verdict' in one comparison");
    c->field = n;
    if (pp_making_word(m, n, outcomes, &v) < 0)
        return -1;
    c->w.source = (uint8_t)v;
    return 0;
}

/* Reads "verdict": "broken", which is a complete comparison. */
static int read_verdict(struct pp_making *m, const struct pp_json_node *n, void *target)
{
    struct comparing *c = target;
    uint32_t v;

    if (c->field)
        return pp_making_fail(m, n->key_at, "leave one of them out",
                              "two of 'field', 'outcome' and 'verdict' in one comparison");
    c->field = n;
    c->verdict = true;
    c->ops++;
    if (pp_making_word(m, n, verdicts_known, &v) < 0)
        return -1;
    c->w.source = PP_WHEN_VERDICT;
    c->w.op = PP_WHEN_EQUALS;
    c->w.value = v;
    c->w.other_source = PP_WHEN_NUMBER;
    return 0;
}

static int read_mask(struct pp_making *m, const struct pp_json_node *n, void *target)
{
    struct comparing *c = target;

    return pp_making_number(m, n, 1, INT64_MAX, &c->w.mask);
}

/* Reads {"arm": "A", "field": "mss"}: compares with a value of another arm. */
static int read_other(struct pp_making *m, const struct pp_json_node *n, struct comparing *c)
{
    static const struct pp_key_row rows[] = {{"arm", PP_AS_CALL, .call = read_arm},
                                         {"field", PP_AS_CALL, .call = read_field},
                                         {"outcome", PP_AS_CALL, .call = read_outcome}, PP_ROW_END};
    struct comparing other = {.arm = NULL};

    if (pp_making_object(m, n, rows, "what is compared with", &other) < 0)
        return -1;
    if (!other.arm || !other.field)
        return pp_making_fail(m, n->at, "{\"arm\": \"A\", \"field\": \"...\"}", "it lacks 'arm' or 'field'");
    c->w.other_arm = other.w.arm;
    c->w.other_source = other.w.source;
    return 0;
}

static int read_op(struct pp_making *m, const struct pp_json_node *n, void *target)
{
    static const struct pp_word ops[] = {{"equals", PP_WHEN_EQUALS}, {"differs", PP_WHEN_DIFFERS},
                                         {"above", PP_WHEN_ABOVE}, {"below", PP_WHEN_BELOW}, {NULL, 0}};
    struct comparing *c = target;
    const struct pp_word *op = ops;
    uint32_t how;

    while (strcmp(op->word, n->key) != 0)
        op++;
    c->w.op = (uint8_t)op->value;
    c->ops++;
    c->w.other_source = PP_WHEN_NUMBER;
    c->against = n;
    if (json_is_object(n->v))
        return read_other(m, n, c);
    if (json_is_boolean(n->v)) {
        c->w.value = json_is_true(n->v);
        return 0;
    }
    if (json_is_string(n->v) && strncmp(json_string_value(n->v), "0x", 2) != 0) {
        if (pp_making_word(m, n, hows, &how) < 0)
            return -1;
        c->w.value = how;
        return 0;
    }
    return pp_making_number(m, n, INT64_MIN + 1, INT64_MAX, &c->w.value);
}

static int read_seen(struct pp_making *m, const struct pp_json_node *n, void *target)
{
    struct comparing *c = target;

    if (!json_is_boolean(n->v))
        return pp_making_fail(m, n->at, "true: the field is not null; false: it is",
                              "'seen' is not true or false");
    c->w.op = json_is_true(n->v) ? PP_WHEN_SEEN : PP_WHEN_UNSEEN;
    c->ops++;
    return 0;
}

static const struct pp_key_row comparison_rows[] = {
    {"arm", PP_AS_CALL, .call = read_arm},         {"field", PP_AS_CALL, .call = read_field},
    {"outcome", PP_AS_CALL, .call = read_outcome}, {"verdict", PP_AS_CALL, .call = read_verdict},
    {"mask", PP_AS_CALL, .call = read_mask},       {"equals", PP_AS_CALL, .call = read_op},
    {"differs", PP_AS_CALL, .call = read_op},      {"above", PP_AS_CALL, .call = read_op},
    {"below", PP_AS_CALL, .call = read_op},        {"seen", PP_AS_CALL, .call = read_seen},
    PP_ROW_NOTE,                                   PP_ROW_END,
};

static int read_comparison(struct pp_making *m, const struct pp_json_node *n, struct reading *r, struct pp_when *out)
{
    struct comparing c = {.w = {.mask = -1}};

    if (pp_making_object(m, n, comparison_rows, "a comparison", &c) < 0)
        return -1;
    if (!c.arm || !c.field || c.ops != 1)
        return pp_making_fail(m, n->at, "{\"arm\": \"B1\", \"field\": \"tcp_synflags_rev\", \"equals\": 18}; or lists "
                                        "of comparisons: all, any, none",
                              "a comparison has an arm, one of field, outcome and verdict, and one of equals, differs, "
                              "above, below and seen");
    if (c.against && json_is_string(c.against->v) && c.w.source != PP_WHEN_HOW &&
        strncmp(json_string_value(c.against->v), "0x", 2) != 0)
        return pp_making_fail(m, c.against->at, "whole numbers: 46, or \"0x2e\" in quotes",
                              "'%s' is a word, but only \"outcome\": \"how\" is compared with words", c.against->key);
    r->j.arms |= UINT32_C(1) << c.w.arm;
    if (c.w.other_source != PP_WHEN_NUMBER && c.w.op < PP_WHEN_SEEN)
        r->j.arms |= UINT32_C(1) << c.w.other_arm;
    *(c.verdict ? &r->sums : &r->rounds) += 1;
    *out = c.w;
    return 0;
}

static int read_node(struct pp_making *m, const struct pp_json_node *n, struct reading *r, uint16_t at, unsigned depth);

/* Reads the children of list N into a contiguous part of the table. */
static int read_list(struct pp_making *m, const struct pp_json_node *n, struct reading *r, uint16_t at, unsigned depth)
{
    struct pp_experiment *e = m->e;
    struct pp_when *w = &e->when[at];
    size_t count = json_array_size(n->v);
    uint16_t i;

    if (depth == PP_WHEN_DEPTH)
        return pp_making_fail(m, n->at, "split it into two conditions", "lists nested deeper than %d",
                              PP_WHEN_DEPTH);
    if (!json_is_array(n->v) || count == 0)
        return pp_making_fail(m, n->at, "[ {\"arm\": \"B1\", ...}, ... ]", "not a list of comparisons");
    if (count + e->nwhen > PP_WHENS_MAX)
        return pp_making_fail(m, n->at, "split it into two experiments", "more than %d comparisons", PP_WHENS_MAX - 1);
    w->first = i = e->nwhen;
    w->n = (uint16_t)count;
    e->nwhen = (uint16_t)(e->nwhen + count);
    for (const struct pp_json_node *c = pp_json_text_child(&m->json, n); c; c = pp_json_text_next(&m->json, c))
        if (read_node(m, c, r, i++, depth + 1) < 0)
            return -1;
    return 0;
}

static int read_node(struct pp_making *m, const struct pp_json_node *n, struct reading *r, uint16_t at, unsigned depth)
{
    static const struct pp_word lists[] = {{"all", PP_WHEN_ALL}, {"any", PP_WHEN_ANY}, {"none", PP_WHEN_NONE},
                                           {NULL, 0}};
    struct pp_when *w = &m->e->when[at];
    const struct pp_json_node *list;

    if (json_is_array(n->v)) {
        w->op = PP_WHEN_ALL;
        return read_list(m, n, r, at, depth);
    }
    for (const struct pp_word *l = lists; l->word; l++) {
        list = pp_json_text_member(&m->json, n, l->word);
        if (!list)
            continue;
        if (json_object_size(n->v) != 1)
            return pp_making_fail(m, n->at, "{\"all\": [ {\"any\": [ ... ]}, {\"none\": [ ... ]} ]}",
                                  "'%s' must be the only key of its object", l->word);
        w->op = (uint8_t)l->value;
        return read_list(m, list, r, at, depth);
    }
    return read_comparison(m, n, r, w);
}

static int read_when(struct pp_making *m, const struct pp_json_node *n, void *target)
{
    struct reading *r = target;

    if (m->e->nwhen == PP_WHENS_MAX)
        return pp_making_fail(m, n->at, "split it into two experiments", "more than %d comparisons", PP_WHENS_MAX - 1);
    r->j.when = m->e->nwhen++;
    return read_node(m, n, r, r->j.when, 0);
}

static int read_value(struct pp_making *m, const struct pp_json_node *n, void *target)
{
    struct reading *r = target;
    struct comparing c = {.w = {.mask = -1}};

    if (read_other(m, n, &c) < 0)
        return -1;
    r->c.has_value = 1;
    r->j.arm = c.w.other_arm;
    r->j.source = c.w.other_source;
    r->j.arms |= UINT32_C(1) << r->j.arm;
    return 0;
}

#define CONDITION(member) .offset = offsetof(struct reading, member), .size = sizeof(((struct reading *)0)->member)
static const struct pp_key_row condition_rows[] = {
    {"name", PP_AS_TEXT, CONDITION(c.name), .max = 64},
    {"what", PP_AS_TEXT, CONDITION(c.what), .max = 400},
    {"modes", PP_AS_SET, CONDITION(c.modes), .words = pp_mode_list},
    {"absence", PP_AS_WORD, CONDITION(c.absence), .words = absences},
    {"doubt", PP_AS_TRUE, CONDITION(j.doubt)},
    {"value", PP_AS_CALL, .call = read_value},
    {"when", PP_AS_CALL, .call = read_when},
    PP_ROW_NOTE,
    PP_ROW_END,
};

int pp_making_conditions(struct pp_making *m, const struct pp_json_node *n, void *target)
{
    struct pp_experiment *e = m->e;

    (void)target;
    if (pp_making_list(m, n, PP_MAX_CONDITIONS, "conditions") < 0)
        return -1;
    e->plugin.conditions = e->condition;
    e->nwhen = e->nwhen ? e->nwhen : 1;
    for (const struct pp_json_node *c = pp_json_text_child(&m->json, n); c; c = pp_json_text_next(&m->json, c)) {
        unsigned i = e->plugin.nconditions++;
        struct reading r = {.rounds = 0};

        m->condition_at[i] = c->at;
        if (pp_making_object(m, c, condition_rows, "a condition", &r) < 0)
            return -1;
        if (!r.j.when)
            return pp_making_fail(m, c->at, "\"when\": [{\"arm\": \"B1\", \"field\": \"...\", \"equals\": 1}]",
                                  "a condition without 'when' cannot hold");
        if (r.sums && (r.rounds || r.c.has_value))
            return pp_making_fail(m, c->at, "split it into two conditions",
                                  "a condition combines verdicts with fields of single rounds");
        r.j.summed = r.sums != 0;
        e->condition[i] = r.c;
        e->judged[i] = r.j;
    }
    return 0;
}

/* ---- evaluation ------------------------------------------------------------------------------------ */

/* Returns the outcome of arm I in ROUND; if the arm took no part, that of an arm which implies it (`implied_by`). */
static const struct pp_outcome *outcome(const struct pp_experiment *e, const struct pp_round_view *round, unsigned i)
{
    const struct pp_outcome *o = &round->arm[i];

    for (unsigned k = 0; !o->took_part && k < round->narms; k++)
        if (e->implied_by[i] >> k & 1 && round->arm[k].took_part)
            o = &round->arm[k];
    return o;
}

/* The input of a comparison: a round, or the verdicts. */
struct seen {
    const struct pp_experiment *e;
    const struct pp_round_view *round;
    const struct pp_verdicts_view *verdicts;
};

static int64_t source(const struct seen *s, unsigned arm, unsigned source)
{
    const struct pp_outcome *o;

    if (source == PP_WHEN_VERDICT)
        return s->verdicts->arm[arm];
    o = outcome(s->e, s->round, arm);
    switch (source) {
    case PP_WHEN_OK:
        return o->ok;
    case PP_WHEN_HOW:
        return o->how;
    case PP_WHEN_HTTP:
        return o->http;
    case PP_WHEN_STATUS:
        return o->status ? o->status : PP_NULL;
    default:
        return o->value[source];
    }
}

static bool holds(const struct seen *s, const struct pp_when *w)
{
    int64_t is, than;

    if (w->op <= PP_WHEN_NONE) {
        bool any = w->op != PP_WHEN_ALL; /* the child's result that ends the search */

        for (unsigned i = 0; i < w->n; i++)
            if (holds(s, &s->e->when[w->first + i]) == any)
                return w->op == PP_WHEN_ANY;
        return w->op != PP_WHEN_ANY;
    }
    is = source(s, w->arm, w->source);
    if (w->op >= PP_WHEN_SEEN || is == PP_NULL)
        return (is == PP_NULL) == (w->op == PP_WHEN_UNSEEN) && w->op >= PP_WHEN_SEEN;
    than = w->other_source == PP_WHEN_NUMBER ? w->value : source(s, w->other_arm, w->other_source);
    if (than == PP_NULL)
        return false;
    is &= w->mask;
    return w->op == PP_WHEN_EQUALS ? is == than : w->op == PP_WHEN_DIFFERS ? is != than : w->op == PP_WHEN_ABOVE
               ? is > than : is < than;
}

static bool all_took_part(const struct pp_experiment *e, const struct pp_round_view *round, uint32_t arms)
{
    for (; arms; arms &= arms - 1) {
        const struct pp_outcome *o = outcome(e, round, (unsigned)__builtin_ctz(arms));
        if (!o->took_part || !o->observed)
            return false;
    }
    return true;
}

void pp_experiment_conclude(const struct pp_round_view *round, struct pp_sink *sink)
{
    const struct pp_experiment *e = PP_CONTAINER_OF(round->plugin, struct pp_experiment, plugin);
    struct seen s = {.e = e, .round = round};

    for (unsigned i = 0; i < e->plugin.nconditions; i++) {
        const struct pp_judged *j = &e->judged[i];
        int64_t value = 0;

        if (j->summed || !all_took_part(e, round, j->arms) || !holds(&s, &e->when[j->when]))
            continue;
        if (e->condition[i].has_value && (value = source(&s, j->arm, j->source)) == PP_NULL)
            continue;
        (j->doubt ? sink->doubt : sink->state)(sink, i, value);
    }
}

void pp_experiment_sum_up(const struct pp_verdicts_view *verdicts, struct pp_sink *sink)
{
    const struct pp_experiment *e = PP_CONTAINER_OF(verdicts->plugin, struct pp_experiment, plugin);
    struct seen s = {.e = e, .verdicts = verdicts};

    for (unsigned i = 0; i < e->plugin.nconditions; i++)
        if (e->judged[i].summed && holds(&s, &e->when[e->judged[i].when]))
            sink->state(sink, i, 0);
}
