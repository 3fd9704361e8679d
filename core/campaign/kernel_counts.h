/* SPDX-License-Identifier: BSD-2-Clause */
/* kernel_counts.h: kernel counters of this network namespace that show where missing answers went. */
#ifndef PP_KERNEL_COUNTS_H
#define PP_KERNEL_COUNTS_H

#include <stdint.h>

/* Counts since the creation of this network namespace. */
struct pp_kernel_counts {
    uint64_t min_ttl; /* TCP segments to muted ports, received on any interface */
    uint64_t reverse_path; /* packets dropped by the reverse path filter (rp_filter) */
};
void pp_kernel_counts(struct pp_kernel_counts *n);

#endif
