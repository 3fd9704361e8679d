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

#define PP_TEMPLATE_MAX 512   /* bytes of headers, options and SYN data */
#define PP_TEMPLATE_ORDINALS 4 /* steps can tell packets 0, 1, 2 and "3 and later" of a class apart */

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
    const uint8_t *surplus; /* borrowed from the plugin */
};

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
 * Builds the template for packet ORDINAL (clipped to PP_TEMPLATE_ORDINALS - 1) of class ON in FAMILY under the steps
 * that match. TIMESTAMPS: on PP_ON_ACK and PP_ON_DATA, whether the option is there (it is when the peer agreed). 0, or
 * -1 with a printed message (the treatment does not fit: more than 40 bytes of options, TCP steps on UDP, ...).
 */
int pp_template_make(struct pp_template *t, int family, enum pp_on on, unsigned ordinal, bool timestamps,
                     const struct pp_look *look, const struct pp_step *steps, unsigned nsteps);

/* Writes the packet into OUT. Returns its length; 0 if it does not fit into CAP, or its options not into a header. */
size_t pp_template_fill(const struct pp_template *t, const struct pp_fill *f, uint8_t *out, size_t cap);

#endif
