/* SPDX-License-Identifier: BSD-2-Clause */
/* limits.h: how long lines may be. */
#ifndef PP_LIMITS_H
#define PP_LIMITS_H

/* Bytes of one input line; a longer one is skipped and counted: its observation could pass 64 KiB. */
#define PP_LINE_MAX 32768
#define PP_OBSERVATION_MAX 65535 /* bytes of a finished observation: PTO's readers end at 64 KiB */

#endif
