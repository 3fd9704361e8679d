/* SPDX-License-Identifier: BSD-2-Clause */
/* wire_watch.h: what the parts of wire_live share: the client's side, a wire, and waiting for packets on it. */
#ifndef WIRE_WATCH_H
#define WIRE_WATCH_H

#include "../../core/packet/packet.h"
#include "../../core/wire/live.h"
#include "net_peer.h"

#define LO 61000
#define MUTED 16
#define UNMUTED 61063 /* the last of the capture's range; nobody's */
#define LIMIT (INT64_C(60) * 1000000000)

/* The two ends. One process, one thread. */
struct ends {
    struct pp_vantage vantage;
    struct peer peer;
    uint32_t next_seq;
};

extern struct ends ends;

/* What a receive loop looks for, and whether it came. */
struct watch {
    uint16_t port; /* ours */
    uint8_t proto;
    unsigned out, in;    /* packets from and to the port */
    unsigned last_flags; /* TCP flags of the last one in */
};

struct failures {
    unsigned n;
    uint64_t last;
};

/* The capture takes LO..UNMUTED. Fails the test if it cannot be opened. */
struct pp_wire *open_wire(unsigned snaplen, size_t ring);
const struct pp_addr *client_addr(int family);
const struct pp_addr *server_addr(int family);
/* For `receive` with a struct watch, for `flush` with a struct failures. */
void on_frame(void *arg, const struct pp_frame *f);
void on_failure(void *arg, uint64_t tag);
/* Receives until OUT and IN packets were seen. The peer's echo runs meanwhile. */
void watch_for(struct pp_wire *w, struct watch *watch, unsigned out, unsigned in);
/* Sends a SYN or datagram to the peer. */
void send_one(struct pp_wire *w, int family, uint8_t proto, uint16_t sport, uint16_t dport);
/* A round trip, then a datagram that the peer must see after whatever the client's kernel had to say before. */
void fence(struct pp_wire *w, int family);

/* The tests of wire_errors.c. */
void test_messages(void **state);
void test_queue(void **state);
void test_dropped(void **state);
void test_down_and_gone(void **state);

#endif
