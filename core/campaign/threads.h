/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * threads.h: the threads of a run and what they hold: one feeder, the workers with their wires, the writer. Opened,
 * started, stopped and joined by the main thread. When the last worker ends, main gets SIGCHLD (blocked, read by
 * sigtimedwait), so that it never polls.
 */
#ifndef PP_THREADS_H
#define PP_THREADS_H

#include "../base/siphash.h"
#include "../probe/address_pair.h"
#include "../results/recorder.h"
#include "../wire/netlink.h"
#include "../wire/ports.h"
#include "kernel_counts.h"
#include "queue.h"
#include "whole.h"

struct pp_worker_slot {
    struct pp_threads *threads;
    struct pp_wire *wire;
    struct pp_worker *worker;
    struct pp_recorder recorder;
    struct pp_queue queue;
    pthread_t thread;
    bool started, queued;
    int result;
};

struct pp_threads {
    struct pp_campaign *campaign;
    struct pp_ports *ports;
    struct pp_input *input;
    struct pp_blocklist *blocklist;
    struct pp_feeder *feeder;
    struct pp_netlink routes; /* the feeder's, which asks for the route to each target */
    bool routes_open;
    struct pp_writer *writer, *pcap;
    struct pp_left_out *left_out; /* NULL: nobody wants to know */
    struct pp_token_bucket rate;
    struct pp_sipkey spread;
    struct pp_target *reference[PP_REFERENCES_MAX]; /* reference targets, until a worker takes them */
    unsigned nreferences;
    struct pp_worker_slot slot[PP_WORKERS_MAX];
    struct pp_address_pairs *pairs;
    struct pp_kernel_counts kernel; /* when it was opened */
    _Atomic unsigned claim[2]; /* by family: see vantage_check.h */
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
int pp_threads_input(struct pp_threads *threads);
/* Opens what is written, which no earlier run may lose. */
int pp_threads_output(struct pp_threads *threads);
/* Reads the reference targets of --control. */
int pp_threads_references(struct pp_threads *threads);
/* Reads the lists again, while threads run, and notes it in the campaign. -1: the old ones stay in force. */
int pp_threads_reread(struct pp_threads *threads);
void pp_threads_lists_release(struct pp_campaign *c); /* what it says of lists */
/*
 * The next target, NULL: the end. Of one of a pair the workers have to know whether the other one comes: not if it was
 * blocked, or seen before.
 */
struct pp_target *pp_threads_next(struct pp_threads *threads);
/* False, printed: T is public, and nobody is named who measures. */
bool pp_threads_may_probe(const struct pp_threads *threads, const struct pp_target *t);
/* The worker that T goes to. */
struct pp_worker_slot *pp_threads_slot_for(struct pp_threads *threads, const struct pp_target *t);
/* Opens the rest: output, ports, wires, workers. */
int pp_threads_open(struct pp_threads *threads, size_t ring_budget);
int pp_threads_start(struct pp_threads *threads);
bool pp_threads_done(struct pp_threads *threads);
/* Once done: whether the output has taken all of it. A pipe's reader may keep that from coming true for ever. */
bool pp_threads_written(struct pp_threads *threads);
/* Before _exit: see pp_writer_quiesce. */
void pp_threads_quiesce(struct pp_threads *threads);
/* Feeds no more; rounds under way go on. */
void pp_threads_stop(struct pp_threads *threads);
/* Ends rounds under way, too. */
void pp_threads_abandon(struct pp_threads *threads);
void pp_threads_join(struct pp_threads *threads);
/* After join: closes output, wires and ports, and adds everything up. -1: the output is not whole (printed). */
int pp_threads_count(struct pp_threads *threads, struct pp_target_counts *counts);
void pp_threads_release(struct pp_threads *threads);

#endif
