/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * run.h: one run of `pathprobe measure` as its display, summary and metadata read it: its configuration (pp_run), what
 * its threads count while they run (pp_run_live), and its results (pp_run_record). campaign/ fills all three.
 */
#ifndef PP_RUN_H
#define PP_RUN_H

#include "../probe/outage.h"
#include "../probe/references.h"
#include "../targets/ahead.h"
#include "../verdict/live_counters.h"
#include "../verdict/counts.h"
#include "host_info.h"
#include "journal.h"
#include "settings.h"

#define PP_WORKERS_MAX 64
#define PP_REREADS_MAX 1000
#define PP_REMARKS_MAX 8

struct json_t;
struct pp_json;

/* The configuration. Read-only once the threads run. */
struct pp_run {
    const struct pp_settings *settings;
    const struct pp_command *command; /* for the options in the metadata */
    char user_agent[256];
    char metadata_path[4096];    /* "": none */
    char plugin_sha256[65];      /* of the file that the experiment is in; "": not known */
    struct pp_plan plan;
    struct pp_vantage vantage;
    uint64_t seed;
    unsigned nworkers;
};

/* The state that changes while the threads run. */
struct pp_run_live {
    struct pp_live_counters counters[PP_WORKERS_MAX];
    struct pp_ahead *ahead;      /* counts the list; NULL: no display needs it, or the list is no file */
    _Atomic uint64_t total;      /* targets in all, once the list has been read to its end; until then 0 */
    _Atomic uint64_t unasked;    /* of those that were read so far: seen before, or without a route */
    _Atomic unsigned families;   /* bit 4, bit 6: targets of that family were handed to workers */
};

/* The lists were read again, then, and are these now: members of an object (pp_blocklist_json). */
struct pp_reread {
    int64_t epoch; /* ns */
    struct pp_buf lists;
};

/* The results. Main thread. */
struct pp_run_record {
    const struct pp_run *run;
    const struct pp_run_live *live;
    const struct json_t *before;      /* metadata of the run's earlier parts; NULL: this is the first */
    const struct pp_journal *journal; /* what those had written; empty without them */
    struct pp_verdict_totals totals;   /* complete when the workers have ended */
    struct pp_outage_window window[PP_OUTAGE_WINDOWS]; /* outages that workers found; likewise */
    unsigned nwindows;
    /* the reference targets' series, each worker's; borrowed */
    const struct pp_reference_entry *references[PP_WORKERS_MAX];
    size_t nreferences[PP_WORKERS_MAX];
    struct pp_target_counts counts;     /* complete when everything has ended */
    struct pp_prohibited prohibited; /* networks that asked to be left alone; likewise */
    /* ns: of all of it, from before anything is opened until nothing but metadata and summary is left to write */
    int64_t start_epoch, end_epoch, start_mono, end_mono;
    uint64_t written_now;        /* of counts.written, by this part of the run; likewise */
    char input_sha256[65];       /* "": not a file */
    struct pp_buf lists;         /* those that the run began with: members of an object */
    struct pp_reread reread[PP_REREADS_MAX];
    unsigned nrereads;
    struct pp_clock_state clock_start, clock_end;
    struct pp_buf host_info;     /* of the start: later they may not be asked for */
    bool complete;               /* it came to its natural end */
    char remark[PP_REMARKS_MAX][512]; /* what it looks like as a whole */
    unsigned nremarks;
};

/*
 * The live counters of all workers together: their sums; of times, and of the drops of interface and host, which every
 * worker reads alike, the largest.
 */
struct pp_live_totals {
    uint64_t started, done, in_flight, confirming, invalid, turned_away;
    uint64_t works, broken, transient, unstable, offline;
    uint64_t packets_out, send_errors, late, wrong_checksum, undecodable, packets_in;
    uint64_t sweeps, locate_packets, ports_left_out, dropped_ring, dropped_if, dropped_softnet;
    int64_t confirmed_at, confirming_takes;
};
struct pp_live_totals pp_live_totals(const struct pp_run_record *r);

/* The counts as member "counts" of the object that J has open. */
void pp_target_counts_json(struct pp_json *j, const struct pp_target_counts *n);

#endif
