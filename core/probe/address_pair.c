/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * address_pair.c: a table of pairs that are being begun, under one lock, which workers take a few times for each pair.
 */
#include "address_pair.h"

#include "../base/wheel.h"

#include <pthread.h>
#include <stdlib.h>

#define SLOTS 16384 /* pairs; workers hold several times fewer at once */

struct slot {
    uint64_t pair;
    int64_t start;
    unsigned arrived;
};

struct pp_address_pairs {
    pthread_mutex_t lock;
    struct slot slot[SLOTS];
};

struct pp_address_pairs *pp_address_pairs_new(void)
{
    struct pp_address_pairs *t = calloc(1, sizeof *t);

    if (t)
        pthread_mutex_init(&t->lock, NULL);
    return t;
}

void pp_address_pairs_free(struct pp_address_pairs *t)
{
    if (!t)
        return;
    pthread_mutex_destroy(&t->lock);
    free(t);
}

void pp_address_pairs_arrive(struct pp_address_pairs *t, uint64_t pair, int64_t start)
{
    struct slot *s = &t->slot[pair % SLOTS];

    pthread_mutex_lock(&t->lock);
    if (s->pair != pair)
        *s = (struct slot){.pair = pair};
    if (start > s->start)
        s->start = start;
    s->arrived++;
    pthread_mutex_unlock(&t->lock);
}

int64_t pp_address_pairs_start(struct pp_address_pairs *t, uint64_t pair)
{
    const struct slot *s = &t->slot[pair % SLOTS];
    int64_t start;

    pthread_mutex_lock(&t->lock);
    start = s->pair != pair ? 0 : s->arrived < 2 ? PP_NEVER : s->start;
    pthread_mutex_unlock(&t->lock);
    return start;
}
