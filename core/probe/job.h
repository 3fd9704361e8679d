/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * job.h: one target on its way through its round, and the flows of its arms. Internal to the worker's files: worker.c
 * keeps time, admission.c lets targets in and out, probe.c runs one flow, round.c conducts the arms, observation.c
 * writes the line.
 */
#ifndef PP_JOB_H
#define PP_JOB_H

#include "../flow/table.h"
#include "../stream/frames.h"
#include "../targets/manners.h"
#include "../verdict/confirm.h"
#include "checkup.h"
#include "ended.h"
#include "outage.h"
#include "pace.h"
#include "worker.h"

enum pp_tick_kind { PP_TICK_PROBE, PP_TICK_JOB };

/* A timer that knows what it belongs to. */
struct pp_tick {
    struct pp_timer timer; /* first member */
    enum pp_tick_kind kind;
};

/* One flow of one arm. */
struct pp_probe {
    struct pp_flow_link link; /* first member */
    struct pp_tick tick;
    struct pp_talk talk;
    struct pp_job *job;
    const struct pp_plan_arm *arm;
    uint8_t slot; /* in a round for ports: that of the arm they are for */
    int64_t started_epoch;
    int64_t patience;                /* until when the peer may be silent after the handshake */
    uint32_t sent_print, seen_print; /* sums of fingerprints of the SYN and data packets sent, and seen leaving */
    uint16_t sent, seen;             /* how many */
    uint16_t packets;                /* all that were sent */
    uint16_t ip_id;                  /* of the first packet */
    uint32_t flow_label;             /* IPv6: the same in all arms */
    uint32_t late;                   /* packets that came after the arm was decided as silent */
    uint8_t restarts;                /* on another port, because of stale state at the server */
    uint8_t resets;                  /* drawn by what came after the arm was decided as silent */
    /* of this piece of memory, in the tag of its packets: a refusal may come after it was freed */
    uint16_t generation;
    bool in_table, started, send_failed;
    bool icmp_seen;
    uint8_t icmp_type, icmp_code;
    struct pp_addr icmp_from;
    uint64_t record[]; /* of plan->chains */
};

#define PP_JOB_TRIES 3    /* rounds that may rest on something not seen before the outcome is emitted invalid */
#define PP_JOB_DISCARDS 2 /* rounds that may fall into an outage before their outcome stands */

struct pp_job {
    struct pp_flow_link link; /* first member; keyed by the address alone: one round per address at a time */
    struct pp_tick tick;      /* the next arm's start, the round's end, the next round */
    struct pp_worker *worker;
    struct pp_target *target;
    struct pp_finding finding; /* what is known of it */
    struct pp_job *waiting;   /* targets of the same address, in order */
    struct pp_job *idle_next, **idle_prev; /* between rounds */
    int64_t round_start, deadline;
    int64_t paced_at;         /* its place in its prefix's pace for the coming round; 0: not taken yet */
    int64_t meet_until;       /* until then round 1 waits for a twin (twins.h); 0: it does not, or no more */
    int64_t a_sent;           /* when the round's baseline flow was started */
    struct pp_losses drops0;   /* the wire's drops when the round began */
    size_t charged;           /* bytes of the budget */
    uint32_t flow_label;      /* IPv6: equal in all arms of a round */
    uint32_t slice;           /* of admission, in which the round began */
    uint32_t slots;           /* bit per slot that takes part in this round */
    uint16_t reserved;        /* packets */
    uint16_t packets;         /* of probes of this round that are gone */
    uint8_t tries, discards, next_arm, norder, open;
    bool control; /* a reference target: asked again and again, never written */
    bool confirming; /* it has had a round that counts, and there is a further one */
    bool in_round, answered;
    uint8_t order[PP_SLOTS];
    struct pp_buf *frames;    /* for --pcap; NULL: none yet */
    struct pp_probe *probe[PP_SLOTS];
};

#define PP_YOUNG_SLICES 10

