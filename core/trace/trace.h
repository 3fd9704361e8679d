/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trace.h: a trace as people read it, as NDJSON, and as the normalizers of an observatory read it. What they print is
 * in verdict/where.h. Pure functions: they write into a buffer and print nothing.
 */
#ifndef PP_TRACE_H
#define PP_TRACE_H

#include "../base/json.h"
#include "../verdict/where.h"

struct pp_trace_look {
    unsigned columns; /* of the terminal: 60 or more; less is taken for 60 */
    bool bold;        /* escape sequences for the interval's rows */
};

/*
 * Sentences, then a row a hop, a column an arm, the interval marked, and what the marks mean. No line is longer than
 * COLUMNS: where an IPv6 address leaves no room, the rest of its row follows below it.
 */
void pp_trace_text(struct pp_buf *out, const struct pp_trace *t, const struct pp_trace_look *look);

/* A target's traces on several source ports: what is kept of each. */
#define PP_TRACE_WAYS 64

struct pp_trace_way {
    uint16_t sport;
    uint8_t hops;
    bool found;                    /* something was, with an interval */
    bool known[PP_WHERE_TTL_MAX];  /* who answered there most: */
    struct pp_addr addr[PP_WHERE_TTL_MAX];
};

struct pp_trace_ways {
    unsigned n, hops; /* hops: of the longest */
    struct pp_trace_way way[PP_TRACE_WAYS];
};

void pp_trace_ways_add(struct pp_trace_ways *w, const struct pp_trace *t);
/* An empty line, and where the ways part, of two or more; nothing of one. */
void pp_trace_ways_text(struct pp_buf *out, const struct pp_trace_ways *w, unsigned columns);

/*
 * One line with its line feed: FIELDS, the LEN bytes of members that the target's line had, as they were, then ours:
 * hops[], located[] (pathprobe-trace(1)).
 */
void pp_trace_ndjson(struct pp_buf *out, const struct pp_trace *t, const char *fields, size_t len);

/* KEY: the array of N places; ARMS: the names that pp_place.arm is an index of. Also for observations. */
void pp_places_json(struct pp_json *j, const char *key, const struct pp_place *places, unsigned n,
                    const char *const *arms);

/*
 * One line as tracebox writes it in short, with its line feed, for arm COLUMN. A change of a DSCP other than 0 is left
 * out: the format has no place for the value sent, and its readers take 0 for it.
 */
void pp_trace_pto3(struct pp_buf *out, const struct pp_trace *t, unsigned column);

#endif
