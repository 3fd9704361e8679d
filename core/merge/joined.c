/* SPDX-License-Identifier: BSD-2-Clause */
/* joined.c: combines the observations of one target. */
#include "joined_parts.h"

#include "../stream/object.h"
#include "../targets/target.h"

#define SAIDS_MAX (4 * PP_JOINED_POINTS)
#define RUNS_TEXT (PP_JOINED_TEXT / 4) /* bytes of `texts` that texts of runs may fill; the rest is for other texts */

struct pp_joined *pp_joined_new(struct pp_ledger *ledger, struct pp_ebh *ebh)
{
    struct pp_joined *t = calloc(1, sizeof *t);

    if (!t) {
        pp_error("out of memory");
        return NULL;
    }
    t->ledger = ledger;
    t->ebh = ebh;
    pp_buf_init(&t->texts, PP_JOINED_TEXT);
    pp_buf_init(&t->members, PP_OBSERVATION_MAX);
    pp_buf_init(&t->domain, PP_MERGE_NAME);
    pp_buf_init(&t->conditions, PP_CONDITIONS_TEXT);
    pp_located_init(&t->located);
    t->part = calloc(PP_LEDGER_VANTAGES, sizeof *t->part);
    t->points = calloc(PP_LEDGER_VANTAGES, sizeof *t->points);
    t->run = calloc(PP_JOINED_RUNS, sizeof *t->run);
    t->point = calloc(PP_JOINED_POINTS, sizeof *t->point);
    t->saids = calloc(SAIDS_MAX, sizeof *t->saids);
    if (pp_conditions_init(&t->of_runs) == 0 && pp_conditions_init(&t->of_points) == 0 && t->part && t->points &&
        t->run && t->point && t->saids)
        return t;
    pp_joined_free(t);
    pp_error("out of memory");
    return NULL;
}

void pp_joined_free(struct pp_joined *t)
{
    if (!t)
        return;
    pp_buf_release(&t->texts);
    pp_buf_release(&t->members);
    pp_buf_release(&t->domain);
    pp_buf_release(&t->conditions);
    pp_located_release(&t->located);
    pp_conditions_release(&t->of_runs);
    pp_conditions_release(&t->of_points);
    free(t->part);
    free(t->points);
    free(t->run);
    free(t->point);
    free(t->saids);
    free(t);
}

void pp_joined_element(struct pp_buf *out, const char *text, size_t len)
{
    if (out->len)
        pp_buf_addc(out, ',');
    pp_buf_addc(out, '"');
    pp_buf_add(out, text, len);
    pp_buf_addc(out, '"');
}

/* Copies TEXT into `texts`. Returns an empty piece if there is no room. */
static struct pp_piece keep(struct pp_joined *t, const char *text, size_t len)
{
    struct pp_piece p = {(uint32_t)t->texts.len, (uint32_t)len};

    if (len == 0 || len > t->texts.max - t->texts.len)
        return (struct pp_piece){0, 0};
    pp_buf_add(&t->texts, text, len);
    return t->texts.failed ? (struct pp_piece){0, 0} : p;
}

void pp_joined_begin(struct pp_joined *t, const struct pp_digest_view *v)
{
    t->head = v->h;
    pp_buf_reset(&t->texts);
    pp_buf_reset(&t->members);
    pp_buf_reset(&t->domain);
    pp_buf_reset(&t->conditions);
    pp_buf_add(&t->members, v->members, v->h.members_len);
    pp_buf_add(&t->domain, v->domain, v->h.domain_len);
    t->annotated = v->h.annotated;
    t->from_us = v->h.from_us;
    t->to_us = v->h.to_us;
    t->nparts = t->nruns = 0;
    t->npoints = t->nsaids = 0;
    t->runs_left_out = t->conditions_left_out = 0;
    pp_conditions_reset(&t->of_points);
    pp_located_reset(&t->located);
}

/* ---- a vantage point ends -------------------------------------------------------------------------------------- */

