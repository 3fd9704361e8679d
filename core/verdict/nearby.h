/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nearby.h: tells an arm that is dropped or reset near this host from one that fails at its targets. Packets that
 * belong to no connection (vantage_check.h) do not show a first hop that acts within connections alone. The flows of
 * round 1 do:
 *
 * - An arm fails for nearly all targets that let its baseline through, in different networks. One cause near this host
 *   is more likely than as many causes as targets.
 * - A RST arrives with a TTL that hosts send with (64, 128, 255): no router has decremented it. It was sent on this
 *   link, by the first hop or something in front of it, not by the target.
 *
 * A target whose answer to the baseline has such a TTL is itself on this link, or something on this link answers for
 * it: it is not counted. Counters of one worker, added up at the end.
 */
#ifndef PP_NEARBY_H
#define PP_NEARBY_H

#include "finding.h"

#define PP_NEARBY_TARGETS 20 /* with fewer nothing is said */
#define PP_NEARBY_NETWORKS 5 /* likewise; ASes, or pp_addr_network: failures in one network may have one cause there */
#define PP_NEARBY_SHARE 0.95 /* of the targets that the baseline reached */
#define PP_NEARBY_TTLS 3


struct pp_nearby_count {
    uint64_t targets;
    uint64_t network[PP_NEARBY_NETWORKS]; /* the first different ones */
    unsigned nnetworks;
};

struct pp_nearby {
    struct pp_nearby_arm {
        uint64_t reached; /* targets that let the baseline through, and the arm's base (plan_base.c) */
        struct pp_nearby_count failed; /* those of them for which the arm failed */
        struct pp_nearby_count reset[PP_NEARBY_TTLS]; /* those of these to which a RST came with such a TTL */
    } arm[PP_MAX_ARMS]; /* by index in plan->arm */
};

/* Counts JOB after its first valid round and pp_confirm. */
void pp_nearby_add(struct pp_nearby *n, const struct pp_plan *plan, const struct pp_finding *job);
void pp_nearby_merge(struct pp_nearby *into, const struct pp_nearby *from);
/* Writes one sentence about arm I into OUT. False: nothing is to be said of it. */
bool pp_nearby_say(const struct pp_nearby *n, const struct pp_plan *plan, unsigned i, char *out, size_t size);

#endif
