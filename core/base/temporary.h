/* SPDX-License-Identifier: BSD-2-Clause */
/* temporary.h: a file without a name, so that nothing is left behind however we end. */
#ifndef PP_TEMPORARY_H
#define PP_TEMPORARY_H

/* In TMPDIR, else /var/tmp. Returns its descriptor, for reading and writing; -1 printed. */
int pp_temporary(void);

#endif
