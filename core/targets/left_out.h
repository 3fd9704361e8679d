/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * left_out.h: writes a line for each target that is read and not probed, with the reason: measure's --left-out. A
 * target's line is its object with the member "left_out" in front; for a line that is no target, `line` has its text
 * and `why` the cause. The feeder's thread, between start and close.
 */
#ifndef PP_LEFT_OUT_H
#define PP_LEFT_OUT_H

#include "../stream/writer.h"
#include "target.h"

struct pp_left_out; /* opaque */

/* Opens the file as pp_writer_open does. NULL printed. */
struct pp_left_out *pp_left_out_open(const char *path, enum pp_writer_how how);
/* Starts the writer's thread; call once the process is confined. 0, or -1 printed. */
int pp_left_out_start(struct pp_left_out *l);
/* Writes target T, left out for REASON (the name of a count). LINE, trimmed: its line of the input. L NULL: nothing. */
void pp_left_out_target(struct pp_left_out *l, const char *reason, const struct pp_target *t, const char *line,
                        size_t len);
/* Writes LINE, which is no target; WHY: the cause. L NULL: nothing. */
void pp_left_out_line(struct pp_left_out *l, const char *why, const char *line, size_t len);
/* 0, or -1 printed: not all was written. NULL: 0. */
int pp_left_out_close(struct pp_left_out *l);
void pp_left_out_free(struct pp_left_out *l);

#endif
