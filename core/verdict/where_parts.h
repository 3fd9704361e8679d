/* SPDX-License-Identifier: BSD-2-Clause */
/* where_parts.h: declarations that the files of where.h share; private to them. */
#ifndef PP_WHERE_PARTS_H
#define PP_WHERE_PARTS_H

#include "where.h"

#define PP_WHERE_AGREE 3 /* pairs that have to agree where a single packet is no proof */

/* All pairs so far, and what the finders leave: the farthest hop known to be before each candidate, 0: none. */
struct pp_rounds {
    const struct pp_where_ask *ask;
    const struct pp_sweep_pair *pairs;
    unsigned n, distance;
    uint8_t *nearest; /* of drops, answers, rewriting */
};

enum pp_interest { PP_NOTHING, PP_GOES_AFTER, PP_FOUND };

/* What a sweep saw at TTL; never NULL. */
const struct pp_hop_seen *pp_where_hop(const struct pp_sweep *s, unsigned ttl);
/* The smallest TTL at which WHAT (enum pp_seen) came; 0: none, or no sweep. */
unsigned pp_where_nearest(const struct pp_sweep *s, uint8_t what);
/* The hop at TTL, by who answered there most often. */
struct pp_place_end pp_where_end(const struct pp_rounds *r, unsigned ttl);
/* Adds P to W, whose paths are known: no interval stands where they differ. Beyond its maximum W takes no more. */
void pp_where_put(struct pp_where *w, const struct pp_rounds *r, struct pp_place *p);

enum pp_paths pp_where_paths(const struct pp_rounds *r);
enum pp_interest pp_where_rewrites(struct pp_where *w, const struct pp_rounds *r);

#endif
