/* SPDX-License-Identifier: BSD-2-Clause */
/* shares.c: a share and its interval, where targets of one network are not independent. */
#include "aggregate_parts.h"

#include <math.h>
#include <stdlib.h>

#define CONFIDENCE 0.95
#define SHOWS_MIN 10 /* targets with a condition, and without it, from which on others borrow its design effect */

/* Clusters in use, and the sum of their squared residuals about the share. */
static unsigned residuals(const uint32_t *hit, const uint32_t *all, double share, double *sum)
{
    unsigned used = 0;

    *sum = 0;
    for (int i = 0; i < PP_SHARE_BUCKETS; i++) {
        double d = (double)hit[i] - share * (double)all[i];
        used += all[i] > 0;
        *sum += d * d;
    }
    return used;
}

/*
 * The design effect of Korn and Graubard (1998): the variance between clusters over that of independent targets, times
 * the squared quotient of Student's t quantiles for the number of clusters and for N. *EFFECT 0: the share is 0 or 1,
 * and the clusters show no variance. False: there are fewer than two clusters.
 */
static bool effect_of(const uint32_t *hit, const uint32_t *all, double k, double n, double *effect, unsigned *clusters)
{
    double share = k / n, sum, plain = share * (1 - share) / n, t, t_all, worth;
    unsigned g = residuals(hit, all, share, &sum);

    *clusters = g;
    *effect = 0;
    if (g < 2)
        return false;
    if (plain <= 0 || sum <= 0)
        return true;
    worth = fmin(n, plain * n / (g / (g - 1.0) * sum / n / n));
    t = pp_student(CONFIDENCE, g - 1.0);
    t_all = pp_student(CONFIDENCE, fmax(n - 1, 1));
    *effect = n / fmax(1, worth * (t_all / t) * (t_all / t));
    return true;
}

/*
 * The binomial interval at the effective sample size, N over the design effect. Where the share is 0 or 1 that is the
 * largest design effect of other conditions of the part (BORROWED), or, if none has one, each cluster counts as one
 * target.
 */
static struct pp_interval interval(const uint32_t *hit, const uint32_t *all, double k, double n, double borrowed,
                                   double *effect)
{
    unsigned g;

    if (!effect_of(hit, all, k, n, effect, &g)) {
        *effect = n;
        return (struct pp_interval){.low = 0, .high = 1};
    }
    if (*effect <= 0)
        *effect = borrowed > 0 ? fmin(borrowed, n) : n / g;
    return pp_share_interval(k / *effect, n / *effect, CONFIDENCE);
}

static void learn(double of[PP_BYS], uint64_t k, uint64_t n, uint32_t *const hit[PP_BYS], uint32_t *const all[PP_BYS])
{
    double effect;
    unsigned g;

    for (int by = 0; by < PP_BYS; by++)
        if (k >= SHOWS_MIN && n >= k + SHOWS_MIN && hit[by] && all[by] &&
            effect_of(hit[by], all[by], (double)k, (double)n, &effect, &g))
            of[by] = fmax(of[by], effect);
}

static const struct pp_effects *effects(const struct pp_part *p)
{
    for (unsigned i = 0; !p->effects->known && i < p->nquestions; i++) {
        const struct pp_question *q = &p->question[i];
        for (unsigned m = 0; m < q->nmembers; m++)
            learn(p->effects->of[!q->connectivity], q->member[m].based, q->n, q->member[m].hit, q->all);
    }
    p->effects->known = true;
    return p->effects;
}

/* K of N, of the clusters HIT of ALL. */
static struct pp_share share_of(uint64_t k, uint64_t n, uint32_t *const hit[PP_BYS], uint32_t *const all[PP_BYS],
                                const double borrowed[PP_BYS])
{
    struct pp_share s = {.k = k, .n = n, .interval = {.low = 0, .high = 1}, .effect = 1, .effect_by = {1, 1}};

    if (!n)
        return s;
    s.share = (double)k / (double)n;
    s.interval = pp_share_interval((double)k, (double)n, CONFIDENCE);
    for (int by = 0; by < PP_BYS; by++) {
        struct pp_interval i;
        if (!hit[by] || !all[by])
            continue;
        i = interval(hit[by], all[by], (double)k, (double)n, borrowed[by], &s.effect_by[by]);
        s.interval.low = fmin(s.interval.low, i.low);
        s.interval.high = fmax(s.interval.high, i.high);
        s.effect = fmax(s.effect, s.effect_by[by]);
    }
    return s;
}

struct pp_share pp_part_share(const struct pp_part *p, const struct pp_question *q, unsigned member)
{
    const struct pp_member_count *m = &q->member[member];
    /* A condition that is stated only where it holds: its share is of all targets that were reached. */
    bool alone = !q->connectivity && q->nmembers == 1 && p->reached >= m->based;

    return share_of(m->based, alone ? p->reached : q->n, m->hit, alone ? p->reached_all : q->all,
                    effects(p)->of[!q->connectivity]);
}

struct pp_share pp_part_share_broken(const struct pp_part *p)
{
    return share_of(p->any_broken, p->reached, p->broken_any, p->reached_all, effects(p)->of[0]);
}

int pp_question_member(const struct pp_question *q, enum pp_verdict word)
{
    for (unsigned i = 0; i < q->nmembers; i++)
        if (q->member[i].word == (int)word)
            return (int)i;
    return -1;
}

/* The question NAME.connectivity of experiment NAME, else the first question with words. */
const struct pp_question *pp_part_headline(const struct pp_part *p)
{
    const struct pp_question *found = NULL;
    size_t len = strlen(p->experiment);

    for (unsigned i = 0; i < p->nquestions; i++) {
        const struct pp_question *q = &p->question[i];
        if (!q->connectivity)
            continue;
        if (len && strncmp(q->stem, p->experiment, len) == 0 && strcmp(q->stem + len, ".connectivity") == 0)
            return q;
        if (!found)
            found = q;
    }
    return found;
}

/* ---- the end of it ---------------------------------------------------------------------------------------------- */

static void release_buckets(uint32_t *array[PP_BYS])
{
    for (int by = 0; by < PP_BYS; by++)
        free(array[by]);
}

static void release_question(struct pp_question *q)
{
    for (unsigned k = 0; k < q->nmembers; k++) {
        free(q->member[k].name);
        free(q->member[k].values);
        release_buckets(q->member[k].hit);
    }
    free(q->stem);
    release_buckets(q->all);
    pp_pairs_release(&q->pairs);
    pp_pairs_release(&q->change);
}

void pp_part_release(struct pp_part *p)
{
    for (unsigned i = 0; i < p->nquestions; i++)
        release_question(&p->question[i]);
    for (int kind = 0; kind < PP_KEY_KINDS; kind++)
        pp_keys_release(&p->keys[kind]);
    pp_listed_release(p);
    release_buckets(p->reached_all);
    release_buckets(p->broken_any);
    pp_ebh_release(&p->ebh);
    free(p->effects);
    free(p->agree);
    free(p->slot);
}
