/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * live.h: the wire that is a network interface: raw sockets (IPPROTO_RAW, batched by sendmmsg) and a libpcap capture in
 * immediate mode. Needs CAP_NET_RAW while opening, nothing after.
 */
#ifndef PP_LIVE_H
#define PP_LIVE_H

#include "source.h"
#include "wire.h"

struct pp_live_config {
    const struct pp_vantage *vantage;
    const uint16_t *ports;     /* local ports of this worker, rising: the capture's filter; borrowed while opening */
    unsigned nports;
    unsigned snaplen;          /* IP bytes wanted of each packet */
    size_t ring_bytes;         /* budget of this handle's ring */
};

/* How to get the privilege: text for hints. */
#define PP_LIVE_PRIVILEGE "`sudo setcap cap_net_raw+ep ./pathprobe`, run as root, or try inside `pathprobe lab`"

/* NULL with a printed message and hint (no CAP_NET_RAW, interface down or of an unknown link type). */
struct pp_wire *pp_live_open(const struct pp_live_config *c);
/* Slots of the ring as the kernel has allocated it, and their size. */
void pp_live_ring(const struct pp_wire *w, unsigned *slots, unsigned *slot_bytes);
/* DLT_* of the capture. The frames handed out have no link header any more: this is for the record. */
int pp_live_linktype(const struct pp_wire *w);

#endif
