/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reassemble.h: fragments -> the packet, as a host puts them together (RFC 791 section 3.2, RFC 8200 section 4.5).
 * Written apart from the code that cuts. What overlaps is lost as a whole (RFC 5722). Single thread.
 */
#ifndef PP_LAB_REASSEMBLE_H
#define PP_LAB_REASSEMBLE_H

#include "../../core/packet/packet.h"
#include "net.h"

#define PP_FRAGMENTED 32 /* packets that may be incomplete at a time; the oldest makes room */
#define PP_FRAGMENTED_UNITS (PP_NET_MTU / 8)

struct pp_fragmented {
    struct pp_addr src, dst;
    uint32_t id;
    uint64_t order;       /* of the first fragment that came; 0: free */
    uint8_t proto;        /* behind the fragment header */
    uint16_t head;        /* bytes in front of what was cut: of the first fragment; 0: it has not come */
    uint16_t len;         /* of what was cut; 0: the last fragment has not come */
    uint8_t there[PP_FRAGMENTED_UNITS]; /* units of 8 bytes that have come */
    uint8_t start[256 + 512], body[PP_NET_MTU];
};

struct pp_reassembly {
    struct pp_fragmented *packet; /* PP_FRAGMENTED of them, once the first fragment has come */
    uint64_t order;
    uint8_t whole[PP_NET_MTU];
};

void pp_reassembly_release(struct pp_reassembly *r);
/* The first fragment of P's packet has come, and not all of it. */
bool pp_reassembly_begun(struct pp_reassembly *r, const struct pp_packet *p);
/* Takes fragment P. True: *WHOLE is the packet that it completes, within R until the next call. */
bool pp_reassemble(struct pp_reassembly *r, const struct pp_packet *p, struct pp_packet *whole);

#endif
