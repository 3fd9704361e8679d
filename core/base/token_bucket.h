/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * token_bucket.h: packets per second of the whole process, as a token bucket that all workers draw on. Admission
 * reserves a whole round; packets of conversations under way never wait, what they really cost is settled afterwards,
 * into debt if need be. Any thread.
 */
#ifndef PP_TOKEN_BUCKET_H
#define PP_TOKEN_BUCKET_H

#include <pthread.h>
#include <stdint.h>

struct pp_token_bucket {
    pthread_mutex_t lock;
    double per_ns;   /* 0: no limit */
    double tokens, burst;
    int64_t filled;  /* when tokens were last brought up to date */
};

/* PER_SECOND 0: no limit. ROUND: packets of one round, always allowed as a burst. */
void pp_token_bucket_init(struct pp_token_bucket *r, uint64_t per_second, unsigned round, int64_t now);
/* 0: N packets are reserved; else when to ask again (of NOW's clock). */
int64_t pp_token_bucket_take(struct pp_token_bucket *r, unsigned n, int64_t now);
/* A round is over that had reserved and really sent so many. */
void pp_token_bucket_settle(struct pp_token_bucket *r, unsigned reserved, unsigned sent);

#endif
