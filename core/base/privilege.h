/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * privilege.h: what this process may do beyond its user, and how it gives that up. Capabilities hold per thread: both
 * giving up and asking are for the main thread, before others start.
 */
#ifndef PP_PRIVILEGE_H
#define PP_PRIVILEGE_H

#include "buf.h"

#include <stdbool.h>

#define PP_UNPRIVILEGED "nobody"

/*
 * For good: root becomes USER (NULL: PP_UNPRIVILEGED; that is skipped where it cannot be, as in a user namespace that
 * does not map it), the groups, the bounding set and all capabilities go, and no program that is executed gets any
 * back. 0, or -1 printed. What is open stays open.
 */
int pp_privilege_drop(const char *user);

/* Whether root stays root for want of USER (NULL: as above); then WHY says why. */
bool pp_privilege_user(const char *user, char *why, size_t size);

/* Appends the effective capabilities: "CAP_NET_RAW, CAP_SETUID", "37 capabilities" or "none". */
void pp_privilege_held(struct pp_buf *out);
/*
 * Whether this network is another user namespace's, so that capabilities of ours are none over it: as in a container
 * of a rootless engine with the host's network.
 */
bool pp_privilege_foreign_network(void);
/* What CAP_NET_RAW would need here, WAY the usual way to it, after a raw socket was refused. -1. */
int pp_privilege_raw_hint(const char *way);
/* Whether CAPABILITY, of linux/capability.h, is effective. */
bool pp_privilege_has(unsigned capability);

/*
 * For a program with more rights than its caller (AT_SECURE): takes away all environment variables but those that say
 * how to write for people, PATHPROBE_ALLOW, and `upload`'s keys and services. The libraries know more of them that name
 * files than we do.
 */
void pp_environment_clean(void);

#endif
