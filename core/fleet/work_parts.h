/* SPDX-License-Identifier: BSD-2-Clause */
/* work_parts.h: what the files of the worker share, and nobody else includes. */
#ifndef PP_FLEET_WORK_PARTS_H
#define PP_FLEET_WORK_PARTS_H

#include "child.h"
#include "work.h"

#include <limits.h>

#define HELD_MAX 64
#define RETRY_MS 1000
#define NO_MEMORY "out of memory"

/* A chunk that is this worker's for now. */
struct held {
    natsMsg *msg;
    uint64_t n;
    uint32_t ntargets, missing;
    uint8_t *fate; /* of each target: enum pp_fleet_fate, or UNKNOWN */
    int fd;        /* its observations; -1: whole, in the spool */
    bool whole;
    struct pp_spool_closing closing;
    int64_t retry_at; /* ms: not published before */
};

struct work {
    const struct pp_fleet_work *w;
    struct pp_fleet_campaign c; /* the one at hand */
    natsSubscription *sub;
    struct pp_fleet_child child;
    struct held held[HELD_MAX];
    unsigned nheld;
    bool alone;          /* the one held is suspected: nothing else is fed */
    bool stopped, ending;
    bool gone; /* the campaign was deleted */
    bool named; /* the vantage point's entry is ours */
    uint64_t fed, came;  /* lines into the present child, and observations out of it */
    json_t *status;      /* its last line */
    int64_t status_at;   /* ms, when it last came */
    unsigned barren;     /* how often on end it died without a chunk done in between */
    unsigned idle;       /* status lines on end that say that nothing is left to do, with no line in between */
    int64_t idle_at;     /* ms: when the first of them came */
    int blocklist; /* descriptor of a file in memory, which `measure` reads; -1: none */
    uint64_t blocklist_revision;
    kvWatcher *watch; /* campaigns, stops and blocklists as they change; NULL: they are asked for, which takes longer */
    uint64_t vantage_revision;
    int64_t clock_offset_ms;
    int64_t heartbeat_at, look_at, empty_at, progress_at, campaigns_at, fetch_at;
    uint64_t done_chunks, written;
    bool told_trouble; /* that the server does not take results */
};

int64_t pp_work_now_ms(void); /* monotonic */

/* watch.c: what the server tells of itself. */
void pp_work_watch(struct work *k);
/* Waits up to MS for something that concerns the campaign at hand, or for a new one: look_at and campaigns_at are 0. */
void pp_work_hear(struct work *k, int64_t ms);
/* The campaign's blocklist as `measure` is to read it. 1: it is another one than before, 0, or -1 printed. */
int pp_work_blocklist(struct work *k);
/* Whether nothing of the campaign is left in its queue, here or with other workers; *GONE: it was deleted. */
bool pp_work_is_empty(struct work *k, bool *gone);
/* Whether the campaign, or one of its streams, was deleted at the server. */
bool pp_work_is_gone(struct work *k);

/* entry.c: the vantage point's entry at the server. 0, or -1 printed: the name is another worker's. */
int pp_work_take_name(struct work *k);
/* False: another worker has the name now. */
bool pp_work_heartbeat(struct work *k);

/* held.c: whether a chunk is to be fetched now. */
bool pp_work_has_room(const struct work *k);
/* Chunks, from the queue into `measure` and from its lines back. All of these: 0, or -1 printed. */
int pp_work_fetch(struct work *k);
int pp_work_read_child(struct work *k);
int pp_work_send_back(struct work *k);
int pp_work_publish(struct work *k, struct held *h);
/* `measure` is at rest: targets that did not come out were turned away. */
void pp_work_settle_rest(struct work *k);
/* To another worker, or to this one again, after DELAY_MS. */
void pp_work_give_back(struct work *k, struct held *h, int64_t delay_ms);
void pp_work_give_all_back(struct work *k, int64_t delay_ms);
/* Chunks that came behind the last look. No other is asked for any more. */
void pp_work_give_back_unread(struct work *k);
/* `measure` died while the chunk was in it. */
void pp_work_strike(struct work *k, uint64_t n);
/* Holds the chunks on, while the child is alive by its own word. */
void pp_work_hold_on(struct work *k);

#endif
