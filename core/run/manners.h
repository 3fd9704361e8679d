/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * manners.h: networks that ask to be left alone: whose routers answer the baseline, which is a plain connection, with
 * "administratively prohibited". No new target of such a /24 or /48 is begun for the rest of the run. Special-purpose
 * ranges (a laboratory) are asked all the same. One thread at a time.
 */
#ifndef PP_MANNERS_H
#define PP_MANNERS_H

#include <stdbool.h>

#include "prefixes.h"

/* Does an ICMP (target IPv4) or ICMPv6 error of this type and code say so? RFC 1812 section 5.2.7.1, RFC 4443, 3.1. */
bool pp_manners_prohibits(const struct pp_addr *target, unsigned type, unsigned code);
/* TARGET's network is left alone from now on. 0, or -1: no memory. */
int pp_manners_leave(struct pp_prefixes *left_alone, const struct pp_addr *target);

#endif
