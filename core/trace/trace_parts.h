/* SPDX-License-Identifier: BSD-2-Clause */
/* trace_parts.h: what the table of a trace and its sentences share. Private to them. */
#ifndef PP_TRACE_PARTS_H
#define PP_TRACE_PARTS_H

#include "trace.h"

#define PP_WORDS_MAX 64

/* "ECN 2 -> 0", "-SACKOK", "flags -ECE -CWR". Returns BUF. */
const char *pp_trace_change(const struct pp_change *c, char buf[PP_WORDS_MAX]);
/* What stands in H's cell of COLUMN on its LINE from 0 on; "" when nothing more does. */
const char *pp_trace_cell_text(const struct pp_trace *t, const struct pp_trace_hop *h, unsigned column, unsigned line,
                               char buf[PP_WORDS_MAX]);
/* Whether P has an interval, with or without a caveat. */
bool pp_trace_stands(const struct pp_place *p);
/* Place I is of a size that is not the largest: the hops' MTUs show what becomes of it. */
bool pp_trace_goes_without_saying(const struct pp_trace *t, unsigned i);
/*
 * Why nothing can be said of what is on the way, as NDJSON has it: "no_packet", "interrupted" (before a sweep was
 * over), "refused" or "offline" (the target answers the baseline by RST, or not at all: what is silent under an arm was
 * not there to be lost). NULL: something can.
 */
const char *pp_trace_void(const struct pp_trace *t);
/* P is no finding, for that reason. */
bool pp_trace_is_void(const struct pp_trace *t, const struct pp_place *p);
/* The sentences over the table, as paragraphs. */
void pp_trace_sentences(struct pp_buf *out, const struct pp_trace *t, unsigned columns);

#endif
