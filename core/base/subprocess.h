/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * subprocess.h: runs work that reads from the network in a confined child (confine.h), for a command that must stay
 * able to open files. The command waits, and reads no data of the network itself. Main thread, no other threads.
 */
#ifndef PP_SUBPROCESS_H
#define PP_SUBPROCESS_H

/*
 * Runs WORK(ARG) in a child, confined with NEEDS (enum pp_confine). Its changes to memory are lost; descriptors opened
 * before can be used. SIGINT and SIGTERM are passed to it, then raised here. Returns the result of WORK, -1 to 127; -1
 * for a failure that has been printed, also if the child could not be started, or was killed.
 */
int pp_subprocess(unsigned needs, int (*work)(void *arg), void *arg);

#endif
