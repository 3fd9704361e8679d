/* SPDX-License-Identifier: BSD-2-Clause */
/* stats_ebh.c: how long the published list is, from a histogram of e-values. */
#include "stats.h"

#include <math.h>

int pp_ebh_init(struct pp_ebh *h)
{
    h->n = 0;
    h->bin = calloc(PP_EBH_BINS, sizeof *h->bin);
    return h->bin ? 0 : -1;
}

void pp_ebh_release(struct pp_ebh *h)
{
    free(h->bin);
    h->bin = NULL;
}

/* The least e of a bin, and the one place that says so: counting and threshold must agree to the last bit. */
static double edge(size_t bin)
{
    return exp((double)bin / PP_EBH_STEPS);
}

/* The last bin whose edge is at most E; E >= 1. The logarithm may miss it by one. */
static size_t bin_of(double e)
{
    size_t i = (size_t)fmin(PP_EBH_BINS - 1, log(e) * PP_EBH_STEPS);

    while (edge(i) > e)
        i--;
    while (i + 1 < PP_EBH_BINS && edge(i + 1) <= e)
        i++;
    return i;
}

void pp_ebh_add(struct pp_ebh *h, double e)
{
    h->n++;
    if (e >= 1)
        h->bin[bin_of(e)]++;
}

void pp_ebh_merge(struct pp_ebh *into, const struct pp_ebh *from)
{
    into->n += from->n;
    for (size_t i = 0; i < PP_EBH_BINS; i++)
        into->bin[i] += from->bin[i];
}

/*
 * Upwards from the lowest bin, so that the first that passes makes the longest list: all tests of a bin pass
 * together, with the bin's edge for their e. If none passes, the threshold is the least edge at which a lone test
 * would.
 */
struct pp_ebh_list pp_ebh_threshold(const struct pp_ebh *h, double q)
{
    struct pp_ebh_list list = {0};
    uint64_t above = 0;
    double alone = h->n > 0 ? (double)h->n / q : 1 / q;
    size_t i;

    for (i = 0; i < PP_EBH_BINS; i++) {
        above += h->bin[i];
        if (h->bin[i] > 0)
            list.largest = edge(i);
    }
    list.needed = list.largest > 0 ? (uint64_t)ceil(alone / list.largest) : 0;
    for (i = 0; i < PP_EBH_BINS; above -= h->bin[i++])
        if (h->bin[i] > 0 && edge(i) * (double)above >= alone) {
            list.size = above;
            list.threshold = edge(i);
            return list;
        }
    for (i = 0; i + 1 < PP_EBH_BINS && edge(i) < alone;)
        i++;
    list.threshold = edge(i);
    return list;
}
