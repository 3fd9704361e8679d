/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * walk.h: carries one TCP segment along the path of a class as the lab's boxes would, for the truth of experiments
 * whose arms differ in flags, marks and codepoints.
 */
#ifndef PP_WALK_H
#define PP_WALK_H

#include "topology.h"

struct pp_walk {
    uint16_t flags; /* enum pp_tcp_flag */
    uint8_t ecn;    /* enum pp_ecn */
    uint8_t dscp;
    bool lost, chance; /* chance: whether it is lost depends on the flow's ports */
};

/* Carries S along C's path in the direction DIR. Boxes that match options or payload are ignored. */
void pp_walk(const struct pp_lab_class *c, enum pp_lab_dir dir, struct pp_walk *s);
/* Carries the SYN S to C's server, and the SYN/ACK back; S becomes the SYN/ACK. lost: one of them was lost. */
void pp_walk_handshake(const struct pp_lab_class *c, struct pp_walk *s);
/* Bits of enum pp_quirk of all behaviours of C. */
uint32_t pp_walk_quirks(const struct pp_lab_class *c);
/* True if each SYN is sent and answered once, and all flows meet the same server. */
bool pp_walk_is_plain(const struct pp_lab_class *c);

#endif
