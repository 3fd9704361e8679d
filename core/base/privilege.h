/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * privilege.h: the privileges of this process beyond its user's, and how it drops them. Capabilities are per thread:
 * call from the main thread, before others start.
 */
#ifndef PP_PRIVILEGE_H
#define PP_PRIVILEGE_H

#include "buf.h"

#include <stdbool.h>

#define PP_UNPRIVILEGED "nobody"

/*
 * Drops privileges for good: root becomes USER (NULL: PP_UNPRIVILEGED), all groups, the bounding set and all
 * capabilities are removed, and executed programs get none back. Root stays root where it cannot become that user, as
 * in a user namespace that does not map it (a warning for a named USER, a verbose message for NULL). Open descriptors
 * stay open. 0, or -1 printed: a named USER does not exist, or the process is neither root nor USER, or the kernel
 * refuses.
 */
int pp_privilege_drop(const char *user);

/* True if root would stay root; WHY then says why (SIZE bytes, NUL-terminated). USER NULL: PP_UNPRIVILEGED. */
bool pp_privilege_user(const char *user, char *why, size_t size);

/* Appends the effective capabilities: "CAP_NET_RAW, CAP_SETUID", "37 capabilities" or "none". */
void pp_privilege_held(struct pp_buf *out);
/*
 * True if the network namespace belongs to another user namespace, so that our capabilities have no effect on it, as in
 * a container of a rootless engine with the host's network.
 */
bool pp_privilege_foreign_network(void);
/* Prints a hint after a raw socket was refused: what CAP_NET_RAW requires here; WAY is the usual way. Returns -1. */
int pp_privilege_raw_hint(const char *way);
/* True if CAPABILITY, of linux/capability.h, is effective. */
bool pp_privilege_has(unsigned capability);

/*
 * For a program with more rights than its caller (AT_SECURE): removes all environment variables except those that
 * control output for people, PATHPROBE_ALLOW, and `upload`'s keys and services. A list of variables to remove would be
 * incomplete: libraries read many that name files.
 */
void pp_environment_clean(void);

#endif
