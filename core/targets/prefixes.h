/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * prefixes.h: a set of IPv4 and IPv6 prefixes, with a look-up whose cost does not grow with their number, which can
 * hold the blocks of the IANA special-purpose registries (RFC 6890 and successors). Any thread, once no more prefixes
 * are added.
 */
#ifndef PP_PREFIXES_H
#define PP_PREFIXES_H

#include "../base/addr.h"

struct pp_prefixes; /* opaque */

struct pp_prefixes *pp_prefixes_new(void); /* NULL: no memory */
void pp_prefixes_free(struct pp_prefixes *p);
int pp_prefixes_add(struct pp_prefixes *p, const struct pp_prefix *prefix); /* -1: no memory, or 2^25 prefixes */
/*
 * Reads IN to its end: a prefix or address per line, comments after # and ;, IPv4 and IPv6 mixed. 0, or -1 printed with
 * the line.
 */
struct pp_input;
int pp_prefixes_read(struct pp_prefixes *p, struct pp_input *in, const char *path);
/*
 * Returns the length, out of 128, of the longest prefix that contains A; -1: none. As pp_prefix_has, no IPv6 prefix
 * holds an IPv4 address.
 */
int pp_prefixes_match(const struct pp_prefixes *p, const struct pp_addr *a);
uint64_t pp_prefixes_count(const struct pp_prefixes *p);

/*
 * Adds the special-purpose blocks that are not globally reachable, multicast and reserved space. Globally reachable
 * blocks within them match only what pp_prefixes_add added.
 */
int pp_prefixes_add_special(struct pp_prefixes *p);

#endif
