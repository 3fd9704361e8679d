/* SPDX-License-Identifier: BSD-2-Clause */
/* target_options.h: what `measure` and `filter` are told about their targets, as they open it. Main thread. */
#ifndef PP_TARGET_OPTIONS_H
#define PP_TARGET_OPTIONS_H

#include "target.h"

/* The value of --input-format, NULL: not given; CSV: --csv-input was. 0, or -1 printed. */
int pp_target_options_format(enum pp_input_format *format, const char *name, bool csv);
/* Refuses an output that is the input file: opening it would truncate the input. 0, or -1 printed. */
int pp_target_options_output(const char *input, const char *output);
/*
 * Checks the value of --contact; NULL: not given. It must be usable in a header of HTTP, and not empty. 0, or -1
 * printed.
 */
int pp_target_options_contact(const char *contact);

#endif
