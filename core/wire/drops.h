/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * drops.h: packets that were lost before the capture could see them: at the interface, and in the host's packet
 * backlog. Everything is opened at once, so that reading goes on after privileges and file access are given up. One
 * thread.
 */
#ifndef PP_DROPS_H
#define PP_DROPS_H

#include <stdint.h>

#include "netlink.h"

struct pp_drop_counter {
    uint64_t raw;   /* as read last */
    uint64_t total; /* since opened */
};

struct pp_drops {
    struct pp_netlink link;
    unsigned ifindex;
    int softnet; /* descriptor; -1: this kernel does not tell */
    struct pp_drop_counter at_if, at_softnet;
};

/* Never fails: what cannot be read counts as zero. */
void pp_drops_open(struct pp_drops *d, unsigned ifindex);
void pp_drops_close(struct pp_drops *d);
/*
 * Brings at_if (rx_missed_errors + rx_fifo_errors) and at_softnet up to date. Some ten microseconds. The softnet
 * counter is the whole host's: another interface's or namespace's burst raises it, too.
 */
void pp_drops_read(struct pp_drops *d);

#endif
