/* SPDX-License-Identifier: BSD-2-Clause */
/* topology.c: maps host numbers to addresses and back; assigns classes by exact shares, distances and routers. */
#include "topology.h"

#define NEIGHBOURS 16 /* hosts of one /24 or /64 */
#define SPREAD 40503  /* odd: n -> n * SPREAD permutes 16 bits, and neighbours in number are far apart in address */
#define UNSPREAD 30599 /* its inverse: 40503 * 30599 = 1 modulo 65536 */
#define SHARED_HOPS 3 /* routers that all paths have in common */

static void permutation_init(struct pp_permutation *p, uint64_t n, uint64_t key)
{
    *p = (struct pp_permutation){.n = n, .key = key, .half = 1};
    while (p->half < 31 && UINT64_C(1) << 2 * p->half < n)
        p->half++;
}

static uint64_t permute(const struct pp_permutation *p, uint64_t x)
{
    uint64_t mask = (UINT64_C(1) << p->half) - 1, l, r, t;

    do {
        l = x >> p->half;
        r = x & mask;
        for (unsigned round = 0; round < 4; round++) {
            t = r;
            r = l ^ (pp_mix(r ^ p->key ^ (uint64_t)round << 56) & mask);
            l = t;
        }
        x = l << p->half | r;
    } while (x >= p->n);
    return x;
}

/* Sizes by largest remainder; of equal remainders the earlier class wins. */
static void apportion(struct pp_topology *pl, const struct pp_scenario *s)
{
    double rest[PP_LAB_CLASSES];
    uint64_t count[PP_LAB_CLASSES], given = 0;
    unsigned best;

    for (unsigned c = 0; c < s->nhosts; c++) {
        double exact = s->hosts[c].share * (double)pl->hosts;

        count[c] = (uint64_t)exact;
        rest[c] = exact - (double)count[c];
        given += count[c];
    }
    while (given < pl->hosts) {
        best = 0;
        for (unsigned c = 1; c < s->nhosts; c++) {
            if (rest[c] > rest[best])
                best = c;
        }
        count[best]++;
        rest[best] -= 1;
        given++;
    }
    for (unsigned c = 0; c < s->nhosts; c++)
        pl->start[c + 1] = pl->start[c] + count[c];
    /* Shares may sum to slightly more than 1. */
    for (unsigned c = 0; c <= s->nhosts; c++) {
        if (pl->start[c] > pl->hosts || c == s->nhosts)
            pl->start[c] = pl->hosts;
    }
}

void pp_topology_init(struct pp_topology *pl, const struct pp_scenario *s, uint64_t hosts, uint64_t seed)
{
    *pl = (struct pp_topology){.hosts = hosts, .seed = pp_mix(seed), .nclasses = s->nhosts, .hops_min = s->hops_min,
                               .hops_max = s->hops_max};
    for (unsigned c = 0; c < s->nhosts; c++) {
        pl->families[c] = s->hosts[c].families;
        for (unsigned b = 0; b < s->hosts[c].npath; b++) {
            if (s->hosts[c].path[b].hop > pl->box_max[c])
                pl->box_max[c] = s->hosts[c].path[b].hop;
        }
    }
    apportion(pl, s);
    permutation_init(&pl->shuffle[0], (hosts + 1) / 2, pl->seed ^ 1);
    permutation_init(&pl->shuffle[1], hosts / 2, pl->seed ^ 2);
}

