/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hop_rate.h: how often packets may expire at one router. Near the vantage one router stands on the way to every
 * target, and answering for it is work of its own. Where the address at a TTL is known, its own pace holds; where it is
 * not, all that expire at this TTL share the pace of as many routers as have been seen there. Where none has been seen,
 * PP_HOP_FIRST packets find that out: if nothing comes within PP_HOP_NOBODY, targets are there, or nobody.
 * A table of fixed size: routers that share a slot share its pace, which only errs on the polite side. Single thread.
 */
#ifndef PP_HOP_RATE_H
#define PP_HOP_RATE_H

#include "../base/addr.h"
#include "../base/siphash.h"

#define PP_HOP_TTLS 64
#define PP_HOP_FIRST 64
#define PP_HOP_NOBODY INT64_C(2000000000)
#define PP_HOP_SEEN_BITS 1024 /* a router at a TTL is one of so many, by a hash: many more count as about so many */

enum { PP_HOP_TOO_LATE = -2, PP_HOP_UNKNOWN = -1 };

struct pp_hop_rate {
    int64_t *next;    /* by hash of the address; NULL: no limit */
    int64_t interval; /* ns */
    int64_t unknown[2][PP_HOP_TTLS], since[2][PP_HOP_TTLS]; /* since: of the first packet; 0: none so far */
    uint16_t asked[2][PP_HOP_TTLS]; /* as long as no router has been seen */
    uint64_t seen[2][PP_HOP_TTLS][PP_HOP_SEEN_BITS / 64];
    uint16_t routers[2][PP_HOP_TTLS];
    struct pp_sipkey key;
};

/* PER_SECOND 0: no limit. 0, or -1: no memory. */
int pp_hop_rate_init(struct pp_hop_rate *p, uint64_t per_second);
void pp_hop_rate_release(struct pp_hop_rate *p);
/*
 * A packet of FAMILY with TTL is to go out, towards router HOP (NULL: not known): when; that share is taken. Or
 * PP_HOP_TOO_LATE: it MAY_SKIP, and its turn comes too late, at once where one router alone has been seen, as others
 * have asked it; or PP_HOP_UNKNOWN: who is there is being found out, ask again soon.
 */
int64_t pp_hop_rate_reserve(struct pp_hop_rate *p, int family, unsigned ttl, const struct pp_addr *hop, bool may_skip,
                            int64_t now);
/* HOP answered at TTL; KNOWN: it had been counted as itself. */
void pp_hop_rate_seen(struct pp_hop_rate *p, unsigned ttl, const struct pp_addr *hop, bool known, int64_t now);

#endif
