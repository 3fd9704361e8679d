/* SPDX-License-Identifier: BSD-2-Clause */
/* container.h: converts a pointer to a member into one to its structure. */
#ifndef PP_CONTAINER_H
#define PP_CONTAINER_H

#include <stddef.h>

/* Returns the TYPE whose MEMBER is at P. */
#define PP_CONTAINER_OF(p, type, member) ((type *)(void *)((char *)(p) - offsetof(type, member)))

#endif
