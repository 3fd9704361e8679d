/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * address_watch.h: are the source addresses still this host's? What is sent from one that has gone is not answered,
 * and that says nothing about targets. An interface that is down does not count: it may come back with them. One
 * thread.
 */
#ifndef PP_ADDRESS_WATCH_H
#define PP_ADDRESS_WATCH_H

#include "netlink.h"
#include "source.h"

#include <stdatomic.h>

struct pp_address_watch {
    struct pp_netlink link;
    const struct pp_vantage *vantage; /* borrowed */
    const _Atomic unsigned *families; /* borrowed: bit 4, bit 6: something is asked over IPv4, IPv6 */
    int64_t since;                    /* when one was first missed; 0: all were there */
    bool down;                        /* the interface was, when it was last looked */
};

/* Without netlink nothing is ever missed, nor is the address of a family that is not in FAMILIES when it is looked. */
void pp_address_watch_open(struct pp_address_watch *p, const struct pp_vantage *vantage,
                           const _Atomic unsigned *families);
void pp_address_watch_close(struct pp_address_watch *p);
/* Looks. For how long, at NOW (ns), a source address has been gone, at least 1; it becomes *WHICH. 0: all are there. */
int64_t pp_address_watch_gone(struct pp_address_watch *p, int64_t now, const struct pp_addr **which);

#endif
