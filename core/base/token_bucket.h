/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * token_bucket.h: limits the packets per second of the whole process, by a token bucket that all workers share. A round
 * reserves all its packets before it starts; packets of conversations under way never wait, and the difference to the
 * packets really sent is settled afterwards, as debt if need be. Any thread.
 */
#ifndef PP_TOKEN_BUCKET_H
#define PP_TOKEN_BUCKET_H

#include <pthread.h>
#include <stdint.h>

struct pp_token_bucket {
    pthread_mutex_t lock;
    double per_ns;   /* 0: no limit */
    double tokens, burst;
    int64_t filled;  /* when tokens were last updated, ns */
};

/* PER_SECOND 0: no limit. ROUND: packets of one round, always permitted as a burst. NOW: ns. */
void pp_token_bucket_init(struct pp_token_bucket *r, uint64_t per_second, unsigned round, int64_t now);
/* Returns 0: N packets are reserved; else the time of the next try (of NOW's clock, ns). */
int64_t pp_token_bucket_take(struct pp_token_bucket *r, unsigned n, int64_t now);
/* Settles a finished round that had reserved RESERVED and sent SENT packets. */
void pp_token_bucket_settle(struct pp_token_bucket *r, unsigned reserved, unsigned sent);

#endif
