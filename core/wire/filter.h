/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * filter.h: the text of a worker's capture filter, in the language of pcap-filter(7). Pure function, any thread.
 */
#ifndef PP_FILTER_H
#define PP_FILTER_H

#include <stddef.h>
#include <stdint.h>

#include "../base/addr.h"
#include "../base/buf.h"

#define PP_FILTER_MAX 4096 /* bytes of it at the most, with a NUL */

struct pp_filter {
    const uint16_t *ports; /* local, rising; at least one */
    unsigned nports;
    /*
     * This host's addresses: a frame that comes in from one of them is forged, and not passed. Not on the loopback
     * interface, where all that is captured comes in. NULL: any may.
     */
    const struct pp_addr *own4, *own6;
};

/*
 * Appends the filter that passes everything about the local ports (at most the usual amount beside it): TCP and UDP
 * from or to these ports, ICMP errors that quote a datagram from them, IPv6 with extension headers and ICMP errors
 * whose quote has options or extension headers (any ports: the filter language cannot look behind them). Ports that
 * lie in more than a few runs are passed from the lowest to the highest, so the reader has to look whether a port is
 * one of its own. Not passed: other than first IPv4 fragments, which carry no port.
 */
void pp_filter_text(struct pp_buf *out, const struct pp_filter *f);

#endif
