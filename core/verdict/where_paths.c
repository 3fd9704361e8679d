/* SPDX-License-Identifier: BSD-2-Clause */
/* where_paths.c: decides whether A and B took the same path, and whether it changed; and the method's vocabulary. */
#include "where_parts.h"

const char *const pp_place_kind_name[PP_PLACE_KINDS] = {"drop", "reset", "answer", "rewrite"};
const char *const pp_where_on_name[PP_WHERE_ONS] = {"syn", "data", "datagram"};
const char *const pp_paths_name[PP_PATHS_KINDS] = {"same", "differ", "changed"};
const char *const pp_where_why_name[PP_WHERE_WHYS] = {
    [PP_WHERE_NO_QUOTES] = "no_quotes",
    [PP_WHERE_PATHS_DIFFER] = "paths_differ",
    [PP_WHERE_CHANGED] = "changed",
    [PP_WHERE_NOT_REPRODUCED] = "not_reproduced",
    [PP_WHERE_STALE_STATE] = "stale_state",
    [PP_WHERE_QUOTE_ARTEFACT] = "quote_artefact",
    [PP_WHERE_AT_TARGET] = "at_target",
    [PP_WHERE_FRAGMENTS] = "fragments",
    [PP_WHERE_BUDGET] = "budget",
    [PP_WHERE_INTERRUPTED] = "interrupted",
    [PP_WHERE_RATE_LIMITED] = "rate_limited",
    [PP_WHERE_LAST_HOP_ONLY] = "last_hop_only",
};

/* Pairs that must have seen a hop, on each side: with fewer, per-packet load balancing looks like two paths. */
enum { DIFFER_PAIRS = 3, CHANGED_PAIRS = 2 };

/* The router that answered packet I (A and B of pair I / 2) at TTL; NULL: none. */
static const struct pp_addr *router(const struct pp_rounds *r, unsigned i, unsigned ttl)
{
    const struct pp_hop_seen *h = pp_where_hop(i % 2 ? r->pairs[i / 2].b : r->pairs[i / 2].a, ttl);

    return h->what == PP_SEEN_EXCEEDED ? &h->from : NULL;
}

/* Packets from one index up to another. */
struct range {
    unsigned from, to, step;
};

/* True if the packets X and Y have no common router at TTL, and each has answers from AT_LEAST packets. */
static bool disjoint(const struct pp_rounds *r, unsigned ttl, struct range x, struct range y, unsigned at_least)
{
    unsigned in_x = 0, in_y = 0;

    for (unsigned i = x.from; i < x.to; i += x.step) {
        const struct pp_addr *a = router(r, i, ttl);

        if (a == NULL)
            continue;
        in_x++;
        in_y = 0;
        for (unsigned k = y.from; k < y.to; k += y.step) {
            const struct pp_addr *b = router(r, k, ttl);

            if (b != NULL && pp_addr_eq(a, b))
                return false;
            in_y += b != NULL;
        }
    }
    return in_x >= at_least && in_y >= at_least;
}

/* True if earlier and later packets met different routers at TTL. */
static bool changed_at(const struct pp_rounds *r, unsigned ttl)
{
    for (unsigned split = CHANGED_PAIRS; split + CHANGED_PAIRS <= r->n; split++)
        if (disjoint(r, ttl, (struct range){0, 2 * split, 1}, (struct range){2 * split, 2 * r->n, 1},
                     2 * CHANGED_PAIRS))
            return true;
    return false;
}

enum pp_paths pp_where_paths(const struct pp_rounds *r)
{
    bool changed = false;

    for (unsigned ttl = 1; ttl <= PP_WHERE_TTL_MAX; ttl++) {
        if (disjoint(r, ttl, (struct range){0, 2 * r->n, 2}, (struct range){1, 2 * r->n, 2}, DIFFER_PAIRS))
            return PP_PATHS_DIFFER;
        changed |= changed_at(r, ttl);
        if (r->distance == 0 || ttl < r->distance)
            continue;
        /* A router answers at a TTL at which the target answered A: another path is longer. */
        for (unsigned i = 0; i < 2 * r->n; i++)
            if (router(r, i, ttl) != NULL) {
                if (i % 2 && pp_where_nearest(r->pairs[i / 2].b, PP_SEEN_ANSWER) == 0)
                    return PP_PATHS_DIFFER;
                changed = true;
            }
    }
    return changed ? PP_PATHS_CHANGED : PP_PATHS_SAME;
}
