/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * truth.h: the tables from which the truth is computed, shared by truth.c (the computation) and truth_*.c (the
 * experiments).
 */
#ifndef PP_TRUTH_H
#define PP_TRUTH_H

#include "topology.h"

#define PP_TRUTH_GROUPS 36

/* The value of a group other than an index of its values. */
enum { PP_TRUTH_NONE_OF_THEM = -1, PP_TRUTH_ANYTHING = -2, PP_TRUTH_NOT_A_VALUE = -3 };

struct pp_truth_group {
    const char *name;      /* GROUP.VALUE is a condition */
    const char *values[6]; /* NULL-terminated; empty: values are numbers, and GROUP:NUMBER is a condition */
    const char *arm;       /* the arm whose verdict is this group's value; NULL: none */
    uint32_t modes;        /* connect modes in which the group's conditions are stated */
    /* The value on a path without middleboxes, by enum pp_lab_server; NULL: none of the values. */
    const char *base[4];
};

struct pp_truth {
    const char *name;
    uint32_t modes;
    /* Ends with a NULL name; the first group is the connectivity, without which the others state nothing. */
    struct pp_truth_group groups[PP_TRUTH_GROUPS];
    /* Corrects the values to those that the experiment can state. */
    void (*settle)(const struct pp_truth *e, const struct pp_lab_class *c, int family, int *value);
};

/* Verdicts, in the order of the values of arms' groups. */
enum { PP_TRUTH_WORKS, PP_TRUTH_BROKEN, PP_TRUTH_TRANSIENT, PP_TRUTH_OFFLINE, PP_TRUTH_UNSTABLE };

#define PP_TRUTH_CONNECTIVITY {"works", "broken", "transient", "offline", "unstable"}

extern const struct pp_truth pp_truth_accecn, pp_truth_quic, pp_truth_quicsize, pp_truth_pmtud, pp_truth_exthdr;

/* Experiment I; NULL after the last one. */
const struct pp_truth *pp_truth_at(unsigned i);
/* The same for the experiments in truth_datagrams.c. */
const struct pp_truth *pp_truth_datagrams_at(unsigned i);
/* The same for the experiments in truth_marks.c. */
const struct pp_truth *pp_truth_marks_at(unsigned i);

/* What is to be written of the truth where it is not all of it: it is some 70 kB a host. */
struct pp_truth_of {
    const char *experiment, *mode;
};

/* Writes "expect" (pathprobe-lab(1)) of a class and family as JSON: all of it, or ONLY that. 0, or -1: no memory. */
struct pp_buf;
int pp_truth_expect(const struct pp_lab_class *c, int family, const struct pp_truth_of *only, struct pp_buf *out);

/* ---- truth_write.c ---- */

/*
 * Write the target list (NDJSON: dip, dp, domain), and the truth (pathprobe-lab(1)), a line per host. 0, or -1 printed.
 */
int pp_truth_write_targets(const struct pp_scenario *s, const struct pp_topology *topology, FILE *f);
/* Writes the target list with `canid_info` (pathprobe-annotate(1)) of invented networks and countries. */
int pp_truth_write_networks(const struct pp_scenario *s, const struct pp_topology *topology, FILE *f);
int pp_truth_write(const struct pp_scenario *s, const struct pp_topology *topology, const struct pp_truth_of *only,
                   FILE *f);

#endif
