/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * subprocess.h: work that meets the network, for a command that must stay able to open files: it is done by a process
 * of its own, which holds nothing (confine.h). The command waits and reads no byte of the network itself. Main thread,
 * no others.
 */
#ifndef PP_SUBPROCESS_H
#define PP_SUBPROCESS_H

/*
 * WORK(ARG) in a child, confined to NEEDS (enum pp_confine). What it changes in memory stays there; what was opened
 * before can be used. SIGINT and SIGTERM go to it, and then to us. Returns what WORK returned, -1 to 127, with -1 for a
 * failure that has been printed, as that it could not be started, or was killed.
 */
int pp_subprocess(unsigned needs, int (*work)(void *arg), void *arg);

#endif
