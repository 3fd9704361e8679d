/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hop_packet.h: an arm's packet whose TTL expires on the way, and the ICMP errors that quote it. Sweeps (sweep.h) and
 * the check of the vantage point (core/probe/vantage_check.h) send such packets; which packet of an arm that is, how it
 * is built, and how it differs from its quotes is decided here for both. A packet is not kept: it is built again to be
 * compared with a quote. Pure functions but for the cryptography of a QUIC Initial; any thread.
 */
#ifndef PP_HOP_PACKET_H
#define PP_HOP_PACKET_H

#include "../packet/quote.h"
#include "../verdict/plan.h"
#include "../wire/fragments.h"

struct pp_hop_packet {
    const struct pp_plan *plan;
    unsigned arm;       /* index in plan->arm */
    enum pp_on on;      /* PP_ON_SYN, PP_ON_DATA, PP_ON_DATAGRAM */
    bool timestamps;    /* data: both ends use TCP timestamps */
    const char *domain; /* datagrams: what the message asks for; NULL: nothing */
    uint64_t chance;    /* datagrams: chooses the ids within the message */
    /* Addresses, ports, numbers, the TTL, the payload of data. Flags, window and other payloads are filled in. */
    struct pp_fill fill;
};

/*
 * The template of P. As packets of one class may differ by number, it is the first one of the arm that differs from
 * both the baseline's and the arm's own first packet; else the first one that differs from the baseline's.
 */
const struct pp_template *pp_hop_packet_template(const struct pp_hop_packet *p);
/* True if such packets of arms A and B have the same template. */
bool pp_hop_packet_same(const struct pp_plan *plan, unsigned a, unsigned b, int family, enum pp_on on);
/* True if such a packet of ARM differs from the baseline's packet of that number. */
bool pp_hop_packet_differs(const struct pp_plan *plan, unsigned arm, int family, enum pp_on on);

/* Builds P, whole. Returns its length in bytes; 0: it does not fit. */
size_t pp_hop_packet_build(const struct pp_hop_packet *p, uint8_t out[PP_PACKET_MAX]);
/* The same of its first fragment, if it is sent in fragments: only that has the ports by which a quote is found. */
size_t pp_hop_packet_first(const struct pp_hop_packet *p, uint8_t out[PP_PACKET_MAX]);

/*
 * If Q quotes P (pp_quote_is_of), returns the length of P's first fragment, and *D (NULL: not needed) is how it
 * differs. 0: Q quotes another packet.
 */
size_t pp_hop_packet_quoted(const struct pp_hop_packet *p, const struct pp_quote *q, struct pp_diff *d);
/* True if the packet quoted in Q expired at its sender: Time Exceeded in transit (RFC 792, RFC 4443 section 3.3). */
static inline bool pp_hop_packet_expired(const struct pp_quote *q)
{
    return q->code == 0 && q->type == (q->packet.family == 4 ? 11 : 3);
}
/*
 * *D: what the treatment makes of P, as the differences of P (its first fragment) from the baseline's packet with the
 * same numbers.
 */
void pp_hop_packet_treatment(const struct pp_hop_packet *p, struct pp_diff *d);

#endif
