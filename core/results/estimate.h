/* SPDX-License-Identifier: BSD-2-Clause */
/* estimate.h: estimates the time left of a run. Pure functions; all times in seconds. */
#ifndef PP_ESTIMATE_H
#define PP_ESTIMATE_H

#include <stdbool.h>
#include <stdint.h>

struct pp_estimate {
    uint64_t total;          /* targets; 0: not known */
    uint64_t begun, done;    /* targets begun, targets complete */
    double starts_ps;        /* targets begun per second */
    double confirmed_in;     /* until the targets in confirmation are complete; below 0: there are none */
    double confirming_takes; /* duration of the confirmation of one target; 0: no target has needed it so far */
    double at_most;          /* --max-runtime; below 0: no limit */
};

/*
 * The time to begin the remaining targets at the present pace, plus one confirmation if any target has needed one; at
 * least the time of the confirmations under way. -1: not known.
 */
double pp_estimate_left(const struct pp_estimate *e);
/* Smooths a rate over about ten seconds: SMOOTHED before, then RATE for SECONDS. */
double pp_estimate_smooth(double smoothed, double rate, double seconds);
/* Formats LEFT as "41 s", "4 min", "2 h 10 min", "3 d 4 h". False: LEFT is below 0 (not known). */
bool pp_estimate_text(double left, char text[32]);

#endif
