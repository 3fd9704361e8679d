/* SPDX-License-Identifier: BSD-2-Clause */
/* prefix_rate.c: the table of the time at which a round to each prefix may begin next. */
#include "prefix_rate.h"

#include "prefixes.h"
#include "special.h"

#define SLOTS 16384

int pp_prefix_rate_init(struct pp_prefix_rate *p, uint64_t per_second)
{
    p->next = NULL;
    p->interval = per_second ? INT64_C(1000000000) / (int64_t)per_second : 0;
    p->key = pp_sipkey_random();
    if (p->interval && !(p->next = calloc(SLOTS, sizeof *p->next)))
        return -1;
    return 0;
}

void pp_prefix_rate_release(struct pp_prefix_rate *p)
{
    free(p->next);
}

struct pp_addr pp_prefix_rate_prefix(const struct pp_addr *a)
{
    return pp_addr_is_public(a) ? pp_addr_network(a).addr : *a;
}

int64_t pp_prefix_rate_take(struct pp_prefix_rate *p, const struct pp_addr *a, int64_t now)
{
    struct pp_addr prefix;
    int64_t *slot, start;

    if (!p->next || !pp_addr_is_public(a))
        return now;
    prefix = pp_prefix_rate_prefix(a);
    slot = &p->next[pp_siphash(&p->key, &prefix, sizeof prefix) % SLOTS];
    start = *slot > now ? *slot : now;
    *slot = start + p->interval;
    return start;
}
