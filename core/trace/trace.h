/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trace.h: writes a trace as text, as NDJSON, and in the short format of tracebox. The trace itself is in
 * verdict/where.h. Pure functions: they write into a buffer and print nothing.
 */
#ifndef PP_TRACE_H
#define PP_TRACE_H

#include "../base/json.h"
#include "../verdict/where.h"

struct pp_trace_look {
    unsigned columns; /* of the terminal; at least 60 are used */
    bool bold;        /* escape sequences for the interval's rows */
};

/*
 * Writes sentences, then a table with a row for each hop, a column for each arm and the interval marked, then a legend.
 * No line is longer than COLUMNS: where an IPv6 address leaves no room, the rest of its row follows below it.
 */
void pp_trace_text(struct pp_buf *out, const struct pp_trace *t, const struct pp_trace_look *look);

/* What is kept of a target's traces on several source ports, to compare them. */
#define PP_TRACE_WAYS 64

struct pp_trace_way {
    uint16_t sport;
    uint8_t hops;
    bool found;                    /* something was located, with an interval */
    bool known[PP_WHERE_TTL_MAX];  /* the router that answered there most: */
    struct pp_addr addr[PP_WHERE_TTL_MAX];
};

struct pp_trace_ways {
    unsigned n, hops; /* hops: of the longest */
    struct pp_trace_way way[PP_TRACE_WAYS];
};

void pp_trace_ways_add(struct pp_trace_ways *w, const struct pp_trace *t);
/* With two or more traces: writes an empty line and where their paths diverge. With one: nothing. */
void pp_trace_ways_text(struct pp_buf *out, const struct pp_trace_ways *w, unsigned columns);

/*
 * Writes one line with its line feed: FIELDS, the LEN bytes of members that the target's line had, unchanged, then the
 * trace's: hops[], located[] (pathprobe-trace(1)).
 */
void pp_trace_ndjson(struct pp_buf *out, const struct pp_trace *t, const char *fields, size_t len);

/* Writes the array KEY of N places; pp_place.arm is an index of the names ARMS. Also used for observations. */
void pp_places_json(struct pp_json *j, const char *key, const struct pp_place *places, unsigned n,
                    const char *const *arms);

/*
 * Writes one line in tracebox's short format, with its line feed, for arm COLUMN. A change of a DSCP other than 0 is
 * left out: the format has no member for the value sent, and its readers assume 0.
 */
void pp_trace_pto3(struct pp_buf *out, const struct pp_trace *t, unsigned column);

#endif