/* What bounds new rounds. */
struct pp_admission {
    struct pp_pace pace, late; /* late: of those whose place in `pace` passed while they waited for a twin */
    struct pp_job *next; /* is started as soon as the rate allows */
    int64_t at;          /* when to try again, if that is known; else 0 or PP_NEVER */
    int64_t held_until;  /* the send queue was full */
    int64_t slice_end;
    /* rounds begun in each of the last slices and still under way; [0]: the present one */
    uint32_t young[PP_YOUNG_SLICES];
    uint32_t young_max;
    uint32_t slice;      /* number of the present slice */
};

struct pp_slab {
    struct pp_slab *next;
    uint64_t bytes[]; /* probes */
};

struct pp_worker {
    struct pp_worker_config c;
    const struct pp_plan *plan;
    struct pp_wire *wire;
    struct pp_flow_table flows;  /* probes */
    struct pp_flow_table active; /* jobs, by address */
    struct pp_wheel wheel;
    struct pp_http_pool *pool;
    struct pp_rng rng;
    struct pp_sipkey secret;     /* of initial sequence numbers and timestamps; that of runs before and after, too */
    int64_t now;
    uint64_t in_flight;          /* rounds under way, and those that wait for their address */
    uint64_t idle;               /* targets between rounds */
    uint64_t confirming;         /* targets that have rounds behind and before them, but for reference targets */
    struct pp_job *idle_jobs;
    uint64_t held_bytes, pending;
    struct pp_manners *manners;
    uint64_t left_alone[2];      /* targets that were not begun for their network, their host */
    uint64_t barred;             /* and those, begun or not, that c.lists came to block */
    struct pp_outage outage;
    struct pp_checkup checkup;
    struct pp_controls controls; /* the series */
    uint64_t control_jobs;       /* reference targets: among those under way or idle, never done */
    bool finding_told, doubt_told;
    _Atomic unsigned own_gate[2]; /* if it is the only worker */
    struct pp_losses drops;       /* as of the last look */
    uint64_t stalls;             /* of its gaps, our own */
    int64_t stats_at, looked_at;
    unsigned port_next;
    uint64_t port[(UINT16_MAX + 1) / 64]; /* a bit per port: flows may be on it, and what leaves from it is ours */
    unsigned nports, least_ports; /* so many are left; with fewer no round can be made */
    struct pp_ended past;
    struct pp_admission admission;
    struct pp_probe *free_probes; /* kept for reuse, by link.next */
    struct pp_slab *slabs;        /* what probes are cut from; the first one is in use up to slab_used */
    size_t probe_size, slab_used;
    bool ended;
};

/* ---- probe.c ---- */
/* Starts SLOT of JOB, from PORT if that is free, else (or for 0) the next one. 0, or -1: no memory. */
int pp_probe_start(struct pp_worker *w, struct pp_job *job, unsigned slot, uint16_t port);
/* A captured packet of this flow. QUOTED: what an ICMP error quotes. */
void pp_probe_packet(struct pp_worker *w, struct pp_probe *p, const struct pp_packet *pkt, enum pp_dir dir,
                     int64_t stamp, const struct pp_packet *quoted);
void pp_probe_timer(struct pp_worker *w, struct pp_probe *p);
void pp_probe_free(struct pp_worker *w, struct pp_probe *p);
void pp_probe_rearm(struct pp_worker *w, struct pp_probe *p);
/*
 * Names P in the tags of its packets; the kernel refused the packet with TAG. Probes are recycled, never freed before
 * the worker.
 */
uint64_t pp_probe_tag(const struct pp_probe *p);
void pp_probe_refused(uint64_t tag);
/* Whether PKT, seen leaving with the ports and addresses of P, can be a packet of P. */
bool pp_probe_sent(const struct pp_probe *p, const struct pp_packet *pkt);

/* ---- stray.c ---- */
/*
 * PKT came for no flow under way: RST (RFC 9293 section 3.10.7.1), if the flow of that KEY is remembered, PKT proves to
 * know it, and the rate allows.
 */
