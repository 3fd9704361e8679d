/* SPDX-License-Identifier: BSD-2-Clause */
/* kernel_counts.h: counters of this network namespace's kernel that tell where answers went. */
#ifndef PP_KERNEL_COUNTS_H
#define PP_KERNEL_COUNTS_H

#include <stdint.h>

/* Counters of the kernel for this network namespace since its creation, as far as remarks are made of them. */
struct pp_kernel_counts {
    uint64_t min_ttl; /* segments for muted TCP ports, by whichever interface */
    uint64_t reverse_path; /* packets whose source is not routed to where they came from */
};
void pp_kernel_counts(struct pp_kernel_counts *n);

#endif
