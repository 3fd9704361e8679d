/* SPDX-License-Identifier: BSD-2-Clause */
/* trace_parts.h: declarations that the table of a trace and its sentences share; private to them. */
#ifndef PP_TRACE_PARTS_H
#define PP_TRACE_PARTS_H

#include "trace.h"

#define PP_WORDS_MAX 64

/* Writes C as "ECN 2 -> 0", "-SACKOK", "flags -ECE -CWR". Returns BUF. */
const char *pp_trace_change(const struct pp_change *c, char buf[PP_WORDS_MAX]);
/* The text of H's cell in COLUMN on line LINE of the cell, from 0; "" after the last one. */
const char *pp_trace_cell_text(const struct pp_trace *t, const struct pp_trace_hop *h, unsigned column, unsigned line,
                               char buf[PP_WORDS_MAX]);
/* True if P has an interval, with or without a caveat. */
bool pp_trace_stands(const struct pp_place *p);
/* True if place I is of an arm whose size is not the largest: the hops' MTUs show it already. */
bool pp_trace_goes_without_saying(const struct pp_trace *t, unsigned i);
/*
 * Why the trace shows nothing about the path, as in NDJSON: "no_packet", "interrupted" (before a sweep was complete),
 * "refused", "too_far" or "offline" (the target answers the baseline by RST, is behind the largest TTL, or does not
 * answer, so that silence to an arm shows nothing). NULL: it does show something.
 */
const char *pp_trace_void(const struct pp_trace *t);
/* True if P is no finding for that reason. */
bool pp_trace_is_void(const struct pp_trace *t, const struct pp_place *p);
/* Writes the sentences above the table, as paragraphs. */
void pp_trace_sentences(struct pp_buf *out, const struct pp_trace *t, unsigned columns);

#endif
