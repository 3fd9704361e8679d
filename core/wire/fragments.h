/* SPDX-License-Identifier: BSD-2-Clause */
/* fragments.h: sends a packet, in fragments if its template says so. The wire's thread. */
#ifndef PP_FRAGMENTS_H
#define PP_FRAGMENTS_H

#include "../packet/build.h"
#include "wire.h"

#define PP_PACKET_MAX 2048 /* bytes of a packet at most */

/*
 * Sends the LEN bytes of PACKET, made by T, whole or in fragments in T's order; TAG as for pp_wire_send. Returns the
 * number of packets that PACKET made; *REFUSED: how many of them were not taken.
 */
unsigned pp_send_cut(struct pp_wire *w, const struct pp_template *t, const uint8_t *packet, size_t len, uint64_t tag,
                     unsigned *refused);

#endif
