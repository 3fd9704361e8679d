/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * state.h: all that a worker's thread owns: the worker, and each target on its way. worker.c keeps time and reads the
 * wire, the scheduler has a part of its own, rounds write into their targets.
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

#define PP_JOB_TRIES 3    /* rounds that may rest on something not seen before the outcome is emitted invalid */
#define PP_JOB_DISCARDS 2 /* rounds that may fall into an outage before their outcome stands */

/* Where a target is, and whose its timer is. */
enum pp_job_state {
    PP_JOB_NEW,      /* it is to be admitted next; no timer */
    PP_JOB_RESTING,  /* between rounds, in the list of these; the scheduler's: when the next one is due */
    PP_JOB_WAITING,  /* behind another target of its address; no timer */
    PP_JOB_SWEPT,    /* its rounds are done, its hops are asked (locating.h); no timer */
    PP_JOB_IN_ROUND, /* in the table of addresses; the round's: the next arm's start, or the end */
};

/* What follows from a round. */
enum pp_follows { PP_FOLLOWS_NOTHING, PP_FOLLOWS_AGAIN, PP_FOLLOWS_NEXT, PP_FOLLOWS_DONE };
struct pp_round_end {
    enum pp_follows what; /* NOTHING: it goes on; AGAIN: as if it had not been; NEXT: a further one; DONE: no more */
    int64_t at;           /* of the next one */
    bool valid;           /* DONE: else nothing is concluded */
};

/* The kind of a target: one of the list, or a reference target (--control). */
struct pp_job_kind {
    bool counted; /* it is counted, written, and may ask to be left alone */
    /* The round of JOB came to R. */
    struct pp_round_end (*ended)(struct pp_worker *w, struct pp_job *job, struct pp_result *r);
};
extern const struct pp_job_kind pp_job_listed, pp_job_reference;

struct pp_job {
    struct pp_flow_link link; /* first member; keyed by the address alone: one round per address at a time */
    struct pp_tick tick;
    enum pp_job_state state;
    const struct pp_job_kind *kind;
    struct pp_worker *worker;
    struct pp_target *target;  /* its own */
    struct pp_finding finding; /* what is known of it */
    struct pp_job *next, **prev; /* RESTING: in the list of these; WAITING: next is the one behind it */
    struct pp_job *waiting;   /* IN_ROUND: the first of those that wait for its address */
    int64_t round_start, deadline;
    int64_t paced_at;         /* its place in its prefix's pace for the coming round; 0: not taken yet */
    int64_t meet_until;       /* round 1 waits so long for the other address of its pair; 0: it does not */
    int64_t a_sent;           /* when the round's baseline flow was started */
    struct pp_losses losses0; /* as of the round's begin */
    size_t charged;           /* bytes of the budget */
    uint32_t flow_label;      /* IPv6: equal in all arms of a round */
    uint32_t slice;           /* of the scheduler, in which the round began */
    uint32_t slots;           /* bit per slot that takes part in this round */
    uint16_t reserved;        /* packets */
    uint16_t packets;         /* of probes of this round that are gone */
    uint16_t slow_reserved, slow; /* the same of packets with hop-by-hop options */
    uint8_t tries, discards, next_arm, norder, open;
    bool confirming; /* it has had a round that counts, and there is a further one */
    bool answered;
    uint8_t order[PP_SLOTS];
    struct pp_buf *frames;    /* for --pcap; NULL: none yet */
    struct pp_probe *probe[PP_SLOTS];
};

#define PP_YOUNG_SLICES 10

/* The limits that new rounds wait for. */
struct pp_scheduler {
    struct pp_prefix_rate prefix_rate, late; /* late: of those that waited for their pair longer than for that */
    struct pp_job *next; /* is started as soon as the rate allows */
    int64_t at;          /* when to try again, if that is known; else 0 or PP_NEVER */
    int64_t held_until;  /* the send queue was full */
    int64_t slice_end;
    /* rounds begun in each of the last slices and still under way; [0]: the present one */
    uint32_t young[PP_YOUNG_SLICES];
    uint32_t young_max;
    uint32_t slice;      /* number of the present slice */
    struct pp_flow_table active; /* jobs in their rounds, by address */
    struct pp_job *resting;      /* jobs between rounds */
    uint64_t in_flight;          /* rounds under way, and those that wait for their address */
    uint64_t idle;               /* targets between rounds */
    uint64_t confirming;         /* targets that have rounds behind and before them, but for reference targets */
    uint64_t references;         /* reference targets: among those under way or idle, never done */
    uint64_t held_bytes;         /* of the budget */
    uint64_t pending;            /* targets that were begun and given up */
    uint64_t left_alone[2];      /* targets that were not begun for their network, their host */
    uint64_t barred;             /* and those, begun or not, that c.lists came to block */
    bool ended;                  /* no more targets will come */
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
    struct pp_locating *locating; /* NULL: nothing is located */
    bool finding_told, doubt_told;
    _Atomic unsigned own_claim[2]; /* if it is the only worker */
};

#endif
