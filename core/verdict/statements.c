/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * statements.c: keeps conditions other than connectivity from round to round. A condition that is derived from
 * something that did not arrive stands only once a second round states it as well (plugin.h, enum pp_absence).
 */
#include "confirm.h"

static bool states_group(const struct pp_result *r, const struct pp_plan *plan, uint8_t group)
{
    for (unsigned i = 0; i < r->nstated; i++)
        if (plan->group[r->stated[i].index] == group)
            return true;
    return false;
}

static struct pp_statement *find(struct pp_statements *in, unsigned n, const struct pp_statement *s)
{
    for (unsigned i = 0; i < n; i++)
        if (in->v[i].index == s->index && in->v[i].value == s->value)
            return &in->v[i];
    return NULL;
}

static struct pp_statements *statements_of(const struct pp_result *r, unsigned room)
{
    struct pp_statements *s = malloc(sizeof *s + (r->nstated + room) * sizeof s->v[0]);

    if (!s)
        return NULL;
    s->n = r->nstated;
    memcpy(s->v, r->stated, r->nstated * sizeof s->v[0]);
    return s;
}

int pp_statements_keep(struct pp_finding *f, const struct pp_plan *plan, const struct pp_result *r)
{
    struct pp_statements *old = f->stated, *new = statements_of(r, old ? old->n : 0);
    struct pp_statement *again;

    if (!new)
        return -1;
    for (unsigned i = 0; old && i < old->n; i++) {
        uint8_t group = plan->group[old->v[i].index];
        if (!states_group(r, plan, group)) {
            new->v[new->n++] = old->v[i];
        } else if ((again = find(new, r->nstated, &old->v[i]))) {
            again->said = (uint8_t)(old->v[i].said + (old->v[i].said < UINT8_MAX));
            again->doubt &= old->v[i].doubt;
        } else {
            f->mixed |= UINT64_C(1) << group;
        }
    }
    f->stated = new;
    if (!f->stated_first)
        f->stated_first = old ? old : new;
    else if (old != f->stated_first)
        free(old);
    return 0;
}

static bool is_open(const struct pp_statement *s)
{
    return s->doubt && s->said < 2;
}

bool pp_statements_in_doubt(const struct pp_finding *f)
{
    for (unsigned i = 0; f->stated && i < f->stated->n; i++)
        if (is_open(&f->stated->v[i]))
            return true;
    return false;
}

void pp_statements_settle(struct pp_finding *f, const struct pp_plan *plan)
{
    struct pp_statements *all = f->stated, *s;
    unsigned n = 0;

    if (plan->rounds == 1 || !pp_statements_in_doubt(f))
        return;
    /* Statements of round 1 stay unchanged, so a copy is made. Without memory there are none. */
    s = f->stated = all == f->stated_first ? malloc(sizeof *s + all->n * sizeof s->v[0]) : all;
    for (unsigned i = 0; s && i < all->n; i++)
        if (!is_open(&all->v[i]))
            s->v[n++] = all->v[i];
    if (s)
        s->n = (uint8_t)n;
}
