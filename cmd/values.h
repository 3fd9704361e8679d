/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * values.h: the possible values of an option or operand, for shell completion. The shell asks while a line is typed, so
 * that the values are those of this host and its plugins. Main thread.
 */
#ifndef PP_VALUES_H
#define PP_VALUES_H

#include "commands.h"

/* True if pp_values_print has words for option O of command C. */
bool pp_values_known(const struct pp_command *c, const struct pp_option *o);
/*
 * Prints the words that option NAME (or letter) of COMMAND accepts, one per line; for an own option of EXPERIMENT
 * (NULL: none yet), its numbers. NAME "": the words for COMMAND's operands. Prints nothing if none are known.
 */
void pp_values_print(const char *command, const char *name, const char *experiment);
/* True if NAME is an experiment. Prints nothing. */
bool pp_values_is_experiment(const char *name);
/* Prints EXPERIMENT's own options, a line each: "--codepoint", a tab, its description. */
void pp_values_options(const char *experiment);

#endif
