/* SPDX-License-Identifier: BSD-2-Clause */
/* builtin.h: the scenarios that are part of the program: the files of lab/scenarios/, as bytes. */
#ifndef PP_BUILTIN_H
#define PP_BUILTIN_H

#include <stddef.h>

/* The text of a built-in scenario, *LEN bytes, no NUL; NULL: there is none of that name. */
const char *pp_builtin_get(const char *name, size_t *len);
/* The names of all, NULL-terminated. */
const char *const *pp_scenario_names(void);

#endif
