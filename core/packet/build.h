/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * build.h: builds packets. Each arm's packets are built once with libnet as templates, one per class and step; the
 * fields that differ from packet to packet (addresses, ports, sequence numbers, timestamps, payload) are written into a
 * copy, and the checksums computed. A template is read-only once made and may be shared between threads; making one is
 * not thread-safe (libnet). No privilege is needed: the libnet context is opened with LIBNET_NONE.
 */
#ifndef PP_BUILD_H
#define PP_BUILD_H

#include "packet.h"

#include <string.h>

#define PP_TEMPLATE_MAX 1024  /* bytes of headers, options and SYN data */
#define PP_TEMPLATE_ORDINALS 4 /* steps address packets 0, 1, 2 and "3 and later" of a class */

#define PP_TEMPLATE_KINDS 3

/* The kind of a packet within its class, besides its ordinal: pp_step.which selects by it. */
enum pp_kind {
    PP_KIND_USUAL, /* first transmission; of PP_ON_ACK neither FIN nor RST */
    PP_KIND_AGAIN, /* a retransmission */
    PP_KIND_FIN = 1, /* a FIN (PP_ON_ACK), retransmitted or not */
    PP_KIND_RST,
};

/* The packets that a template is for. */
struct pp_slot {
    enum pp_on on;
    enum pp_kind kind;
    unsigned ordinal; /* PP_TEMPLATE_ORDINALS - 1 stands for itself and all later ones */
    bool timestamps;  /* PP_ON_ACK, PP_ON_DATA: with the timestamp option, as negotiated */
};

/* The headers that all probes of a run share, per family: Linux's order and values, so that probes look ordinary. */
struct pp_look {
    uint8_t ttl;        /* default hop limit of this host */
    uint8_t wscale;     /* advertised */
    uint16_t mss;       /* from the route's MTU; 0: no MSS option */
    uint16_t window;    /* of the SYN, unscaled */
    bool timestamps, sack, window_scaling;
    bool df;            /* IPv4: don't fragment */
};

/* One template. Opaque but for its size: arms hold arrays of them. */
struct pp_template {
    uint8_t bytes[PP_TEMPLATE_MAX];
    uint16_t len;            /* of the whole packet without its surplus, bytes */
    uint16_t l4_off;
    uint16_t ts_off;         /* offset of TSval of the timestamp option; 0: none */
    uint16_t payload_off;    /* offset of the payload */
    uint8_t family, proto, on, udp_checksum;
    uint16_t flags;          /* TCP flags that the treatment sets */
    uint16_t flags_clear;
    uint16_t surplus_len;
    uint8_t ocs;
    uint8_t label;           /* enum pp_flow_label */
    uint32_t flow_label;
    uint8_t set_window;      /* the window field comes from the template, in all classes */
    uint8_t withhold;        /* the packet is not sent */
    uint8_t fragments, fragments_reversed; /* number of fragments; 0: not fragmented. 1 (IPv6): an atomic fragment */
    uint16_t first_fragment;
    uint16_t fragment_off;   /* fragments: offset of the fragmentable part, behind the fragment header */
    uint8_t prefix_len;
    const uint8_t *prefix, *surplus; /* borrowed from the plugin */
};

/* True if A and B make the same packets from the same pp_fill. */
static inline bool pp_template_same(const struct pp_template *a, const struct pp_template *b)
{
    return a == b || memcmp(a, b, sizeof *a) == 0;
}

/* True if the template's packets carry hop-by-hop options (RFC 8200 section 4.3). */
static inline bool pp_template_is_slow(const struct pp_template *t)
{
    return t->family == 6 && t->l4_off > 40 && t->bytes[6] == 0;
}

/* The fields of one packet. Zero where a field does not apply. */
struct pp_fill {
    const struct pp_addr *src, *dst;
    uint16_t sport, dport;
    uint32_t seq, ack;
    uint16_t flags; /* TCP flags of the segment; the template's flags are applied on top */
    uint16_t window; /* SYN: 0 selects the template's window */
    uint32_t tsval, tsecr;
    uint16_t ip_id;
    uint32_t flow_label;
    uint8_t ttl; /* 0 selects the template's */
    const uint8_t *sack; /* SACK blocks without kind and length; never on SYNs; blocks that do not fit are left out */
    uint8_t sack_len;    /* a multiple of 8 */
    const uint8_t *options; /* SYN: whole options, appended to the template's; only if the template has no SYN data */
    uint8_t options_len;
    const void *payload; /* never sent behind a SYN's own data */
    size_t payload_len;
};

/*
 * Builds the template for SLOT in FAMILY under the steps that match. 0, or -1 with a printed message (the treatment
 * does not fit: more than 40 bytes of options, TCP steps on UDP, ...).
 */
int pp_template_make(struct pp_template *t, int family, const struct pp_slot *slot, const struct pp_look *look,
                     const struct pp_step *steps, unsigned nsteps);

/*
 * Writes the whole packet into OUT; a packet that leaves in fragments is cut by pp_fragment afterwards. Returns its
 * length in bytes; 0 if the packet does not fit into CAP, or its options do not fit into a header.
 */
size_t pp_template_fill(const struct pp_template *t, const struct pp_fill *f, uint8_t *out, size_t cap);

/* The number of packets in which a whole packet of LEN bytes leaves: 1 unless T fragments it. */
unsigned pp_fragments(const struct pp_template *t, size_t len);
/*
 * Writes fragment I (in the order of offsets) of WHOLE into OUT, which has room for LEN bytes. Returns its length in
 * bytes. The K-th fragment in the order of sending is I = pp_fragment_sent(t, len, k).
 */
size_t pp_fragment(const struct pp_template *t, const uint8_t *whole, size_t len, unsigned i, uint8_t *out);
static inline unsigned pp_fragment_sent(const struct pp_template *t, size_t len, unsigned k)
{
    return t->fragments_reversed ? pp_fragments(t, len) - 1 - k : k;
}

#endif
