/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * operands.h: targets that stand on the command line -> lines of a list. Addresses with or without a port, names and
 * URLs, whose addresses (A and AAAA, each a target) are asked of the system's resolvers by a subprocess. Main
 * thread, no others.
 */
#ifndef PP_OPERANDS_H
#define PP_OPERANDS_H

#define PP_OPERANDS_FEW 16 /* a person looks at single hosts: check and trace then need no --contact */

/*
 * OPERANDS, NULL-terminated; ONLY 0, 4 or 6. Returns a descriptor with NDJSON, a target a line, to be read from its
 * start; -1 printed: one of them is no target, or has no address.
 */
int pp_operands_open(char **operands, int only);

#endif
