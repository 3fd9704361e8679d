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

/* SPECIAL: block special-purpose ranges, except those in the environment variable PATHPROBE_ALLOW. NULL printed. */
struct pp_blocklist *pp_blocklist_new(bool special);
/*
 * Reads the file NAME (borrowed; NULL: nothing is read). A name given twice is read once. Call before other threads use
 * L. 0, or -1 printed.
 */
int pp_blocklist_add(struct pp_blocklist *l, enum pp_list_kind kind, const char *path);
/* Calls pp_blocklist_new and adds BLOCKLIST and ALLOWLIST as the user's lists, not the site's. NULL printed. */
struct pp_blocklist *pp_blocklist_open(const char *blocklist, const char *allowlist, bool special);
void pp_blocklist_free(struct pp_blocklist *l);
/*
 * If both lists match the address, the longer prefix decides; of equal prefixes, the allowlist's. The IPv4 addresses
 * that an IPv6 address embeds (pp_addr_embedded) must pass, too. Any thread.
 */
enum pp_blocklist_says pp_blocklist_verdict(struct pp_blocklist *l, const struct pp_addr *a);
bool pp_blocklist_block(struct pp_blocklist *l, const struct pp_addr *a); /* true: A must not be probed */
/* The same for an address that passed before; costs nothing unless lists were reread since. */
bool pp_blocklist_block_now(struct pp_blocklist *l, const struct pp_addr *a);
/*
 * Rereads the files by name, in the directories opened when they were added, and replaces all lists at once; one
 * thread. 0, or -1 printed: the old lists stay in force.
 */
int pp_blocklist_again(struct pp_blocklist *l);
/*
 * Writes members of an object: blocklist_sha256 and allowlist_sha256 (null: none, several, or not a regular file), and
 * "lists", an object for each file. Call from the thread of pp_blocklist_again.
 */
void pp_blocklist_json(const struct pp_blocklist *l, struct pp_json *j);

#endif
