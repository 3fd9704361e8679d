/* SPDX-License-Identifier: BSD-2-Clause */
/* hop_rate.c: hands out time slots per router, or per TTL where the router is not known. */
#include "hop_rate.h"

#include <stdlib.h>

#define SLOTS 16384
#define UNEVEN 3 / 2 /* some routers have more targets behind them than the mean: their share is made smaller */
#define FEW 16 /* routers at a TTL: with so few the TTL is near this host, and all targets share them */
#define WAIT_FEW INT64_C(200000000)
#define WAIT_MANY INT64_C(2000000000)
#define BURST 3 /* intervals that may be used at once after a quiet time */

int pp_hop_rate_init(struct pp_hop_rate *p, uint64_t per_second)
{
    *p = (struct pp_hop_rate){.interval = per_second ? INT64_C(1000000000) / (int64_t)per_second : 0,
                              .key = pp_sipkey_random()};
    p->next = per_second ? calloc(SLOTS, sizeof *p->next) : NULL;
    return per_second && !p->next ? -1 : 0;
}

void pp_hop_rate_release(struct pp_hop_rate *p)
{
    free(p->next);
    p->next = NULL;
}

static uint64_t hash(const struct pp_hop_rate *p, const struct pp_addr *a)
{
    return pp_siphash(&p->key, a->b, sizeof a->b);
}

/* Takes the next slot, unless it is later than UNTIL. */
static int64_t take(int64_t *next, int64_t interval, int64_t now, int64_t until)
{
    int64_t at;

    if (*next < now - (BURST - 1) * interval)
        *next = now - (BURST - 1) * interval;
    at = *next > now ? *next : now;
    if (at > until)
        return PP_HOP_TOO_LATE;
    *next += interval;
    return at;
}

/* How long a packet that may be left out waits: not at all for a single router, which all other targets ask, too. */
static int64_t patience(unsigned routers)
{
    return routers == 1 ? 0 : routers < FEW ? WAIT_FEW : WAIT_MANY;
}

int64_t pp_hop_rate_reserve(struct pp_hop_rate *p, int family, unsigned ttl, const struct pp_addr *hop, bool may_skip,
                            int64_t now)
{
    unsigned f = family == 6, at = ttl % PP_HOP_TTLS, routers = p->routers[f][at];
    int64_t until = may_skip && routers ? now + patience(routers) : INT64_MAX;

    if (!p->next)
        return now;
    if (hop)
        return take(&p->next[hash(p, hop) % SLOTS], p->interval, now, until);
    if (routers)
        return take(&p->unknown[f][at], p->interval * UNEVEN / routers, now, until);
    if (!p->since[f][at])
        p->since[f][at] = now;
    if (now < p->since[f][at] + PP_HOP_SILENT && p->asked[f][at] >= PP_HOP_FIRST)
        return PP_HOP_UNKNOWN;
    p->asked[f][at] += p->asked[f][at] < PP_HOP_FIRST;
    return now;
}

void pp_hop_rate_seen(struct pp_hop_rate *p, unsigned ttl, const struct pp_addr *hop, bool known, int64_t now)
{
    unsigned f = pp_addr_is4(hop) ? 0 : 1, at = ttl % PP_HOP_TTLS;
    uint64_t h = hash(p, hop), bit = UINT64_C(1) << h % 64;
    uint64_t *word = &p->seen[f][at][h / 64 % (PP_HOP_SEEN_BITS / 64)];

    if (!p->next)
        return;
    p->routers[f][at] += !(*word & bit);
    *word |= bit;
    if (!known && p->next[h % SLOTS] < now)
        p->next[h % SLOTS] = now;
    if (!known)
        p->next[h % SLOTS] += p->interval;
}
