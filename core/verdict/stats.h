/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stats.h: the figures of a run beside its verdicts: limits of a rate, McNemar's test on round 1, the published
 * list (e-BH). Pure functions and small accumulators: no I/O, no lock. An accumulator has one user at a time;
 * workers keep their own and merge them at the end, in any order, with the same result. Rates are shares in [0, 1],
 * confidence lies in (0, 1). No function returns a NaN or an infinity.
 */
#ifndef PP_STATS_H
#define PP_STATS_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/addr.h"

struct pp_interval {
    double low, high;
};

/*
 * Rates (stats.c). Exact limits of Clopper and Pearson (1934) for the rate behind K of N, K <= N. An upper (lower)
 * limit is one-sided: 0 of 20,000 at 0.95 is below 1.5e-4. The interval is two-sided, half of the error on either
 * side. N = 0 says nothing: 0 and 1. Good to 8 digits for N up to 1e6, to 4 for 1e9.
 */
double pp_binomial_upper(uint64_t k, uint64_t n, double confidence);
/* The same in percent, rounded up to two digits: what is printed is a limit, too. */
double pp_binomial_upper_percent(uint64_t k, uint64_t n, double confidence);
double pp_binomial_lower(uint64_t k, uint64_t n, double confidence);
struct pp_interval pp_binomial_interval(uint64_t k, uint64_t n, double confidence);
/* Whether K of N goes with the rate P: P lies within the interval. */
bool pp_binomial_agrees(uint64_t k, uint64_t n, double p, double confidence);

/*
 * The same interval for K of N that need not be whole: a share of N witnesses that are not independent, as if they were
 * as many independent ones as they are worth (Korn and Graubard 1998). 0 <= K <= N; N = 0: 0 and 1.
 */
struct pp_interval pp_share_interval(double k, double n, double confidence);

/*
 * The rate at which round 1 alone calls a target `broken` (or, equally often, `transient`) where the two arms are
 * the same: each flow fails with probability P; TOGETHER is the share of pairs that pass or fail as one. 0: flows
 * fail independently; 1 - gap / 30 s: in 30 s episodes of the host, with the arms' starts `gap` apart. Of a mixed
 * population, the mean.
 */
double pp_aa_predicted(double p, double together);

/* The T with P(|X| <= T) = CONFIDENCE, X of Student's distribution with DF > 0 degrees of freedom. */
double pp_student(double confidence, double df);

/*
 * McNemar's exact two-sided test: the p-value of "B fails as often as A" when in B_ONLY pairs B alone failed, in
 * A_ONLY pairs A alone. It takes the pairs for independent; where the interval below disagrees, believe the
 * interval.
 */
double pp_mcnemar(uint64_t b_only, uint64_t a_only);

/*
 * The chance that N targets drawn from ALL, of which MARKED are marked, have K marked ones or more (Fisher's exact
 * test, one-sided). N, MARKED <= ALL.
 */
double pp_drawn_upper(uint64_t k, uint64_t n, uint64_t marked, uint64_t all);

/*
 * Pairs of A and B in round 1 (stats_pairs.c), their differences D = (B failed) - (A failed) summed up by cluster,
 * since targets behind one middlebox are not independent witnesses. Clusters are hashed into a fixed number of
 * buckets: two in one bucket count as one cluster, which costs a little power and no validity.
 */
#define PP_CLUSTER_BUCKETS 16384

struct pp_cluster {
    uint64_t n;
    int64_t d;
};

struct pp_clusters {
    struct pp_cluster *bucket; /* PP_CLUSTER_BUCKETS, 256 KiB, touched as used */
};

/* Keys that cannot be mistaken for one another: the network of an address (pp_addr_network), an AS. */
uint64_t pp_cluster_prefix(const struct pp_addr *a);
uint64_t pp_cluster_as(uint32_t asn);

int pp_clusters_init(struct pp_clusters *c); /* -1: no memory (nothing is printed) */
void pp_clusters_release(struct pp_clusters *c);
void pp_clusters_add(struct pp_clusters *c, uint64_t key, int d);
void pp_clusters_merge(struct pp_clusters *into, const struct pp_clusters *from);
/*
 * The interval of the mean of D: sandwich variance with the factor G/(G-1), Student's t with G-1 degrees of freedom
 * (Cameron and Miller 2015), G the number of buckets in use, returned in *G unless NULL. Where the variance is 0
 * (no discordant pair), the Clopper-Pearson limit of 0 of G is the half width: a sample without a difference is no
 * proof that there is none. At most -1 to 1, which is also what fewer than two clusters give.
 */
struct pp_interval pp_clusters_interval(const struct pp_clusters *c, double confidence, uint64_t *g);

struct pp_pairs {
    uint64_t n, b_only, a_only; /* all pairs; those in which B alone, A alone failed */
    struct pp_clusters prefix, as;
};

struct pp_difference {
    double mean;                   /* share of B's failures less share of A's */
    double p;                      /* pp_mcnemar */
    struct pp_interval prefix, as; /* by /24 and /48; by AS */
    struct pp_interval widest;     /* of the two: what to print if only one is printed */
    uint64_t prefixes, ases;       /* buckets in use */
};

int pp_pairs_init(struct pp_pairs *p); /* -1: no memory (nothing is printed) */
void pp_pairs_release(struct pp_pairs *p);
/* PREFIX and AS are keys as above; a target whose AS is not known has its prefix for both. */
void pp_pairs_add(struct pp_pairs *p, uint64_t prefix, uint64_t as, bool a_ok, bool b_ok);
void pp_pairs_merge(struct pp_pairs *into, const struct pp_pairs *from);
struct pp_difference pp_pairs_difference(const struct pp_pairs *p, double confidence);

/*
 * The published list (stats_ebh.c): e-BH of Wang and Ramdas (2022), the K tests of largest e for the largest K with
 * e_(K) >= N / (q K). Its false discovery rate is at most q whatever the dependence between the tests. E-values are
 * kept as a histogram over ln e, rounded down to steps of 1/256 (0.4 %): an e-value rounded down is an e-value. Of
 * those below 1, which are never on the list, only the number counts; all from e^64 on share a bin. 128 KiB.
 */
#define PP_EBH_STEPS 256
#define PP_EBH_BINS (64 * PP_EBH_STEPS + 1)

struct pp_ebh {
    uint64_t n;    /* all tests, target x arm */
    uint64_t *bin; /* PP_EBH_BINS: from exp(i / PP_EBH_STEPS) up to the next */
};

struct pp_ebh_list {
    uint64_t size;
    double threshold; /* a test is on the list exactly if its e is at least this */
    double largest;   /* e of all tests, rounded down; 0: none is 1 or more */
    uint64_t needed;  /* so many tests of the largest e make a list that is not empty; 0: none is 1 or more */
};

int pp_ebh_init(struct pp_ebh *h); /* -1: no memory (nothing is printed) */
void pp_ebh_release(struct pp_ebh *h);
/* A test that was not confirmed has e = 0. It counts: that is what the list pays for having looked at so many. */
void pp_ebh_add(struct pp_ebh *h, double e);
void pp_ebh_merge(struct pp_ebh *into, const struct pp_ebh *from);
struct pp_ebh_list pp_ebh_threshold(const struct pp_ebh *h, double q);

#endif
