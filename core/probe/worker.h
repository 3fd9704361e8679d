/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * worker.h: a worker owns a wire, a slice of the muted ports, a flow table and a timing wheel, and carries targets
 * through their rounds. It shares nothing with other workers but the plan (read-only), the rate, its queue of targets
 * and the writer. The same code runs as a thread on an interface and, single-threaded, under the lab's virtual clock.
 */
#ifndef PP_WORKER_H
#define PP_WORKER_H

#include <stdatomic.h>

#include "../stream/writer.h"
#include "../targets/lists.h"
#include "../targets/target.h"
#include "../verdict/census.h"
#include "../verdict/plan.h"
#include "../wire/wire.h"
#include "control.h"
#include "outage.h"
#include "rate.h"
#include "twins.h"

/* What the display adds up; written by the worker alone, read by any thread. */
struct pp_tally {
    _Atomic uint64_t started, done, in_flight, confirming, invalid;
    _Atomic uint64_t turned_away; /* targets that were taken, and are not asked (any more) */
    /*
     * Of confirmation, in ns: when the next round is due (0: not known, or it is under way), when the targets that are
     * in it will be done, if no round fails by chance, and how long it takes at most, so far.
     */
    _Atomic int64_t next_round, confirmed_at, confirming_takes;
    _Atomic uint64_t works, broken, transient, unstable, offline; /* targets, by the gravest word of their arms */
    _Atomic uint64_t packets_out, packets_in, send_errors, late, stray, wrong_checksum, undecodable, restarted;
    _Atomic uint64_t ports_left_out; /* something else on this host sends from them */
    _Atomic uint64_t dropped_ring;
    _Atomic uint64_t dropped_if, dropped_softnet; /* of the interface, the host: every worker counts the same packets */
};

/* Where targets come from. */
struct pp_source_of_targets {
    void *arg;
    /* The next target, the worker's now; NULL with *END: no more will come, without: none yet. Never blocks. */
    struct pp_target *(*take)(void *arg, bool *end);
};

struct pp_worker_config {
    const struct pp_plan *plan;
    struct pp_wire *wire;
    const uint16_t *ports; /* this worker's slice */
    unsigned nports;
    uint64_t seed;         /* this worker's stream */
    struct pp_rate *rate;
    uint64_t prefix_rate;  /* rounds per second and prefix; 0: no limit */
    struct pp_writer *writer, *pcap; /* pcap NULL: none */
    struct pp_source_of_targets source;
    struct pp_lists *lists; /* what may no more be probed if they are read again; NULL: that cannot happen */
    struct pp_twins *twins; /* NULL: no target is a twin */
    struct pp_target **controls; /* reference targets, the worker's once it is made; the array is borrowed */
    unsigned ncontrols;
    bool checkup;          /* the vantage is looked after, of each family by the worker that first has a target of it */
    unsigned number;       /* of this worker, from 0 */
    _Atomic unsigned *gate; /* two, by family: whose that is (pp_checkup_gate); NULL: this worker is alone */
    bool allow_impaired;   /* and goes on where it alters the treatment */
    uint64_t in_flight;    /* targets at once */
    unsigned ring_slots;   /* packets that the capture can hold; 0: any number */
    uint64_t budget;       /* bytes that targets in flight may hold */
    struct pp_tally *tally;
    _Atomic int *stop;     /* 0: go on, 1: admit no more, 2: abandon what is under way */
    const _Atomic uint64_t *gaps; /* counts what makes silence of the moment mean nothing; NULL: nothing does */
};

/* A pcap file's header for what the workers write into `pcap`: LINKTYPE_RAW, nanoseconds. */
void pp_frames_header(struct pp_buf *out);
/*
 * Up to which byte FD, a file of these, is whole records; 0: not even its header is. 0, or -1 printed: it is none of
 * these, or cannot be read.
 */
int pp_frames_whole(int fd, const char *name, uint64_t *whole);

struct pp_worker; /* opaque */

struct pp_worker *pp_worker_new(const struct pp_worker_config *c); /* NULL printed */
void pp_worker_free(struct pp_worker *w);
/* Runs until there is nothing left to do. 0, or -1: the wire failed (printed). */
int pp_worker_run(struct pp_worker *w);
/* After pp_worker_run: targets that were begun and not written: abandoned. And those that were taken and not begun. */
uint64_t pp_worker_pending(const struct pp_worker *w);
uint64_t pp_worker_not_started(const struct pp_worker *w);
/*
 * And those whose network, or host, had asked to be left alone (manners.h) before they were begun. Returns which
 * networks did, borrowed.
 */
struct pp_prohibited;
const struct pp_prohibited *pp_worker_left_alone(const struct pp_worker *w, uint64_t *network, uint64_t *host);
/* And those, begun or not, that lists block that were read again. */
uint64_t pp_worker_barred(const struct pp_worker *w);
const struct pp_outage *pp_worker_outage(const struct pp_worker *w); /* borrowed; after the run */
struct pp_checkup;
const struct pp_checkup *pp_worker_checkup(const struct pp_worker *w); /* likewise */
/* The series of the reference targets, borrowed; after the run. Returns how many entries. */
size_t pp_worker_controls(const struct pp_worker *w, const struct pp_control_entry **entries);
const struct pp_figures *pp_worker_figures(const struct pp_worker *w); /* borrowed */

#endif
