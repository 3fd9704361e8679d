/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * filter.h: the text of a worker's capture filter, in the language of pcap-filter(7). Pure function, any thread.
 */
#ifndef PP_FILTER_H
#define PP_FILTER_H

#include <stddef.h>
#include <stdint.h>

#define PP_FILTER_MAX 1024

/*
 * Writes the filter that passes everything about the local ports LO..HI (at most the usual amount beside it): TCP and
 * UDP from or to these ports, ICMP errors that quote a datagram from them, IPv6 with extension headers and ICMP errors
 * whose quote has options or extension headers (any ports: the filter language cannot look behind them). Not passed:
 * other than first IPv4 fragments, which carry no port. 0, or -1 if CAP is too small.
 */
int pp_filter_text(char *out, size_t cap, uint16_t lo, uint16_t hi);

#endif
