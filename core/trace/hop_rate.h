/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hop_rate.h: limits how often packets expire at one router. Near the vantage point one router is on the path to every
 * target, and each Time Exceeded costs it work. If the router at a TTL is known, its own limit holds; if not, all
 * packets that expire at this TTL share the limit of as many routers as have been seen there. If none has been seen,
 * PP_HOP_FIRST packets are sent; if none is answered within PP_HOP_SILENT, no router answers there, and no limit holds.
 * The table has a fixed size: routers with one hash share one limit, so that each gets fewer packets, never more.
 * Single thread.
 */
#ifndef PP_HOP_RATE_H
#define PP_HOP_RATE_H

#include "../base/addr.h"
#include "../base/siphash.h"

#define PP_HOP_TTLS 64
#define PP_HOP_FIRST 64
#define PP_HOP_SILENT INT64_C(2000000000)
#define PP_HOP_SEEN_BITS 1024 /* routers at a TTL are counted by hash, so about this number at most */

enum { PP_HOP_TOO_LATE = -2, PP_HOP_UNKNOWN = -1 };

struct pp_hop_rate {
    int64_t *next;    /* by hash of the address; NULL: no limit */
    int64_t interval; /* ns */
    int64_t unknown[2][PP_HOP_TTLS], since[2][PP_HOP_TTLS]; /* since: of the first packet; 0: none so far */
    uint16_t asked[2][PP_HOP_TTLS]; /* packets sent while no router has been seen */
    uint64_t seen[2][PP_HOP_TTLS][PP_HOP_SEEN_BITS / 64];
    uint16_t routers[2][PP_HOP_TTLS];
    struct pp_sipkey key;
};

/* PER_SECOND 0: no limit. 0, or -1: no memory. */
int pp_hop_rate_init(struct pp_hop_rate *p, uint64_t per_second);
void pp_hop_rate_release(struct pp_hop_rate *p);
/*
 * Reserves a time for a packet of FAMILY with TTL that expires at router HOP (NULL: not known), and returns it. Or
 * PP_HOP_TOO_LATE: the packet may be left out (MAY_SKIP), and the next time is too late; where only one router has been
 * seen at this TTL, any wait is too late, as other targets ask that router. Or PP_HOP_UNKNOWN: it is not known yet
 * whether a router answers at this TTL; ask again soon.
 */
int64_t pp_hop_rate_reserve(struct pp_hop_rate *p, int family, unsigned ttl, const struct pp_addr *hop, bool may_skip,
                            int64_t now);
/* HOP answered at TTL. KNOWN: the packet was reserved for HOP itself. */
void pp_hop_rate_seen(struct pp_hop_rate *p, unsigned ttl, const struct pp_addr *hop, bool known, int64_t now);

#endif
