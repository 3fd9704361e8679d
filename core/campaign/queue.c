/* SPDX-License-Identifier: BSD-2-Clause */
/* queue.c: a ring under a mutex: one uncontended lock per target is cheap beside the target's packets. */
#include "queue.h"

void pp_queue_init(struct pp_queue *q, struct pp_wire *wire, unsigned most)
{
    memset(q, 0, sizeof *q);
    q->most = most;
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->room, NULL);
    q->wire = wire;
}

uint64_t pp_queue_release(struct pp_queue *q)
{
    uint64_t left = q->count;

    for (; q->count; q->count--, q->head++)
        free(q->ring[q->head % PP_QUEUE_TARGETS]);
    pthread_cond_destroy(&q->room);
    pthread_mutex_destroy(&q->lock);
    return left;
}

bool pp_queue_put(struct pp_queue *q, struct pp_target *t)
{
    bool wake = false, taken = false;

    pthread_mutex_lock(&q->lock);
    while (q->count == q->most && !q->stopped)
        pthread_cond_wait(&q->room, &q->lock);
    if (!q->stopped) {
        wake = q->count == 0;
        q->ring[(q->head + q->count++) % PP_QUEUE_TARGETS] = t;
        taken = true;
    }
    pthread_mutex_unlock(&q->lock);
    if (wake)
        q->wire->ops->wake(q->wire);
    return taken;
}

void pp_queue_end(struct pp_queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->ended = true;
    pthread_mutex_unlock(&q->lock);
    q->wire->ops->wake(q->wire);
}

struct pp_target *pp_queue_take(void *arg, bool *end)
{
    struct pp_queue *q = arg;
    struct pp_target *t = NULL;

    pthread_mutex_lock(&q->lock);
    if (q->count) {
        t = q->ring[q->head++ % PP_QUEUE_TARGETS];
        /* Wakes the feeder when the queue is half empty, not for each place. */
        if (--q->count == q->most / 2)
            pthread_cond_signal(&q->room);
    } else {
        *end = q->ended || q->stopped;
    }
    pthread_mutex_unlock(&q->lock);
    return t;
}

void pp_queue_stop(struct pp_queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->stopped = true;
    pthread_cond_broadcast(&q->room);
    pthread_mutex_unlock(&q->lock);
}
