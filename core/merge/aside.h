/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * aside.h: an output file that is written under a temporary name and renamed when it is complete. A pipe or a device is
 * written to directly.
 */
#ifndef PP_ASIDE_H
#define PP_ASIDE_H

#include "../stream/writer.h"

struct pp_aside {
    const char *name; /* NULL: standard output */
    char *part;       /* the temporary name, the owner's to free; NULL: a pipe or device, written to directly */
    struct pp_writer *writer;
    bool opened;
};

/* Opens NAME; NULL or "-": standard output. An existing file is replaced only with FORCE. 0, or -1 printed. */
int pp_aside_open(struct pp_aside *a, const char *name, bool force);
/*
 * Call it after the last line: writes what is left and closes the file, which keeps its temporary name. 0, or -1
 * printed.
 */
int pp_aside_end(struct pp_aside *a);
/* KEEP: renames the file to its final name; else deletes it. 0, or -1 printed. */
int pp_aside_settle(const struct pp_aside *a, bool keep);

#endif
