/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * layers.h: the interface between decode.c and the decoders of upper layers. Private to this directory. Each function
 * gets a packet whose IP fields and l4 (with l4_len declared, l4_cap captured bytes) are set, and must never read past
 * l4_cap.
 */
#ifndef PP_LAYERS_H
#define PP_LAYERS_H

#include "packet.h"

/*
 * Decode TCP and UDP. VERIFY: the bytes are the datagram as sent, so that its checksum can be verified; false in a
 * quote, for a fragment, and where the pseudo-header's destination is not in the IP header.
 */
void pp_decode_tcp(struct pp_packet *p, bool verify);
void pp_decode_udp(struct pp_packet *p, bool verify);
/* Decodes ICMP or ICMPv6, by p->proto. */
void pp_decode_icmp(struct pp_packet *p, bool verify);

/* Verifies LEN bytes of the upper layer, whose checksum field is at offset AT. Returns enum pp_checksum. */
uint8_t pp_checksum_verify(const struct pp_packet *p, uint32_t len, unsigned at);

#endif
