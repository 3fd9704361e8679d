/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * worker.h: a worker owns a wire, a slice of the muted ports, a flow table and a timing wheel, and carries targets
 * through their rounds. Workers share the plan (read-only), the rate, the blocklists, the start times of IPv4/IPv6
 * pairs, and the claim of which worker checks the vantage; with the main thread a worker shares a stop flag and
 * counters. The same code runs as a thread on an interface and, single-threaded, under the lab's virtual clock.
 */
#ifndef PP_WORKER_H
#define PP_WORKER_H

#include "outage.h"
#include "setup.h"

struct pp_worker; /* opaque */

struct pp_worker *pp_worker_new(const struct pp_worker_config *c); /* NULL printed */
void pp_worker_free(struct pp_worker *w);
/* Runs until all targets are done or the run is stopped. 0, or -1: the wire failed (printed). */
int pp_worker_run(struct pp_worker *w);
/* After pp_worker_run: the number of targets that were begun and abandoned, and of those taken and not begun. */
uint64_t pp_worker_pending(const struct pp_worker *w);
uint64_t pp_worker_not_started(const struct pp_worker *w);
/*
 * The number of targets whose network, or host, had asked not to be probed (admin_prohibited.h) before they were begun.
 * Returns these networks, borrowed.
 */
struct pp_prohibited;
const struct pp_prohibited *pp_worker_prohibited(const struct pp_worker *w, uint64_t *network, uint64_t *host);
/* The number of targets, begun or not, that are blocked by lists which were read again during the run. */
uint64_t pp_worker_barred(const struct pp_worker *w);
const struct pp_outage *pp_worker_outage(const struct pp_worker *w); /* borrowed; after the run */
struct pp_vantage_check;
const struct pp_vantage_check *pp_worker_vantage_check(const struct pp_worker *w); /* likewise */
/* The series of the reference targets, borrowed; after the run. Returns how many entries. */
size_t pp_worker_references(const struct pp_worker *w, const struct pp_reference_entry **entries);

#endif
