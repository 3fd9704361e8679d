/* SPDX-License-Identifier: BSD-2-Clause */
/* estimate.h: how long a run will go on. Pure functions, times in seconds. */
#ifndef PP_ESTIMATE_H
#define PP_ESTIMATE_H

#include <stdbool.h>
#include <stdint.h>

struct pp_estimate {
    uint64_t total;          /* targets; 0: not known */
    uint64_t begun, done;    /* of these */
    double starts_ps;        /* targets begun per second */
    double confirmed_in;     /* until those in confirmation will be done; below 0: long ago, there are none */
    double confirming_takes; /* for a target that needs it; 0: none has so far */
    double at_most;          /* --max-runtime; below 0: no limit */
};

/*
 * What is left to begin at the present pace, and behind the last of it a confirmation, if any target has needed one; at
 * least as long as those under way take. -1: not known.
 */
double pp_estimate_left(const struct pp_estimate *e);
/* A rate that was RATE for SECONDS, SMOOTHED before: the last ten seconds count. */
double pp_estimate_smooth(double smoothed, double rate, double seconds);
/* "41 s", "4 min", "2 h 10 min", "3 d 4 h". False: LEFT is not known. */
bool pp_estimate_text(double left, char text[32]);

#endif
