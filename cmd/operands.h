/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * operands.h: converts targets on the command line to lines of a list: addresses with or without a port, and names and
 * URLs, whose addresses (A and AAAA, each a target) a subprocess asks of the system's resolvers. Main thread, before
 * others start.
 */
#ifndef PP_OPERANDS_H
#define PP_OPERANDS_H

#define PP_OPERANDS_FEW 16 /* with at most so many operands, check and trace need no --contact */

/*
 * OPERANDS: NULL-terminated; ONLY: 0, 4 or 6. Returns a descriptor, the caller's, of NDJSON with a target per line, at
 * its start; -1 printed: an operand is no target, or has no address.
 */
int pp_operands_open(char **operands, int only);

#endif
