/* SPDX-License-Identifier: BSD-2-Clause */
/* limits.h: the maximum lengths of lines. */
#ifndef PP_LIMITS_H
#define PP_LIMITS_H

/* Bytes of one input line; a longer one is skipped and counted, as its observation could exceed 64 KiB. */
#define PP_LINE_MAX 32768
#define PP_OBSERVATION_MAX 65535 /* bytes of a finished observation: the PTO's readers accept less than 64 KiB */

#endif
