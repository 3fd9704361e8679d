/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * when.h: clocks in nanoseconds, and two text forms of time, both UTC: "YYYY-MM-DD HH:MM:SS.ffffff" of observations,
 * which json.h writes, and RFC 3339's of metadata.
 */
#ifndef PP_WHEN_H
#define PP_WHEN_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define PP_SECOND INT64_C(1000000000)

/* Returns the time of CLOCK_MONOTONIC, CLOCK_REALTIME and the like, in nanoseconds. */
static inline int64_t pp_clock(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return t.tv_sec * PP_SECOND + t.tv_nsec;
}

/*
 * Parses "YYYY-MM-DD HH:MM:SS", years 1970 to 2200, with a fraction of up to six digits or none. *US: microseconds
 * since 1970. 0, or -1 (nothing printed).
 */
int pp_when_parse(int64_t *us, const char *text, size_t len);

#define PP_RFC3339_LEN 32

/* Writes S, seconds since 1970, by RFC 3339, "YYYY-MM-DDTHH:MM:SSZ". Returns TEXT; NULL: the year cannot be written. */
const char *pp_when_rfc3339(int64_t s, char text[PP_RFC3339_LEN]);

#endif
