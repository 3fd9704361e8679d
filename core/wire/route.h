/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * route.h: what the kernel's routing says: the link, the route to one destination, the prefixes routed through an
 * interface. Asks only. Nothing is printed; errors are negative errno values.
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

int pp_link_get(struct pp_netlink *n, unsigned ifindex, struct pp_link *l);

struct pp_route {
    unsigned ifindex;
    uint8_t type;           /* RTN_UNICAST, RTN_LOCAL, ... */
    struct pp_addr source;  /* the kernel's choice; all zero: it has none */
    struct pp_addr gateway; /* all zero: on-link. May be IPv6 for an IPv4 route (RFC 8950) */
    uint32_t mtu, hoplimit; /* 0: the route says nothing */
};

/* The route to DST through IFINDEX (0: any) from SOURCE (NULL: any). */
int pp_route_get(struct pp_netlink *n, const struct pp_addr *dst, unsigned ifindex, const struct pp_addr *source,
                 struct pp_route *r);

/*
 * Whether a packet to DST from SOURCE that is to leave through IFINDEX has a route there of TYPE (RTN_UNICAST;
 * RTN_LOCAL on the loopback interface): false for none, unreachable, prohibited and black-holed ones. True where the
 * kernel cannot be asked. One question, some microseconds.
 */
bool pp_route_leads(struct pp_netlink *n, const struct pp_addr *dst, unsigned ifindex, const struct pp_addr *source,
                    uint8_t type);

/*
 * The shortest unicast prefix of FAMILY (4 or 6) that is routed through IFINDEX in TABLE, link-local and multicast
 * ones aside. RT_TABLE_UNSPEC: in any table, whether a rule leads there or not. RT_TABLE_LOCAL: the host's own
 * prefixes (the loopback interface has no others). -ENOENT: there is none.
 */
int pp_route_widest(struct pp_netlink *n, int family, unsigned ifindex, uint32_t table, struct pp_prefix *prefix);

/* NUD_* state of the neighbour entry for ADDR on IFINDEX, or a negative errno; -ENOENT: there is none. */
int pp_route_neighbour(struct pp_netlink *n, unsigned ifindex, const struct pp_addr *addr);

#endif