/* Writes the conditions of group G that all runs state; if there are none, that the runs disagree. */
static void end_group(struct pp_joined *t, uint32_t g, struct pp_buf *name)
{
    const struct pp_conditions *c = &t->of_runs;
    const struct pp_said_group *group = &c->group[g];
    const struct pp_said *one = &c->said[group->first];
    struct pp_joined_point *point = t->npoints < PP_JOINED_POINTS ? &t->point[t->npoints] : NULL;
    int of_points = -1;

    if (point)
        *point = (struct pp_joined_point){
            .part = t->nparts - 1, .first = t->nsaids, .unstable = true, .sure = group->rounds >= PP_SURE_ROUNDS};
    for (uint32_t i = group->first; i < c->nsaid; i++) {
        const struct pp_said *s = &c->said[i];
        const char *text = pp_conditions_text(c, s->at);
        int said;
        if (s->group != g || !pp_conditions_common(c, i))
            continue;
        pp_buf_reset(name);
        pp_merged_condition(name, "stable", text, s->name_len, text + s->name_len + group->valued,
                            s->len - s->name_len - group->valued, group->n);
        pp_joined_element(&t->conditions, name->data, name->len);
        said = pp_conditions_add(&t->of_points, text, s->len, group->len == s->name_len && !group->valued);
        if (point && said >= 0 && t->nsaids < SAIDS_MAX) {
            t->saids[t->nsaids++] = (uint32_t)said;
            of_points = (int)t->of_points.said[said].group;
            point->n++;
            point->unstable = false;
        }
    }
    if (t->conditions.failed || !point)
        return;
    if (point->unstable) {
        pp_buf_reset(name);
        pp_merged_disagree(name, "stable", pp_conditions_text(c, one->at), one->name_len, group->valued, "unstable",
                           group->n);
        pp_joined_element(&t->conditions, name->data, name->len);
        /* so that the group exists, and can be called unstable */
        int said = pp_conditions_add(&t->of_points, pp_conditions_text(c, one->at), one->len,
                                     group->len == one->name_len && !group->valued);
        of_points = said < 0 ? -1 : (int)t->of_points.said[said].group;
    }
    if (of_points >= 0) {
        point->group = (uint32_t)of_points;
        t->npoints++;
    }
}

static void words_of(struct pp_joined *t, struct pp_joined_part *p, struct pp_buf *name)
{
    const struct pp_ledger_question *q = pp_joined_question(t);
    char word[PP_MERGE_NAME + 32];

    for (unsigned i = 0; i < q->narms; i++) {
        struct pp_arm_stable *a = &p->arm[i];
        pp_stable_end(a);
        if (a->word == PP_NO_WORD || !q->condition[i])
            continue;
        snprintf(word, sizeof word, "%s.%s", q->condition[i], pp_merged_name(a->word, q->alone));
        pp_buf_reset(name);
        pp_merged_condition(name, "stable", word, strlen(word), NULL, 0, a->judged);
        pp_joined_element(&t->conditions, name->data, name->len);
    }
}

/* Ends a vantage point. `conditions` serves as the buffer of its stable conditions. */
static void end_part(struct pp_joined *t)
{
    struct pp_joined_part *p = t->nparts ? &t->part[t->nparts - 1] : NULL;
    struct pp_buf name;

    if (!p)
        return;
    pp_buf_init(&name, 4096);
    pp_buf_reset(&t->conditions);
    pp_conditions_turn(&t->of_points);
    words_of(t, p, &name);
    for (uint32_t g = 0; g < t->of_runs.ngroups; g++)
        end_group(t, g, &name);
    p->conditions = keep(t, t->conditions.data, t->conditions.failed ? 0 : t->conditions.len);
    t->conditions_left_out += t->of_runs.left_out;
    pp_located_end(&t->located);
    pp_buf_release(&name);
}

/* ---- an observation -------------------------------------------------------------------------------------------- */

static struct pp_joined_part *part_of(struct pp_joined *t, const struct pp_digest_view *v)
{
    struct pp_joined_part *p = t->nparts ? &t->part[t->nparts - 1] : NULL;

    if (p && p->vantage == v->h.vantage)
        return p;
    end_part(t);
    if (t->nparts == PP_LEDGER_VANTAGES)
        BUG("more vantage points than the ledger has");
    p = &t->part[t->nparts++];
    *p = (struct pp_joined_part){
        .vantage = v->h.vantage, .from_us = INT64_MAX, .to_us = INT64_MIN, .latest_us = INT64_MIN};
    for (unsigned i = 0; i < PP_MERGE_ARMS; i++)
        pp_stable_init(&p->arm[i]);
    pp_conditions_reset(&t->of_runs);
    return p;
}

static bool starts_with(const char *text, size_t len, const char *name, size_t n)
{
    return name && len > n && memcmp(text, name, n) == 0;
}

/*
 * How condition TEXT is counted. 0: not at all, as it is one of connectivity (counted by its verdict), about the
 * program itself, or has no valid name; 1: in the group of those that exclude it; 2: in a group of its own.
 */
static int kind_of(const struct pp_ledger_question *q, const size_t *condition_len, const char *text, size_t len)
{
    static const char ours[] = "pathspider.";

    if (starts_with(text, len, ours, sizeof ours - 1) || memchr(text, '\\', len) || memchr(text, ',', len))
        return 0;
    for (unsigned i = 0; i < q->narms; i++) {
        size_t n = condition_len[i];
        if (!starts_with(text, len, q->condition[i], n) || text[n] != '.')
            continue;
        if (pp_merged_parse(text + n + 1, len - n - 1) != PP_NO_WORD)
            return 0;
        if (!memchr(text + n + 1, '.', len - n - 1))
            return 2;
    }
    return 1;
}

static bool is_mixed(const struct pp_digest_view *v, const char *group, size_t len)
{
    const char *at = v->mixed, *end = v->mixed + v->h.mixed_len, *s;
    size_t n;

    while (v->h.mixed_len && pp_array_next(&at, end, &s, &n))
        if (n == len + 2 && memcmp(s + 1, group, len) == 0)
            return true;
    return false;
}

