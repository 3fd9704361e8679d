/* SPDX-License-Identifier: BSD-2-Clause */
/* estimate.c: estimates the time left of a run, and formats it. */
#include "estimate.h"

#include <math.h>
#include <stdio.h>

#define MEMORY 10.0 /* s */
#define LONG (366 * 86400.0)

double pp_estimate_left(const struct pp_estimate *e)
{
    uint64_t waiting = e->total > e->begun ? e->total - e->begun : 0;
    double left = 0;

    if (!e->total || (waiting && e->starts_ps < 1e-3))
        return e->at_most;
    if (waiting)
        left = (double)waiting / e->starts_ps + e->confirming_takes;
    if (e->done < e->total)
        left = fmax(left, fmax(1, e->confirmed_in));
    return e->at_most >= 0 ? fmin(left, e->at_most) : left;
}

double pp_estimate_smooth(double smoothed, double rate, double seconds)
{
    double share = smoothed > 0 ? 1 - exp(-seconds / MEMORY) : 1;

    return smoothed + share * (rate - smoothed);
}

bool pp_estimate_text(double left, char text[32])
{
    long s = (long)ceil(left);

    if (left < 0 || left > LONG)
        return false;
    if (s < 100)
        snprintf(text, 32, "%ld s", s);
    else if (s < 100 * 60)
        snprintf(text, 32, "%ld min", (s + 59) / 60);
    else if (s < 100 * 3600)
        snprintf(text, 32, "%ld h %ld min", s / 3600, s / 60 % 60);
    else
        snprintf(text, 32, "%ld d %ld h", s / 86400, s / 3600 % 24);
    return true;
}
