/* SPDX-License-Identifier: BSD-2-Clause */
/* temporary.h: a temporary file without a name, which the kernel removes however the process ends. */
#ifndef PP_TEMPORARY_H
#define PP_TEMPORARY_H

/* Opens one in TMPDIR, else /var/tmp. Returns its descriptor, for reading and writing; -1 printed. */
int pp_temporary(void);

#endif
