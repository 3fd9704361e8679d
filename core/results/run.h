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
    const struct pp_command *command; /* has the options for the metadata */
    char user_agent[256];
    char metadata_path[4096];    /* "": none */
    char plugin_sha256[65];      /* of the experiment's plugin file; "": not known */
    struct pp_plan plan;
    struct pp_vantage vantage;
    uint64_t seed;
    unsigned nworkers;
};

/* The state that changes while the threads run. */
struct pp_run_live {
    struct pp_live_counters counters[PP_WORKERS_MAX];
    struct pp_ahead *ahead;      /* counts the list's targets; NULL: not needed by a display, or the list is no file */
    _Atomic uint64_t total;      /* targets of the list; 0 until it has been read to its end */
    _Atomic uint64_t unasked;    /* targets read so far that will not be measured: seen before, or without a route */
    _Atomic unsigned families;   /* bit 4, bit 6: workers got targets of that family */
};

/* A rereading of the lists: when, and members of an object that describe the new ones (pp_blocklist_json). */
struct pp_reread {
    int64_t epoch; /* ns */
    struct pp_buf lists;
};

/* The results. Main thread. */
struct pp_run_record {
    const struct pp_run *run;
    const struct pp_run_live *live;
    const struct json_t *before;      /* metadata of the run's earlier parts; NULL: this is the first part */
    const struct pp_journal *journal; /* the output of the earlier parts; empty without them */
    struct pp_verdict_totals totals;   /* valid when the workers have ended */
    struct pp_outage_window window[PP_OUTAGE_WINDOWS]; /* outages that workers found; valid then, too */
    unsigned nwindows;
    /* the reference targets' series of each worker; borrowed */
    const struct pp_reference_entry *references[PP_WORKERS_MAX];
    size_t nreferences[PP_WORKERS_MAX];
    struct pp_target_counts counts;     /* valid when all threads have ended */
    struct pp_prohibited prohibited; /* networks that asked not to be probed; valid then, too */
    /* ns: from before the opening until only metadata and summary are left to write */
    int64_t start_epoch, end_epoch, start_mono, end_mono;
    uint64_t written_now;        /* the part of counts.written by this part of the run; valid then, too */
    char input_sha256[65];       /* "": not a file */
    struct pp_buf lists;         /* the lists at the start: members of an object */
    struct pp_reread reread[PP_REREADS_MAX];
    unsigned nrereads;
    struct pp_clock_state clock_start, clock_end;
    struct pp_buf host_info;     /* read at the start, as the confined process cannot read it */
    bool complete;               /* the run was not interrupted */
    char remark[PP_REMARKS_MAX][512]; /* remarks on the run as a whole (campaign/remarks.h) */
    unsigned nremarks;
};

/*
 * The live counters over all workers: sums; the maximum for times, and for drops of interface and host, of which each
 * worker reads the same counter.
 */
struct pp_live_totals {
    uint64_t started, done, in_flight, confirming, invalid, turned_away;
    uint64_t works, broken, transient, unstable, offline;
    uint64_t packets_out, send_errors, late, wrong_checksum, undecodable, packets_in;
    uint64_t sweeps, locate_packets, ports_left_out, dropped_ring, dropped_if, dropped_softnet;
    int64_t confirmed_at, confirming_takes;
};
struct pp_live_totals pp_live_totals(const struct pp_run_record *r);

/* Writes the counts as member "counts" of the object open in J. */
void pp_target_counts_json(struct pp_json *j, const struct pp_target_counts *n);

#endif
