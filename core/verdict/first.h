/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * first.h: the first bytes that a conversation would send: for --dry-run, and for sweeps, which send them with rising
 * TTL.
 */
#ifndef PP_FIRST_H
#define PP_FIRST_H

#include "../targets/target.h"
#include "plan.h"

/*
 * The first bytes of the conversation of arm A with T: in datagrams the message, over TCP what the mode writes. POOL:
 * of modes with HTTP, else NULL. Returns how many of them OUT holds; 0: the conversation has none.
 */
size_t pp_first_bytes(const struct pp_plan *plan, const struct pp_target *t, const struct pp_plan_arm *a,
                      struct pp_http_pool *pool, uint8_t out[PP_MESSAGE_MAX]);

#endif
