/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * prefix_cap.c: a hash table of counters with 8 bytes a prefix: its 48 bits and family above, the count below.
 */
#include "prefix_cap.h"

#include "../base/error.h"
#include "../base/siphash.h"

#define FIRST_CELLS 4096 /* a power of two, so all sizes are */
#define COUNT_BITS 15
#define COUNT_MASK ((UINT64_C(1) << COUNT_BITS) - 1)

struct pp_prefix_cap {
    struct pp_sipkey key;
    uint64_t *cell; /* 0: empty; a count is never 0 */
    uint64_t cells, used, limit;
};

struct pp_prefix_cap *pp_prefix_cap_new(uint64_t limit)
{
    struct pp_prefix_cap *c = calloc(1, sizeof *c);

    if (limit < 1 || limit > PP_PREFIX_CAP_MAX)
        BUG("a limit of %llu targets", (unsigned long long)limit);
    if (!c)
        return NULL;
    *c = (struct pp_prefix_cap){.key = pp_sipkey_random(), .cells = FIRST_CELLS, .limit = limit};
    c->cell = calloc(c->cells, sizeof *c->cell);
    if (!c->cell) {
        free(c);
        return NULL;
    }
    return c;
}

void pp_prefix_cap_free(struct pp_prefix_cap *c)
{
    if (!c)
        return;
    free(c->cell);
    free(c);
}

static uint64_t prefix_of(const struct pp_addr *a)
{
    struct pp_addr network = pp_addr_network(a).addr;
    const uint8_t *raw = pp_addr_raw(&network);
    unsigned n = pp_addr_is4(&network) ? 3 : 6;
    uint64_t v = n == 3;

    for (unsigned i = 0; i < 6; i++)
        v = v << 8 | (i < n ? raw[i] : 0);
    return v << COUNT_BITS;
}

static uint64_t *find(const struct pp_prefix_cap *c, uint64_t prefix)
{
    uint64_t at = pp_siphash(&c->key, &prefix, sizeof prefix) & (c->cells - 1);

    while (c->cell[at] && (c->cell[at] & ~COUNT_MASK) != prefix)
        at = (at + 1) & (c->cells - 1);
    return &c->cell[at];
}

static int grow(struct pp_prefix_cap *c)
{
    struct pp_prefix_cap larger = *c;

    larger.cells = c->cells * 2;
    if (larger.cells > PP_PREFIX_CAP_CELLS_MAX)
        return -1;
    larger.cell = calloc(larger.cells, sizeof *larger.cell);
    if (!larger.cell)
        return -1;
    for (uint64_t i = 0; i < c->cells; i++) {
        if (c->cell[i])
            *find(&larger, c->cell[i] & ~COUNT_MASK) = c->cell[i];
    }
    free(c->cell);
    *c = larger;
    return 0;
}

int pp_prefix_cap_admit(struct pp_prefix_cap *c, const struct pp_addr *a)
{
    uint64_t prefix = prefix_of(a), *cell = find(c, prefix);

    if (!*cell) {
        if (c->used >= c->cells / 4 * 3) {
            if (grow(c) < 0)
                return -1;
            cell = find(c, prefix);
        }
        c->used++;
        *cell = prefix | 1;
        return 1;
    }
    if ((*cell & COUNT_MASK) >= c->limit)
        return 0;
    ++*cell;
    return 1;
}
