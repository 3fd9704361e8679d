/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * namespace.h: the world in which the lab's COMMAND lives: PID, mount and network namespaces of its own, and a user
 * namespace if the caller is not privileged. Single-threaded callers only.
 */
#ifndef PP_NAMESPACE_H
#define PP_NAMESPACE_H

#include <sys/types.h>

/*
 * A fork(2) whose child is init of new namespaces: it dies with its parent, and all that is in them dies with it. It
 * is root there, with a /proc and a /sys that show its own world where this machine allows that. The caller itself
 * stays where it is. Returns the child's PID, 0 in the child, -1 printed, with the way out. A child that cannot
 * settle prints, and exits with 1.
 */
pid_t pp_ns_fork(void);
/* One more network namespace, for the emulator: this process moves there. 0, or -1 printed. */
int pp_ns_emulator(void);

#endif
