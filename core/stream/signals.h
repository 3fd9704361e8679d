/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * signals.h: handles SIGINT and SIGTERM for commands that read an input to its end and write: the first signal ends the
 * input, so that lines read are completed and counted; the second ends the process at once, with whole lines in the
 * output.
 */
#ifndef PP_SIGNALS_H
#define PP_SIGNALS_H

#include "input.h"
#include "writer.h"

struct pp_signals; /* opaque */

/*
 * Call before any thread starts: threads inherit the blocked signals. INPUT and WRITER are borrowed. WRITER NULL: the
 * caller removes its output after the first signal, which is quick, so that a second signal has no effect, unless
 * pp_signals_second was called. NULL printed.
 */
struct pp_signals *pp_signals_start(struct pp_input *input, struct pp_writer *writer);
/* Replaces the input by INPUT (NULL: none); the previous input may then be freed. */
void pp_signals_reads(struct pp_signals *s, struct pp_input *input);
/*
 * A second signal calls TAKE_AWAY, on the signals' thread, and ends the process at once. Call before a signal may come.
 */
void pp_signals_second(struct pp_signals *s, void (*take_away)(void *arg), void *arg);
/* True if a signal came. Any thread. */
bool pp_signals_stopped(const struct pp_signals *s);
/* Ends the thread and restores the default handling. True: a signal had come. NULL allowed: false. */
bool pp_signals_end(struct pp_signals *s);

#endif
