/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * remarks.h: what a run as a whole looks like, where that is no finding about its targets: a vantage that drops the
 * treatment or resets it, answers that return elsewhere, a source that is answered no more. Main thread, once the
 * workers have ended.
 */
#ifndef PP_REMARKS_H
#define PP_REMARKS_H

struct pp_threads;
struct pp_kernel_counts;

/* Adds to the campaign's remarks; kernel: as it was when the run began. */
void pp_remarks_make(struct pp_threads *threads, const struct pp_kernel_counts *then);

#endif
