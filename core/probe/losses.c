/* SPDX-License-Identifier: BSD-2-Clause */
/* losses.c: reads the wire's drop counters and the counters of gaps. */
#include "losses.h"

void pp_losses_look(struct pp_loss_watch *w, int64_t now)
{
    struct pp_wire_stats s;

    /* Many silent rounds end with the same tick of the wheel. */
    if (w->looked_at == now)
        return;
    w->wire->ops->stats(w->wire, &s);
    w->now = (struct pp_losses){.ring = s.drop_ring,
                                .interface = s.drop_if,
                                .softnet = s.drop_softnet,
                                .gaps = w->stalls + (w->gaps ? atomic_load(w->gaps) : 0)};
    atomic_store_explicit(&w->counters->dropped_ring, s.drop_ring, memory_order_relaxed);
    atomic_store_explicit(&w->counters->dropped_if, s.drop_if, memory_order_relaxed);
    atomic_store_explicit(&w->counters->dropped_softnet, s.drop_softnet, memory_order_relaxed);
    w->looked_at = now;
}

void pp_losses_stall(struct pp_loss_watch *w)
{
    w->stalls++;
    w->now.gaps++;
}
