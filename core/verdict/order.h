/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * order.h: the order of the flows of a round: group by group, at random within each group. There is one group unless
 * the experiment declares an order (plugin.h, struct pp_arm: `after` and `last`). Any thread.
 */
#ifndef PP_ORDER_H
#define PP_ORDER_H

#include "../base/random.h"
#include "plan.h"
#include "round_log.h"

/* Writes the slots of the set SLOTS into ORDER, each permitted order with equal probability. Returns how many. */
unsigned pp_order_draw(const struct pp_plan *plan, uint32_t slots, struct pp_rng *rng, uint8_t order[PP_SLOTS]);

/* The slot that SLOT depends on and must follow in every round; 0: none. */
static inline unsigned pp_order_after(const struct pp_plan *plan, unsigned slot)
{
    return slot < plan->narms ? plan->arm[slot].after : 0;
}

#endif
