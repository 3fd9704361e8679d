/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * address_watch.h: checks whether this host still has its source addresses. Packets from an address that was removed
 * are never answered, which says nothing about targets. While the interface is down nothing counts as removed, as its
 * addresses may return with it. One thread.
 */
#ifndef PP_ADDRESS_WATCH_H
#define PP_ADDRESS_WATCH_H

#include "netlink.h"
#include "source.h"

#include <stdatomic.h>

struct pp_address_watch {
    struct pp_netlink link;
    const struct pp_vantage *vantage; /* borrowed */
    const _Atomic unsigned *families; /* borrowed: bit 4, bit 6: probes over IPv4, IPv6 are under way */
    int64_t since;                    /* wire clock, ns: when an address was first found missing; 0: none is */
    bool down;                        /* the interface was down at the last check */
};

/* Without netlink no address is ever reported missing, nor is that of a family whose bit in FAMILIES is unset. */
void pp_address_watch_open(struct pp_address_watch *p, const struct pp_vantage *vantage,
                           const _Atomic unsigned *families);
void pp_address_watch_close(struct pp_address_watch *p);
/*
 * Checks the addresses. Returns for how long, at NOW (ns), one has been missing, at least 1, and sets *WHICH (borrowed
 * from the vantage). 0: none is missing.
 */
int64_t pp_address_watch_gone(struct pp_address_watch *p, int64_t now, const struct pp_addr **which);

#endif
