/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * shuffle.h: puts lines into a random order within bounded memory. Lines are sorted by a 64-bit hash of their bytes,
 * keyed by the seed. So the order depends on the seed and the set of lines only; another line does not change the order
 * of the others. Lines that do not fit into memory go to 64 unlinked temporary files ($TMPDIR, else /var/tmp), by the
 * first six bits of the hash, and each file is sorted in the same way. Single thread.
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
 * Adds a line of LEN bytes, at most 2^20. Lines of the same GROUP come out one after the other; NULL: no group. 0, or
 * -1 printed: no memory, or no space for temporary files.
 */
int pp_shuffle_add(struct pp_shuffle *s, const char *group, size_t group_len, const char *line, size_t len);
/* Passes all lines to EMIT and removes them; a result other than 0 ends this. 0, -1 printed, or the result of EMIT. */
int pp_shuffle_drain(struct pp_shuffle *s, int (*emit)(void *arg, const char *line, size_t len), void *arg);

#endif
