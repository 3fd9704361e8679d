/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cut.h: a list, cleaned and cut: targets of a /24 or /48 stand together, networks in an order by chance, and chunks
 * are cut between networks where that can be. The lines lie in a temporary file; in memory are 16 bytes a target. One
 * thread.
 */
#ifndef PP_FLEET_CUT_H
#define PP_FLEET_CUT_H

#include "../base/siphash.h"
#include "../targets/feeder.h"

struct pp_cut_entry; /* opaque */

struct pp_cut {
    int fd; /* the temporary file; -1 */
    uint64_t bytes;
    struct pp_buf pending; /* not yet in the file */
    struct pp_sipkey key;  /* of the order */
    struct pp_cut_entry *v;
    size_t n, cap;
    const char *text; /* the file, mapped, once it is whole */
    struct pp_target_counts counts;
    uint64_t networks_split; /* how often a network did not fit into one chunk */
};

/* Reads what FEEDER gives, to its end or until *STOP. 0, or -1 printed; release in any case. */
int pp_cut_read(struct pp_cut *c, struct pp_feeder *feeder, const volatile int *stop);
/*
 * Where each chunk begins, and one more at the end; *CHUNKS of them. The caller's; NULL printed. A chunk has about
 * TARGETS, never more than MAX, and BYTES of lines at most.
 */
size_t *pp_cut_chunks(struct pp_cut *c, uint64_t targets, uint64_t max, uint64_t bytes, uint64_t *chunks);
/* Appends the lines of targets FROM to TO. */
void pp_cut_lines(const struct pp_cut *c, size_t from, size_t to, struct pp_buf *out);
void pp_cut_release(struct pp_cut *c);

#endif
