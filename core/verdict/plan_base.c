/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plan_base.c: which arm another one builds on. Where data marked ECT(0) goes behind an ECN-setup SYN, and that SYN is
 * dropped already, nothing was learned of the data: such an arm is counted among the targets that let the other
 * through.
 */
#include "plan.h"

/* Bytes that are compared only where there are any. */
static bool same_bytes(const uint8_t *x, const uint8_t *y, size_t n)
{
    return n == 0 || memcmp(x, y, n) == 0;
}

static bool same_or_none(unsigned inner, unsigned outer)
{
    return inner == 0 || inner == outer;
}

/* OUTER does to the packets of INNER all that INNER does. What is left out of SYNs has to be the same. */
static bool step_contains(const struct pp_step *outer, const struct pp_step *inner)
{
    return outer->on == inner->on && outer->first == inner->first && outer->last == inner->last &&
           outer->only_first == inner->only_first && outer->without == inner->without &&
           (outer->tos_mask & inner->tos_mask) == inner->tos_mask && (outer->tos & inner->tos_mask) == inner->tos &&
           (outer->tcp_set & inner->tcp_set) == inner->tcp_set &&
           (outer->tcp_clear & inner->tcp_clear) == inner->tcp_clear &&
           (outer->ip_flags & inner->ip_flags) == inner->ip_flags &&
           (outer->fast_open & inner->fast_open) == inner->fast_open && same_or_none(inner->ttl, outer->ttl) &&
           same_or_none(inner->udp_checksum, outer->udp_checksum) &&
           same_or_none(inner->options_len, outer->options_len) &&
           same_bytes(inner->options, outer->options, inner->options_len) &&
           same_or_none(inner->payload_len, outer->payload_len) &&
           same_bytes(inner->payload, outer->payload, inner->payload_len) &&
           same_or_none(inner->surplus_len, outer->surplus_len) &&
           same_bytes(inner->surplus, outer->surplus, inner->surplus_len) &&
           (!inner->surplus_len || inner->ocs == outer->ocs) && same_or_none(inner->padding, outer->padding) &&
           same_or_none(inner->segments, outer->segments) && same_or_none(inner->pause, outer->pause) &&
           same_or_none(inner->http, outer->http);
}

static bool arm_contains(const struct pp_arm *outer, const struct pp_arm *inner)
{
    for (unsigned i = 0; i < inner->nsteps; i++) {
        unsigned k = 0;
        while (k < outer->nsteps && !step_contains(&outer->steps[k], &inner->steps[i]))
            k++;
        if (k == outer->nsteps)
            return false;
    }
    return inner->nsteps > 0 && !inner->after && inner->last <= outer->last &&
           (!inner->family || inner->family == outer->family);
}

unsigned pp_plan_base(const struct pp_plan *p, unsigned i)
{
    for (unsigned k = i; k-- > 1;)
        if (arm_contains(p->arm[i].arm, p->arm[k].arm))
            return k;
    return 0;
}

unsigned pp_plan_headline(const struct pp_plan *p)
{
    size_t len = strlen(p->plugin->name);

    for (unsigned i = pp_plan_judged(p); i < p->narms; i++) {
        const char *name = p->arm[i].arm->connectivity;
        if (name && strncmp(name, p->plugin->name, len) == 0 && strcmp(name + len, ".connectivity") == 0)
            return i;
    }
    return pp_plan_judged(p);
}