static void take_conditions(struct pp_joined *t, const struct pp_digest_view *v)
{
    const struct pp_ledger_question *q = pp_joined_question(t);
    const char *at = v->conditions, *end = v->conditions + v->h.conditions_len, *s;
    struct pp_conditions *c = &t->of_runs;
    size_t n, condition_len[PP_MERGE_ARMS];

    for (unsigned i = 0; i < q->narms; i++)
        condition_len[i] = q->condition[i] ? strlen(q->condition[i]) : 0;
    pp_conditions_turn(c);
    while (pp_array_next(&at, end, &s, &n)) {
        int kind = *s == '"' ? kind_of(q, condition_len, s + 1, n - 2) : 0, i;
        struct pp_said_group *g;
        if (kind == 0)
            continue;
        i = pp_conditions_add(c, s + 1, n - 2, kind == 2);
        if (i < 0)
            continue;
        g = &c->group[c->said[i].group];
        if (g->counted != c->turn && !is_mixed(v, pp_conditions_text(c, g->at), g->len))
            g->rounds += v->h.rounds;
        g->counted = c->turn;
    }
}

static void take_run(struct pp_joined *t, const struct pp_digest_view *v)
{
    const struct pp_ledger_question *q = pp_joined_question(t);
    struct pp_joined_run *r;

    if (t->nruns == PP_JOINED_RUNS) {
        t->runs_left_out++;
        return;
    }
    r = &t->run[t->nruns++];
    *r = (struct pp_joined_run){.part = t->nparts - 1,
                                .run = v->h.run,
                                .from_us = v->h.from_us,
                                .to_us = v->h.to_us,
                                .valid = v->h.valid,
                                .obs_id = keep(t, v->obs_id, v->h.obs_id_len)};
    if (t->texts.len < RUNS_TEXT) /* the line can show no more of them */
        r->conditions = keep(t, v->conditions, v->h.conditions_len);
    for (unsigned i = 0; i < q->narms; i++)
        r->e[i] = q->alone || v->arm[i].word >= PP_VERDICTS ? -1 : v->arm[i].e;
}

int pp_joined_add(struct pp_joined *t, const struct pp_digest_view *v)
{
    const struct pp_ledger_question *q = pp_joined_question(t);
    struct pp_joined_part *p = part_of(t, v);

    t->from_us = v->h.from_us < t->from_us ? v->h.from_us : t->from_us;
    t->to_us = v->h.to_us > t->to_us ? v->h.to_us : t->to_us;
    p->from_us = v->h.from_us < p->from_us ? v->h.from_us : p->from_us;
    p->to_us = v->h.to_us > p->to_us ? v->h.to_us : p->to_us;
    p->runs++;
    p->invalid += !v->h.valid;
    pp_sources_add(&p->sources, &v->h.source, v->h.special, v->h.asn);
    if (v->h.annotated && !t->annotated) { /* prefer the target's members as `annotate` has extended them */
        pp_buf_reset(&t->members);
        pp_buf_add(&t->members, v->members, v->h.members_len);
        t->annotated = true;
    }
    take_run(t, v);
    if (!v->h.valid)
        return 0;
    if (v->h.from_us >= p->latest_us) {
        p->latest_us = v->h.from_us;
        p->path = keep(t, v->path, v->h.path_len);
    }
    for (unsigned i = 0; i < q->narms; i++)
        pp_stable_add(&p->arm[i], &v->arm[i]);
    take_conditions(t, v);
    if (v->h.located_len)
        pp_located_add(&t->located, t->nparts - 1, v->located, v->h.located_len);
    return 0;
}

/* ---- the target ends -------------------------------------------------------------------------------------------- */

static int by_part_and_time(const void *x, const void *y)
{
    const struct pp_joined_run *a = x, *b = y;

    if (a->part != b->part)
        return a->part < b->part ? -1 : 1;
    return (a->from_us > b->from_us) - (a->from_us < b->from_us);
}

int pp_joined_end(struct pp_joined *t, struct pp_buf *out)
{
    size_t begin = out->len;

    end_part(t);
    for (unsigned i = 0; i < pp_joined_question(t)->narms; i++)
        pp_joined_judge(t, i);
    if (t->nparts > 1) {
        pp_joined_multipoint(t);
    } else {
        pp_buf_reset(&t->conditions);
        pp_buf_add(&t->conditions, t->texts.data + t->part[0].conditions.at, t->part[0].conditions.len);
    }
    qsort(t->run, t->nruns, sizeof *t->run, by_part_and_time);
    t->ledger->question[t->head.question].targets++;
    for (int detail = PP_JOINED_WHOLE; detail < PP_JOINED_DETAILS; detail++) {
        out->len = begin;
        out->failed = false;
        pp_joined_line(t, out, detail);
        if (!out->failed && out->len - begin <= PP_OBSERVATION_MAX)
            return 0;
    }
    if (out->failed)
        return pp_error("out of memory");
    BUG("a merged line of more than %d bytes", PP_OBSERVATION_MAX);
}
