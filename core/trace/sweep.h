/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sweep.h: sends an arm's packets with rising TTL on one 5-tuple and records the answer to each: the rows that
 * verdict/where.h judges. A sweeper runs any number of trails at once, one per target and 5-tuple; a trail makes one
 * sweep after the other. The caller passes the time in and packets go to a wire, so a sweeper runs beside rounds,
 * alone, and under a virtual clock. Single thread.
 *
 * What a sweep sends, by the class of the treatment:
 * - SYN: one initial sequence number for all TTLs; the TTL stands in the IP ID and in TSval, which rises from packet to
 *   packet, or a server would take a later one for old. Each SYN/ACK draws a RST at once.
 * - data: a handshake as the arm has it, then the first bytes of its conversation at one sequence number: what arrives
 *   is a retransmission. The TTL stands in the IP ID and in TSval; over IPv6 also in the length.
 * - datagrams: the arm's message; the TTL stands in the IP ID, and chooses the ids within the message.
 * Each TTL is asked up to three times until it answers, but of two or more hops at the end that were all silent twice
 * none a third time; at most eight are outstanding; a sweep ends at the target's answer or behind five silent hops.
 * Behind these the target is searched if its distance is not known, by halves from the largest TTL. What was opened is
 * reset; then the 5-tuple rests for 2 to 4 s.
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
#define PP_SWEEP_AHEAD 2 /* of these beyond the farthest hop that has answered */
#define PP_SWEEP_TRIES 3
#define PP_SWEEP_GAP 5                            /* silent hops behind the last answer that end a sweep */
#define PP_SWEEP_LATE INT64_C(3000000000)         /* how long after the last packet answers are accepted */
#define PP_SWEEP_REST INT64_C(2000000000)         /* between sweeps, and up to as much again */
#define PP_SWEEP_STALE_REST INT64_C(60000000000)  /* after old state at the target */

struct pp_sweeper;
struct pp_trail;

struct pp_sweeper_config {
    const struct pp_plan *plan;
    struct pp_wire *wire;
    const uint16_t *ports; /* local ports that no other program uses; borrowed */
    unsigned nports;
    struct pp_token_bucket *rate;
    uint64_t hop_rate;     /* packets per second that expire at one router; 0: no limit */
    uint64_t seed;
    bool skip;             /* leave out hops whose rate is used up, instead of waiting */
    void *arg;
    void (*sent)(void *arg, bool ok); /* called for each packet; NULL: not called */
};

struct pp_sweeper *pp_sweeper_new(const struct pp_sweeper_config *c, int64_t now); /* NULL: no memory */
void pp_sweeper_free(struct pp_sweeper *s);
bool pp_sweeper_has_port(const struct pp_sweeper *s, uint16_t port);
/*
 * Handles PKT, which came to a port of the sweeper, or is an ICMP error about a packet from one. Checksums are right.
 */
void pp_sweeper_packet(struct pp_sweeper *s, const struct pp_packet *pkt, int64_t now);
/* What is due at NOW; and when to come again (PP_NEVER: nothing is under way). */
void pp_sweeper_run(struct pp_sweeper *s, int64_t now);
int64_t pp_sweeper_next(const struct pp_sweeper *s);
/* The ARG of the trail with KEY; NULL: there is none, or it has ended and only rests. */
void *pp_sweeper_owner(const struct pp_sweeper *s, const struct pp_flow_key *key);
int64_t pp_sweeper_epoch(const struct pp_sweeper *s); /* ns since 1970, as its wire says */
/* The number of trails, including those that have ended and still rest. */
uint64_t pp_sweeper_trails(const struct pp_sweeper *s);
/* Its limit of packets that expire at one router, for others who send such packets. */
struct pp_hop_rate *pp_sweeper_hop_rate(struct pp_sweeper *s);

/* Called when a sweep of T is complete; it may begin another one or end T. */
typedef void pp_trail_fn(struct pp_trail *t, void *arg);

/*
 * Creates a trail to TARGET (borrowed until its end) from port number FLOW of the sweeper, from 0. NULL: no memory, or
 * such a trail exists.
 */
struct pp_trail *pp_trail_new(struct pp_sweeper *s, const struct pp_target *target, unsigned flow, pp_trail_fn *done,
                              void *arg);
/*
 * Begins a sweep by ARM (index in plan->arm) from TTL FROM on, as soon as the 5-tuple has rested. DISTANCE: the least
 * TTL to go to, from an earlier sweep of the other arm; 0: not known. FARTHEST: the largest TTL; 0: no limit. BYTES,
 * borrowed until the end of the trail: the data, over TCP. OUT is written until DONE is called.
 */
struct pp_sweep_ask {
    unsigned arm;
    enum pp_on on;
    uint8_t from, distance, farthest;
    const uint8_t *bytes;
    size_t len;
};
void pp_trail_sweep(struct pp_trail *t, const struct pp_sweep_ask *ask, struct pp_sweep *out, int64_t now);
/* Ends the present sweep now, marked as cut; calls DONE before it returns. */
void pp_trail_cut(struct pp_trail *t);
/* Ends the trail: resets an open connection; the trail is freed after its rest. */
void pp_trail_end(struct pp_trail *t, int64_t now);
uint16_t pp_trail_port(const struct pp_trail *t);
/* Packets that it has sent so far. */
unsigned pp_trail_packets(const struct pp_trail *t);

/* The class of packets to sweep: one in which ARM differs from the baseline. -1: none that can be swept. */
int pp_sweep_class(const struct pp_plan *plan, unsigned arm, int family, size_t bytes);
/* True if sweeps of arms A and B would send the same packets: the arms differ in other packets only. */
bool pp_sweep_same(const struct pp_plan *plan, unsigned a, unsigned b, int family);

#endif
