/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * build.h: meaning -> bytes. An arm's packets are built once with libnet as templates, one per class and step; what
 * differs from packet to packet (addresses, ports, sequence numbers, timestamps, payload) is patched in, and the
 * checksums are made right. A template is read-only once made and may be shared between threads; making one is not
 * thread-safe (libnet). No privilege is needed: the libnet context is opened with LIBNET_NONE.
 */
#ifndef PP_BUILD_H
#define PP_BUILD_H

#include "packet.h"

#include <string.h>

#define PP_TEMPLATE_MAX 1024  /* bytes of headers, options and SYN data */
#define PP_TEMPLATE_ORDINALS 4 /* steps can tell packets 0, 1, 2 and "3 and later" of a class apart */

#define PP_TEMPLATE_KINDS 3

/* Which of a class a packet is, beside its number: what pp_step.which tells apart. */
enum pp_kind {
    PP_KIND_USUAL, /* sent for the first time; of PP_ON_ACK neither FIN nor RST */
    PP_KIND_AGAIN, /* a retransmission */
    PP_KIND_FIN = 1, /* of PP_ON_ACK, retransmitted or not */
    PP_KIND_RST,
};

/* What a template is for. */
struct pp_slot {
    enum pp_on on;
    enum pp_kind kind;
    unsigned ordinal; /* from PP_TEMPLATE_ORDINALS - 1 on all are the same */
    bool timestamps;  /* PP_ON_ACK and PP_ON_DATA: whether the option is there (it is when the peer agreed) */
};

/* What every probe of a run has in common, per family: Linux's order and values, so that probes look ordinary. */
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
    uint16_t len;            /* all of it, surplus excluded */
    uint16_t l4_off;
    uint16_t ts_off;         /* of the timestamp option's TSval; 0: none */
    uint16_t payload_off;    /* where the payload starts */
    uint8_t family, proto, on, udp_checksum;
    uint16_t flags;          /* TCP flags that the treatment sets */
    uint16_t flags_clear;
    uint16_t surplus_len;
    uint8_t ocs;
    uint8_t label;           /* enum pp_flow_label */
    uint32_t flow_label;
    uint8_t set_window;      /* the window field is the template's, on all classes */
    uint8_t withhold;        /* it is not sent */
    uint8_t fragments, fragments_reversed; /* 0: none. 1: IPv6: BYTES have an atomic fragment's header */
    uint16_t first_fragment;
    uint16_t fragment_off;   /* fragments: where what is cut begins, behind the fragment header */
    uint8_t prefix_len;
    const uint8_t *prefix, *surplus; /* borrowed from the plugin */
};

/* One treats packets as the other does. */
static inline bool pp_template_same(const struct pp_template *a, const struct pp_template *b)
{
    return a == b || memcmp(a, b, sizeof *a) == 0;
}

/* Its packets have hop-by-hop options (RFC 8200 section 4.3). */
static inline bool pp_template_is_slow(const struct pp_template *t)
{
    return t->family == 6 && t->l4_off > 40 && t->bytes[6] == 0;
}

/* What one packet has of its own. Zero where it does not apply. */
struct pp_fill {
    const struct pp_addr *src, *dst;
    uint16_t sport, dport;
    uint32_t seq, ack;
    uint16_t flags; /* TCP: those of the segment; the template's treatment is applied on top */
    uint16_t window; /* SYN: 0 means the template's */
    uint32_t tsval, tsecr;
    uint16_t ip_id;
    uint32_t flow_label;
    uint8_t ttl; /* 0: the template's */
    const uint8_t *sack; /* blocks without kind and length; never on SYNs; what does not fit is left out */
    uint8_t sack_len;    /* a multiple of 8 */
    const uint8_t *options; /* SYN: behind the template's, which has no data of its own; whole options */
    uint8_t options_len;
    const void *payload; /* behind a SYN's own data never */
    size_t payload_len;
};

/*
 * Builds the template for SLOT in FAMILY under the steps that match. 0, or -1 with a printed message (the treatment
 * does not fit: more than 40 bytes of options, TCP steps on UDP, ...).
 */
int pp_template_make(struct pp_template *t, int family, const struct pp_slot *slot, const struct pp_look *look,
                     const struct pp_step *steps, unsigned nsteps);

/*
 * Writes the packet into OUT, whole: what is sent in fragments is cut by pp_fragment. Returns its length; 0 if it does
 * not fit into CAP, or its options not into a header.
 */
size_t pp_template_fill(const struct pp_template *t, const struct pp_fill *f, uint8_t *out, size_t cap);

/* In how many packets the whole one of LEN bytes leaves: 1 unless T says else. */
unsigned pp_fragments(const struct pp_template *t, size_t len);
/*
 * Writes fragment I of WHOLE, counted as they lie in it, into OUT, which has room for LEN bytes. Returns its length.
 * The K-th that is sent is I = pp_fragment_sent(t, len, k).
 */
size_t pp_fragment(const struct pp_template *t, const uint8_t *whole, size_t len, unsigned i, uint8_t *out);
static inline unsigned pp_fragment_sent(const struct pp_template *t, size_t len, unsigned k)
{
    return t->fragments_reversed ? pp_fragments(t, len) - 1 - k : k;
}

#endif
