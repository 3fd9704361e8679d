/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * signals.h: SIGINT and SIGTERM for commands that read to the end and write: the first ends the input, so that what was
 * read is finished and counted; the second ends the process at once, with whole lines in the output.
 */
#ifndef PP_SIGNALS_H
#define PP_SIGNALS_H

#include "input.h"
#include "writer.h"

struct pp_signals; /* opaque */

/*
 * Before any thread starts: they inherit the blocked signals. INPUT and WRITER are borrowed. WRITER NULL: what is
 * written is taken away when a signal comes, which does not take long, so a second one ends nothing, unless
 * pp_signals_second says otherwise. NULL printed.
 */
struct pp_signals *pp_signals_start(struct pp_input *input, struct pp_writer *writer);
/* INPUT is read now, in the place of the one before; NULL: none. The one before may be freed then. */
void pp_signals_reads(struct pp_signals *s, struct pp_input *input);
/* A second signal calls TAKE_AWAY, on a thread of its own, and ends the process at once. Before the first may come. */
void pp_signals_second(struct pp_signals *s, void (*take_away)(void *arg), void *arg);
/* Whether a signal came. Any thread. */
bool pp_signals_stopped(const struct pp_signals *s);
/* Ends it; a signal is the default's again. Returns whether one had come. NULL: no. */
bool pp_signals_end(struct pp_signals *s);

#endif
