/* SPDX-License-Identifier: BSD-2-Clause */
/* target_options.h: what `measure` and `filter` are told about their targets, as they open it. Main thread. */
#ifndef PP_TARGET_OPTIONS_H
#define PP_TARGET_OPTIONS_H

#include "target.h"

/* The value of --input-format, NULL: not given; CSV: --csv-input was. 0, or -1 printed. */
int pp_target_options_format(enum pp_input_format *format, const char *name, bool csv);
/* Opening the output cuts it to nothing: the input would be gone. 0, or -1 printed: they are one file. */
int pp_target_options_output(const char *input, const char *output);
/*
 * The value of --contact, NULL: not given. It becomes a part of a header of each request, and somebody has to be able
 * to make use of it. 0, or -1 printed.
 */
int pp_target_options_contact(const char *contact);

#endif
