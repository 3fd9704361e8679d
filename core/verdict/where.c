/* SPDX-License-Identifier: BSD-2-Clause */
/* where.c: locates drops, and answers by another host than the target; decides when no further pair is needed. */
#include "where_parts.h"

#include "../base/error.h"

#include "verdict.h"

/*
 * With per-packet load balancing two arms can look as if on different paths by chance; after CLEAR_PAIRS pairs that is
 * unlikely.
 */
enum { AT_LEAST_PAIRS = 2, CLEAR_PAIRS = 6 };

const struct pp_hop_seen *pp_where_hop(const struct pp_sweep *s, unsigned ttl)
{
    static const struct pp_hop_seen none = {.what = PP_SEEN_NOT_ASKED};

    return s == NULL || ttl < 1 || ttl > s->hops ? &none : &s->hop[ttl - 1];
}

unsigned pp_where_nearest(const struct pp_sweep *s, uint8_t what)
{
    for (unsigned ttl = 1; s != NULL && ttl <= s->hops; ttl++)
        if (s->hop[ttl - 1].what == what)
            return ttl;
    return 0;
}

/* True if a pair counts as evidence: both sweeps are complete, without stale state at the target. */
static bool whole(const struct pp_sweep_pair *p)
{
    return p->a && p->b && !p->a->stale && !p->b->stale && !p->a->cut && !p->b->cut;
}

struct pp_place_end pp_where_end(const struct pp_rounds *r, unsigned ttl)
{
    struct pp_place_end end = {.ttl = (uint8_t)ttl};
    const struct pp_addr *most = NULL;
    unsigned best = 0;

    if (ttl == 0)
        return end;
    for (unsigned i = 0; i < 2 * r->n; i++) {
        const struct pp_hop_seen *h = pp_where_hop(i % 2 ? r->pairs[i / 2].b : r->pairs[i / 2].a, ttl);
        unsigned same = 0;

        if (h->what < PP_SEEN_UNREACHABLE || h->too_big) /* sent by a router before this hop */
            continue;
        for (unsigned k = 0; k < 2 * r->n; k++) {
            const struct pp_hop_seen *o = pp_where_hop(k % 2 ? r->pairs[k / 2].b : r->pairs[k / 2].a, ttl);
            same += o->what >= PP_SEEN_UNREACHABLE && pp_addr_eq(&o->from, &h->from);
        }
        if (same > best) {
            best = same;
            most = &h->from;
        }
    }
    if (most)
        end.addr = *most;
    end.target = r->distance != 0 && ttl >= r->distance;
    return end;
}

void pp_where_put(struct pp_where *w, const struct pp_rounds *r, struct pp_place *p)
{
    bool stands = p->why == PP_WHERE_STANDS || p->why >= PP_WHERE_RATE_LIMITED;

    p->paths = w->paths;
    p->a = r->pairs[0].a ? (uint8_t)r->n : 0;
    p->b = (uint8_t)r->n;
    if (stands && w->paths != PP_PATHS_SAME) {
        p->why = w->paths == PP_PATHS_DIFFER ? PP_WHERE_PATHS_DIFFER : PP_WHERE_CHANGED;
        stands = false;
    }
    if (!stands)
        p->has_from = p->has_to = false;
    p->silent = p->has_from && p->has_to ? (uint8_t)(p->to.ttl - p->from.ttl - 1) : 0;
    if (w->places < PP_PLACES_MAX)
        w->place[w->places++] = *p;
}

/* ---- drops ------------------------------------------------------------------------------------------- */

/*
 * True if TTL was not asked in S. TTLs after the silent hops that ended a sweep count as asked: nothing answers there.
 */
static bool left_out(const struct pp_sweep *s, unsigned ttl)
{
    return ttl <= s->hops && s->hop[ttl - 1].what == PP_SEEN_NOT_ASKED;
}

/* Evidence that B never reaches TTL or, at the target's distance, never draws its answer. */
static double evidence(const struct pp_rounds *r, unsigned ttl)
{
    double e = 1;

    for (unsigned i = 0; i < r->n; i++) {
        const struct pp_sweep_pair *p = &r->pairs[i];
        bool a, b;

        if (!whole(p))
            continue;
        if (ttl < r->distance) {
            if (left_out(p->a, ttl) || left_out(p->b, ttl))
                continue;
            a = pp_where_hop(p->a, ttl)->what >= PP_SEEN_EXCEEDED;
            b = pp_where_hop(p->b, ttl)->what >= PP_SEEN_EXCEEDED;
        } else {
            a = pp_where_nearest(p->a, PP_SEEN_ANSWER) != 0;
            b = pp_where_nearest(p->b, PP_SEEN_ANSWER) != 0;
        }
        e *= pp_evidence_factor(1, !a + !b, !b, PP_WEIGHT);
    }
    return e;
}

static bool ever_exceeded(const struct pp_rounds *r, bool of_b, unsigned ttl)
{
    for (unsigned i = 0; i < r->n; i++)
        if (pp_where_hop(of_b ? r->pairs[i].b : r->pairs[i].a, ttl)->what == PP_SEEN_EXCEEDED)
            return true;
    return false;
}

