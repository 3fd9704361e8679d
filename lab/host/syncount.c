/* SPDX-License-Identifier: BSD-2-Clause */
/* syncount.c: counts the SYNs that hosts accepted, for hosts that accept only some. */
#include "syncount.h"

#include <stdlib.h>

#define PLACES (1u << 16) /* entries; more than targets under way */

struct pp_syncount_entry {
    uint64_t owner; /* index + 1; 0: none */
    int64_t taken;  /* time (ns) of the last SYN accepted */
    uint32_t count;
};

void pp_syncount_release(struct pp_syncount *s)
{
    free(s->entries);
    s->entries = NULL;
}

/* The entry for host INDEX; *FRESH: it is new. */
static struct pp_syncount_entry *entry_of(struct pp_syncount *s, uint64_t index, bool *fresh)
{
    struct pp_syncount_entry *e;

    if (!s->entries && !(s->entries = calloc(PLACES, sizeof *s->entries)))
        return NULL;
    e = &s->entries[index % PLACES];
    *fresh = e->owner != index + 1;
    if (*fresh)
        *e = (struct pp_syncount_entry){.owner = index + 1};
    return e;
}

uint32_t pp_syncount_next(struct pp_syncount *s, uint64_t index)
{
    bool fresh;
    struct pp_syncount_entry *e = entry_of(s, index, &fresh);

    return e ? e->count++ : 0;
}

bool pp_syncount_allowed(struct pp_syncount *s, uint64_t index, int64_t at, int64_t gap)
{
    bool fresh;
    struct pp_syncount_entry *e = entry_of(s, index, &fresh);

    if (!e || (!fresh && at - e->taken < gap))
        return !e;
    e->taken = at;
    return true;
}

bool pp_syncount_offended(struct pp_syncount *s, uint64_t index, bool offence, int64_t at, int64_t gap)
{
    bool fresh;
    struct pp_syncount_entry *e = entry_of(s, index, &fresh);

    if (!e)
        return false;
    if (fresh || offence)
        e->taken = offence ? at : at - gap;
    return at - e->taken < gap;
}
