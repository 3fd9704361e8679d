/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * blocklist.h: the addresses that may not be probed: special-purpose ranges and blocklists, except those on an
 * allowlist. The site's lists, named in its configuration, cannot be overruled by a run: only the site's allowlist
 * makes exceptions from its blocklist. The files can be read again during a run, also after the process has changed its
 * user.
 */
#ifndef PP_BLOCKLIST_H
#define PP_BLOCKLIST_H

#include "prefixes.h"

enum pp_list_kind { PP_LIST_SITE_BLOCK, PP_LIST_SITE_ALLOW, PP_LIST_BLOCK, PP_LIST_ALLOW, PP_LIST_KINDS };

enum pp_blocklist_says { PP_BLOCKLIST_PASS, PP_BLOCKLIST_BLOCK, PP_BLOCKLIST_SITE_BLOCKS };

struct pp_blocklist; /* opaque */
struct pp_json;

/*
 * SPECIAL: special-purpose ranges are blocked, but for those of the environment's PATHPROBE_ALLOW. NULL printed.
 */
struct pp_blocklist *pp_blocklist_new(bool special);
/*
 * Reads the file of this name, borrowed; NULL: none. The same one twice is read once. Before any thread looks. 0, or -1
 * printed.
 */
int pp_blocklist_add(struct pp_blocklist *l, enum pp_list_kind kind, const char *path);
/* Both, with a BLOCKLIST and an ALLOWLIST that are not the site's. */
struct pp_blocklist *pp_blocklist_open(const char *blocklist, const char *allowlist, bool special);
void pp_blocklist_free(struct pp_blocklist *l);
/*
 * If both lists match the address, the longer prefix decides; of equal prefixes, the allowlist's. The IPv4 addresses
 * that an IPv6 address embeds (pp_addr_embedded) must pass, too. Any thread.
 */
enum pp_blocklist_says pp_blocklist_verdict(struct pp_blocklist *l, const struct pp_addr *a);
bool pp_blocklist_block(struct pp_blocklist *l, const struct pp_addr *a); /* true: it does not pass */
/* The same of an address that was not blocked when it came: costs nothing as long as nothing was read again. */
bool pp_blocklist_block_now(struct pp_blocklist *l, const struct pp_addr *a);
/*
 * Opens the files again by name, in the directories that pp_blocklist_open opened, and replaces all lists at once; one
 * thread. 0, or -1 printed: the lists read before stay in force.
 */
int pp_blocklist_again(struct pp_blocklist *l);
/*
 * Members of an object: blocklist_sha256 and allowlist_sha256 (null: none, several, or not a regular file), and
 * "lists", an object for each file. By the thread of pp_blocklist_again.
 */
void pp_blocklist_json(const struct pp_blocklist *l, struct pp_json *j);

#endif
