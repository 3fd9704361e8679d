/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rig.h: a whole campaign of one worker in virtual time, for tests: a small lab in front of it, a wire in between that
 * can be watched and tampered with, targets from the lab or written by hand, and the lines that came out, parsed.
 */
#ifndef PP_RIG_H
#define PP_RIG_H

#include <jansson.h>

#include "../../core/results/recorder.h"
#include "../../lab/stage/virtual.h"

#define RIG_START INT64_C(1000000000) /* the virtual clock's first reading */

struct rig;

struct rig_setup {
    const char *hosts;             /* members of a scenario's "hosts", or of its one class: "\"server\": \"ecn\"" */
    uint64_t nhosts, seed;         /* seed 0: 1 */
    const struct pp_plugin *plugin;
    const char *mode;              /* NULL: tcp */
    struct pp_virtual_faults faults;
    const char *const *lines;      /* input lines, NULL-terminated; NULL: the lab's hosts */
    unsigned pad;                  /* this many more bytes of members in each target */
    uint64_t rate, prefix_rate, in_flight, budget; /* in_flight, budget 0: enough */
    unsigned ring_slots, nports;   /* nports 0: 512 */
    int64_t connect_timeout, target_timeout; /* 0: 10 s, 30 s */
    bool output_flows, pcap;
    const struct pp_plan *method;  /* rounds, max_rounds, alpha, times, shares and max_flows; NULL: a single round */
    const char *scenario;          /* more members of the scenario, each with its comma; NULL: none */
    const char *const *references;   /* reference targets as input lines, NULL-terminated; NULL: none */
    bool vantage_check, allow_impaired, locate;
    int64_t stop_at, abandon_at;   /* of the virtual clock: *stop becomes 1, 2; 0: never */
    int64_t die_at;                /* receive fails from then on */
    /*
     * Sees each captured packet first (OURS: sent by the worker) and may change it: checksums are made right again
     * (IPv4 and TCP). False: it was never captured.
     */
    bool (*packet)(struct rig *r, uint8_t *ip, size_t len, bool ours);
    void *arg;
    void (*running)(bool on);      /* NULL, or called around all that the program does, */
    void (*outside)(bool on);      /* and within it around all that the lab does */
};

struct rig {
    struct rig_setup setup;
    struct pp_lab *lab;
    struct pp_vantage vantage;
    struct pp_plan plan;
    struct pp_live_counters counters;
    struct pp_token_bucket rate;
    struct pp_slow_rate slow;
    _Atomic int stop;
    uint64_t next, taken;  /* input line; targets handed out */
    /* of the worker's packets, as they left */
    int64_t *left_at;
    size_t left, left_cap;
    uint64_t rst_sent;     /* as handed to the wire */
    uint64_t max_in_flight;
    int64_t now;
    /* results */
    int result;            /* of pp_worker_run; -2: it could not be set up */
    uint64_t pending, written;
    struct pp_verdict_counts verdict_counts;
    struct pp_nearby nearby;
    struct pp_outage_window window[PP_OUTAGE_WINDOWS];
    unsigned nwindows;
    struct pp_reference_entry *control; /* the series of the reference targets */
    size_t ncontrol;
    char *text, *pcap;
    size_t text_len, pcap_len;
    json_t **line;         /* parsed */
    size_t nlines;
    bool lines_are_json;
};

/*
 * Runs a campaign. Its results stay in R until rig_release. Never asserts: errors are in R->result and lines_are_json.
 */
void rig_run(struct rig *r, const struct rig_setup *setup);
void rig_release(struct rig *r);
/* The line of target I of the lab; NULL: none. */
const json_t *rig_line(const struct rig *r, uint64_t i);
/* A path such as "verdicts.0.rounds.0.flows.1.how" within V; NULL: no such thing. */
const json_t *rig_at(const json_t *v, const char *path);
/* The same, "" for what is no string. */
const char *rig_str(const json_t *v, const char *path);
bool rig_has(const json_t *array, const char *text);
uint64_t rig_count(const struct rig *r, const char *condition); /* lines whose conditions have it */

#endif
