/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reassemble.h: reassembles fragments as a host does (RFC 791 section 3.2, RFC 8200 section 4.5). Written independently
 * of the code that fragments. A packet with overlapping fragments is dropped (RFC 5722). Single thread.
 */
#ifndef PP_LAB_REASSEMBLE_H
#define PP_LAB_REASSEMBLE_H

#include "../../core/packet/packet.h"
#include "net.h"

#define PP_FRAGMENTED 32 /* the most incomplete packets; a further one replaces the oldest */
#define PP_FRAGMENTED_UNITS (PP_NET_MTU / 8)

struct pp_fragmented {
    struct pp_addr src, dst;
    uint32_t id;
    uint64_t order;       /* number of the first fragment received; 0: the entry is free */
    uint8_t proto;        /* protocol after the fragment header */
    uint16_t head;        /* bytes of headers before the fragmented part, from the first fragment; 0: it has not come */
    uint16_t len;         /* bytes of the fragmented part; 0: the last fragment has not come */
    uint8_t there[PP_FRAGMENTED_UNITS]; /* units of 8 bytes that have come */
    uint8_t start[256 + 512], body[PP_NET_MTU];
};

struct pp_reassembly {
    struct pp_fragmented *packet; /* PP_FRAGMENTED of them, once the first fragment has come */
    uint64_t order;
    uint8_t whole[PP_NET_MTU];
};

void pp_reassembly_release(struct pp_reassembly *r);
/* True if the first fragment of P's packet has come and the packet is incomplete. */
bool pp_reassembly_begun(struct pp_reassembly *r, const struct pp_packet *p);
/* Takes fragment P. True: it completes the packet *WHOLE, which R owns and keeps until the next call. */
bool pp_reassemble(struct pp_reassembly *r, const struct pp_packet *p, struct pp_packet *whole);

#endif
