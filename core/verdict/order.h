/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * order.h: in which order the flows of a round go: group by group, and at random within each. Where the experiment has
 * declared no order of its own (plugin.h, struct pp_arm: `after` and `last`), there is one group. Any thread.
 */
#ifndef PP_ORDER_H
#define PP_ORDER_H

#include "../base/random.h"
#include "plan.h"
#include "round_log.h"

/* The slots of the set SLOTS into ORDER. Returns how many. All orders that may be are equally likely. */
unsigned pp_order_draw(const struct pp_plan *plan, uint32_t slots, struct pp_rng *rng, uint8_t order[PP_SLOTS]);

/* SLOT goes behind slots from which it needs something in every round: that one; 0: none. */
static inline unsigned pp_order_after(const struct pp_plan *plan, unsigned slot)
{
    return slot < plan->narms ? plan->arm[slot].after : 0;
}

#endif
