/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * worker.h: a worker owns a wire, a slice of the muted ports, a flow table and a timing wheel, and carries targets
 * through their rounds. Workers share the plan (read-only), the rate, the blocklists, the start times of IPv4/IPv6
 * pairs, and the claim of which worker checks the vantage; with the main thread a worker shares a stop flag and
 * counters. The same code runs as a thread on an interface and, single-threaded, under the lab's virtual clock.
 */
#ifndef PP_WORKER_H
#define PP_WORKER_H

#include "../base/token_bucket.h"
#include "../targets/blocklist.h"
#include "../targets/target.h"
#include "../verdict/finding.h"
#include "../verdict/live_counters.h"
#include "../wire/slow.h"
#include "address_pair.h"
#include "outage.h"
#include "references.h"

/* Callbacks that receive findings. The worker's thread calls them; a NULL function is not called. */
struct pp_finding_owner {
    void *arg;
    /* True: the output's queue is full; the worker begins no new target for now. */
    bool (*full)(void *arg);
    /* Round 1 of F was valid. */
    void (*first)(void *arg, const struct pp_finding *f);
    /* A round of F was valid, and another one follows. */
    void (*interim)(void *arg, const struct pp_finding *f);
    /* One flow of a round that was valid, or of the round that made F invalid. */
    void (*flow)(void *arg, struct pp_finding *f, const struct pp_flow_seen *flow);
    /* F is complete. VALID false: no verdict follows from it. FRAMES: its packets, for --pcap; NULL: none. */
    void (*done)(void *arg, struct pp_finding *f, bool valid, const struct pp_buf *frames);
    /* F is abandoned after at least one round, as the run ends. */
    void (*pending)(void *arg, const struct pp_finding *f);
};

struct pp_worker_config {
    const struct pp_plan *plan;
    struct pp_wire *wire;
    const uint16_t *ports; /* this worker's slice */
    unsigned nports;
    uint64_t seed;         /* this worker's stream */
    struct pp_token_bucket *rate;
    struct pp_slow_rate *slow; /* NULL: no arm has hop-by-hop options */
    uint64_t prefix_rate;  /* rounds per second and prefix; 0: no limit */
    struct pp_finding_owner owner;
    bool keep_frames;      /* packets are kept, for owner.done */
    struct pp_source_of_targets source;
    struct pp_blocklist *blocklist; /* asked again for each round, as lists may be read again; NULL: there is none */
    struct pp_address_pairs *pairs; /* NULL: no target is one of a pair */
    struct pp_target **references; /* reference targets, the worker's once it is made; the array is borrowed */
    unsigned nreferences;
    bool vantage_check;    /* check the vantage: of each family the worker that first has a target of it does */
    unsigned number;       /* of this worker, from 0 */
    _Atomic unsigned *claim; /* two, by family: the worker that checks (pp_vantage_check_claim); NULL: one worker */
    struct {
        bool on;           /* --locate: confirmed targets are swept before owner.done (locating.h) */
        uint64_t hop_rate; /* packets per second that expire at one router; 0: no limit */
    } locate;
    bool allow_impaired;   /* go on where the vantage alters the treatment */
    uint64_t in_flight;    /* targets at once */
    unsigned ring_slots;   /* packets that the capture can hold; 0: any number */
    uint64_t budget;       /* bytes that targets in flight may hold */
    struct pp_live_counters *counters;
    _Atomic int *stop;     /* 0: go on, 1: admit no more, 2: abandon what is under way */
    const _Atomic uint64_t *gaps; /* counts times at which silence means nothing (address gone); NULL: none counted */
};

struct pp_worker; /* opaque */

struct pp_worker *pp_worker_new(const struct pp_worker_config *c); /* NULL printed */
void pp_worker_free(struct pp_worker *w);
/* Runs until there is nothing left to do. 0, or -1: the wire failed (printed). */
int pp_worker_run(struct pp_worker *w);
/* After pp_worker_run: targets that were begun and not written: abandoned. And those that were taken and not begun. */
uint64_t pp_worker_pending(const struct pp_worker *w);
uint64_t pp_worker_not_started(const struct pp_worker *w);
/*
 * And those whose network, or host, had asked to be left alone (admin_prohibited.h) before they were begun. Returns
 * which networks did, borrowed.
 */
struct pp_prohibited;
const struct pp_prohibited *pp_worker_left_alone(const struct pp_worker *w, uint64_t *network, uint64_t *host);
/* And those, begun or not, that lists block that were read again. */
uint64_t pp_worker_barred(const struct pp_worker *w);
const struct pp_outage *pp_worker_outage(const struct pp_worker *w); /* borrowed; after the run */
struct pp_vantage_check;
const struct pp_vantage_check *pp_worker_vantage_check(const struct pp_worker *w); /* likewise */
/* The series of the reference targets, borrowed; after the run. Returns how many entries. */
size_t pp_worker_references(const struct pp_worker *w, const struct pp_reference_entry **entries);

#endif
