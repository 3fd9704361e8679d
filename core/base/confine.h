/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * confine.h: the last step before threads start and bytes from the network are read. Afterwards the process, and an
 * attacker who takes it over, has no capability and the user and group `nobody`; it can use open descriptors, read
 * files, and do little else: see the table in confine.c. A system call that is not allowed fails with EPERM; one that
 * only an attacker would make kills the process.
 */
#ifndef PP_CONFINE_H
#define PP_CONFINE_H

#include "privilege.h"

/* What the process goes on to need, as flags. */
enum pp_confine {
    PP_CONFINE_MEASURE = 1, /* Unix sockets, for the conversations through libcurl */
    PP_CONFINE_NAMES = 2,   /* sockets to resolvers */
    PP_CONFINE_SCRATCH = 4, /* new temporary files */
};

/*
 * pp_privilege_drop(USER), then system calls. Kernels without seccomp filters, and builds with sanitizers, whose
 * runtime needs other calls, go without the latter. 0, or -1 printed.
 */
int pp_confine(const char *user, unsigned needs);
/* NULL: system calls are confined. Else why they are not, or would not be. */
const char *pp_confine_hindrance(void);

#endif
