/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_peer.h: the other end of a test: a TCP listener, a UDP echo and a sniffer in another network namespace, and
 * packets written by hand, byte by byte, so that the engine's own encoder proves nothing about itself.
 */
#ifndef NET_PEER_H
#define NET_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../core/base/addr.h"

#define PEER_TCP 80
#define PEER_ECHO 5300
#define PEER_FENCE 5301

enum peer_saw { PEER_SAW_RST = 1 << 0, PEER_SAW_UNREACHABLE = 1 << 1, PEER_SAW_FENCE = 1 << 2 };

struct peer {
    struct pp_addr addr4, addr6;
    int listener, echo, fence, sniffer;
    unsigned saw; /* enum peer_saw: what came from the client since peer_forget */
};

/* Opens the sockets inside NETNS. The thread stays there. Returns 0, or -1 with a message. */
int peer_open(struct peer *p, const char *netns, const char *ifname, const char *addr4, const char *addr6);
void peer_close(struct peer *p);
/* Moves the thread into a namespace made by `ip netns add`. Returns 0, or -1 with a message. */
int peer_enter(const char *netns);

/* Sends the datagrams received by the echo socket back to their senders. */
void peer_echo(struct peer *p);
void peer_forget(struct peer *p);
/* Reads the sniffer until it has seen all packets of the mask WANT: 0, or -1 if LIMIT ns pass without a packet. */
int peer_wait(struct peer *p, unsigned want, int64_t limit);

/* Writes a SYN, or a datagram with four bytes of payload, to OUT, with correct checksums. Returns its length. */
size_t peer_packet(uint8_t *out, size_t cap, const struct pp_addr *src, const struct pp_addr *dst, uint8_t proto,
                   uint16_t sport, uint16_t dport, uint32_t seq);

/* Sets or clears an effective capability of this thread. */
void peer_capability(int capability, bool on);

#endif
