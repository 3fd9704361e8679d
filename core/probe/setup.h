/* SPDX-License-Identifier: BSD-2-Clause */
/* setup.h: the configuration of a worker, and the callbacks that receive its findings. */
#ifndef PP_PROBE_SETUP_H
#define PP_PROBE_SETUP_H

#include "../base/token_bucket.h"
#include "../targets/blocklist.h"
#include "../targets/target.h"
#include "../verdict/finding.h"
#include "../verdict/live_counters.h"
#include "../wire/slow.h"
#include "address_pair.h"
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
    /* Reports one flow of a valid round, or of the round that made F invalid. */
    void (*flow)(void *arg, struct pp_finding *f, const struct pp_flow_seen *flow);
    /* F is complete. VALID false: no verdict follows from it. FRAMES: its packets, for --pcap; NULL: none. */
    void (*done)(void *arg, struct pp_finding *f, bool valid, const struct pp_buf *frames);
    /* F is abandoned after at least one round, as the run ends. */
    void (*pending)(void *arg, const struct pp_finding *f);
};

struct pp_worker_config {
    const struct pp_plan *plan;
    struct pp_wire *wire;
    const uint16_t *ports; /* this worker's slice of the muted ports; borrowed */
    unsigned nports;
    uint64_t seed;         /* of this worker's random numbers */
    struct pp_token_bucket *rate;
    struct pp_slow_rate *slow; /* NULL: no arm has hop-by-hop options */
    uint64_t prefix_rate;  /* rounds per second and prefix; 0: no limit */
    struct pp_finding_owner owner;
    bool keep_frames;      /* keep packets, for owner.done */
    struct pp_source_of_targets source;
    struct pp_blocklist *blocklist; /* checked again before each round, as lists may be reread; NULL: none */
    struct pp_address_pairs *pairs; /* NULL: no target is one of a pair */
    struct pp_target **references; /* reference targets, owned by the worker once it is made; the array is borrowed */
    unsigned nreferences;
    /* check the vantage point; for each family the worker that first has a target of it does so */
    bool vantage_check;
    unsigned number;       /* of this worker, from 0 */
    /* two, by family: which worker checks, see PP_VANTAGE_CHECK_CLEAR; NULL: there is one worker */
    _Atomic unsigned *claim;
    struct {
        bool on;           /* --locate: confirmed targets are swept before owner.done (locating.h) */
        uint64_t hop_rate; /* packets per second that expire at one router; 0: no limit */
    } locate;
    bool allow_impaired;   /* continue even if the vantage point alters the treatment */
    uint64_t in_flight;    /* targets at once */
    unsigned ring_slots;   /* packets that the capture can hold; 0: any number */
    uint64_t budget;       /* bytes that targets in flight may hold */
    struct pp_live_counters *counters;
    _Atomic int *stop;     /* 0: continue, 1: admit no more targets, 2: abandon those under way */
    /* counts times at which silence shows nothing (source address gone); NULL: none are counted */
    const _Atomic uint64_t *gaps;
};

#endif
