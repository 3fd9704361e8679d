/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * remarks.h: what a run as a whole looks like, where that is no finding about its targets: a vantage that drops the
 * treatment or resets it, answers that return elsewhere, a source that is answered no more. Main thread, once the
 * workers have ended.
 */
#ifndef PP_REMARKS_H
#define PP_REMARKS_H

#include <stdint.h>

struct pp_crew;

/* What this network namespace's kernel has counted since it began, of what remarks are made of. */
struct pp_kernel_counts {
    uint64_t min_ttl; /* segments for muted TCP ports, by whichever interface */
    uint64_t reverse_path; /* packets whose source is not routed to where they came from */
};
void pp_kernel_counts(struct pp_kernel_counts *n);

/* Adds to the campaign's remarks; kernel: as it was when the run began. */
void pp_remarks_make(struct pp_crew *crew, const struct pp_kernel_counts *then);

#endif
