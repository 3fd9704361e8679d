/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * shuffle.h: lines in an order by chance, within bounded memory. Each line gets a 64-bit keyed hash of its bytes, and
 * lines come out in the order of their hashes: so the order depends on the seed and on what is in the list, not on how
 * the list was sorted, nor on memory; a line more leaves the others where they are. What does not fit into memory goes
 * to 64 unlinked temporary files ($TMPDIR, else /var/tmp), by the first six bits of the hash, and each of those is
 * handled as the whole was. Single thread.
 */
#ifndef PP_SHUFFLE_H
#define PP_SHUFFLE_H

#include <stddef.h>
#include <stdint.h>

struct pp_shuffle; /* opaque */

#define PP_SHUFFLE_MEMORY (32u << 20) /* bytes of lines in memory, and half as much again to sort them at most */

/* MEMORY: bytes of lines to be kept in memory. NULL printed. */
struct pp_shuffle *pp_shuffle_new(uint64_t seed, size_t memory);
void pp_shuffle_free(struct pp_shuffle *s);
/*
 * LEN up to 2^20. Lines of the same GROUP come out one behind the other; NULL: the line belongs to none. 0, or -1
 * printed: no memory, no room for temporary files.
 */
int pp_shuffle_add(struct pp_shuffle *s, const char *group, size_t group_len, const char *line, size_t len);
/* Hands out all lines, and forgets them. EMIT returning non-zero ends it. 0, or -1: printed, or what EMIT returned. */
int pp_shuffle_drain(struct pp_shuffle *s, int (*emit)(void *arg, const char *line, size_t len), void *arg);

#endif
