/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * checkup.h: does the treatment leave this vantage intact? Copies of every arm's packets go out with TTL 1 to 5 towards
 * a target; routers answer with ICMP time exceeded and quote what reached them. A treatment altered that near says
 * nothing of the paths behind: the run stops (verdicts: guards). More than half of the mobile carriers once tested
 * wiped ECN at the first hop (Mandalari et al. 2018). One worker's.
 */
#ifndef PP_CHECKUP_H
#define PP_CHECKUP_H

#include "../wire/wire.h"
#include "plan.h"
#include "target.h"

#define PP_CHECKUP_HOPS 5
#define PP_CHECKUP_CLASSES 2 /* the packet that opens a flow, and data */
#define PP_CHECKUP_WAIT INT64_C(1000000000)   /* for answers, before the run goes on without them */
#define PP_CHECKUP_EVERY INT64_C(60000000000) /* during the run */

/* What was found first: which arm, where, by whom. */
struct pp_checkup_finding {
    bool altered;
    bool other; /* IPv4 flags, whether a datagram has a checksum, its surplus */
    uint8_t arm, on, hop;
    struct pp_addr from;
    uint8_t sent_tos, quoted_tos;
    uint16_t sent_flags, quoted_flags;
};

struct pp_checkup {
    const struct pp_plan *plan;
    uint16_t port;    /* local; no arm ever has it */
    uint32_t nonce;   /* whose quote is whose: in sequence numbers, or in what datagrams have for that */
    struct {
        int64_t sent_at; /* 0: not yet */
        unsigned per_hop, quoted; /* copies sent per TTL; quotes that came */
        unsigned times;  /* how often it was sent */
        unsigned resets; /* drawn since by copies that arrived */
        uint8_t reached; /* hops behind which the target itself answered; 0: not seen */
    } family[2];
    struct pp_checkup_finding finding;
};

void pp_checkup_init(struct pp_checkup *c, const struct pp_plan *plan, uint16_t port);
/* A round to T is about to begin at NOW: sends copies towards it if its family is due. Returns packets sent. */
unsigned pp_checkup_send(struct pp_checkup *c, struct pp_wire *w, const struct pp_target *t, int64_t now);
/* Are the answers to a family's first copies still awaited? Then no round begins. */
bool pp_checkup_waits(const struct pp_checkup *c, int64_t now);
/*
 * A packet to the checkup's port, or an ICMP error whose QUOTED packet came from it. True: a copy has arrived, and this
 * is to be answered with a RST.
 */
bool pp_checkup_answer(struct pp_checkup *c, const struct pp_packet *pkt, const struct pp_packet *quoted);
/* Prints the finding, as an error or, FATAL false, as a warning. */
void pp_checkup_print(const struct pp_checkup *c, bool fatal);

#endif
