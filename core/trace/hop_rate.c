/* SPDX-License-Identifier: BSD-2-Clause */
/* hop_rate.c: a slot of time per router, or per TTL where the router is not known. */
#include "hop_rate.h"

#include <stdlib.h>

#define SLOTS 16384
#define FEW 16 /* routers at a TTL: near, so that all targets share them */
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

static int64_t take(int64_t *next, int64_t interval, int64_t now)
{
    if (*next < now - (BURST - 1) * interval)
        *next = now - (BURST - 1) * interval;
    if (*next > now)
        return *next;
    *next += interval;
    return 0;
}

int64_t pp_hop_rate_take(struct pp_hop_rate *p, int family, unsigned ttl, const struct pp_addr *hop, int64_t now)
{
    unsigned f = family == 6, at = ttl % PP_HOP_TTLS;

    if (!p->next)
        return 0;
    if (hop)
        return take(&p->next[hash(p, hop) % SLOTS], p->interval, now);
    if (p->routers[f][at])
        return take(&p->unknown[f][at], p->interval / p->routers[f][at], now);
    if (!p->since[f][at])
        p->since[f][at] = now;
    if (now >= p->since[f][at] + PP_HOP_NOBODY || p->asked[f][at]++ < PP_HOP_FIRST)
        return 0;
    p->asked[f][at] = PP_HOP_FIRST;
    return p->since[f][at] + PP_HOP_NOBODY;
}

int64_t pp_hop_rate_patience(const struct pp_hop_rate *p, int family, unsigned ttl)
{
    unsigned routers = p->routers[family == 6][ttl % PP_HOP_TTLS];

    return routers == 0 ? INT64_MAX : routers == 1 ? 0 : routers < FEW ? WAIT_FEW : WAIT_MANY;
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
