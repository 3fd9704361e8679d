/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plan_base.c: which arm another one builds on. Where data marked ECT(0) goes behind an ECN-setup SYN, and that SYN is
 * dropped already, nothing was learned of the data: such an arm is counted among the targets that let the other
 * through.
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
