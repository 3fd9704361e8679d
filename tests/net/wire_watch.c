/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wire_watch.c: opens wires, sends packets, waits for packets. Times only limit how long a test hangs; no result
 * depends on them.
 */
#include "wire_watch.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct ends ends = {.next_seq = 1000};

const struct pp_addr *client_addr(int family)
{
    return family == 4 ? &ends.vantage.v4.addr : &ends.vantage.v6.addr;
}

const struct pp_addr *server_addr(int family)
{
    return family == 4 ? &ends.peer.addr4 : &ends.peer.addr6;
}

struct pp_wire *open_wire(unsigned snaplen, size_t ring)
{
    uint16_t all[UNMUTED - LO + 1];
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++)
        all[i] = (uint16_t)(LO + i);
    const struct pp_live_config config = {.vantage = &ends.vantage,
                                          .ports = all,
                                          .nports = sizeof all / sizeof *all,
                                          .snaplen = snaplen,
                                          .ring_bytes = ring};
    struct pp_wire *w = pp_live_open(&config);

    assert_non_null(w);
    return w;
}

void on_frame(void *arg, const struct pp_frame *f)
{
    struct watch *w = arg;
    struct pp_packet p;

    if (pp_packet_decode(&p, f->ip, f->cap) < 0 || p.proto != w->proto || f->stamp <= 0 || f->cap > f->len)
        return;
    if (p.sport == w->port)
        w->out++;
    if (p.dport == w->port) {
        w->in++;
        if (p.proto == PP_PROTO_TCP)
            w->last_flags = p.tcp.flags;
    }
}

static void no_failure(void *arg, uint64_t tag)
{
    (void)arg;
    fail_msg("packet %llu failed", (unsigned long long)tag);
}

void watch_for(struct pp_wire *w, struct watch *watch, unsigned out, unsigned in)
{
    int64_t limit = pp_wire_now(w) + LIMIT;

    while (watch->out < out || watch->in < in) {
        if (pp_wire_now(w) > limit)
            fail_msg("port %u: %u of %u out, %u of %u in", watch->port, watch->out, out, watch->in, in);
        peer_echo(&ends.peer);
        if (w->ops->receive(w, on_frame, watch, 64) == 0)
            w->ops->wait(w, pp_wire_now(w) + 2000000);
    }
}

void send_one(struct pp_wire *w, int family, uint8_t proto, uint16_t sport, uint16_t dport)
{
    uint8_t bytes[128];
    size_t len = peer_packet(bytes, sizeof bytes, client_addr(family), server_addr(family), proto, sport, dport,
                             ends.next_seq += 1000);

    assert_int_equal(pp_wire_send(w, bytes, len, sport), 0);
    w->ops->flush(w, no_failure, NULL);
}

void fence(struct pp_wire *w, int family)
{
    struct watch watch = {.port = LO + 1, .proto = PP_PROTO_UDP};

    send_one(w, family, PP_PROTO_UDP, LO + 1, PEER_ECHO);
    watch_for(w, &watch, 1, 1);
    send_one(w, family, PP_PROTO_UDP, LO + 1, PEER_FENCE);
    assert_int_equal(peer_wait(&ends.peer, PEER_SAW_FENCE, LIMIT), 0);
}

void on_failure(void *arg, uint64_t tag)
{
    struct failures *f = arg;

    f->n++;
    f->last = tag;
}
