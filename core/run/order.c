/* SPDX-License-Identifier: BSD-2-Clause */
/* order.c: draws the order of a round's arms. */
#include "order.h"

static unsigned last_of(const struct pp_plan *plan, unsigned slot)
{
    return slot < plan->narms ? plan->arm[slot].arm->last : 0;
}

/* Inside-out Fisher-Yates. */
static unsigned shuffle(const struct pp_plan *plan, uint32_t slots, unsigned last, struct pp_rng *rng, uint8_t *order)
{
    unsigned n = 0;

    for (unsigned slot = 0; slot < PP_SLOTS; slot++) {
        if (!(slots >> slot & 1) || last_of(plan, slot) != last)
            continue;
        unsigned j = (unsigned)pp_rng_below(rng, n + 1u);
        order[n] = order[j];
        order[j] = (uint8_t)slot;
        n++;
    }
    return n;
}

/*
 * Whoever stands before what it needs changes places with it. That is fair for each such pair, and undoes nothing: what
 * is needed only ever moves forward, and needs nothing itself (plugin_check.c).
 */
static void mend(const struct pp_plan *plan, uint8_t *order, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        unsigned after = pp_order_after(plan, order[i]);
        for (unsigned j = i + 1; after && j < n; j++) {
            if (order[j] != after)
                continue;
            order[j] = order[i];
            order[i] = (uint8_t)after;
            break;
        }
    }
}

unsigned pp_order_draw(const struct pp_plan *plan, uint32_t slots, struct pp_rng *rng, uint8_t order[PP_SLOTS])
{
    unsigned n = 0;

    for (unsigned last = 0; last <= PP_MAX_LAST; last++)
        n += shuffle(plan, slots, last, rng, order + n);
    mend(plan, order, n);
    return n;
}
