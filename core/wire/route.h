/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * route.h: reads the kernel's routing: a link, the route to a destination, the prefixes routed through an interface.
 * Changes nothing. Nothing is printed; errors are negative errno values.
 */
#ifndef PP_ROUTE_H
#define PP_ROUTE_H

#include <net/if.h>
#include <stdbool.h>

#include "../base/addr.h"
#include "netlink.h"

struct pp_link {
    char name[IF_NAMESIZE];
    unsigned index;
    unsigned flags; /* IFF_* */
    uint32_t mtu;
};

/* Gets the link with index IFINDEX. 0, or a negative errno; -ENODEV: none. */
int pp_link_get(struct pp_netlink *n, unsigned ifindex, struct pp_link *l);

struct pp_route {
    unsigned ifindex;
    uint8_t type;           /* RTN_UNICAST, RTN_LOCAL, ... */
    struct pp_addr source;  /* chosen by the kernel; all zero: none */
    struct pp_addr gateway; /* all zero: on-link. May be IPv6 for an IPv4 route (RFC 8950) */
    uint32_t mtu, hoplimit; /* bytes, hops; 0: not set on the route */
};

/* Gets the route to DST through IFINDEX (0: any) from SOURCE (NULL: any). 0, or a negative errno. */
int pp_route_get(struct pp_netlink *n, const struct pp_addr *dst, unsigned ifindex, const struct pp_addr *source,
                 struct pp_route *r);

/*
 * True if a packet to DST from SOURCE through IFINDEX has a route of TYPE (RTN_UNICAST; RTN_LOCAL on the loopback
 * interface); false for none, unreachable, prohibit and blackhole routes. True if the kernel cannot be asked. One
 * query, some microseconds.
 */
bool pp_route_leads(struct pp_netlink *n, const struct pp_addr *dst, unsigned ifindex, const struct pp_addr *source,
                    uint8_t type);

/*
 * Finds the shortest unicast prefix of FAMILY (4 or 6) that is routed through IFINDEX in TABLE, except link-local and
 * multicast. RT_TABLE_UNSPEC: in any table, whether a rule selects it or not. RT_TABLE_LOCAL: the host's own prefixes
 * (the loopback interface has no others). 0, or a negative errno; -ENOENT: none.
 */
int pp_route_widest(struct pp_netlink *n, int family, unsigned ifindex, uint32_t table, struct pp_prefix *prefix);

/* Returns the NUD_* state of the neighbour entry for ADDR on IFINDEX, or a negative errno; -ENOENT: no entry. */
int pp_route_neighbour(struct pp_netlink *n, unsigned ifindex, const struct pp_addr *addr);

#endif
