/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cut.h: divides the targets of a list into chunks: targets of one /24 or /48 are adjacent, networks are in random
 * order, and chunks end between networks where possible. The lines are in a temporary file; memory holds 16 bytes for
 * each target. One thread.
 */
#ifndef PP_FLEET_CUT_H
#define PP_FLEET_CUT_H

#include "../base/siphash.h"
#include "../targets/feeder.h"

struct pp_cut_entry; /* opaque */

struct pp_cut {
    int fd; /* the temporary file; -1: none */
    uint64_t bytes;
    struct pp_buf pending; /* not yet in the file */
    struct pp_sipkey key;  /* of the hash that sorts networks */
    struct pp_cut_entry *v;
    size_t n, cap;
    const char *text; /* the file, mapped, once it is whole */
    struct pp_target_counts counts;
    uint64_t networks_split; /* how often a network did not fit into one chunk */
};

/* Reads all targets of FEEDER, or until *STOP is set. 0, or -1 printed; release in any case. */
int pp_cut_read(struct pp_cut *c, struct pp_feeder *feeder, const volatile int *stop);
/*
 * Returns the indexes at which the *CHUNKS chunks begin, and the end of the last one; the caller frees it; NULL
 * printed. A chunk has about TARGETS targets, never more than MAX, and at most BYTES bytes of lines.
 */
size_t *pp_cut_chunks(struct pp_cut *c, uint64_t targets, uint64_t max, uint64_t bytes, uint64_t *chunks);
/* Appends to OUT the lines of the targets with index FROM up to, but not including, TO. */
void pp_cut_lines(const struct pp_cut *c, size_t from, size_t to, struct pp_buf *out);
void pp_cut_release(struct pp_cut *c);

#endif
