/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * runner.h: a campaign in virtual time, for the programs of this directory: the lab called in-process, one worker, no
 * privilege, no sleep. The same lab, seed and settings give the same observations.
 */
#ifndef PP_TEST_RUNNER_H
#define PP_TEST_RUNNER_H

#include "core/results/recorder.h"
#include "core/targets/feeder.h"
#include "lab/stage/virtual.h"

struct runner {
    struct pp_lab *lab;              /* borrowed, as all of these */
    const struct pp_plugin *plugin;
    const char *mode;
    const char *targets, *observations; /* paths: the first is read, the second written */
    const struct pp_virtual_faults *faults; /* NULL: none */
    uint64_t seed;
    unsigned rounds;                 /* 0: the full method */
    bool all_arms;                   /* of every target, in round 1 */
    bool locate;                     /* --locate, with the default sample and pace */
    double alpha;                    /* 0: the default */
    int64_t spacing;                 /* ns; 0: the default */
    /* What came of it. */
    struct pp_target_counts counts;
    uint64_t packets, locate_packets, sweeps; /* all; of these in so many sweeps */
    int64_t elapsed;                 /* ns of virtual time */
};

/* What `pathprobe measure` does by default; the plan's other members are the caller's. */
#define RUNNER_ALPHA 1e-4
#define RUNNER_ROUNDS 12

/* WRITE is pp_lab_write_targets, for one. 0, or -1 printed. */
int runner_write(const char *path, const struct pp_lab *lab, int (*write)(const struct pp_lab *, FILE *));
/* 0, or -1: an error (printed), or targets without an observation. */
int runner_campaign(struct runner *r);

#endif
