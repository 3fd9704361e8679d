/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * merge.h: merges observations of any number of runs and vantage points into one line for each target and question,
 * whose words say what is equal in all runs (stable) and at all vantage points (multipoint). Files are read once, in
 * any order, and their records are sorted on disk (sort.h), so memory does not grow with them. Main thread; a signal
 * ends it, and then no output file is left.
 */
#ifndef PP_MERGE_H
#define PP_MERGE_H

#include <stdbool.h>

struct pp_merge_config {
    char **files;        /* NULL-terminated; none, or "-": standard input */
    const char *output;  /* NULL: standard output */
    const char *recheck; /* NULL: not wanted */
    bool by_address;     /* vantage points are told apart by their source address, too */
    bool keep_all;       /* keep vantage points that the ledger would leave out */
    bool force;
    double fdr;
    unsigned memory; /* MiB of records that are sorted in memory before they go to disk */
};

/* The exit code: 0, 1 printed, 130. */
int pp_merge(const struct pp_merge_config *c);

#endif
