/* SPDX-License-Identifier: BSD-2-Clause */
/* token_bucket.c: a token bucket. */
#include "token_bucket.h"

/* The time that the largest burst covers: shorter than a worker's loop, long enough for batches. */
#define BURST_NS 10e6

void pp_token_bucket_init(struct pp_token_bucket *r, uint64_t per_second, unsigned round, int64_t now)
{
    pthread_mutex_init(&r->lock, NULL);
    r->per_ns = (double)per_second / 1e9;
    r->burst = r->per_ns * BURST_NS;
    if (r->burst < round)
        r->burst = round;
    r->tokens = r->burst;
    r->filled = now;
}

int64_t pp_token_bucket_take(struct pp_token_bucket *r, unsigned n, int64_t now)
{
    double needed = n < r->burst ? n : r->burst; /* more than a burst is never available: the rest becomes debt */
    int64_t again = 0;

    if (r->per_ns == 0)
        return 0;
    pthread_mutex_lock(&r->lock);
    if (now > r->filled) {
        r->tokens += (double)(now - r->filled) * r->per_ns;
        r->filled = now;
        if (r->tokens > r->burst)
            r->tokens = r->burst;
    }
    if (r->tokens >= needed)
        r->tokens -= n;
    else
        again = now + (int64_t)((needed - r->tokens) / r->per_ns) + 1;
    pthread_mutex_unlock(&r->lock);
    return again;
}

void pp_token_bucket_settle(struct pp_token_bucket *r, unsigned reserved, unsigned sent)
{
    if (r->per_ns == 0 || reserved == sent)
        return;
    pthread_mutex_lock(&r->lock);
    r->tokens += (double)reserved - (double)sent;
    if (r->tokens > r->burst)
        r->tokens = r->burst;
    pthread_mutex_unlock(&r->lock);
}
