/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * drops.h: counts packets lost before the capture: at the interface, and in the host's packet backlog. All files are
 * opened at once, so that reading still works after privileges and file access have been dropped. One thread.
 */
#ifndef PP_DROPS_H
#define PP_DROPS_H

#include <stdint.h>

#include "netlink.h"

struct pp_drop_counter {
    uint64_t raw;   /* last value read */
    uint64_t total; /* increase since opened */
};

struct pp_drops {
    struct pp_netlink link;
    unsigned ifindex;
    int softnet; /* descriptor; -1: not available on this kernel */
    struct pp_drop_counter at_if, at_softnet;
};

/* Never fails: a counter that cannot be read stays zero. */
void pp_drops_open(struct pp_drops *d, unsigned ifindex);
void pp_drops_close(struct pp_drops *d);
/*
 * Updates at_if (rx_missed_errors + rx_fifo_errors) and at_softnet. Takes some ten microseconds. The softnet counter
 * covers the whole host: bursts of other interfaces or namespaces raise it, too.
 */
void pp_drops_read(struct pp_drops *d);

#endif
