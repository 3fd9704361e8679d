/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lists.h: which addresses may not be probed: special-purpose ranges and a blocklist, less what an allowlist has. Both
 * files can be read again while a run goes on, also by whom the process has become since.
 */
#ifndef PP_LISTS_H
#define PP_LISTS_H

#include "prefixes.h"

struct pp_lists; /* opaque */

/*
 * Reads files BLOCKLIST and ALLOWLIST, each a name, borrowed, or NULL. SPECIAL: special-purpose ranges are blocked, but
 * for those of the environment's PATHPROBE_ALLOW. NULL printed.
 */
struct pp_lists *pp_lists_open(const char *blocklist, const char *allowlist, bool special);
void pp_lists_free(struct pp_lists *l);
/*
 * Where both lists know the address the longer prefix decides; between equals the operator's word that it is allowed.
 * An address that embeds IPv4 (pp_addr_embedded) is blocked as well if what it embeds is: each must be allowed.
 * Any thread.
 */
bool pp_lists_block(struct pp_lists *l, const struct pp_addr *a);
/* The same of an address that was not blocked when it came: costs nothing as long as nothing was read again. */
bool pp_lists_block_now(struct pp_lists *l, const struct pp_addr *a);
/*
 * Reads the files again, by the names that they had in the directories of then; one thread. They hold together or not
 * at all. 0, or -1 printed: what was read before stays in force.
 */
int pp_lists_again(struct pp_lists *l);
/* SHA-256 of the files as they were read; "": none, or not a regular file. By the thread of pp_lists_again. */
void pp_lists_sha256(const struct pp_lists *l, char blocklist[65], char allowlist[65]);

#endif
