/* SPDX-License-Identifier: BSD-2-Clause */
/* text.h: text that is not NUL-terminated, ports in it, and lists of names. Pure functions. */
#ifndef PP_TEXT_H
#define PP_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Part of a line, borrowed; or NULL and 0. */
struct pp_text {
    const char *p;
    size_t len;
};

/* Returns the text without leading and trailing white space. */
struct pp_text pp_text_trim(const char *p, size_t len);
/* True if NAME is in NAMES, NULL-terminated; NAMES may be NULL: empty. */
bool pp_is_listed(const char *const *names, const char *name);
/* Parses decimal digits alone, 1 to 65535. 0 or -1 (nothing printed). */
int pp_port_parse(uint16_t *port, struct pp_text t);

#endif
