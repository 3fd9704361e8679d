/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * live.h: the wire on a network interface: raw sockets (IPPROTO_RAW, batched by sendmmsg) and a libpcap capture in
 * immediate mode. Needs CAP_NET_RAW for opening only.
 */
#ifndef PP_LIVE_H
#define PP_LIVE_H

#include "source.h"
#include "wire.h"

struct pp_live_config {
    const struct pp_vantage *vantage;
    const uint16_t *ports;     /* this worker's ports, ascending, for the capture's filter; borrowed while opening */
    unsigned nports;
    unsigned snaplen;          /* bytes of each IP packet to capture */
    size_t ring_bytes;         /* size of the capture's ring, bytes */
};

/* How to get CAP_NET_RAW: text for hints. */
#define PP_LIVE_PRIVILEGE "`sudo setcap cap_net_raw+ep ./pathprobe`, run as root, or try inside `pathprobe lab`"

/* NULL with a printed message and hint (no CAP_NET_RAW, interface down or of an unknown link type). */
struct pp_wire *pp_live_open(const struct pp_live_config *c);
/* Gives the slots of the ring as the kernel allocated it, and their size in bytes. */
void pp_live_ring(const struct pp_wire *w, unsigned *slots, unsigned *slot_bytes);
/* Returns the capture's DLT_*, for the record: frames are passed on without link header. */
int pp_live_linktype(const struct pp_wire *w);

#endif
