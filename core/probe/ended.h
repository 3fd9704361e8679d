/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ended.h: remembers the last PP_ENDED_MAX flows of a worker that have ended. A packet that arrives for one of them may
 * be answered with a RST. A packet that arrives for any other 5-tuple is not answered, and a packet that leaves with
 * any other 5-tuple was sent by another program. Fixed memory, single thread.
 */
#ifndef PP_ENDED_H
#define PP_ENDED_H

#include "../flow/table.h"

#define PP_ENDED_MAX 32768 /* flows; they take 1.5 MiB, which the kernel provides as flows end */
#define PP_ENDED_RESETS 4  /* RSTs that one flow may draw after its end, and as many during it */

struct pp_ended_flow {
    struct pp_addr remote; /* the local address is the worker's only one of that family */
    uint16_t lport, rport;
    uint32_t iss, reach; /* our sequence numbers: a peer that knows the flow acknowledges one in (iss, reach] */
    uint32_t next;       /* index + 1 of the next flow in the bucket; 0: none */
    uint8_t resets;      /* so far */
};

struct pp_ended {
    struct pp_ended_flow *flow; /* a ring */
    uint32_t *bucket;           /* index + 1 of the newest */
    uint32_t n, at;             /* flows in the ring; where the next one goes */
    struct pp_sipkey secret;
};

int pp_ended_init(struct pp_ended *e); /* -1: no memory */
void pp_ended_release(struct pp_ended *e);
/* Adds a flow with KEY in place of the oldest one; the caller fills in iss and reach. */
struct pp_ended_flow *pp_ended_add(struct pp_ended *e, const struct pp_flow_key *key);
/* The newest flow with KEY; NULL: none is remembered. */
struct pp_ended_flow *pp_ended_find(const struct pp_ended *e, const struct pp_flow_key *key);

/* Whether ACK acknowledges our SYN, FIN or data: its sender has seen our packet, or has guessed one number in 2^32. */
static inline bool pp_ended_proves(uint32_t iss, uint32_t reach, uint32_t ack)
{
    return ack - iss - 1 < reach - iss;
}

#endif
