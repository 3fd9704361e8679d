/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * values.h: the possible values of an option or operand, for shell completion. The shell asks while a line is typed, so
 * that the values are those of this host and its plugins. Main thread.
 */
#ifndef PP_VALUES_H
#define PP_VALUES_H

#include "commands.h"

/* Whether pp_values_print knows words for option O of command C, besides the files that its name may ask for. */
bool pp_values_known(const struct pp_command *c, const struct pp_option *o);
/*
 * Prints the words that option NAME (or letter) of COMMAND takes, one a line; of one that EXPERIMENT (NULL: none yet)
 * has itself, its numbers. NAME "": the words that COMMAND itself takes. Nothing where nothing is known.
 */
void pp_values_print(const char *command, const char *name, const char *experiment);
/* Whether NAME is an experiment's. Prints nothing. */
bool pp_values_is_experiment(const char *name);
/* Prints the options that EXPERIMENT itself has, a line each: "--codepoint", a tab, what it is. */
void pp_values_options(const char *experiment);

#endif
