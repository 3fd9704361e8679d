/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * counter.h: middleboxes that admit so many new flows and no more, middleboxes that ban an address for a while, and
 * hosts that fail one flow of a group. All of them decide by how many flows came and when, and by no flow's contents
 * but for what begins a ban: a client that sends its arms in random order must not blame an arm for them.
 *
 * What they remember is one table with a fixed number of places; of more entries than it has places the oldest are
 * forgotten, which makes a box lenient and nothing worse. Single thread.
 */
#ifndef PP_COUNTER_H
#define PP_COUNTER_H

#include "../truth/topology.h"

struct pp_counter_entry;

struct pp_counter {
    struct pp_counter_entry *entries; /* NULL: nothing was counted yet */
};

void pp_counter_release(struct pp_counter *t);
/*
 * True: BOX, whose behaviour counts, lets P pass on its way to PLACE at AT (ns). Packets of a flow that was admitted
 * pass; a new flow is a SYN, or a datagram between ports that were silent for half a minute. No memory: true.
 */
bool pp_counter_admits(struct pp_counter *t, const struct pp_topology *topology, const struct pp_lab_place *place,
                       const struct pp_lab_box *box, const struct pp_packet *p, int64_t at);
/*
 * True: the host at PLACE, whose behaviour is KIND, ignores the flow that P begins at AT. Flows of one client make a
 * group as long as none of them begins more than five seconds behind the one before. No memory: false.
 */
bool pp_counter_fails(struct pp_counter *t, const struct pp_topology *topology, const struct pp_lab_place *place,
                      enum pp_count_kind kind, const struct pp_packet *p, int64_t at);

#endif
