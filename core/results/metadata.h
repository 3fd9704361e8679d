/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * metadata.h: writes the metadata file of a run for an observatory (pathprobe-observation(5)). Before the first
 * observation it is replaced atomically (write, fsync, rename), with complete:false; at the end it is overwritten in
 * place, as the process may no longer create files. Main thread.
 */
#ifndef PP_METADATA_H
#define PP_METADATA_H

#include "run.h"

/* Writes the options as member "config" of the object open in J. */
void pp_metadata_config(struct pp_json *j, const struct pp_run *run);
/* metadata_counts.c: writes the counts of the run as members of the object open in J. */
void pp_metadata_counts(struct pp_json *j, const struct pp_run_record *c);
/* Sets RUN->metadata_path: --metadata, else a file beside --output; empty if the output is a device or a pipe. */
void pp_metadata_path(struct pp_run *run);
/* Writes the metadata. Returns a descriptor of the file, the caller's, for pp_metadata_rewrite; -1 printed. */
int pp_metadata_write(const struct pp_run_record *c, const char *path);
/* Overwrites the metadata in FD. 0, or -1 printed: the old metadata can still be read. */
int pp_metadata_rewrite(const struct pp_run_record *c, const char *path, int fd);

#endif
