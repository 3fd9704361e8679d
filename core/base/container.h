/* SPDX-License-Identifier: BSD-2-Clause */
/* container.h: from a member back to the structure that holds it. */
#ifndef PP_CONTAINER_H
#define PP_CONTAINER_H

#include <stddef.h>

/* The TYPE whose MEMBER is at P. */
#define PP_CONTAINER_OF(p, type, member) ((type *)(void *)((char *)(p) - offsetof(type, member)))

#endif
