/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_where_chance.c: the method that locates changes against chance: on paths with a box at a known place, with
 * silent, rarely answering and rate-limited routers and loss, the interval contains the place; paths without a box get
 * no interval, except for as many as the bound permits.
 */
#include "../../core/verdict/where.h"

#include "../../core/base/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { TRIES = 3, HOPS_MAX = 14 };

enum box { NONE, DROPS, RESETS, REWRITES };
enum trouble { CALM, LOSSY, QUOTA, DEAD, CHANGES, BALANCED, OUTAGE, TROUBLES };

static const char *const trouble_name[] = {"calm", "lossy", "quota", "dead", "changes", "balanced", "outage"};

/* One path. Hops 1 to distance - 1 are routers; the box stands between BOUNDARY and the next hop. */
struct path {
    unsigned distance, boundary, later; /* later: the distance after a change */
    enum box box;
    enum trouble trouble;
    double loss, answers[HOPS_MAX + 1]; /* a router's share of answers */
    unsigned changes_at;                /* the pair */
    bool regular;                       /* all routers answer always, and nothing is lost */
    uint16_t quote[HOPS_MAX + 1];
};

static double uniform(struct pp_rng *chance)
{
    return pp_rng_unit(chance);
}

static unsigned below(struct pp_rng *chance, unsigned n)
{
    return (unsigned)pp_rng_below(chance, n);
}

static void make(struct path *p, struct pp_rng *chance, enum box box, enum trouble trouble, bool regular)
{
    *p = (struct path){.box = box, .trouble = trouble, .regular = regular};
    p->distance = 5 + below(chance, HOPS_MAX - 6);
    p->later = p->distance + below(chance, 2);
    p->boundary = 1 + below(chance, p->distance - 2);
    p->changes_at = 1 + below(chance, 7);
    if (!regular)
        p->loss = (trouble == LOSSY ? 0.3 : 0.03) * uniform(chance);
    for (unsigned ttl = 1; ttl <= HOPS_MAX; ttl++) {
        double kind = uniform(chance);

        p->answers[ttl] = regular || kind < 0.6 ? 1 : kind < 0.8 ? 0 : uniform(chance);
        p->quote[ttl] = kind < 0.3 ? 548 : kind < 0.6 ? 128 : 28;
    }
}

static struct pp_hop_seen ask(const struct path *p, struct pp_rng *chance, bool b, unsigned ttl, unsigned pair,
                              bool second)
{
    bool other = p->trouble == CHANGES && pair >= p->changes_at;
    unsigned distance = other ? p->later : p->distance;
    struct pp_hop_seen h = {.what = PP_SEEN_SILENT};

    for (unsigned i = 0; i < TRIES && h.what == PP_SEEN_SILENT; i++) {
        bool beyond = ttl > p->boundary;

        h.tries++;
        if (uniform(chance) < 2 * p->loss || (p->trouble == OUTAGE && pair == p->changes_at))
            continue;
        if (b && beyond && p->box == DROPS)
            continue;
        if (b && beyond && p->box == RESETS) {
            h.what = PP_SEEN_RST;
        } else if (ttl >= distance) {
            if (p->trouble != DEAD && !(p->trouble == QUOTA && second))
                h.what = PP_SEEN_ANSWER;
        } else if (uniform(chance) < p->answers[ttl]) {
            unsigned branch = p->trouble == BALANCED ? below(chance, 2) : other && ttl > 2;

            h.what = PP_SEEN_EXCEEDED;
            h.from = pp_addr_from4((const uint8_t[]){10, 0, (uint8_t)branch, (uint8_t)ttl});
            h.diff.quote = p->quote[ttl];
            if (b && beyond && p->box == REWRITES) {
                h.diff.changes = 1;
                h.diff.change[0] = (struct pp_change){.field = PP_FIELD_ECN, .end = 2, .sent = PP_ECT0};
            }
        }
    }
    if (h.what == PP_SEEN_RST || h.what == PP_SEEN_ANSWER)
        h.from = pp_addr_from4((const uint8_t[]){192, 0, 2, 80});
    return h;
}

static void sweep(struct pp_sweep *s, const struct path *p, struct pp_rng *chance, bool b, unsigned pair, bool second,
                  unsigned from)
{
    s->hops = HOPS_MAX;
    s->stale = s->cut = false;
    for (unsigned ttl = 1; ttl <= HOPS_MAX; ttl++) {
        s->hop[ttl - 1].what = PP_SEEN_NOT_ASKED;
        if (ttl >= from && ttl <= (p->distance > p->later ? p->distance : p->later) + 1)
            s->hop[ttl - 1] = ask(p, chance, b, ttl, pair, second);
    }
}

/* Everything counted over a series of paths. */
struct counters {
    unsigned paths, named, wrong, wide, pairs, through;
};

