/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * walk.h: one TCP segment along the path of a class, as the lab's boxes treat it: for the truth of experiments whose
 * arms differ in flags, marks and codepoints, which no row of effects says.
 */
#ifndef PP_WALK_H
#define PP_WALK_H

#include "topology.h"

struct pp_walk {
    uint16_t flags; /* enum pp_tcp_flag */
    uint8_t ecn;    /* enum pp_ecn */
    uint8_t dscp;
    bool lost, chance; /* chance: it is lost, or not, by the flow's ports */
};

/* Carries S along C's path in the direction DIR. Boxes that look at options or payload do not concern it. */
void pp_walk(const struct pp_lab_class *c, enum pp_lab_dir dir, struct pp_walk *s);
/* Carries the SYN S to C's server, and its SYN/ACK back, which S is then; lost: either of them was. */
void pp_walk_handshake(const struct pp_lab_class *c, struct pp_walk *s);
/* Bits of enum pp_quirk of all boxes. */
uint32_t pp_walk_quirks(const struct pp_lab_class *c);
/* Whether each SYN is sent and answered once, and all flows meet the same server. */
bool pp_walk_is_plain(const struct pp_lab_class *c);

#endif
