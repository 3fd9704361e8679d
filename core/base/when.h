/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * when.h: clocks in nanoseconds, and the two forms of time as text: "YYYY-MM-DD HH:MM:SS.ffffff", that of observations,
 * which json.h writes, and RFC 3339's, that of metadata. Both UTC.
 */
#ifndef PP_WHEN_H
#define PP_WHEN_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define PP_SECOND INT64_C(1000000000)

/* CLOCK_MONOTONIC, CLOCK_REALTIME and the like, in nanoseconds. */
static inline int64_t pp_clock(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return t.tv_sec * PP_SECOND + t.tv_nsec;
}

/* Of the years 1970 to 2200, with up to six digits behind the point, or none. *US: since 1970. 0, or -1. */
int pp_when_parse(int64_t *us, const char *text, size_t len);

#define PP_RFC3339_LEN 32

/* S seconds since 1970 as RFC 3339 writes them, "YYYY-MM-DDTHH:MM:SSZ". Returns TEXT; NULL: no such year. */
const char *pp_when_rfc3339(int64_t s, char text[PP_RFC3339_LEN]);

#endif
