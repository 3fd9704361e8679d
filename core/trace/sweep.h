/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sweep.h: an arm's packets with rising TTL on one 5-tuple, and what comes back for each: the rows that
 * verdict/where.h judges. A sweeper carries any number of trails at once, one per target and 5-tuple; a trail makes one
 * sweep after the other. Time is handed in, packets go to a wire, so it runs beside rounds, alone, and under a virtual
 * clock. Single thread.
 *
 * What a sweep sends, by the class of the treatment:
 * - SYN: one initial sequence number for all TTLs; the TTL stands in the IP ID and in TSval, which rises from packet to
 *   packet, or a server would take a later one for old. Each SYN/ACK draws a RST at once.
 * - data: a handshake as the arm has it, then the first bytes of its conversation at one sequence number: what arrives
 *   is a retransmission. The TTL stands in the IP ID and in TSval; over IPv6 also in the length.
 * - datagrams: the arm's message; the TTL stands in the IP ID, and chooses the ids within the message.
 * Each TTL is asked up to three times until it answers, at most eight are outstanding, a sweep ends at the target's
 * answer or behind five silent hops. What was opened is reset; then the 5-tuple rests for 2 to 4 s.
 */
#ifndef PP_SWEEP_H
#define PP_SWEEP_H

#include "../base/random.h"
#include "../base/token_bucket.h"
#include "../base/wheel.h"
#include "../flow/table.h"
#include "../targets/target.h"
#include "../verdict/plan.h"
#include "../verdict/where.h"
#include "../wire/wire.h"

#define PP_SWEEP_OUTSTANDING 8
#define PP_SWEEP_AHEAD 3 /* of these to where neither router nor target have answered so far */
#define PP_SWEEP_TRIES 3
#define PP_SWEEP_GAP 5                            /* silent hops behind the last answer that end a sweep */
#define PP_SWEEP_LATE INT64_C(3000000000)         /* how long answers are taken */
#define PP_SWEEP_REST INT64_C(2000000000)         /* between sweeps, and up to as much again */
#define PP_SWEEP_STALE_REST INT64_C(60000000000)  /* after old state at the target */

struct pp_sweeper;
struct pp_trail;

struct pp_sweeper_config {
    const struct pp_plan *plan;
    struct pp_wire *wire;
    const uint16_t *ports; /* local ports on which nothing else is; borrowed */
    unsigned nports;
    struct pp_token_bucket *rate;
    uint64_t hop_rate;     /* packets per second that expire at one router; 0: no limit */
    uint64_t seed;
    bool skip;             /* a hop that has had its share is left out, instead of waited for */
    void *arg;
    void (*sent)(void *arg, bool ok); /* each packet; NULL: nobody counts */
};

struct pp_sweeper *pp_sweeper_new(const struct pp_sweeper_config *c, int64_t now); /* NULL: no memory */
void pp_sweeper_free(struct pp_sweeper *s);
bool pp_sweeper_has_port(const struct pp_sweeper *s, uint16_t port);
/* PKT came to a port of the sweeper's, or is an ICMP error about what left from one; its checksums are right. */
void pp_sweeper_packet(struct pp_sweeper *s, const struct pp_packet *pkt, int64_t now);
/* What is due at NOW; and when to come again (PP_NEVER: nothing is under way). */
void pp_sweeper_run(struct pp_sweeper *s, int64_t now);
int64_t pp_sweeper_next(const struct pp_sweeper *s);
/* Trails that have not ended, those that only rest behind their end included. */
/* What the trail with that KEY was given as ARG; NULL: there is none, or it only rests behind its end. */
void *pp_sweeper_owner(const struct pp_sweeper *s, const struct pp_flow_key *key);
int64_t pp_sweeper_epoch(const struct pp_sweeper *s); /* ns since 1970, as its wire says */
uint64_t pp_sweeper_trails(const struct pp_sweeper *s);

/* A sweep of T is over; another may be begun, or T ended, from within. */
typedef void pp_trail_fn(struct pp_trail *t, void *arg);

/*
 * A trail to TARGET (borrowed until its end) from port FLOW of the sweeper's, counted from 0. NULL: no memory, or there
 * is one.
 */
struct pp_trail *pp_trail_new(struct pp_sweeper *s, const struct pp_target *target, unsigned flow, pp_trail_fn *done,
                              void *arg);
/*
 * Begins a sweep by ARM (index in plan->arm) from TTL FROM on, as soon as the 5-tuple has rested; DISTANCE: how far to
 * go at least, as an earlier sweep of the other arm did; 0: not known. FARTHEST: no larger TTL is asked; 0: any.
 * BYTES, borrowed until the end of the trail: what data consists of, over TCP. OUT is filled until DONE is called.
 */
struct pp_sweep_ask {
    unsigned arm;
    enum pp_on on;
    uint8_t from, distance, farthest;
    const uint8_t *bytes;
    size_t len;
};
void pp_trail_sweep(struct pp_trail *t, const struct pp_sweep_ask *ask, struct pp_sweep *out, int64_t now);
/* The sweep under way ends now, as one that was cut: DONE is called from within. */
void pp_trail_cut(struct pp_trail *t);
/* No further sweep. What is open is reset; the trail rests, and is freed then. */
void pp_trail_end(struct pp_trail *t, int64_t now);
uint16_t pp_trail_port(const struct pp_trail *t);
/* Packets that it has sent so far. */
unsigned pp_trail_packets(const struct pp_trail *t);

/* The class of ARM's packets in which it differs from the baseline: that of what is swept. -1: in none that can be. */
int pp_sweep_class(const struct pp_plan *plan, unsigned arm, int family, size_t bytes);
/* A sweep of arm B would send what one of arm A does: they differ in what is around that packet only. */
bool pp_sweep_same(const struct pp_plan *plan, unsigned a, unsigned b, int family);

#endif