static unsigned class_of_slot(const struct pp_topology *pl, uint64_t slot)
{
    unsigned lo = 0, hi = pl->nclasses;

    while (hi - lo > 1) {
        unsigned mid = (lo + hi) / 2;

        if (pl->start[mid] <= slot)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

void pp_topology_at(const struct pp_topology *pl, uint64_t index, struct pp_lab_place *place)
{
    unsigned odd = index & 1, c;
    uint64_t slot = 2 * permute(&pl->shuffle[odd], index / 2) + odd;
    uint64_t net = index / NEIGHBOURS;

    c = class_of_slot(pl, slot);
    place->index = index;
    place->class_index = c;
    place->key = pp_mix(pl->seed + pp_mix(index));
    place->family = pl->families[c] == 1 ? 4 : pl->families[c] == 2 ? 6 : odd ? 6 : 4;
    place->nhops = (uint8_t)(pl->hops_min + pp_mix(pl->seed ^ 3 ^ net << 8) % (pl->hops_max - pl->hops_min + 1u));
    if (place->nhops <= pl->box_max[c] && pl->box_max[c])
        place->nhops = (uint8_t)(pl->box_max[c] + 1);
}

struct pp_addr pp_topology_addr(const struct pp_lab_place *place)
{
    unsigned k = (unsigned)(place->index % NEIGHBOURS), n = (unsigned)(place->index / NEIGHBOURS);
    unsigned net = n * SPREAD & 0xffff;

    if (place->family == 4) {
        uint8_t b[4] = {10, (uint8_t)(net >> 8), (uint8_t)net, (uint8_t)(10 + 15 * k)};

        return pp_addr_from4(b);
    } else {
        uint8_t b[16] = {0x20, 0x01, 0, 2, 0, 0, (uint8_t)(n >> 8), (uint8_t)n};

        b[15] = (uint8_t)(k + 1);
        return pp_addr_from16(b);
    }
}

bool pp_topology_find(const struct pp_topology *pl, const struct pp_addr *a, struct pp_lab_place *place)
{
    static const uint8_t prefix6[6] = {0x20, 0x01, 0, 2, 0, 0};
    static const uint8_t zeros[7];
    const uint8_t *b = pp_addr_raw(a);
    uint8_t family = (uint8_t)pp_addr_family(a);
    unsigned net, k;
    uint64_t index;

    if (family == 4) {
        if (b[0] != 10 || b[3] < 10 || b[3] % 15 != 10)
            return false;
        net = ((unsigned)b[1] << 8 | b[2]) * UNSPREAD & 0xffff;
        k = (b[3] - 10u) / 15;
    } else {
        if (memcmp(b, prefix6, sizeof prefix6) != 0 || memcmp(b + 8, zeros, sizeof zeros) != 0 || b[15] == 0)
            return false;
        net = (unsigned)b[6] << 8 | b[7];
        k = b[15] - 1u;
    }
    index = (uint64_t)net * NEIGHBOURS + k;
    if (k >= NEIGHBOURS || index >= pl->hosts)
        return false;
    pp_topology_at(pl, index, place);
    return place->family == family;
}

struct pp_addr pp_topology_router(const struct pp_topology *pl, const struct pp_lab_place *place, unsigned hop,
                                  unsigned way)
{
    uint64_t net = place->index / NEIGHBOURS;
    unsigned x = hop <= SHARED_HOPS ? 1 : 2 + (unsigned)(pp_mix(pl->seed ^ 4 ^ net << 8 ^ hop) % 250);

    if (place->family == 4) {
        uint8_t b[4] = {100, (uint8_t)(64 + way), (uint8_t)hop, (uint8_t)x};

        return pp_addr_from4(b);
    } else {
        uint8_t b[16] = {0x20, 0x01, 0, 2, 0, 0, 0xff, 0xff};

        b[12] = (uint8_t)way;
        b[13] = (uint8_t)x;
        b[15] = (uint8_t)hop;
        return pp_addr_from16(b);
    }
}

void pp_topology_host(const struct pp_scenario *s, const struct pp_topology *pl, uint64_t i, struct pp_lab_host *h)
{
    struct pp_lab_place place;
    const struct pp_lab_class *c;

    if (i >= pl->hosts)
        BUG("host %llu of %llu", (unsigned long long)i, (unsigned long long)pl->hosts);
    pp_topology_at(pl, i, &place);
    c = &s->hosts[place.class_index];
    *h = (struct pp_lab_host){.addr = pp_topology_addr(&place), .port = c->ports[i % c->nports],
                              .class_index = place.class_index, .key = place.key};
    snprintf(h->domain, sizeof h->domain, "h%llu.example", (unsigned long long)i);
}
