/* SPDX-License-Identifier: BSD-2-Clause */
/* work_parts.h: declarations that the files of the worker share; private to them. */
#ifndef PP_FLEET_WORK_PARTS_H
#define PP_FLEET_WORK_PARTS_H

#include "child.h"
#include "work.h"

#include <limits.h>

#define HELD_MAX 64
#define RETRY_MS 1000
#define NO_MEMORY "out of memory"

/* A chunk that this worker holds. */
struct held {
    natsMsg *msg;
    uint64_t n;
    uint32_t ntargets, missing;
    uint8_t *fate; /* of each target: enum pp_fleet_fate, or UNKNOWN */
    int fd;        /* the file of its observations; -1: complete, in the spool */
    struct pp_buf lines; /* observations not yet written to `fd` */
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
    bool alone;          /* `measure` may die over the held chunk: no other one is fed */
    bool stopped, ending;
    bool gone; /* the campaign was deleted */
    bool named; /* this worker has the vantage point's entry */
    uint64_t fed, came, left; /* lines into the present child; observations, and targets left out, from it */
    json_t *status;      /* the last status line of `measure` */
    int64_t status_at;   /* ms: when that came */
    unsigned barren;     /* deaths of `measure` on end without a completed chunk between them */
    unsigned idle;       /* idle status lines on end without an observation between them */
    int64_t idle_at;     /* ms: when the first of them came */
    int blocklist; /* descriptor of a file in memory, which `measure` reads; -1: none */
    uint64_t blocklist_revision;
    kvWatcher *watch; /* reports changes of campaigns, stops and blocklists; NULL: the worker only asks in intervals */
    uint64_t vantage_revision;
    int64_t clock_offset_ms;
    int64_t heartbeat_at, look_at, empty_at, progress_at, campaigns_at, fetch_at, hear_at;
    uint64_t done_chunks, written;
    bool told_trouble; /* printed that the server refuses results */
    int64_t trouble_since; /* ms; 0: it takes them */
};

int64_t pp_work_now_ms(void); /* monotonic */

/* watch.c: starts the watcher. */
void pp_work_watch(struct work *k);
/* Waits up to MS for a change that the watcher reports; it sets look_at or campaigns_at to 0, by what has changed. */
void pp_work_hear(struct work *k, int64_t ms);
/* Gets the campaign's blocklist and writes it for `measure`. 1: it has changed, 0: it has not, -1 printed. */
int pp_work_blocklist(struct work *k);
/* True if the campaign's queue has no chunk left, neither waiting nor held by a worker; *GONE: it was deleted. */
bool pp_work_is_empty(struct work *k, bool *gone);
/* True if the campaign or one of its streams was deleted at the server. */
bool pp_work_is_gone(struct work *k);

/* entry.c: the vantage point's entry at the server. 0, or -1 printed: the name is another worker's. */
int pp_work_take_name(struct work *k);
/* False: another worker has the name now. */
bool pp_work_heartbeat(struct work *k);

/* held.c: true if the worker may fetch another chunk now. */
bool pp_work_has_room(const struct work *k);
/* Move chunks from the queue into `measure`, and its lines into chunks. Each returns 0, or -1 printed. */
int pp_work_fetch(struct work *k);
int pp_work_read_child(struct work *k);
int pp_work_send_back(struct work *k);
int pp_work_publish(struct work *k, struct held *h);
/* Once `measure` is idle: marks fed targets of which no line came as not started. */
void pp_work_settle_rest(struct work *k);
/* Gives a chunk back: the queue delivers it to any worker after DELAY_MS. */
void pp_work_give_back(struct work *k, struct held *h, int64_t delay_ms);
void pp_work_return_all(struct work *k, int64_t delay_ms);
/* Gives back chunks that have arrived and were not read yet; called after the last fetch. */
void pp_work_give_back_unread(struct work *k);
/* Counts at the server that `measure` died while it had chunk N. */
void pp_work_strike(struct work *k, uint64_t n);
/* Renews the lease of the held chunks while the status lines of `measure` advance. */
void pp_work_hold_on(struct work *k);

#endif
