/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * topology.h: the topology of the lab. A host's number determines its address, class, family and distance, and an
 * address its number, in constant time and without a table: a million hosts take no memory.
 *
 *   number i -> /24 (or /64) number i / 16, spread by an odd factor; 16 neighbours share it, and with it their
 * routers
 *            -> IPv4 10.a.b.(10 + 15 k), IPv6 2001:2:0:n::(k + 1), k = i % 16; even numbers are IPv4, odd ones IPv6,
 * where the class has both
 *            -> slot, by a keyed permutation among the numbers of its parity; classes own ranges of slots, of the
 * sizes that the shares ask for (largest remainder), so that counts are exact and both families have their part
 */
#ifndef PP_LAB_TOPOLOGY_H
#define PP_LAB_TOPOLOGY_H

#include "../../core/base/random.h"
#include "../boxes/hash.h"
#include "scenario.h"

#define PP_LAB_HOSTS_MAX                                                                                             \
    1000000 /* 62,500 networks of 16; 65,535 is the last one that IPv6 leaves (its routers live in ffff) */

/* A permutation of [0, n): a Feistel network over the next power of four, applied until the result is in the range. */
struct pp_permutation {
    uint64_t key, n;
    unsigned half; /* bits */
};

struct pp_topology {
    uint64_t hosts, seed;
    unsigned nclasses;
    uint8_t hops_min, hops_max;
    uint8_t families[PP_LAB_CLASSES];
    uint8_t box_max[PP_LAB_CLASSES];     /* hop of the farthest middlebox, after which there is a router */
    uint64_t start[PP_LAB_CLASSES + 1]; /* class c has slots start[c] .. start[c + 1] - 1 */
    struct pp_permutation shuffle[2];
};

struct pp_lab_place {
    uint64_t index, key;
    unsigned class_index;
    uint8_t family, nhops; /* routers between the client and the host */
};

/* The properties of a host. */
struct pp_lab_host {
    struct pp_addr addr;
    uint16_t port;
    char domain[64];
    unsigned class_index; /* into scenario->hosts */
    uint64_t key;         /* seed of all random properties of this host */
};

/* HOSTS at most PP_LAB_HOSTS_MAX. */
void pp_topology_init(struct pp_topology *pl, const struct pp_scenario *s, uint64_t hosts, uint64_t seed);
void pp_topology_at(const struct pp_topology *pl, uint64_t index, struct pp_lab_place *place);
struct pp_addr pp_topology_addr(const struct pp_lab_place *place);
/* Finds the host with address A. False: there is none. */
bool pp_topology_find(const struct pp_topology *pl, const struct pp_addr *a, struct pp_lab_place *place);
/*
 * The address of router HOP (1: the client's) on the path to PLACE: near routers are on all paths, far ones belong to
 * PLACE's network.
 */
/* WAY: number of the parallel router. */
struct pp_addr pp_topology_router(const struct pp_topology *pl, const struct pp_lab_place *place, unsigned hop,
                                  unsigned way);

/* Sets the properties of host I (0 <= I < hosts) of S. */
void pp_topology_host(const struct pp_scenario *s, const struct pp_topology *pl, uint64_t i, struct pp_lab_host *h);

#endif
