/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * quic.h: a QUIC packet of a version that no server knows, and is this the version negotiation that answers it
 * (RFC 8999 sections 5.1 and 6, RFC 9000 sections 6 and 17.2.1)? Needs no cryptography and leaves no state behind. The
 * version is one of those reserved to force negotiation (RFC 9000 section 15).
 */
#ifndef PP_QUIC_H
#define PP_QUIC_H

#include "ask.h"

#define PP_QUIC_BYTES 1200 /* the least that has to be answered: RFC 9000 sections 6.1 and 14.1 */

/* PP_QUIC_BYTES and the padding, or what the ask says. 0: it does not fit into CAP, or is too short. */
size_t pp_quic_offer(const struct pp_ask *a, uint8_t *out, size_t cap);
/*
 * Long header, version 0, our connection ids exchanged, then at least one version, in whole, and not the one that we
 * offered: a client must not heed such an answer (RFC 9000 section 6.2). What other bits the first byte has is not
 * defined.
 */
bool pp_quic_is_negotiation(const struct pp_ask *a, const uint8_t *bytes, size_t len);

#endif
