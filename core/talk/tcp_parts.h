/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcp_parts.h: what the files of the TCP client share: tcp.c (open, close, timers), tcp_input.c (what arrives),
 * tcp_reassembly.c (its payload), tcp_output.c (what leaves). Private to them.
 */
#ifndef PP_TCP_PARTS_H
#define PP_TCP_PARTS_H

#include "tcp.h"

/* A - B modulo 2^32 (RFC 9293 section 3.4): negative if A comes before B. */
static inline int32_t pp_seq_diff(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b);
}

static inline const struct pp_look *pp_tcp_look(const struct pp_tcp *c)
{
    return c->family == 4 ? &c->config->look4 : &c->config->look6;
}

/* Room in the receive window. */
static inline uint32_t pp_tcp_room(const struct pp_tcp *c)
{
    return c->config->window - c->untaken;
}

/* Sent and not acknowledged, the FIN included. */
static inline uint32_t pp_tcp_in_flight(const struct pp_tcp *c)
{
    return c->snd_nxt - c->snd_una;
}

/* Bytes of `out` that have been sent. */
static inline uint32_t pp_tcp_sent(const struct pp_tcp *c)
{
    return pp_tcp_in_flight(c) - (c->fin_sent && !c->fin_acked);
}

/* What a segment with payload may carry (RFC 6691: the MSS does not count options, the sender has to). */
uint32_t pp_tcp_mss(const struct pp_tcp *c);
/* How many of the bytes that wait go on the SYN. */
uint16_t pp_tcp_early(const struct pp_tcp *c);
uint32_t pp_tcp_clock(const struct pp_tcp *c, int64_t now);

void pp_tcp_send_syn(struct pp_tcp *c, int64_t now);
void pp_tcp_send_ack(struct pp_tcp *c, int64_t now);
/* In answer to what is not acceptable: at most one in half a second, so that two ends cannot keep each other busy. */
void pp_tcp_send_challenge(struct pp_tcp *c, int64_t now);
/* A RST behind what we sent. */
void pp_tcp_send_rst(struct pp_tcp *c, int64_t now);
/* A RST for a segment that belongs to no connection: SEQ is what it acknowledged (RFC 9293 section 3.10.7.1). */
void pp_tcp_send_rst_at(struct pp_tcp *c, uint32_t seq, int64_t now);
/* New data and FIN, as far as the window allows; FORCE: even a piece that is hardly worth a packet. */
void pp_tcp_output(struct pp_tcp *c, bool force, int64_t now);
/* The first unacknowledged segment again. */
void pp_tcp_retransmit(struct pp_tcp *c, int64_t now);
/* Asks a peer with a closed window for an ACK. */
void pp_tcp_probe(struct pp_tcp *c, int64_t now);

/* Round-trip time measured (RFC 6298 section 2). */
void pp_tcp_rtt(struct pp_tcp *c, int64_t rtt);
/* The retransmission time-out that the measurements give, without back-off. */
void pp_tcp_rto_reset(struct pp_tcp *c);
/* After every event: sends what is due, ends what is over, sets timer and deadline. */
void pp_tcp_settle(struct pp_tcp *c, int64_t now);
void pp_tcp_deadline(struct pp_tcp *c);
/* The end: tells the owner, once. */
void pp_tcp_finish(struct pp_tcp *c, enum pp_how how);
/*
 * Offers N bytes to the owner. Returns how many are taken: all of them once we have closed. Look at `state` afterwards.
 */
uint32_t pp_tcp_offer(struct pp_tcp *c, const uint8_t *bytes, uint32_t n);
/* N bytes of `held` have been taken. */
void pp_tcp_taken(struct pp_tcp *c, uint32_t n);
/* Payload and FIN of an acceptable segment. */
void pp_tcp_text(struct pp_tcp *c, const struct pp_packet *p, int64_t now);
/* The peer's FIN, if it is its turn. */
void pp_tcp_take_fin(struct pp_tcp *c);

#endif
