/* SPDX-License-Identifier: BSD-2-Clause */
/* target_options.h: checks options of `measure` and `filter` about their targets. Main thread. */
#ifndef PP_TARGET_OPTIONS_H
#define PP_TARGET_OPTIONS_H

#include "target.h"

/* Sets *FORMAT from the value of --input-format (NULL: not given) and CSV (--csv-input was given). 0, or -1 printed. */
int pp_target_options_format(enum pp_input_format *format, const char *name, bool csv);
/* Refuses an output that is the input file: opening it would truncate the input. 0, or -1 printed. */
int pp_target_options_output(const char *input, const char *output);
/*
 * Checks that the value of --contact (NULL: not given) is not empty and can stand in an HTTP header. 0, or -1 printed.
 */
int pp_target_options_contact(const char *contact);

#endif
