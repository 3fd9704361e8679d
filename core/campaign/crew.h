/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * crew.h: the threads of a run and what they hold: one feeder, the workers with their wires, the writer. Opened,
 * started, stopped and joined by the main thread. When the last worker ends, main gets SIGCHLD (blocked, read by
 * sigtimedwait), so that it never polls.
 */
#ifndef PP_CREW_H
#define PP_CREW_H

#include "../base/siphash.h"
#include "../probe/twins.h"
#include "../results/recorder.h"
#include "../wire/netlink.h"
#include "../wire/ports.h"
#include "kernel_counts.h"
#include "queue.h"
#include "whole.h"

struct pp_crew_member {
    struct pp_crew *crew;
    struct pp_wire *wire;
    struct pp_worker *worker;
    struct pp_recorder recorder;
    struct pp_queue queue;
    pthread_t thread;
    bool started, queued;
    int result;
};

struct pp_crew {
    struct pp_campaign *campaign;
    struct pp_ports *ports;
    struct pp_input *input;
    struct pp_lists *lists;
    struct pp_feeder *feeder;
    struct pp_netlink routes; /* the feeder's, which asks for the route to each target */
    bool routes_open;
    struct pp_writer *writer, *pcap;
    struct pp_left_out *left_out; /* NULL: nobody wants to know */
    struct pp_rate rate;
    struct pp_sipkey spread;
    struct pp_target *control[PP_CONTROLS_MAX]; /* reference targets, until a worker takes them */
    unsigned ncontrols;
    struct pp_crew_member member[PP_WORKERS_MAX];
    struct pp_twins *twins;
    struct pp_kernel_counts kernel; /* when it was opened */
    _Atomic unsigned gate[2]; /* by family: see checkup.h */
    struct pp_target *ahead; /* the feeder's look ahead */
    pthread_t feeder_thread, main_thread;
    bool feeder_started;
    bool resumable;          /* --resume can go on with its output */
    bool failed;             /* a wire or the input failed: printed */
    _Atomic int stop;        /* as pp_worker_config.stop */
    _Atomic uint64_t gaps;   /* as pp_worker_config.gaps */
    _Atomic unsigned running;
    uint64_t refused;        /* targets that a stopped queue did not take */
};

/* Opens the input and what decides on targets. 0, or -1 printed; so all below. */
int pp_crew_input(struct pp_crew *crew);
/* Opens what is written, which no earlier run may lose. */
int pp_crew_output(struct pp_crew *crew);
/* Reads the reference targets of --control. */
int pp_crew_controls(struct pp_crew *crew);
/* Reads the lists again, while threads run, and notes it in the campaign. -1: the old ones stay in force. */
int pp_crew_reread(struct pp_crew *crew);
void pp_crew_lists_release(struct pp_campaign *c); /* what it says of lists */
/*
 * The next target, NULL: the end. Of one of a pair the workers have to know whether the other one comes: not if it was
 * blocked, or seen before.
 */
struct pp_target *pp_crew_next(struct pp_crew *crew);
/* False, printed: T is public, and nobody is named who measures. */
bool pp_crew_may_probe(const struct pp_crew *crew, const struct pp_target *t);
/* The worker that T goes to. */
struct pp_crew_member *pp_crew_member_for(struct pp_crew *crew, const struct pp_target *t);
/* Opens the rest: output, ports, wires, workers. */
int pp_crew_open(struct pp_crew *crew, size_t ring_budget);
int pp_crew_start(struct pp_crew *crew);
bool pp_crew_done(struct pp_crew *crew);
/* Once done: whether the output has taken all of it. A pipe's reader may keep that from coming true for ever. */
bool pp_crew_written(struct pp_crew *crew);
/* Before _exit: see pp_writer_quiesce. */
void pp_crew_quiesce(struct pp_crew *crew);
/* Feeds no more; rounds under way go on. */
void pp_crew_stop(struct pp_crew *crew);
/* Ends rounds under way, too. */
void pp_crew_abandon(struct pp_crew *crew);
void pp_crew_join(struct pp_crew *crew);
/* After join: closes output, wires and ports, and adds everything up. -1: the output is not whole (printed). */
int pp_crew_count(struct pp_crew *crew, struct pp_counts *counts);
void pp_crew_release(struct pp_crew *crew);

#endif
