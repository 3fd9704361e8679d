/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * campaign.h: one run of `pathprobe measure`, from open to summary: main opens everything, then threads start: a
 * feeder, workers, a writer; main shows progress and minds the signals.
 */
#ifndef PP_CAMPAIGN_H
#define PP_CAMPAIGN_H

#include "../probe/worker.h"
#include "../results/surroundings.h"
#include "../targets/ahead.h"
#include "../targets/feeder.h"
#include "../verdict/census.h"
#include "resume.h"
#include "settings.h"

#define PP_WORKERS_MAX 64
#define PP_REREADS_MAX 1000
#define PP_REMARKS_MAX 8

/* The lists were read again, then, and are these now: members of an object (pp_lists_json). */
struct pp_reread {
    int64_t epoch; /* ns */
    struct pp_buf lists;
};

/* What the display, the summary and the metadata say of a run. */
struct pp_campaign {
    const struct pp_settings *settings;
    const struct pp_command *command; /* for the options in the metadata */
    const struct pp_plugin *experiment;
    char user_agent[256];
    char metadata_path[4096];    /* "": none */
    char plugin_sha256[65];      /* of the file that the experiment is in; "": not known */
    struct pp_resume resume;
    struct pp_plan plan;
    struct pp_vantage vantage;
    uint64_t seed;
    unsigned nworkers;
    struct pp_tally tally[PP_WORKERS_MAX];
    struct pp_figures figures;   /* complete when the workers have ended */
    struct pp_outage_window window[PP_OUTAGE_WINDOWS]; /* outages that workers found; likewise */
    unsigned nwindows;
    /* the reference targets' series, each worker's; borrowed */
    const struct pp_control_entry *controls[PP_WORKERS_MAX];
    size_t ncontrols[PP_WORKERS_MAX];
    struct pp_counts counts;     /* complete when everything has ended */
    struct pp_prohibited prohibited; /* networks that asked to be left alone; likewise */
    /* ns: of all of it, from before anything is opened until nothing but metadata and summary is left to write */
    int64_t start_epoch, end_epoch, start_mono, end_mono;
    uint64_t written_now;        /* of counts.written, by this part of the run; likewise */
    char input_sha256[65];       /* "": not a file */
    struct pp_buf lists;         /* those that the run began with: members of an object */
    struct pp_reread reread[PP_REREADS_MAX];
    unsigned nrereads;
    struct pp_clock_state clock_start, clock_end;
    struct pp_buf surroundings;  /* of the start: later they may not be asked for */
    struct pp_ahead *ahead;      /* counts the list; NULL: nobody wants to know, or it is no file */
    _Atomic uint64_t total;      /* targets in all, once the list has been read to its end; until then 0 */
    _Atomic uint64_t unasked;    /* of those that were read so far: seen before, or without a route */
    bool complete;               /* it came to its natural end */
    _Atomic unsigned families;   /* bit 4, bit 6: targets of that family were handed to workers */
    char remark[PP_REMARKS_MAX][512]; /* what it looks like as a whole (remarks.h) */
    unsigned nremarks;
};

/* The sum over all workers of one counter of the tally. */
#define PP_TALLY(campaign, field) pp_tally_sum((campaign), offsetof(struct pp_tally, field))
uint64_t pp_tally_sum(const struct pp_campaign *c, size_t offset);
/* The most that a worker has of it: of what all of them see alike, as the interface's counters, and of times. */
#define PP_TALLY_MOST(campaign, field) pp_tally_most((campaign), offsetof(struct pp_tally, field))
uint64_t pp_tally_most(const struct pp_campaign *c, size_t offset);

/* The counts as member "counts" of the object that J has open. */
struct pp_json;
void pp_counts_json(struct pp_json *j, const struct pp_counts *n);

/* Runs EXPERIMENT as SETTINGS say. Returns the exit code (contract: 0, 1, 3, 130). */
int pp_campaign_run(const struct pp_settings *settings, const struct pp_command *command,
                    const struct pp_plugin *experiment);

#endif
