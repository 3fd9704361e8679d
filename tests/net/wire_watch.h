/* SPDX-License-Identifier: BSD-2-Clause */
/* wire_watch.h: what the parts of wire_live share: the client's side, a wire, and waiting for packets on it. */
#ifndef WIRE_WATCH_H
#define WIRE_WATCH_H

#include "../../core/packet/packet.h"
#include "../../core/wire/live.h"
#include "net_peer.h"

#define LO 61000
#define MUTED 16
#define UNMUTED 61063 /* the last port of the capture's range: no socket is bound to it */
#define LIMIT (INT64_C(60) * 1000000000)

/* The two ends. One process, one thread. */
struct ends {
    struct pp_vantage vantage;
    struct peer peer;
    uint32_t next_seq;
};

extern struct ends ends;

/* The packets that a receive loop counts. */
struct watch {
    uint16_t port; /* the client's */
    uint8_t proto;
    unsigned out, in;    /* packets from and to the port */
    unsigned last_flags; /* TCP flags of the last packet to the port */
};

struct failures {
    unsigned n;
    uint64_t last;
};

/* Opens a wire that captures ports LO..UNMUTED; the test fails if that fails. */
struct pp_wire *open_wire(unsigned snaplen, size_t ring);
const struct pp_addr *client_addr(int family);
const struct pp_addr *server_addr(int family);
/* on_frame: for `receive`, ARG a struct watch. on_failure: for `flush`, ARG a struct failures. */
void on_frame(void *arg, const struct pp_frame *f);
void on_failure(void *arg, uint64_t tag);
/* Receives until OUT packets from the port and IN packets to it were seen; runs the peer's echo meanwhile. */
void watch_for(struct pp_wire *w, struct watch *watch, unsigned out, unsigned in);
/* Sends a SYN or datagram to the peer. */
void send_one(struct pp_wire *w, int family, uint8_t proto, uint16_t sport, uint16_t dport);
/* A round trip, then a datagram: when the peer sees it, it has seen all resets and ICMP errors sent before. */
void fence(struct pp_wire *w, int family);

/* The tests of wire_errors.c. */
void test_messages(void **state);
void test_queue(void **state);
void test_dropped(void **state);
void test_down_and_gone(void **state);

#endif
