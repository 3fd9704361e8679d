/* SPDX-License-Identifier: BSD-2-Clause */
/* order.c: draws the order of a round's flows. */
#include "order.h"

/* Inside-out Fisher-Yates. */
static unsigned shuffle(const struct pp_plan *plan, uint32_t slots, unsigned group, struct pp_rng *rng, uint8_t *order)
{
    unsigned n = 0;

    for (unsigned slot = 0; slot < PP_SLOTS; slot++) {
        if (!(slots >> slot & 1) || pp_slot_group(plan, slot) != group)
            continue;
        unsigned j = (unsigned)pp_rng_below(rng, n + 1u);
        order[n] = order[j];
        order[j] = (uint8_t)slot;
        n++;
    }
    return n;
}

unsigned pp_order_draw(const struct pp_plan *plan, uint32_t slots, struct pp_rng *rng, uint8_t order[PP_SLOTS])
{
    unsigned n = 0;

    for (unsigned group = 0; group < PP_GROUPS_MAX; group++)
        n += shuffle(plan, slots, group, rng, order + n);
    return n;
}
