/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * remarks.h: remarks on a run as a whole that are about the vantage point and not about targets: it drops or resets the
 * treatment, answers return by another interface, its source address is no longer answered. Main thread, once the
 * workers have ended.
 */
#ifndef PP_REMARKS_H
#define PP_REMARKS_H

struct pp_threads;
struct pp_kernel_counts;

/* Adds to the campaign's remarks. THEN: the kernel's counts when the run began. */
void pp_remarks_make(struct pp_threads *threads, const struct pp_kernel_counts *then);

#endif
