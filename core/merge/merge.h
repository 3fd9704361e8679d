/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * merge.h: observations of any number of runs and vantage points -> a line for each target and question, with words
 * that say what stayed the same from run to run and from place to place. Files are read once, in any order; what they
 * say is sorted on disk (sort.h), so memory does not grow with them. Main thread; signals end it, and leave no file.
 */
#ifndef PP_MERGE_H
#define PP_MERGE_H

#include <stdbool.h>

struct pp_merge_config {
    char **files;        /* NULL-terminated; none, or "-": standard input */
    const char *output;  /* NULL: standard output */
    const char *recheck; /* NULL: not wanted */
    bool by_address;     /* vantage points are told apart by their source address, too */
    bool keep_all;       /* also those that cannot be trusted */
    bool force;
    double fdr;
    unsigned memory; /* MiB of what is sorted that stay in memory */
};

/* The exit code: 0, 1 printed, 130. */
int pp_merge(const struct pp_merge_config *c);

#endif
