/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * special.h: the IANA special-purpose address registries (RFC 6890, as amended by RFC 8190 and the registrations
 * since), multicast and what is reserved. Internal to prefixes.c and special.c.
 */
#ifndef PP_SPECIAL_H
#define PP_SPECIAL_H

#include "../base/addr.h"

struct pp_special {
    struct pp_prefix prefix;
    bool reachable; /* "Globally Reachable: True" in the registry; where that says N/A, it is not */
    const char *name;
};

extern const struct pp_special pp_specials[];
extern const size_t pp_specials_count;

#endif
