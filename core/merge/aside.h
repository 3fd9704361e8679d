/* SPDX-License-Identifier: BSD-2-Clause */
/* aside.h: lines into a file that has another name until it is whole; a pipe or a device is written as it is. */
#ifndef PP_ASIDE_H
#define PP_ASIDE_H

#include "../stream/writer.h"

/* A file that is written under another name until it is whole. */
struct pp_aside {
    const char *name; /* NULL: standard output */
    char *part;       /* NULL: it is written as it is; the owner frees it */
    struct pp_writer *writer;
    bool opened;
};

/* NAME NULL or "-": standard output. What it holds is lost only with FORCE. 0, or -1 printed. */
int pp_aside_open(struct pp_aside *a, const char *name, bool force);
/* After the last line. 0: all of it stands in the file, which has its other name still; -1 printed. */
int pp_aside_end(struct pp_aside *a);
/* KEEP: it takes its name; else it is taken away. 0, or -1 printed. */
int pp_aside_settle(const struct pp_aside *a, bool keep);

#endif
