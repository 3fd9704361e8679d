/* SPDX-License-Identifier: BSD-2-Clause */
/* bisect.c: the largest size that gets through, once a larger one is known to be broken. */
#include "confirm.h"

static uint32_t flow_slots(void)
{
    return ((UINT32_C(1) << PP_BISECT_FLOWS) - 1) << PP_SLOT_PORTS;
}

uint32_t pp_bisect_slots(void)
{
    return flow_slots() | 1;
}

/*
 * The smallest broken size, and the largest below it that works. False: none is broken, or what lies between is not
 * settled.
 */
static bool find_ends(const struct pp_plan *plan, struct pp_finding *f)
{
    struct pp_bisection b = {.works = plan->arm[0].size};

    for (unsigned i = 1; i < plan->narms && b.works; i++)
        if (f->arm[i].word == PP_VERDICT_BROKEN && pp_finding_judges(plan, f, i) && plan->arm[i].size &&
            (!b.arm || plan->arm[i].size < b.fails)) {
            b.fails = plan->arm[i].size;
            b.arm = (uint8_t)i;
        }
    for (unsigned i = 1; i < plan->narms && b.arm; i++) {
        uint16_t size = plan->arm[i].size;
        if (!pp_finding_judges(plan, f, i) || f->arm[i].word == PP_VERDICT_BROKEN)
            continue;
        if (f->arm[i].word == PP_VERDICT_WORKS ? size > b.fails : size < b.fails)
            return false;
        if (f->arm[i].word == PP_VERDICT_WORKS && size > b.works)
            b.works = size;
    }
    if (!b.arm || b.fails <= b.works)
        return false;
    f->bisection = b;
    return true;
}

bool pp_bisect_next(const struct pp_plan *plan, struct pp_finding *f)
{
    struct pp_bisection *b = &f->bisection;

    b->size = 0;
    f->ports_for = 0;
    if (plan->rounds || plan->alone || (!b->arm && !find_ends(plan, f)))
        return false;
    if (b->fails - b->works < 2 || b->vain == PP_BISECT_VAIN || f->no_memory || f->round == UINT8_MAX ||
        (plan->max_flows && f->flows + (unsigned)PP_BISECT_FLOWS + 1 > plan->max_flows))
        return false;
    b->size = (uint16_t)(b->works + (b->fails - b->works) / 2);
    f->ports_for = b->arm;
    return true;
}

void pp_bisect_count(struct pp_finding *f, const struct pp_result *r)
{
    struct pp_bisection *b = &f->bisection;
    bool through = false, all = r->valid && r->slot[0].took_part && r->slot[0].ok;

    for (unsigned i = PP_SLOT_PORTS; i < PP_SLOT_PORTS + PP_BISECT_FLOWS; i++) {
        through |= r->slot[i].took_part && r->slot[i].ok;
        all &= r->slot[i].took_part;
    }
    if (through)
        b->works = b->size;
    else if (all)
        b->fails = b->size;
    else
        b->vain++;
}
