/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * link.h: requests to rtnetlink(7) and ethtool: a veth pair, addresses, neighbours, routes. They apply to the network
 * namespace of the caller. All return 0, or -1 with errno set and nothing printed. Any thread.
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

/* Creates a veth pair, both ends down: HERE in this namespace, THERE in that of process THERE_PID. */
int pp_link_veth(const struct pp_link_end *here, const struct pp_link_end *there, pid_t there_pid);
/* Prevents the automatic link-local address (addrgenmode none). EAFNOSUPPORT: a kernel without IPv6. */
int pp_link_no_autoconf(const char *name);
int pp_link_up(const char *name);
/* Adds an address with a prefix length as written for its family (24, 64); without duplicate address detection. */
int pp_link_address(const char *name, const struct pp_addr *a, unsigned len);
/* Adds a permanent neighbour, so that no ARP or ND is needed. */
int pp_link_neighbour(const char *name, const struct pp_addr *a, const uint8_t mac[6]);
/* Adds the default route of GATEWAY's family. */
int pp_link_default_route(const char *name, const struct pp_addr *gateway);
/* Turns TSO, GSO, GRO, transmit checksums and scatter-gather off, so that frames are as on a physical link. */
int pp_link_no_offloads(const char *name);

struct pp_link_state {
    bool ready;          /* up, with carrier and an attached queue; before that, packets are lost */
    uint64_t tx_dropped; /* on veth: frames dropped as the other end's backlog was full */
};
/* Reads an interface's state by a socket of its own, which works also when no socket can be opened any more. */
struct pp_link_view {
    struct pp_netlink netlink;
    int index;
};
int pp_link_open(struct pp_link_view *view, const char *name);
int pp_link_look(struct pp_link_view *view, struct pp_link_state *state);
void pp_link_close(struct pp_link_view *view); /* VIEW was opened, or its opening failed */

#endif
