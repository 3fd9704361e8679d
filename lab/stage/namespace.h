/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * namespace.h: creates the namespaces of the lab's COMMAND: PID, mount and network, and a user namespace if the caller
 * is not privileged. Single-threaded callers only.
 */
#ifndef PP_NAMESPACE_H
#define PP_NAMESPACE_H

#include <sys/types.h>

/*
 * A fork(2) whose child is init of new namespaces; the kernel kills the child when its parent ends, and all processes
 * in the namespaces when the child ends. The child is root there, with a /proc and a /sys of the new namespaces if the
 * machine permits it. The caller stays in its namespaces. Returns the child's PID, 0 in the child, or -1 printed with a
 * hint. A child that cannot set up its namespaces prints the cause and exits with 1.
 */
pid_t pp_ns_fork(void);
/* Moves this process to a new network namespace, for the emulator. 0, or -1 printed. */
int pp_ns_emulator(void);

#endif
