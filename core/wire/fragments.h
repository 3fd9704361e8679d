/* SPDX-License-Identifier: BSD-2-Clause */
/* fragments.h: a whole packet onto the wire, in fragments where its template says so. The wire's thread. */
#ifndef PP_FRAGMENTS_H
#define PP_FRAGMENTS_H

#include "../packet/build.h"
#include "wire.h"

#define PP_PACKET_MAX 2048 /* bytes of a packet */

/*
 * Sends the LEN bytes of PACKET, made by T, in the order that T asks for; TAG as of pp_wire_send. Returns how many
 * packets that were; *REFUSED: how many of them the kernel did not take.
 */
unsigned pp_send_cut(struct pp_wire *w, const struct pp_template *t, const uint8_t *packet, size_t len, uint64_t tag,
                     unsigned *refused);

#endif
