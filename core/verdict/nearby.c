/* SPDX-License-Identifier: BSD-2-Clause */
/* nearby.c: counts failures of round 1 by targets and networks, and says which have a cause near this host. */
#include "nearby.h"

#include "stats.h"

#include <inttypes.h>

/* Initial TTLs of common systems: a packet that arrives with one has passed no router. */
static const int16_t initial_ttl[PP_NEARBY_TTLS] = {64, 128, 255};

static int initial(int16_t ttl)
{
    for (int i = 0; i < PP_NEARBY_TTLS; i++)
        if (ttl == initial_ttl[i])
            return i;
    return -1;
}

/* ---- counting --------------------------------------------------------------------------------------------------- */

static void add_network(struct pp_nearby_count *c, uint64_t network)
{
    for (unsigned i = 0; i < c->nnetworks; i++)
        if (c->network[i] == network)
            return;
    if (c->nnetworks < PP_NEARBY_NETWORKS)
        c->network[c->nnetworks++] = network;
}

static void add(struct pp_nearby_count *c, uint64_t network)
{
    c->targets++;
    add_network(c, network);
}

/* The control of SLOT in round 1: that of its group or, if that had none, of group 0. NULL: it took no part. */
static const struct pp_note *control_of(const struct pp_plan *plan, const struct pp_finding *f, unsigned slot)
{
    const struct pp_note *n = pp_round_note_of(f->notes, pp_slot_control(plan, plan->arm[slot].group, 0));

    return n ? n : pp_round_note_of(f->notes, 0);
}

void pp_nearby_add(struct pp_nearby *n, const struct pp_plan *plan, const struct pp_finding *f)
{
    const struct pp_target *t = f->target;
    uint64_t network = t->asn ? pp_cluster_as(t->asn) : pp_cluster_prefix(&t->addr);

    for (unsigned i = 1; i < plan->narms; i++) {
        const struct pp_note *a = control_of(plan, f, i), *b = pp_round_note_of(f->notes, i);
        unsigned base = pp_plan_base_asked(plan, i);
        if (!a || !b || !pp_finding_judges(plan, f, i) || !a->ok || initial(a->ttl) >= 0)
            continue;
        if (base && f->arm[base].first != PP_VERDICT_WORKS)
            continue;
        n->arm[i].reached++;
        if (b->ok)
            continue;
        add(&n->arm[i].failed, network);
        if (initial(b->rst_ttl) >= 0)
            add(&n->arm[i].reset[initial(b->rst_ttl)], network);
    }
}

static void merge(struct pp_nearby_count *into, const struct pp_nearby_count *from)
{
    into->targets += from->targets;
    for (unsigned i = 0; i < from->nnetworks; i++)
        add_network(into, from->network[i]);
}

void pp_nearby_merge(struct pp_nearby *into, const struct pp_nearby *from)
{
    for (unsigned i = 0; i < PP_MAX_ARMS; i++) {
        into->arm[i].reached += from->arm[i].reached;
        merge(&into->arm[i].failed, &from->arm[i].failed);
        for (unsigned k = 0; k < PP_NEARBY_TTLS; k++)
            merge(&into->arm[i].reset[k], &from->arm[i].reset[k]);
    }
}

/* ---- saying ----------------------------------------------------------------------------------------------------- */

static bool suffices(const struct pp_nearby_count *c)
{
    return c->targets >= PP_NEARBY_TARGETS && c->nnetworks >= PP_NEARBY_NETWORKS;
}

bool pp_nearby_say(const struct pp_nearby *n, const struct pp_plan *plan, unsigned i, char *out, size_t size)
{
    const struct pp_nearby_arm *arm = &n->arm[i];
    unsigned asked = pp_plan_base_asked(plan, i);
    const char *base = asked ? pp_slot_name(plan, asked) : NULL;
    char why[128];
    unsigned k = 0;

    while (k < PP_NEARBY_TTLS && !suffices(&arm->reset[k]))
        k++;
    if (k < PP_NEARBY_TTLS)
        snprintf(why, sizeof why, "RSTs with TTL %d came for %" PRIu64
                 " of them: sent by the first hop, not by targets", initial_ttl[k], arm->reset[k].targets);
    else if (suffices(&arm->failed) && (double)arm->failed.targets >= PP_NEARBY_SHARE * (double)arm->reached)
        snprintf(why, sizeof why, "the cause is more likely near this host than at %" PRIu64 " targets",
                 arm->failed.targets);
    else
        return false;
    snprintf(out, size, "arm %s failed for %" PRIu64 " of %" PRIu64 " targets that %s%s reached; %s; trace it, or "
             "measure from another vantage point", pp_slot_name(plan, i), arm->failed.targets, arm->reached,
             base ? "arm " : "the baseline", base ? base : "", why);
    return true;
}