void pp_stray(struct pp_worker *w, const struct pp_flow_key *key, const struct pp_packet *pkt);
/* The same for a flow with these numbers, which has drawn *RESETS so far. */
void pp_stray_answer(struct pp_worker *w, const struct pp_packet *pkt, uint32_t iss, uint32_t reach, uint8_t *resets);
/* The RST, if PKT is one to be answered so and the rate allows. */
void pp_stray_reset(struct pp_worker *w, const struct pp_packet *pkt);

/* ---- round.c ---- */
/* The round that is due, with job->slots. */
void pp_round_begin(struct pp_worker *w, struct pp_job *job);
void pp_round_timer(struct pp_worker *w, struct pp_job *job);
/* PROBE is decided, or over. */
void pp_round_decided(struct pp_worker *w, struct pp_probe *p);
void pp_round_over(struct pp_worker *w, struct pp_probe *p);
void pp_round_abandon(struct pp_worker *w, struct pp_job *job);
/* Gives the probes back. */
void pp_round_release(struct pp_worker *w, struct pp_job *job);

/* ---- job.c ---- */
/* T is the job's then; NULL: no memory, it is not */
struct pp_job *pp_job_new(struct pp_worker *w, struct pp_target *t);
void pp_job_free(struct pp_job *job);
/* JOB holds BYTES of the budget from now on. */
void pp_job_charge(struct pp_worker *w, struct pp_job *job, size_t bytes);
size_t pp_job_idle_bytes(const struct pp_job *job);
size_t pp_job_busy_bytes(const struct pp_worker *w, const struct pp_job *job); /* with the flows of job->slots */
/* Uncharges and frees JOB, which is in no list or table. */
void pp_job_retire(struct pp_worker *w, struct pp_job *job);

/* ---- idle.c ---- */
/* Into and out of the list of those between rounds. */
void pp_job_idle_add(struct pp_worker *w, struct pp_job *job);
void pp_job_idle_remove(struct pp_worker *w, struct pp_job *job);
/* For the display: how many are under way and in confirmation. */
void pp_idle_show(struct pp_worker *w);
/* And when the next round of those is due. */
void pp_idle_look(struct pp_worker *w);
/* JOB, in confirmation from now on, has its next round AT. */
void pp_idle_confirming(struct pp_worker *w, struct pp_job *job, int64_t at);
/* JOB, which is freed next, is pending; what rounds that count have said of it is told at the end. */
void pp_job_give_up(struct pp_worker *w, const struct pp_job *job);
/* No more rounds: those that rest are pending. */
void pp_admission_drop_idle(struct pp_worker *w);

/* ---- admission.c ---- */
int pp_admission_init(struct pp_worker *w); /* -1: no memory */
void pp_admission_release(struct pp_worker *w);
/* Starts as many rounds as rate, prefixes, memory, writer and capture ring allow. */
void pp_admission_run(struct pp_worker *w);
/* The kernel refused a packet: no new rounds for a moment. */
void pp_admission_hold(struct pp_worker *w);
/* The round is over: JOB rests until AT. */
void pp_admission_rest(struct pp_worker *w, struct pp_job *job, int64_t at);
/* A resting job's time has come: its round begins as soon as rate, ring and address allow. */
void pp_admission_due(struct pp_worker *w, struct pp_job *job);
/* The job is done with, and written if WRITTEN, else pending. Frees it. */
void pp_admission_finish(struct pp_worker *w, struct pp_job *job, bool written);
/* The reference targets, into their first round as soon as may be. */
void pp_admission_controls(struct pp_worker *w);

/* ---- worker.c ---- */
/* Looks up w->drops now. */
void pp_worker_look(struct pp_worker *w);

static inline bool pp_worker_has_port(const struct pp_worker *w, uint16_t port)
{
    return w->port[port / 64] >> port % 64 & 1;
}

/* ---- outcome.c ---- */
/* What the round of JOB, which has just ended, came to. */
void pp_result_of(struct pp_worker *w, const struct pp_job *job, struct pp_result *r);
/* Of what the round's flows were, for the time after it; NULL: no memory. */
struct pp_round_note *pp_round_note_new(const struct pp_worker *w, const struct pp_job *job, const struct pp_result *r);

#endif
