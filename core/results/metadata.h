/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * metadata.h: the file that describes a run for an observatory (pathprobe-observation(5)): written before the first
 * observation with complete:false, replaced atomically (write, fsync, rename); and written over at the end, when the
 * process may no longer make files. Main thread.
 */
#ifndef PP_METADATA_H
#define PP_METADATA_H

#include "run.h"

/* The options as member "config" of the object that J has open. */
void pp_metadata_config(struct pp_json *j, const struct pp_run *run);
/* metadata_counts.c: writes the counts of the run, as members of the object that J has open. */
void pp_metadata_counts(struct pp_json *j, const struct pp_run_record *c);
/*
 * Sets RUN->metadata_path: --metadata, else a file beside --output; none if that is a device or a pipe.
 */
void pp_metadata_path(struct pp_run *run);
/* Returns a descriptor of the file, for pp_metadata_rewrite; -1 printed. */
int pp_metadata_write(const struct pp_run_record *c, const char *path);
/* Replaces what FD holds, if the disk has room. 0, or -1 printed: the file is unchanged. */
int pp_metadata_rewrite(const struct pp_run_record *c, const char *path, int fd);

#endif
