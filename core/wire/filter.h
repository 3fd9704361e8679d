/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * filter.h: makes the text of a worker's capture filter, in the language of pcap-filter(7). Pure function, any thread.
 */
#ifndef PP_FILTER_H
#define PP_FILTER_H

#include <stddef.h>
#include <stdint.h>

#include "../base/addr.h"
#include "../base/buf.h"

#define PP_FILTER_MAX 4096 /* bytes of the text at most, with its NUL */

struct pp_filter {
    const uint16_t *ports; /* local, ascending; at least one */
    unsigned nports;
    /*
     * This host's addresses: an incoming frame from one of them is forged, and is not passed. NULL on the loopback
     * interface, where all captured frames are incoming.
     */
    const struct pp_addr *own4, *own6;
};

/*
 * Appends the filter that passes all packets of the local ports, and few others: TCP and UDP from or to these ports,
 * ICMP errors that quote a datagram from them, IPv6 with extension headers and ICMP errors whose quote has options or
 * extension headers (with any ports: the filter language cannot parse past them). Ports in more than a few runs are
 * passed from the lowest to the highest, so the reader must check the port. Not passed: later IPv4 fragments, which
 * have no ports.
 */
void pp_filter_text(struct pp_buf *out, const struct pp_filter *f);

#endif
