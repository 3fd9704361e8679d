/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * state.h: the state of a worker's thread: the worker (written by worker.c), its scheduler's part (scheduler.c), and a
 * job for each target under way (round.c).
 */
#ifndef PP_STATE_H
#define PP_STATE_H

#include "../stream/frames.h"
#include "../targets/admin_prohibited.h"
#include "../targets/prefix_rate.h"
#include "../verdict/confirm.h"
#include "losses.h"
#include "outage.h"
#include "probe.h"
#include "setup.h"
#include "vantage_check.h"

struct pp_job;
struct pp_locating;
struct pp_worker;

#define PP_JOB_TRIES 3    /* rounds with packets that the capture did not see, after which the finding is invalid */
#define PP_JOB_DISCARDS 2 /* rounds that are discarded for an outage; a further one counts */

/* The state of a job, and which part of the worker uses its timer. */
enum pp_job_state {
    PP_JOB_NEW,      /* is admitted next; no timer */
    PP_JOB_RESTING,  /* between rounds, in scheduler.resting; timer of the scheduler: the next round is due */
    PP_JOB_WAITING,  /* waits for another job of its address; no timer */
    PP_JOB_SWEPT,    /* rounds are done, is being swept (locating.h); no timer */
    PP_JOB_IN_ROUND, /* in scheduler.active; timer of the round: the next arm's start, or the round's end */
};

/* What follows from a round. */
enum pp_follows { PP_FOLLOWS_NOTHING, PP_FOLLOWS_AGAIN, PP_FOLLOWS_NEXT, PP_FOLLOWS_DONE };
struct pp_round_end {
    /* NOTHING: the round continues; AGAIN: repeat it; NEXT: a further round; DONE: the finding is complete */
    enum pp_follows what;
    int64_t at;           /* ns: start of the next round */
    bool valid;           /* DONE: a verdict follows */
};

/* The kind of a target: one of the list, or a reference target (--control). */
struct pp_job_kind {
    bool counted; /* counted and written; may ask not to be probed */
    /* Takes the result R of JOB's round, and returns the next step. */
    struct pp_round_end (*ended)(struct pp_worker *w, struct pp_job *job, struct pp_result *r);
};
extern const struct pp_job_kind pp_job_listed, pp_job_reference;

struct pp_job {
    struct pp_flow_link link; /* first member; keyed by the address alone: one round per address at a time */
    struct pp_tick tick;
    enum pp_job_state state;
    const struct pp_job_kind *kind;
    struct pp_worker *worker;
    struct pp_target *target;  /* owned by the job */
    struct pp_finding finding; /* the results so far */
    struct pp_job *next, **prev; /* RESTING: in scheduler.resting; WAITING: next is the following job that waits */
    struct pp_job *waiting;   /* IN_ROUND: the first job that waits for its address */
    int64_t round_start, deadline;
    int64_t paced_at;         /* its place in its prefix's pace for the coming round; 0: not taken yet */
    int64_t meet_until;       /* ns: until when round 1 waits for the other address of its pair; 0: no wait */
    int64_t a_sent;           /* when the round's baseline flow was started */
    struct pp_losses losses0; /* as of the round's begin */
    size_t charged;           /* bytes of the budget */
    uint32_t flow_label;      /* IPv6: equal in all arms of a round */
    uint32_t slice;           /* of the scheduler, in which the round began */
    uint32_t slots;           /* bit per slot: takes part in this round */
    uint16_t reserved;        /* packets */
    uint16_t packets;         /* packets of freed probes of this round */
    uint16_t slow_reserved, slow; /* packets with hop-by-hop options: reserved; of freed probes */
    uint8_t tries, discards, next_arm, norder, open;
    bool confirming; /* had a round that counts, and has a further one */
    bool answered;
    uint8_t order[PP_SLOTS];
    struct pp_buf *frames;    /* for --pcap; NULL: none yet */
    struct pp_probe *probe[PP_SLOTS];
};

#define PP_YOUNG_SLICES 10

/* The limits that new rounds wait for. */
struct pp_scheduler {
    /* late: for jobs that missed their place while they waited for their pair */
    struct pp_prefix_rate prefix_rate, late;
    struct pp_job *next; /* the job that is admitted next */
    int64_t at;          /* ns: when to try to admit it again; 0 or PP_NEVER: not known */
    int64_t held_until;  /* ns: no new round before, as the send queue was full */
    int64_t slice_end;
    /* rounds begun in each of the last time slices and still under way; [0]: the present slice */
    uint32_t young[PP_YOUNG_SLICES];
    uint32_t young_max;
    uint32_t slice;      /* number of the present slice */
    struct pp_flow_table active; /* jobs in their rounds, by address */
    struct pp_job *resting;      /* jobs between rounds */
    uint64_t in_flight;          /* jobs in rounds, and jobs that wait for their address */
    uint64_t idle;               /* targets between rounds */
    uint64_t confirming;         /* targets between their first and last round, without reference targets */
    uint64_t references;         /* reference targets; they are under way or idle until the end */
    uint64_t held_bytes;         /* of the budget */
    uint64_t pending;            /* targets begun and given up */
    uint64_t prohibited[2];      /* targets not begun as their network, or their host, had asked not to be probed */
    uint64_t barred;             /* targets, begun or not, that reread blocklists block */
    bool ended;                  /* the source has no more targets */
};

struct pp_worker {
    struct pp_worker_config c;
    const struct pp_plan *plan;
    struct pp_wire *wire;
    struct pp_slow *slow; /* the wire's */
    struct pp_prober prober;
    struct pp_scheduler scheduler;
    struct pp_wheel wheel;
    struct pp_rng rng;
    struct pp_admin_prohibited *prohibited;
    struct pp_outage outage;
    struct pp_vantage_check vantage_check;
    struct pp_references references; /* the series */
    struct pp_loss_watch losses;
    struct pp_locating *locating; /* NULL: without --locate */
    bool finding_told, doubt_told;
    _Atomic unsigned own_claim[2]; /* used as c.claim if there is one worker */
};

#endif
