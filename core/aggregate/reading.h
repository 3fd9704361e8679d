/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reading.h: parses an observation, or a merged line, as far as a report needs it. Nothing is copied: the result points
 * into the line. One thread.
 */
#ifndef PP_READING_H
#define PP_READING_H

#include "../base/addr.h"
#include "../stream/object.h"

#define PP_READING_NAMES 512   /* conditions of a line that are read */
#define PP_READING_VERDICTS 32 /* verdicts */

/* The bytes between the quotes of a string without escapes, or all bytes of another value; len 0: no such member. */
struct pp_span {
    const char *at;
    size_t len;
};

bool pp_span_is(struct pp_span s, const char *word);

struct pp_reading_verdict {
    struct pp_span arm, condition, verdict, first, why, how, implied_by;
    double e;
    uint32_t tried;        /* attempts of the arm */
    struct pp_span rounds; /* JSON */
};

struct pp_reading {
    struct pp_object object, inner;
    struct pp_addr dip;
    struct pp_span domain, as_name, country; /* domain, as_name: JSON, with their quotes */
    struct pp_span experiment, connect, vantage, run_id, obs_id, sip, from, to;
    uint32_t port, asn; /* asn 0: not known */
    struct pp_span condition[PP_READING_NAMES], first[PP_READING_NAMES];
    unsigned nconditions, nfirst, more; /* more: conditions past the maximum */
    struct pp_reading_verdict verdict[PP_READING_VERDICTS];
    unsigned nverdicts;
    struct pp_span located, hops;  /* JSON arrays */
    struct pp_span vantages, runs; /* of a merged line: JSON arrays */
    double e;                      /* of a merged line */
    bool valid, outage, audited;
    uint64_t late, send_errors, dropped, flows;
};

/* Parses LINE. 0, or -1 with the cause in *WHY, a static text: it is no observation. */
int pp_reading_line(struct pp_reading *r, const char *line, size_t len, const char **why);

#endif
