/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * output.h: writes a file, pipe or terminal in large pieces, and can cut a regular file back to its last whole piece.
 * The caller blocks or ignores SIGPIPE and SIGXFSZ. One thread at a time.
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
    bool ours;      /* has to be closed: not standard output */
    uint64_t end;   /* regular file: its end in bytes, unless another process writes to it */
    size_t piece;   /* the approximate bytes of one write */
};

/*
 * Refuses a PATH (NULL: standard output) whose suffix stands for a packing other than MADE, which will be written; call
 * before the file is created. 0: the suffix stands for MADE or for no packing; -1 printed.
 */
int pp_output_suffix(const char *path, enum pp_packing made);
/*
 * Opens PATH (NULL or "-": standard output) for appending. A file's content is kept. Locks a file against other
 * processes that use this function. 0, or -1 printed.
 */
int pp_output_open(struct pp_output *o, const char *path);
/* Prints that the content of PATH would be lost, with WAY_OUT as the hint. Returns -1. */
int pp_output_refuse(const char *path, const char *way_out);
/*
 * For a file that another function opens: refuses as above, with "--force replaces it", if PATH is a file with content.
 * 0, or -1 printed.
 */
int pp_output_keep(const char *path);
/* True if PATH is the name of a regular file or of nothing yet, so that a metadata file can be created beside it. */
bool pp_output_named(const char *path);
/* Truncates a named file to AT bytes; call before the first write. 0, or -1 printed. */
int pp_output_cut_to(struct pp_output *o, uint64_t at);
/* Writes LEN bytes. 0, or -1 with errno and nothing printed; *WRITTEN: bytes written in either case. */
int pp_output_write(struct pp_output *o, const char *bytes, size_t len, uint64_t *written);
/* Removes the last BYTES bytes of a regular file, unless another process has written after them. */
void pp_output_cut(struct pp_output *o, uint64_t bytes);
/* Closes the output; may be called again. 0, or -1 with errno: not all bytes reached the disk. */
int pp_output_close(struct pp_output *o);
/* Frees the name; call after close. */
void pp_output_free(struct pp_output *o);

#endif