/* The farthest hop below LIMIT at which B's Time Exceeded was ever drawn; 0: none. */
static unsigned farthest(const struct pp_rounds *r, unsigned limit)
{
    for (unsigned ttl = limit; ttl-- > 1;)
        if (ever_exceeded(r, true, ttl))
            return ttl;
    return 0;
}

/* True if E can still reach 1/alpha in the pairs that are left. */
static bool in_reach(const struct pp_rounds *r, double e)
{
    for (unsigned left = r->n; left < r->ask->pairs_max; left++)
        e *= pp_evidence_clean(1);
    return e >= 1 / r->ask->alpha;
}

/*
 * Moves the end of P from the target towards this host as far as the evidence reaches. True: a further pair may help.
 */
static bool narrow(const struct pp_rounds *r, struct pp_place *p)
{
    for (unsigned ttl = r->distance; ttl-- > (unsigned)p->from.ttl + 1;) {
        double e;

        if (!ever_exceeded(r, false, ttl))
            continue;
        e = evidence(r, ttl);
        if (e < 1 / r->ask->alpha) {
            p->why = PP_WHERE_RATE_LIMITED;
            return in_reach(r, e);
        }
        p->to = pp_where_end(r, ttl);
        p->e = e;
    }
    return false;
}

static bool any_hop(const struct pp_rounds *r)
{
    for (unsigned ttl = 1; ttl < r->distance; ttl++)
        if (ever_exceeded(r, false, ttl) || ever_exceeded(r, true, ttl))
            return true;
    return false;
}

static enum pp_interest find_drop(struct pp_where *w, const struct pp_rounds *r)
{
    struct pp_place p = {.kind = PP_PLACE_DROP, .has_from = true, .has_to = true};
    unsigned pairs = 0, a = 0, b = 0, other = 0, stale = 0;
    bool more;

    for (unsigned i = 0; i < r->n; i++) {
        const struct pp_sweep_pair *q = &r->pairs[i];

        stale += (q->a && q->a->stale) || (q->b && q->b->stale);
        if (!whole(q))
            continue;
        pairs++;
        a += pp_where_nearest(q->a, PP_SEEN_ANSWER) != 0;
        b += pp_where_nearest(q->b, PP_SEEN_ANSWER) != 0;
        other += pp_where_nearest(q->b, PP_SEEN_RST) != 0;
    }
    /* B drew the answer in every pair, or a RST in some: there is no drop to locate. */
    if (other != 0 || (pairs != 0 && b == pairs))
        return PP_NOTHING;
    p.agree = (uint8_t)(pairs - b);
    if (pairs == 0 || a < pairs || b != 0) {
        p.why = pairs == 0 && stale ? PP_WHERE_STALE_STATE : PP_WHERE_NOT_REPRODUCED;
        if (pairs == 0 && r->ask->stop)
            p.why = r->ask->stop;
        pp_where_put(w, r, &p);
        return pairs == 0 ? PP_GOES_AFTER : PP_FOUND;
    }
    p.e = evidence(r, r->distance);
    p.from = pp_where_end(r, farthest(r, r->distance));
    p.to = pp_where_end(r, r->distance);
    if (!any_hop(r)) {
        p.why = PP_WHERE_NO_QUOTES;
        more = false;
    } else if (p.e < 1 / r->ask->alpha) {
        more = in_reach(r, p.e);
        p.why = r->ask->stop ? r->ask->stop : stale ? PP_WHERE_STALE_STATE : PP_WHERE_BUDGET;
    } else {
        more = narrow(r, &p) && w->paths == PP_PATHS_SAME;
        if (r->ask->fragments && p.to.ttl == r->distance)
            p.why = PP_WHERE_FRAGMENTS;
    }
    if (p.from.ttl > 0)
        r->nearest[0] = p.from.ttl;
    pp_where_put(w, r, &p);
    return more ? PP_GOES_AFTER : PP_FOUND;
}

/* ---- answers in the target's place ------------------------------------------------------------------- */

static bool drew_by(const struct pp_sweep *s, unsigned ttl, uint8_t what)
{
    unsigned nearest = pp_where_nearest(s, what);

    return nearest != 0 && nearest <= ttl;
}

/*
 * At TTL or nearer (where routers are silent to A) B drew WHAT while A drew Time Exceeded at TTL,
 * in so many pairs; -1: the reverse happened.
 */
static int crossed(const struct pp_rounds *r, unsigned ttl, uint8_t what)
{
    int n = 0;

    for (unsigned i = 0; i < r->n; i++) {
        const struct pp_sweep *a = r->pairs[i].a, *b = r->pairs[i].b;

        if (drew_by(a, ttl, what) && pp_where_hop(b, ttl)->what == PP_SEEN_EXCEEDED)
            return -1;
        n += drew_by(b, ttl, what) && pp_where_hop(a, ttl)->what == PP_SEEN_EXCEEDED;
    }
    return n;
}

static enum pp_interest find_answer(struct pp_where *w, const struct pp_rounds *r, uint8_t kind, uint8_t what)
{
    struct pp_place p = {.kind = kind, .has_from = true, .has_to = true};
    unsigned nearest = 0, drawn = 0, to = 0;
    bool by_a = false;
    int most = 0;

