/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * special.h: the IANA special-purpose address registries (RFC 6890, as amended by RFC 8190 and the registrations
 * since), multicast and reserved space. Read-only, any thread.
 */
#ifndef PP_SPECIAL_H
#define PP_SPECIAL_H

#include "../base/addr.h"

struct pp_special {
    struct pp_prefix prefix;
    bool reachable; /* the registry says "Globally Reachable: True"; N/A counts as false */
    const char *name;
};

extern const struct pp_special pp_specials[];
extern const size_t pp_specials_count;

/*
 * The name ("Private-Use", ...) of the block of pp_prefixes_add_special that contains all of PREFIX, or NULL. 192.0.0.9
 * has none: it is globally reachable, though 192.0.0.0/24 is not.
 */
const char *pp_special_prefix_name(const struct pp_prefix *prefix);
/* The same for an address; if A is in no block, for the IPv4 address that A embeds. */
const char *pp_special_name(const struct pp_addr *a);
/*
 * True if packets to A may reach a public address: A's block is not special, or one of the IPv4 addresses that A embeds
 * (pp_addr_embedded) is public. Other addresses can only be those of a laboratory.
 */
bool pp_addr_is_public(const struct pp_addr *a);

#endif
