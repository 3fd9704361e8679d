/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stray.h: answers TCP segments that belong to no open flow: a RST (RFC 9293 section 3.10.7.1), within the packet rate,
 * to a peer that acknowledges our sequence numbers; all other hosts get no answer. The worker's thread.
 */
#ifndef PP_STRAY_H
#define PP_STRAY_H

#include "prober.h"

/* Sends a RST for PKT, of no open flow, if the ended flow with KEY is remembered and PKT acknowledges its numbers. */
void pp_stray(struct pp_prober *pr, const struct pp_flow_key *key, const struct pp_packet *pkt);
/* The same for a flow with sequence numbers from ISS to REACH that has drawn *RESETS RSTs so far; counts it there. */
void pp_stray_answer(struct pp_prober *pr, const struct pp_packet *pkt, uint32_t iss, uint32_t reach, uint8_t *resets);
/* Sends a RST for PKT, if PKT is a complete segment with ACK and without RST and the rate permits. */
void pp_stray_reset(struct pp_prober *pr, const struct pp_packet *pkt);

#endif
