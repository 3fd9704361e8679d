/* SPDX-License-Identifier: BSD-2-Clause */
/* aside.h: lines into a file that has another name until it is whole; a pipe or a device is written as it is. */
#ifndef PP_ASIDE_H
#define PP_ASIDE_H

#include "../stream/writer.h"

/* A file that is written under another name until it is whole. */
struct pp_aside {
    const char *name; /* NULL: standard output */
    char *part;       /* NULL: it is written as it is */
    struct pp_writer *writer;
};

/* NAME NULL or "-": standard output. What it holds is lost only with FORCE. 0, or -1 printed. */
int pp_aside_open(struct pp_aside *a, const char *name, bool force);
/* OK: all of it was written, and it takes its name; else it is taken away. 0, or -1 printed. */
int pp_aside_close(struct pp_aside *a, bool ok);

#endif
