/* SPDX-License-Identifier: BSD-2-Clause */
/* pace.c: the table of when each prefix may be talked to next. */
#include "pace.h"

#include "prefixes.h"

#define SLOTS 16384

int pp_pace_init(struct pp_pace *p, uint64_t per_second)
{
    p->next = NULL;
    p->interval = per_second ? INT64_C(1000000000) / (int64_t)per_second : 0;
    p->key = pp_sipkey_random();
    if (p->interval && !(p->next = calloc(SLOTS, sizeof *p->next)))
        return -1;
    return 0;
}

void pp_pace_release(struct pp_pace *p)
{
    free(p->next);
}

struct pp_addr pp_pace_prefix(const struct pp_addr *a)
{
    return pp_addr_is_public(a) ? pp_addr_network(a).addr : *a;
}

int64_t pp_pace_take(struct pp_pace *p, const struct pp_addr *a, int64_t now)
{
    struct pp_addr prefix;
    int64_t *slot, start;

    if (!p->next || !pp_addr_is_public(a))
        return now;
    prefix = pp_pace_prefix(a);
    slot = &p->next[pp_siphash(&p->key, &prefix, sizeof prefix) % SLOTS];
    start = *slot > now ? *slot : now;
    *slot = start + p->interval;
    return start;
}
