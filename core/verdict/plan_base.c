/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plan_base.c: the base of each arm, the arm to whose treatment it adds. If an ECN-setup SYN is dropped, nothing
 * follows for data marked ECT(0) after such a SYN: an arm is counted only among the targets with which its base works.
 */
#include "plan.h"

#include "../loader/plugins.h"

static bool builds_on(const struct pp_arm *outer, const struct pp_arm *inner)
{
    return pp_arm_contains(outer, inner) && !inner->after && inner->last <= outer->last &&
           (!inner->family || inner->family == outer->family);
}

unsigned pp_plan_base(const struct pp_plan *p, unsigned i)
{
    for (unsigned k = i; k-- > 1;)
        if (builds_on(p->arm[i].arm, p->arm[k].arm))
            return k;
    return 0;
}

/* Bits of plugin->arms that arm I implies, directly or through others. There is no cycle. */
static uint32_t implied(const struct pp_plugin *plugin, unsigned i)
{
    uint32_t arms = 0;

    for (const char *const *name = plugin->arms[i].implies; name && *name; name++)
        for (unsigned k = 1; k < plugin->narms; k++)
            if (strcmp(plugin->arms[k].name, *name) == 0)
                arms |= UINT32_C(1) << k | implied(plugin, k);
    return arms;
}

void pp_plan_imply(struct pp_plan *p)
{
    for (unsigned k = 1; k < p->narms; k++) {
        uint32_t arms = implied(p->plugin, p->arm[k].index);
        for (unsigned i = 1; i < p->narms; i++)
            if (arms >> p->arm[i].index & 1)
                p->arm[i].implied_by |= UINT32_C(1) << k;
    }
}

uint32_t pp_plan_held(const struct pp_plan *p, uint32_t absent)
{
    uint32_t held = 0;

    for (unsigned i = 1; i < p->narms; i++)
        if (p->arm[i].implied_by & ~absent)
            held |= UINT32_C(1) << i;
    return held;
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
