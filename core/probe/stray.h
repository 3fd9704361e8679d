/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stray.h: answers to what comes for no flow under way: a RST (RFC 9293 section 3.10.7.1) to a peer that proves to know
 * a flow of ours, within the rate; to all others nothing. Its worker's thread.
 */
#ifndef PP_STRAY_H
#define PP_STRAY_H

#include "prober.h"

/* PKT came for no flow under way. The RST, if the flow of that KEY is remembered and PKT proves to know it. */
void pp_stray(struct pp_prober *pr, const struct pp_flow_key *key, const struct pp_packet *pkt);
/* The same for a flow with these numbers, which has drawn *RESETS so far. */
void pp_stray_answer(struct pp_prober *pr, const struct pp_packet *pkt, uint32_t iss, uint32_t reach, uint8_t *resets);
/* The RST, if PKT is one to be answered so and the rate allows. */
void pp_stray_reset(struct pp_prober *pr, const struct pp_packet *pkt);

#endif