    for (unsigned i = 0; i < r->n; i++) {
        unsigned ttl = pp_where_nearest(r->pairs[i].b, what);

        drawn += ttl != 0;
        by_a |= pp_where_nearest(r->pairs[i].a, what) != 0;
        if (ttl != 0 && (nearest == 0 || ttl < nearest))
            nearest = ttl;
    }
    if (drawn == 0 || r->pairs[0].a == NULL)
        return PP_NOTHING;
    for (unsigned ttl = 1; ttl <= PP_WHERE_TTL_MAX; ttl++) {
        int n = crossed(r, ttl, what);

        if (n < 0)
            return PP_NOTHING; /* A draws it as well: the path changed, or a proxy answers both */
        if (n > most)
            most = n;
        if (n >= PP_WHERE_AGREE && to == 0)
            to = ttl;
    }
    p.agree = (uint8_t)most;
    if (most == 0) {
        if (kind == PP_PLACE_ANSWER || by_a)
            return PP_NOTHING; /* the target's own answer, or its refusal of all */
        p.agree = (uint8_t)drawn;
        p.why = PP_WHERE_AT_TARGET;
    } else if (to == 0) {
        p.why = r->ask->stop ? r->ask->stop : PP_WHERE_NOT_REPRODUCED;
    } else {
        p.from = pp_where_end(r, farthest(r, nearest));
        p.to = pp_where_end(r, to);
        p.to.target = false;
    }
    pp_where_put(w, r, &p);
    if (p.from.ttl > 0)
        r->nearest[1] = p.from.ttl;
    return (most == 0 ? drawn : (unsigned)most) < PP_WHERE_AGREE ? PP_GOES_AFTER : PP_FOUND;
}

/* ---- all together ------------------------------------------------------------------------------------ */

static unsigned distance(const struct pp_rounds *r)
{
    unsigned d = 0;

    for (unsigned i = 0; i < r->n; i++) {
        unsigned ttl = pp_where_nearest(r->pairs[i].a ? r->pairs[i].a : r->pairs[i].b, PP_SEEN_ANSWER);

        if (ttl != 0 && (d == 0 || ttl < d))
            d = ttl;
    }
    return d;
}

void pp_where_judge(struct pp_where *w, const struct pp_where_ask *ask, const struct pp_sweep_pair *pairs, unsigned n)
{
    uint8_t nearest[3] = {0};
    struct pp_rounds r = {.ask = ask, .pairs = pairs, .n = n, .nearest = nearest};
    enum pp_interest found[4];
    bool on = n < AT_LEAST_PAIRS;

    if (n > PP_WHERE_PAIRS_MAX)
        BUG("%u pairs of sweeps", n);
    *w = (struct pp_where){.from_ttl = 1};
    if (n == 0)
        return;
    r.distance = distance(&r);
    w->distance = (uint8_t)r.distance;
    w->paths = pp_where_paths(&r);
    found[0] = ask->quotes_only || pairs[0].a == NULL ? PP_NOTHING : find_drop(w, &r);
    found[1] = find_answer(w, &r, PP_PLACE_RESET, PP_SEEN_RST);
    found[2] = find_answer(w, &r, PP_PLACE_ANSWER, PP_SEEN_ANSWER);
    found[3] = pp_where_rewrites(w, &r);
    for (unsigned i = 0; i < sizeof found / sizeof *found; i++)
        on |= found[i] == PP_GOES_AFTER;
    on |= w->paths != PP_PATHS_SAME && w->places != 0 && n < CLEAR_PAIRS;
    w->ended = !on || ask->stop || n >= ask->pairs_max;
    if (n < AT_LEAST_PAIRS || w->paths != PP_PATHS_SAME)
        return;
    for (unsigned i = 0; i < sizeof nearest; i++)
        if (nearest[i] != 0 && (w->from_ttl == 1 || nearest[i] < w->from_ttl))
            w->from_ttl = nearest[i];
}

bool pp_place_on_path(const struct pp_place *p)
{
    return p->has_from && p->has_to && !p->from.target && !p->to.target;
}

bool pp_where_proxy(const struct pp_sweep *const *a, unsigned n, const struct pp_sweep *const *other, unsigned m,
                    uint8_t *near, uint8_t *far)
{
    unsigned last = 0, first = 0, drawn = 0, beyond = 0;

    for (unsigned i = 0; i < n; i++) {
        unsigned ttl = pp_where_nearest(a[i], PP_SEEN_ANSWER);

        drawn += ttl != 0;
        last = ttl > last ? ttl : last;
    }
    for (unsigned i = 0; i < m; i++) {
        unsigned ttl = pp_where_nearest(other[i], PP_SEEN_ANSWER);

        beyond += ttl != 0;
        if (ttl != 0 && (first == 0 || ttl < first))
            first = ttl;
    }
    *near = (uint8_t)last;
    *far = (uint8_t)first;
    return drawn >= PP_WHERE_AGREE && beyond >= PP_WHERE_AGREE && last < first;
}
