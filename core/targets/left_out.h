/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * left_out.h: targets that are read and not probed, a line each, with the reason: measure's --left-out. A target's
 * line is its object with the member "left_out" in front; of a line that is no target, `line` has its text and `why`
 * what is wrong with it. One thread, that of the feeder, between start and close.
 */
#ifndef PP_LEFT_OUT_H
#define PP_LEFT_OUT_H

#include "../stream/writer.h"
#include "target.h"

struct pp_left_out; /* opaque */

/* As pp_writer_open. NULL printed. */
struct pp_left_out *pp_left_out_open(const char *path, enum pp_writer_how how);
/* Once the process is confined. 0, or -1 printed. */
int pp_left_out_start(struct pp_left_out *l);
/* LINE, trimmed, is where target T came from; REASON is a name of a count. L NULL: nothing. */
void pp_left_out_target(struct pp_left_out *l, const char *reason, const struct pp_target *t, const char *line,
                        size_t len);
/* LINE is none, for the reason WHY. L NULL: nothing. */
void pp_left_out_line(struct pp_left_out *l, const char *why, const char *line, size_t len);
/* 0, or -1 printed: not all was written. NULL: 0. */
int pp_left_out_close(struct pp_left_out *l);
void pp_left_out_free(struct pp_left_out *l);

#endif
