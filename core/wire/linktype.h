/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * linktype.h: finds the IP datagram in a captured frame, for each link type that libpcap may report (the DLT_* values
 * of <pcap/dlt.h>). Used by the live capture and by readers of capture files. Pure functions, any bytes, any thread.
 */
#ifndef PP_LINKTYPE_H
#define PP_LINKTYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PP_LINK_HEADER_MAX 28 /* bytes that a capture adds for the link header: LINUX_SLL2 and two VLAN tags */

/*
 * Finds the datagram in CAP captured bytes: *IP points into BYTES, *IP_CAP bytes of it were captured (link padding
 * included, at least one). 0, or -1: no IPv4 or IPv6, truncated within the link header, or an unknown link type.
 * Nothing is printed.
 */
int pp_link_strip(int dlt, const uint8_t *bytes, size_t cap, const uint8_t **ip, size_t *ip_cap);

/* True if pp_link_strip supports DLT. */
bool pp_link_known(int dlt);

#endif
