/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sweep_parts.h: what the files of the sweeper share: sweep.c (what is asked when), sweep_out.c (packets out),
 * sweep_in.c (what comes back), sweeper.c (trails and timers). Nobody else includes it.
 */
#ifndef PP_SWEEP_PARTS_H
#define PP_SWEEP_PARTS_H

#include "hop_rate.h"
#include "sweep.h"

#define PP_SWEEP_BYTES_MAX 100 /* of data, so that quotes are whole */
#define PP_SWEEP_RESETS 8      /* that the target may draw in one sweep */

enum pp_trail_phase {
    PP_TRAIL_IDLE,   /* nobody has asked for a sweep */
    PP_TRAIL_REST,   /* the next one waits until `begin` */
    PP_TRAIL_SHAKE,  /* SYN, then SYN/ACK */
    PP_TRAIL_ASK,    /* wave by wave */
    PP_TRAIL_LATE,   /* all is asked; what is late is waited for */
    PP_TRAIL_ENDED,  /* rests, to be freed at `begin` */
};

/* One TTL in the sweep under way. */
struct pp_asked {
    uint8_t tries, wave; /* wave: in which it was asked last */
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
    uint8_t end;        /* the largest TTL worth asking */
    uint8_t last;       /* the farthest hop that sent Time Exceeded */
    uint8_t left_out;   /* the farthest that was left out: it is taken for one that would have answered */
    uint8_t resets;
    bool loose;         /* the target answered, and not all of these answers could be told apart by TTL */
    uint8_t loose_what;
    bool agreed;        /* timestamps; both ends have them */
    bool opened;        /* there is something to be reset */
    uint8_t syns;
    uint16_t sweeps, number; /* so far; of this one, as its IP IDs have it */
    unsigned packets;
    uint32_t iss, irs, tsbase, tslast, tsecr, acked;
    uint32_t flow_label;
    uint64_t chance;    /* chooses ids within messages */
    uint8_t reserved;   /* the TTL that has its router's share at `share`; 0: none */
    int64_t share;
    struct pp_trail *behind, **before; /* in the line for the rate; before NULL: it is not in it */
    int64_t begin, sent_at, rtt; /* rtt: the longest of this trail; 0: none */
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
    struct pp_trail *first, **last; /* the line: by turns, as soon as the rate allows, at `again` */
    int64_t again;
};

/* ---- sweeper.c ---- */
/* A packet of T may go out now. False: T stands in line, and is called when it is its turn. */
bool pp_trail_turn(struct pp_trail *t);
void pp_trail_leave(struct pp_trail *t); /* the line, if it stands there */

/* ---- sweep_out.c ---- */
/* The packet with TTL (1 to PP_WHERE_TTL_MAX) as it was sent the TRY-th time, from 0. Its length. */
size_t pp_trail_build(const struct pp_trail *t, unsigned ttl, unsigned try, uint8_t out[2048]);
/* Sends it. */
void pp_trail_ask(struct pp_trail *t, unsigned ttl);
void pp_trail_syn(struct pp_trail *t);  /* of a handshake */
void pp_trail_ack(struct pp_trail *t);
void pp_trail_reset(struct pp_trail *t, uint32_t seq);
/* New numbers for the next sweep, above the last one's. */
void pp_trail_numbers(struct pp_trail *t);
/* An IPv6 packet's data, whose length says the TTL; 0: all have LEN. */
size_t pp_trail_length(const struct pp_trail *t, unsigned ttl);

/* ---- sweep_in.c ---- */
void pp_trail_packet(struct pp_trail *t, const struct pp_packet *pkt);

/* ---- sweep.c ---- */
/* The handshake is done: the first wave. */
void pp_trail_waves(struct pp_trail *t);
/* Old state at the target: rest, and once more. */
void pp_trail_old_state(struct pp_trail *t);
/* Its time has come. */
void pp_trail_fire(struct pp_trail *t);
/* Nothing more will be asked: resets what is open. */
void pp_trail_close(struct pp_trail *t);
/* Something came: looks again what is due. */
void pp_trail_step(struct pp_trail *t);

#endif
