/* SPDX-License-Identifier: BSD-2-Clause */
/* joined_points.c: compares what several vantage points state of a target. */
#include "joined_parts.h"

#include "../verdict/stats.h"

void pp_joined_judge(struct pp_joined *t, unsigned i)
{
    struct pp_ledger_question *q = &t->ledger->question[t->head.question];
    unsigned n = 0;

    t->e[i] = 0;
    t->alpha[i] = 0;
    for (unsigned k = 0; k < t->nparts; k++) {
        const struct pp_arm_stable *a = &t->part[k].arm[i];
        t->points[k] = (struct pp_point){&t->part[k].sources, a->word, a->sure, false};
        if (a->alpha > 0 && (t->alpha[i] == 0 || a->alpha < t->alpha[i]))
            t->alpha[i] = a->alpha;
        if (a->word == PP_NO_WORD || a->word == PP_VERDICT_OFFLINE)
            continue;
        t->e[i] += a->e;
        n++;
    }
    t->e[i] = n ? t->e[i] / n : 1;
    t->word[i] = pp_multipoint(t->points, t->nparts, &t->evidence[i]);
    for (unsigned k = 0; k < t->nparts && t->word[i] == PP_CANDIDATE; k++)
        t->part[k].ask_again |= t->points[k].ask_again;
    if (t->word[i] == PP_NO_WORD)
        return;
    q->words[i][t->word[i]]++;
    if (!q->alone)
        pp_ebh_add(t->ebh, t->e[i]);
}

/* Points A and B of one group have no condition in common. */
static bool disjoint(const struct pp_joined *t, const struct pp_joined_point *a, const struct pp_joined_point *b)
{
    for (uint32_t i = 0; i < a->n; i++)
        for (uint32_t k = 0; k < b->n; k++)
            if (t->saids[a->first + i] == t->saids[b->first + k])
                return false;
    return true;
}

/*
 * The word for a group G without a common condition: "path_dependent" if two vantage points that are sure, and have
 * different sources, state no condition in common; "..._candidate" if such a pair is not sure; else "unstable".
 */
static const char *difference(struct pp_joined *t, uint32_t g)
{
    const char *word = "unstable";

    for (uint32_t i = 0; i < t->npoints; i++)
        for (uint32_t k = 0; k < i && t->point[i].group == g; k++) {
            struct pp_joined_point *a = &t->point[i], *b = &t->point[k];
            if (b->group != g || a->unstable || b->unstable || !disjoint(t, a, b) ||
                !pp_sources_differ(&t->part[a->part].sources, &t->part[b->part].sources))
                continue;
            if (a->sure && b->sure)
                return "path_dependent";
            word = "path_dependent_candidate";
        }
    return word;
}

/* Marks the vantage points that are not sure about group G to be measured again. */
static void ask_again(struct pp_joined *t, uint32_t g)
{
    for (uint32_t i = 0; i < t->npoints; i++)
        if (t->point[i].group == g && !t->point[i].unstable)
            t->part[t->point[i].part].ask_again |= !t->point[i].sure;
}

static void multipoint_group(struct pp_joined *t, uint32_t g, struct pp_buf *name)
{
    const struct pp_conditions *c = &t->of_points;
    const struct pp_said *one = &c->said[c->group[g].first];
    const char *word = NULL;
    unsigned n = 0, unstable = 0, common = 0;

    for (uint32_t i = 0; i < t->npoints; i++) {
        n += t->point[i].group == g;
        unstable += t->point[i].group == g && t->point[i].unstable;
    }
    for (uint32_t i = c->group[g].first; i < c->nsaid && !unstable; i++) {
        const struct pp_said *s = &c->said[i];
        const char *text = pp_conditions_text(c, s->at);
        if (s->group != g || s->n != n)
            continue;
        common++;
        pp_buf_reset(name);
        pp_merged_condition(name, "multipoint", text, s->name_len, text + s->name_len + c->group[g].valued,
                            s->len - s->name_len - c->group[g].valued, n);
        pp_joined_element(&t->conditions, name->data, name->len);
    }
    if (common || n == 0)
        return;
    word = unstable ? "unstable" : difference(t, g);
    if (strcmp(word, "path_dependent_candidate") == 0)
        ask_again(t, g);
    pp_buf_reset(name);
    pp_merged_disagree(name, "multipoint", pp_conditions_text(c, one->at), one->name_len, c->group[g].valued, word, n);
    pp_joined_element(&t->conditions, name->data, name->len);
}

void pp_joined_multipoint(struct pp_joined *t)
{
    const struct pp_ledger_question *q = pp_joined_question(t);
    char word[PP_MERGE_NAME + 32];
    struct pp_buf name;

    pp_buf_init(&name, 4096);
    pp_buf_reset(&t->conditions);
    for (unsigned i = 0; i < q->narms; i++) {
        if (t->word[i] == PP_NO_WORD || !q->condition[i])
            continue;
        snprintf(word, sizeof word, "%s.%s", q->condition[i], pp_merged_name(t->word[i], q->alone));
        pp_buf_reset(&name);
        pp_merged_condition(&name, "multipoint", word, strlen(word), NULL, 0, t->evidence[i]);
        pp_joined_element(&t->conditions, name.data, name.len);
    }
    for (uint32_t g = 0; g < t->of_points.ngroups; g++)
        multipoint_group(t, g, &name);
    pp_buf_release(&name);
}
