/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * linktype.h: from a captured frame to the IP datagram in it, for each link type that libpcap may name (the DLT_*
 * values of <pcap/dlt.h>). Shared by the live capture and by whatever reads capture files. Pure functions, any bytes,
 * any thread.
 */
#ifndef PP_LINKTYPE_H
#define PP_LINKTYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PP_LINK_HEADER_MAX 28 /* room that a capture keeps: LINUX_SLL2 and two VLAN tags */

/*
 * Finds the datagram in CAP captured bytes: *IP points into BYTES, *IP_CAP bytes of it were captured (link padding
 * included, at least one). 0, or -1: no IPv4 or IPv6 in it, cut within the link header, or a link type that is not
 * known. Nothing is printed.
 */
int pp_link_strip(int dlt, const uint8_t *bytes, size_t cap, const uint8_t **ip, size_t *ip_cap);

/* Whether pp_link_strip can ever succeed for DLT. */
bool pp_link_known(int dlt);

#endif
