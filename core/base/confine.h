/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * confine.h: drops privileges and restricts system calls, before threads start and bytes from the network are read.
 * Afterwards the process, and an attacker who controls it, has no capability and the user and group `nobody`; it can
 * use open descriptors, read files, and do little else: see the table in confine.c. A system call that is not permitted
 * fails with EPERM; one that only an attacker would make kills the process. Main thread.
 */
#ifndef PP_CONFINE_H
#define PP_CONFINE_H

#include "privilege.h"

/* Additional permissions, as flags. */
enum pp_confine {
    PP_CONFINE_MEASURE = 1, /* Unix sockets, for the conversations through libcurl */
    PP_CONFINE_NAMES = 2,   /* sockets to resolvers */
    PP_CONFINE_SCRATCH = 4, /* new temporary files */
};

/*
 * Calls pp_privilege_drop(USER), then restricts system calls. Kernels without seccomp filters, and builds with
 * sanitizers, whose runtime needs other calls, are not restricted. 0, or -1 printed.
 */
int pp_confine(const char *user, unsigned needs);
/* Returns NULL if system calls are, or can be, restricted; else why not (static text). */
const char *pp_confine_hindrance(void);

#endif
