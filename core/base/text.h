/* SPDX-License-Identifier: BSD-2-Clause */
/* text.h: pieces of text that are not NUL-terminated, ports in them, and lists of names. Pure. */
#ifndef PP_TEXT_H
#define PP_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A piece of a line, borrowed; or NULL and 0. */
struct pp_text {
    const char *p;
    size_t len;
};

/* Without the white space around it. */
struct pp_text pp_text_trim(const char *p, size_t len);
/* Is NAME one of NAMES, NULL at the end? NAMES may be NULL: none. */
bool pp_is_listed(const char *const *names, const char *name);
/* Decimal digits alone, 1 to 65535. 0 or -1. */
int pp_port_parse(uint16_t *port, struct pp_text t);

#endif
