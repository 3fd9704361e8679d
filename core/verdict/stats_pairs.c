/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stats_pairs.c: pairs of arms summed up by cluster, and the interval of their difference that clusters leave
 * honest.
 */
#include "stats.h"

#include <math.h>

uint64_t pp_cluster_prefix(const struct pp_addr *a)
{
    struct pp_addr network = pp_addr_network(a).addr;
    const uint8_t *raw = pp_addr_raw(&network);
    uint64_t key = pp_addr_is4(&network) ? 1 : 2;
    size_t bytes = pp_addr_is4(&network) ? 3 : 6;

    for (size_t i = 0; i < bytes; i++)
        key = key << 8 | raw[i];
    return key;
}

uint64_t pp_cluster_as(uint32_t asn)
{
    return UINT64_C(3) << 56 | asn;
}

int pp_clusters_init(struct pp_clusters *c)
{
    c->bucket = calloc(PP_CLUSTER_BUCKETS, sizeof *c->bucket);
    return c->bucket ? 0 : -1;
}

void pp_clusters_release(struct pp_clusters *c)
{
    free(c->bucket);
    c->bucket = NULL;
}

/* The finaliser of SplitMix64. No secret in it: workers and repeated runs have to agree on who shares a bucket. */
static size_t bucket_of(uint64_t key)
{
    key = (key ^ key >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    key = (key ^ key >> 27) * UINT64_C(0x94d049bb133111eb);
    return (size_t)((key ^ key >> 31) % PP_CLUSTER_BUCKETS);
}

void pp_clusters_add(struct pp_clusters *c, uint64_t key, int d)
{
    struct pp_cluster *b = &c->bucket[bucket_of(key)];

    b->n++;
    b->d += d;
}

void pp_clusters_merge(struct pp_clusters *into, const struct pp_clusters *from)
{
    for (size_t i = 0; i < PP_CLUSTER_BUCKETS; i++) {
        into->bucket[i].n += from->bucket[i].n;
        into->bucket[i].d += from->bucket[i].d;
    }
}

/* The variance of the mean: G/(G-1) times the sum of (each cluster's sum of residuals)^2, over n^2. G > 1. */
static double robust_variance(const struct pp_clusters *c, double mean, double n, double g)
{
    double sum = 0;

    for (size_t i = 0; i < PP_CLUSTER_BUCKETS; i++) {
        double residual = (double)c->bucket[i].d - mean * (double)c->bucket[i].n;

        sum += residual * residual;
    }
    return g / (g - 1) * sum / n / n;
}

struct pp_interval pp_clusters_interval(const struct pp_clusters *c, double confidence, uint64_t *g)
{
    uint64_t n = 0, used = 0;
    int64_t d = 0;
    double mean, half;

    for (size_t i = 0; i < PP_CLUSTER_BUCKETS; i++) {
        n += c->bucket[i].n;
        d += c->bucket[i].d;
        used += c->bucket[i].n > 0;
    }
    if (g)
        *g = used;
    if (used < 2)
        return (struct pp_interval){.low = -1, .high = 1};
    mean = (double)d / (double)n;
    half = sqrt(robust_variance(c, mean, (double)n, (double)used)) * pp_student(confidence, (double)used - 1);
    if (half == 0)
        half = pp_binomial_upper(0, used, (1 + confidence) / 2);
    return (struct pp_interval){.low = fmax(-1, mean - half), .high = fmin(1, mean + half)};
}

int pp_pairs_init(struct pp_pairs *p)
{
    *p = (struct pp_pairs){.n = 0};
    if (pp_clusters_init(&p->prefix) < 0 || pp_clusters_init(&p->as) < 0) {
        pp_pairs_release(p);
        return -1;
    }
    return 0;
}

void pp_pairs_release(struct pp_pairs *p)
{
    pp_clusters_release(&p->prefix);
    pp_clusters_release(&p->as);
}

void pp_pairs_add(struct pp_pairs *p, uint64_t prefix, uint64_t as, bool a_ok, bool b_ok)
{
    int d = (int)a_ok - (int)b_ok; /* B failed less A failed */

    p->n++;
    p->b_only += d > 0;
    p->a_only += d < 0;
    pp_clusters_add(&p->prefix, prefix, d);
    pp_clusters_add(&p->as, as, d);
}

void pp_pairs_merge(struct pp_pairs *into, const struct pp_pairs *from)
{
    into->n += from->n;
    into->b_only += from->b_only;
    into->a_only += from->a_only;
    pp_clusters_merge(&into->prefix, &from->prefix);
    pp_clusters_merge(&into->as, &from->as);
}

struct pp_difference pp_pairs_difference(const struct pp_pairs *p, double confidence)
{
    struct pp_difference r = {.p = pp_mcnemar(p->b_only, p->a_only)};

    r.mean = p->n ? ((double)p->b_only - (double)p->a_only) / (double)p->n : 0;
    r.prefix = pp_clusters_interval(&p->prefix, confidence, &r.prefixes);
    r.as = pp_clusters_interval(&p->as, confidence, &r.ases);
    r.widest = r.as.high - r.as.low > r.prefix.high - r.prefix.low ? r.as : r.prefix;
    return r;
}
