/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * counter.h: middleboxes that limit the rate of new flows, middleboxes that ban an address for a while, and hosts that
 * ignore one flow of a group. They decide by the number and times of flows, and not by their content, except for the
 * packet that begins a ban. So a client that sends its arms in random order must not blame an arm for them.
 *
 * All state is in one table of a fixed size; if it is full, the oldest entries are replaced, which makes a box more
 * permissive. Single thread.
 */
#ifndef PP_COUNTER_H
#define PP_COUNTER_H

#include "../truth/topology.h"

struct pp_counter_entry;

struct pp_counter {
    struct pp_counter_entry *entries; /* NULL: no flow was counted yet */
};

void pp_counter_release(struct pp_counter *t);
/*
 * True if BOX, whose behaviour counts, lets P pass to PLACE at AT (ns). Packets of an admitted flow pass; a new flow is
 * begun by a SYN, or by a datagram between ports that were silent for half a minute. No memory: true.
 */
bool pp_counter_admits(struct pp_counter *t, const struct pp_topology *topology, const struct pp_lab_place *place,
                       const struct pp_lab_box *box, const struct pp_packet *p, int64_t at);
/*
 * True if the host at PLACE, with behaviour KIND, ignores the flow that P begins at AT (ns). A client's flows form a
 * group as long as each begins within five seconds of the previous one. No memory: false.
 */
bool pp_counter_fails(struct pp_counter *t, const struct pp_topology *topology, const struct pp_lab_place *place,
                      enum pp_count_kind kind, const struct pp_packet *p, int64_t at);

#endif
