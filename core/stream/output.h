/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * output.h: a file, pipe or terminal that is written in large pieces and, if it is a regular file, can be cut back to
 * the last whole piece. Signals are the caller's business: SIGPIPE and SIGXFSZ blocked or ignored. One thread at a
 * time.
 */
#ifndef PP_OUTPUT_H
#define PP_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decompress.h"

struct pp_output {
    int fd;         /* -1: none */
    char *name;     /* for messages */
    bool regular;
    bool ours;      /* to be closed: not standard output */
    uint64_t end;   /* regular: the file's end, unless another process writes to it */
    size_t piece;   /* bytes of one write, about */
};

/*
 * The suffix of PATH (NULL: standard output) promises a packing other than MADE, what is going to be written: refused
 * before there is such a file, -1 printed. 0: it promises MADE or nothing.
 */
int pp_output_suffix(const char *path, enum pp_packing made);
/*
 * PATH NULL or "-": standard output. What a file holds stays, and is gone on with. A file is locked: no other process
 * that uses this writes to it. 0, or -1 printed.
 */
int pp_output_open(struct pp_output *o, const char *path);
/* Prints that PATH holds something that would be lost, and the way out. -1. */
int pp_output_refuse(const char *path, const char *way_out);
/* For what is not opened by this: 0, or -1 as above, with "--force replaces it": PATH is a file that holds anything. */
int pp_output_keep(const char *path);
/* Whether PATH is a file by a name of its own, or nothing yet, so that metadata can stand beside it. */
bool pp_output_named(const char *path);
/* Before anything was written: of a file with a name, all from byte AT on is dropped. 0, or -1 printed. */
int pp_output_cut_to(struct pp_output *o, uint64_t at);
/* 0, or -1 with errno and nothing printed; *WRITTEN: bytes that went out even so. */
int pp_output_write(struct pp_output *o, const char *bytes, size_t len, uint64_t *written);
/* Cuts off the last BYTES, if that is possible and no other process has written after them. */
void pp_output_cut(struct pp_output *o, uint64_t bytes);
/* 0, or -1 with errno: what was written did not all reach the disk. Twice is harmless. */
int pp_output_close(struct pp_output *o);
/* Forgets the name; after close. */
void pp_output_free(struct pp_output *o);

#endif
