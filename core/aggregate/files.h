/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * files.h: files of observations with the metadata beside them: opened by a process that may, read by one that may do
 * nothing else. A file that is written at the moment, or was cut off, is read as far as it goes. Main thread.
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
    uint64_t foreign_first; /* the number of the first line that is none */
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
/* Each line that is an observation to TAKE, which returns 0, or -1 printed. 0, or -1 printed. */
int pp_report_files_read(struct pp_report_files *f, int (*take)(void *arg, const struct pp_reading *r), void *arg);
void pp_report_files_close(struct pp_report_files *f);

#endif
