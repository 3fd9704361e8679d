/* SPDX-License-Identifier: BSD-2-Clause */
/* vantage_check_altered.h: which differences between a packet and its quote are alterations of the arm's treatment. */
#ifndef PP_VANTAGE_CHECK_ALTERED_H
#define PP_VANTAGE_CHECK_ALTERED_H

#include "../trace/hop_packet.h"

/*
 * D: how IS, a quote of P, differs from it (pp_hop_packet_quoted). Leaves in D the changes of what P's arm treats: bits
 * that its steps set, and fields in which its packet differs from the baseline's. It removes all others: of a field
 * that the arm does not treat (a cleared DSCP under a treatment of ECN, a clamped MSS under one of another option),
 * changes that follow from another one (lengths of headers, checksums), and values that routers may write (within IP
 * options and extension headers). Of datagrams, whichever the arm, it also leaves whether there is a checksum, and a
 * change of what is behind the UDP length. True: any left.
 */
bool pp_vantage_check_altered(const struct pp_hop_packet *p, const struct pp_packet *is, struct pp_diff *d);

#endif
