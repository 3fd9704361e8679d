/* SPDX-License-Identifier: BSD-2-Clause */
/* first.c: the first method of evidence. */
#include "first.h"

#include <math.h>

/* n * log(p), where nothing happened is certain whatever p. */
static double times_log(double n, double p)
{
    return n == 0 ? 0 : n * log(p);
}

double first_evidence(const struct first_trials *t)
{
    double f = (double)t->fa + t->fb, s = (double)t->sa + t->sb;
    double broken = t->fb * log(.95) + t->sb * log(.05) + t->fa * log(.02) + t->sa * log(.98);
    double p = f + s > 0 ? f / (f + s) : 0; /* the maximum of a binomial likelihood */

    return exp(broken - times_log(f, p) - times_log(s, 1 - p));
}

enum first_word first_judge(const struct first_trials *t, unsigned round, double alpha)
{
    struct first_trials mirrored = {.fb = t->fa, .sb = t->sa, .fa = t->fb, .sa = t->sb};

    if (round == 1 && t->sb && t->sa && !t->fb && !t->fa)
        return FIRST_OTHER;
    if (first_evidence(t) * alpha >= 1)
        return FIRST_BROKEN;
    if (first_evidence(&mirrored) * alpha >= 1)
        return FIRST_TRANSIENT;
    return (t->fb ? t->sb >= 3 : t->sa >= 3) ? FIRST_OTHER : FIRST_UNDECIDED;
}
