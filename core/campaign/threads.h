/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * threads.h: the threads of a run and their resources: one feeder, the workers with their wires, the writer. The main
 * thread opens, starts, stops and joins them. When the last worker ends, the main thread gets SIGCHLD (blocked, read by
 * sigtimedwait), so that it need not poll.
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
    struct pp_left_out *left_out; /* the file of --left-out; NULL: not wanted */
    struct pp_token_bucket rate;
    struct pp_slow_rate slow;
    struct pp_sipkey spread;
    struct pp_target *reference[PP_REFERENCES_MAX]; /* reference targets, until a worker takes them */
    unsigned nreferences;
    struct pp_worker_slot slot[PP_WORKERS_MAX];
    struct pp_address_pairs *pairs;
    struct pp_kernel_counts kernel; /* as of the opening */
    _Atomic unsigned claim[2]; /* by family: see vantage_check.h */
    struct pp_target *ahead; /* the feeder's look ahead */
    pthread_t feeder_thread, main_thread;
    bool feeder_started;
    bool resumable;          /* --resume can go on with its output */
    bool failed;             /* a wire or the input failed (printed) */
    _Atomic int stop;        /* as pp_worker_config.stop */
    _Atomic uint64_t gaps;   /* as pp_worker_config.gaps */
    _Atomic unsigned running;
    uint64_t refused;        /* targets read that a stopped queue did not take */
};

/* Opens the input, the blocklists and the feeder. Functions here that return int return 0, or -1 printed. */
int pp_threads_input(struct pp_threads *threads);
/* Opens the output; refuses a file whose content would be lost. */
int pp_threads_output(struct pp_threads *threads);
/* Rereads the lists while threads run, and records it in the campaign. -1 printed: the old lists stay in force. */
int pp_threads_reread(struct pp_threads *threads);
void pp_threads_lists_release(struct pp_campaign *c); /* frees the campaign's record of its lists */
/* Opens the rest: output, ports, wires, workers. */
int pp_threads_open(struct pp_threads *threads, size_t ring_budget);
int pp_threads_start(struct pp_threads *threads);
bool pp_threads_done(struct pp_threads *threads);
/*
 * After pp_threads_done: whether all lines have been written. Stays false as long as the reader of a pipe does not
 * read.
 */
bool pp_threads_written(struct pp_threads *threads);
/* Call before _exit: see pp_writer_quiesce. */
void pp_threads_quiesce(struct pp_threads *threads);
/* Stops the feeder; rounds under way continue. */
void pp_threads_stop(struct pp_threads *threads);
/* Stops the feeder and ends rounds under way. */
void pp_threads_abandon(struct pp_threads *threads);
void pp_threads_join(struct pp_threads *threads);
/*
 * After join: closes output, wires and ports, and sums the counts of all threads. -1 printed: the output is not whole.
 */
int pp_threads_count(struct pp_threads *threads, struct pp_target_counts *counts);
void pp_threads_release(struct pp_threads *threads);

#endif
