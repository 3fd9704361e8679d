/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * link.h: the few things that the lab asks of rtnetlink(7) and ethtool: a veth pair, addresses, neighbours, routes.
 * Everything happens in the network namespace of the caller. All return 0, or -1 with errno set and nothing printed:
 * the caller knows what it means. Any thread.
 */
#ifndef PP_LINK_H
#define PP_LINK_H

#include <sys/types.h>

#include "../../core/base/addr.h"
#include "../../core/wire/netlink.h"

#define PP_LINK_MTU 1500

struct pp_link_end {
    const char *name;
    uint8_t mac[6];
};

/* A veth pair, both ends down: HERE in this namespace, THERE in that of process THERE_PID. */
int pp_link_veth(const struct pp_link_end *here, const struct pp_link_end *there, pid_t there_pid);
/* No link-local address by itself (addrgenmode none). EAFNOSUPPORT: a kernel without IPv6. */
int pp_link_no_autoconf(const char *name);
int pp_link_up(const char *name);
/* With the prefix LEN as it is written for the family (24, 64); no duplicate address detection. */
int pp_link_address(const char *name, const struct pp_addr *a, unsigned len);
/* A permanent neighbour: no ARP, no ND. */
int pp_link_neighbour(const char *name, const struct pp_addr *a, const uint8_t mac[6]);
/* The default route of GATEWAY's family. */
int pp_link_default_route(const char *name, const struct pp_addr *gateway);
/* TSO, GSO, GRO, transmit checksums and scatter-gather off: frames on the link are then as they would be on a cable. */
int pp_link_no_offloads(const char *name);

struct pp_link_state {
    bool ready;          /* up, with carrier, and its queue attached: before, packets vanish */
    uint64_t tx_dropped; /* on veth: frames the other end's backlog had no room for */
};
/* Through a socket of its own, which goes on to work where no other can be opened. */
struct pp_link_view {
    struct pp_netlink netlink;
    int index;
};
int pp_link_open(struct pp_link_view *view, const char *name);
int pp_link_look(struct pp_link_view *view, struct pp_link_state *state);
void pp_link_close(struct pp_link_view *view); /* one that was opened, or did not open */

#endif