static void run(const struct path *p, struct pp_rng *chance, struct counters *t)
{
    static struct pp_sweep a[PP_WHERE_PAIRS_MAX], b[PP_WHERE_PAIRS_MAX];
    static const uint8_t kinds[] = {[DROPS] = PP_PLACE_DROP, [RESETS] = PP_PLACE_RESET, [REWRITES] = PP_PLACE_REWRITE};
    struct pp_sweep_pair pairs[PP_WHERE_PAIRS_MAX];
    struct pp_where_ask how = {.alpha = PP_WHERE_ALPHA, .pairs_max = PP_WHERE_PAIRS_MAX};
    struct pp_where w = {.from_ttl = 1};
    unsigned n = 0;

    while (!w.ended) {
        bool b_first = below(chance, 2);

        sweep(&a[n], p, chance, false, n, b_first, w.from_ttl);
        sweep(&b[n], p, chance, true, n, !b_first, w.from_ttl);
        pairs[n] = (struct pp_sweep_pair){&a[n], &b[n]};
        n++;
        pp_where_judge(&w, &how, pairs, n);
    }
    t->paths++;
    t->pairs += n;
    for (unsigned i = 0; i < w.places; i++) {
        const struct pp_place *q = &w.place[i];

        if (!q->has_to)
            continue;
        t->named++;
        for (unsigned k = 0; k < n && q->kind == PP_PLACE_DROP; k++)
            for (unsigned ttl = 0; ttl < b[k].hops; ttl++)
                t->through += b[k].hop[ttl].what == PP_SEEN_ANSWER;
        if (p->box == NONE || q->kind != kinds[p->box] || q->from.ttl > p->boundary || q->to.ttl <= p->boundary)
            t->wrong++;
        t->wide += q->to.ttl != q->from.ttl + 1u;
    }
}

/* The largest count that a Poisson variable of MEAN exceeds in at most 1 of 1,000 series. */
static unsigned limit(double mean)
{
    double p = exp(-mean), sum = p;
    unsigned k = 0;

    while (sum < 0.999)
        sum += p *= mean / ++k;
    return k;
}

static void boxes_are_within(void **state)
{
    static const enum box box[] = {DROPS, RESETS, REWRITES};
    static const enum trouble with[] = {CALM, BALANCED, CHANGES, LOSSY};
    struct pp_rng chance;

    (void)state;
    chance = pp_rng_init(20261130, 0);
    for (unsigned k = 0; k < 3; k++)
        for (unsigned i = 0; i < 4; i++)
            for (unsigned regular = 0; regular < 2; regular++) {
                struct counters t = {.paths = 0};

                while (t.paths < 1000) {
                    struct path p;

                    make(&p, &chance, box[k], with[i], regular);
                    run(&p, &chance, &t);
                }
                print_message("box %u, %s, %s: named %u, wrong %u, wide %u, %.1f pairs\n", box[k],
                              trouble_name[with[i]], regular ? "regular" : "irregular", t.named, t.wrong, t.wide,
                              t.pairs / 1000.);
                assert_true(t.wrong <= limit(PP_WHERE_ALPHA * t.named));
                if (!regular || with[i] == CHANGES)
                    continue;
                /* Per-packet balancing may look like a path that changed, and then costs the place. */
                assert_true(t.named >= (with[i] == BALANCED ? 980u : 1000u));
                assert_true(t.wide * 100 <= t.named);
            }
}

static void what_is_not_there_is_not_named(void **state)
{
    struct pp_rng chance;
    struct counters all = {.paths = 0};

    (void)state;
    chance = pp_rng_init(4, 0);
    for (enum trouble with = CALM; with < TROUBLES; with++) {
        struct counters t = {.paths = 0};

        while (t.paths < 20000 / TROUBLES) {
            struct path p;

            make(&p, &chance, NONE, with, below(&chance, 4) == 0);
            run(&p, &chance, &t);
        }
        print_message("no box, %s: named %u of %u, %.1f pairs\n", trouble_name[with], t.named, t.paths,
                      (double)t.pairs / t.paths);
        assert_int_equal(t.through, 0);
        assert_true(t.named <= limit(PP_WHERE_ALPHA * t.paths));
        all.named += t.named;
        all.paths += t.paths;
    }
    assert_true(all.named <= limit(PP_WHERE_ALPHA * all.paths));
}

/* The bars would catch a method that takes one pair of sweeps for proof. */
static void one_pair_proves_nothing(void **state)
{
    struct pp_rng chance;
    struct pp_where_ask how = {.alpha = 0.6, .pairs_max = 1};
    unsigned named = 0;

    (void)state;
    chance = pp_rng_init(5, 0);
    for (unsigned i = 0; i < 2000; i++) {
        static struct pp_sweep a, b;
        struct pp_sweep_pair pair = {&a, &b};
        bool b_first = below(&chance, 2);
        struct pp_where w;
        struct path p;

        make(&p, &chance, NONE, QUOTA, false);
        sweep(&a, &p, &chance, false, 0, b_first, 1);
        sweep(&b, &p, &chance, true, 0, !b_first, 1);
        pp_where_judge(&w, &how, &pair, 1);
        named += w.places != 0 && w.place[0].has_to;
    }
    assert_true(named > limit(PP_WHERE_ALPHA * 2000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boxes_are_within),
        cmocka_unit_test(what_is_not_there_is_not_named),
        cmocka_unit_test(one_pair_proves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
