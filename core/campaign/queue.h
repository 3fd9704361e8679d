/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * queue.h: the bounded queue from the feeder to one worker. The feeder waits when it is full; the worker never waits.
 */
#ifndef PP_QUEUE_H
#define PP_QUEUE_H

#include <pthread.h>

#include "../targets/target.h"
#include "../wire/wire.h"

#define PP_QUEUE_TARGETS 1024

struct pp_queue {
    pthread_mutex_t lock;
    pthread_cond_t room;
    struct pp_target *ring[PP_QUEUE_TARGETS];
    unsigned head, count, most;
    bool ended, stopped;
    struct pp_wire *wire; /* the worker's, woken when a target comes into an empty queue */
};

/* MOST: the queue's capacity in targets, up to PP_QUEUE_TARGETS. WIRE is borrowed. */
void pp_queue_init(struct pp_queue *q, struct pp_wire *wire, unsigned most);
/* Frees the targets that are left; returns their number. */
uint64_t pp_queue_release(struct pp_queue *q);
/* Feeder: the queue takes T, and waits for room. False: the queue was stopped, and T is still the caller's. */
bool pp_queue_put(struct pp_queue *q, struct pp_target *t);
void pp_queue_end(struct pp_queue *q);
/* Worker: as pp_source_of_targets.take, never waits; ARG is the queue. */
struct pp_target *pp_queue_take(void *arg, bool *end);
/* Any thread: the queue takes no more targets; a waiting feeder returns. */
void pp_queue_stop(struct pp_queue *q);

#endif
