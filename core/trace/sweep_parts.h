/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sweep_parts.h: declarations that the files of the sweeper share: sweep.c (order and times), sweep_out.c (packets
 * out), sweep_in.c (answers), sweeper.c (trails and timers). Private to them.
 */
#ifndef PP_SWEEP_PARTS_H
#define PP_SWEEP_PARTS_H

#include "hop_packet.h"
#include "hop_rate.h"
#include "sweep.h"

#define PP_SWEEP_BYTES_MAX 100 /* of data, so that routers quote all of it */
#define PP_SWEEP_RESETS 8      /* RSTs and goodbyes that answers may draw in one sweep */

enum pp_trail_phase {
    PP_TRAIL_IDLE,   /* no sweep was requested */
    PP_TRAIL_REST,   /* a sweep was requested; it begins at `begin` */
    PP_TRAIL_SHAKE,  /* SYN, then SYN/ACK */
    PP_TRAIL_ASK,    /* wave by wave */
    PP_TRAIL_LATE,   /* all was sent; waits for late answers */
    PP_TRAIL_ENDED,  /* rests, to be freed at `begin` */
};

/* One TTL in the present sweep. */
struct pp_asked {
    uint8_t tries, wave; /* wave: the last one in which it was tried */
    bool skipped;
    int64_t at[PP_SWEEP_TRIES];
    uint32_t tsval[PP_SWEEP_TRIES];
};

struct pp_trail {
    struct pp_flow_link link; /* first member */
    struct pp_timer timer;
    struct pp_sweeper *sweeper;
    const struct pp_target *target;
    pp_trail_fn *done;
    void *arg;
    struct pp_sweep_ask ask;
    struct pp_sweep *out;
    uint8_t phase, wave;
    uint8_t stale;      /* how often old state answered in this sweep */
    uint8_t order[PP_WHERE_TTL_MAX], norder, next; /* of the wave */
    uint8_t end;        /* the largest TTL to try */
    uint8_t last;       /* the farthest hop that sent Time Exceeded */
    uint8_t left_out;   /* the farthest hop that was left out; it counts as one that would have answered */
    uint8_t near, far;  /* the search for a target behind silent hops: above the one, at most the other; 0: none */
    uint8_t resets;
    bool loose;         /* the target answered, and the TTL of an answer is not known */
    uint8_t loose_what;
    bool agreed;        /* both ends use TCP timestamps */
    bool opened;        /* a connection may be open, to be reset */
    uint8_t syns;
    uint16_t sweeps, number; /* so far; of the present one, as in its IP IDs */
    unsigned packets;
    uint32_t iss, irs, tsbase, tslast, tsecr, acked;
    uint32_t flow_label;
    uint64_t chance;    /* chooses the ids within messages, other ones in each sweep */
    uint8_t reserved;   /* the TTL with a time reserved at its router, `share`; 0: none */
    int64_t share;
    struct pp_trail *behind, **before; /* in the queue for the rate; before NULL: not queued */
    int64_t begin, sent_at, rtt; /* rtt: the longest one of this trail; 0: none yet */
    uint8_t known[PP_WHERE_TTL_MAX]; /* 1: `hop` is known, 2: silent so far */
    struct pp_addr hop[PP_WHERE_TTL_MAX];
    struct pp_asked asked[PP_WHERE_TTL_MAX];
};

struct pp_sweeper {
    struct pp_sweeper_config c;
    struct pp_flow_table trails;
    struct pp_wheel wheel;
    struct pp_hop_rate hop_rate;
    struct pp_rng rng;
    struct pp_sipkey secret;
    int64_t now;
    struct pp_trail *first, **last; /* the queue of trails that wait for the rate, next at `again` */
    int64_t again;
};

/* ---- sweeper.c ---- */
/* True if T may send a packet now. False: T was queued, and its timer fires when it is its turn. */
bool pp_trail_turn(struct pp_trail *t);
void pp_trail_leave(struct pp_trail *t); /* removes T from the queue, if it is in it */

/* ---- sweep_out.c ---- */
/* The packet with TTL (1 to PP_WHERE_TTL_MAX) as it was sent at try TRY, from 0. It borrows from T. */
struct pp_hop_packet pp_trail_sent(const struct pp_trail *t, unsigned ttl, unsigned try);
/* Sends the next try with TTL. */
void pp_trail_ask(struct pp_trail *t, unsigned ttl);
void pp_trail_syn(struct pp_trail *t);  /* of a handshake */
void pp_trail_ack(struct pp_trail *t);
void pp_trail_reset(struct pp_trail *t, uint32_t seq);
void pp_trail_goodbye(struct pp_trail *t, const uint8_t *bytes, size_t len); /* LEN bytes, with an ordinary TTL */
/* Chooses sequence numbers and timestamps of the next sweep, above those of the last one. */
void pp_trail_numbers(struct pp_trail *t);
/* An IPv6 packet's data, whose length says the TTL; 0: all have LEN. */
size_t pp_trail_length(const struct pp_trail *t, unsigned ttl);

/* ---- sweep_in.c ---- */
void pp_trail_packet(struct pp_trail *t, const struct pp_packet *pkt);

/* ---- sweep.c ---- */
/* The handshake is complete: begins the first wave. */
void pp_trail_waves(struct pp_trail *t);
/* The target answered from old state: rests, and tries once more. */
void pp_trail_old_state(struct pp_trail *t);
/* T's timer has expired. */
void pp_trail_fire(struct pp_trail *t);
/* Ends the asking: resets what is open, and begins the rest. */
void pp_trail_close(struct pp_trail *t);
/* An answer came: sets the timer to now. */
void pp_trail_step(struct pp_trail *t);

#endif
