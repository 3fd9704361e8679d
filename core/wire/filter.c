/* SPDX-License-Identifier: BSD-2-Clause */
/* filter.c: builds the capture filter's text. */
#include "filter.h"

#include <stdio.h>

/* Hop-by-hop options, routing, fragment, destination options: `portrange` looks at IPv6's first next header alone. */
#define EXTENDED(at) "(" at " = 0 or " at " = 43 or " at " = 44 or " at " = 60)"
#define WITHIN(at) "(" at " >= %u and " at " <= %u)"

/*
 * The common case first: each tap sees each packet of the interface, so what is ours should pass and what is not
 * should fail after few instructions. ICMP 8 bytes in: the quoted datagram, which we sent, so its source port is ours.
 */
static const char form[] =
    "(portrange %u-%u)"
    " or (ip6 and " EXTENDED("ip6[6]") ")"
    " or (icmp and (icmp[0] = 3 or icmp[0] = 4 or icmp[0] = 5 or icmp[0] = 11 or icmp[0] = 12) and"
    " (icmp[8] & 15 != 5 or ((icmp[17] = 6 or icmp[17] = 17) and " WITHIN("icmp[28:2]") ")))"
    " or (icmp6 and icmp6[0] >= 1 and icmp6[0] <= 4 and"
    " (" EXTENDED("icmp6[14]") " or ((icmp6[14] = 6 or icmp6[14] = 17) and " WITHIN("icmp6[48:2]") ")))";

int pp_filter_text(char *out, size_t cap, uint16_t lo, uint16_t hi)
{
    int n = snprintf(out, cap, form, lo, hi, lo, hi, lo, hi);

    return n < 0 || (size_t)n >= cap ? -1 : 0;
}
