/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * files.h: files of observations and their metadata files. They are opened with the caller's rights and read after
 * privileges were dropped. A file that is being written, or was cut off, is read up to its present end. Main thread.
 */
#ifndef PP_REPORT_FILES_H
#define PP_REPORT_FILES_H

#include "reading.h"

#include <jansson.h>

#define PP_REPORT_FILES_MAX 400

struct pp_report_file {
    const char *name; /* "-": standard input */
    int fd, meta_fd;  /* meta_fd -1: there is none */
    json_t *meta;     /* once loaded */
    bool meta_bad, damaged, cut;
    uint64_t lines, foreign;
    uint64_t twice; /* observations that it, or a file before it, has already: they are not taken */
    uint64_t foreign_first; /* the number of the first line that is no observation */
    const char *foreign_why;
};

struct pp_report_files {
    struct pp_report_file file[PP_REPORT_FILES_MAX];
    unsigned n;
};

/* N 0: standard input. 0, or -1 printed. */
int pp_report_files_open(struct pp_report_files *f, const char *const *names, unsigned n);
/* Reads the metadata. */
void pp_report_files_load(struct pp_report_files *f);
#define PP_REPORT_REMEMBERED (UINT64_C(1) << 23) /* observations, of which a second copy is noticed: 96 MiB */
/*
 * Calls TAKE for each line that is an observation, and the first one of its run_id and obs_id (without an obs_id: that
 * is like no other line so far), as long as so many are remembered; TAKE returns 0, or -1 printed, which ends the
 * reading. 0, or -1 printed.
 */
int pp_report_files_read(struct pp_report_files *f, int (*take)(void *arg, const struct pp_reading *r), void *arg);
void pp_report_files_close(struct pp_report_files *f);

#endif
