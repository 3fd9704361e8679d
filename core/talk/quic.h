/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quic.h: makes a QUIC packet of a version that no server supports, and tells whether a datagram is the version
 * negotiation that answers it (RFC 8999 sections 5.1 and 6, RFC 9000 sections 6 and 17.2.1). Needs no cryptography and
 * leaves no state in the server. The version is one of those reserved to force negotiation (RFC 9000 section 15).
 */
#ifndef PP_QUIC_H
#define PP_QUIC_H

#include "ask.h"

#define PP_QUIC_BYTES 1200 /* bytes; servers must answer a datagram of this length: RFC 9000 sections 6.1 and 14.1 */

/*
 * Writes the packet: PP_QUIC_BYTES plus A's padding, or A's length. Returns its bytes; 0: longer than CAP, or below
 * PP_QUIC_BYTES.
 */
size_t pp_quic_offer(const struct pp_ask *a, uint8_t *out, size_t cap);
/*
 * True for a long header, version 0, our connection ids exchanged, then at least one version, complete, and none equal
 * to the one that we offered: a client must ignore such an answer (RFC 9000 section 6.2). The other bits of the first
 * byte are undefined.
 */
bool pp_quic_is_negotiation(const struct pp_ask *a, const uint8_t *bytes, size_t len);

#endif
