/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcp_parts.h: declarations shared by the files of the TCP client: tcp.c (open, close, timers), tcp_input.c (received
 * segments), tcp_reassembly.c (their payload), tcp_output.c (sent segments). Private to them.
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

/* Bytes of room in the receive window. */
static inline uint32_t pp_tcp_room(const struct pp_tcp *c)
{
    return c->config->window - c->untaken;
}

/* Bytes sent and not acknowledged, the FIN included. */
static inline uint32_t pp_tcp_in_flight(const struct pp_tcp *c)
{
    return c->snd_nxt - c->snd_una;
}

/* Bytes of `out` that have been sent. */
static inline uint32_t pp_tcp_sent(const struct pp_tcp *c)
{
    return pp_tcp_in_flight(c) - (c->fin_sent && !c->fin_acked);
}

/* Returns the bytes of payload that a segment may carry (RFC 6691: the MSS does not count options, the sender must). */
uint32_t pp_tcp_mss(const struct pp_tcp *c);
/* Returns how many of the queued bytes go on the SYN. */
uint16_t pp_tcp_early(const struct pp_tcp *c);
uint32_t pp_tcp_clock(const struct pp_tcp *c, int64_t now);

void pp_tcp_send_syn(struct pp_tcp *c, int64_t now);
void pp_tcp_send_ack(struct pp_tcp *c, int64_t now);
/* Sends a challenge ACK for an unacceptable segment: at most one per 500 ms, so that two ends cannot loop. */
void pp_tcp_send_challenge(struct pp_tcp *c, int64_t now);
/* Sends a RST with the next sequence number. */
void pp_tcp_send_rst(struct pp_tcp *c, int64_t now);
/* Sends a RST for a segment of no connection: SEQ is the number that it acknowledged (RFC 9293 section 3.10.7.1). */
void pp_tcp_send_rst_at(struct pp_tcp *c, uint32_t seq, int64_t now);
/* Sends new data and FIN, as far as the window allows; FORCE: also a small piece that silly-window avoidance delays. */
void pp_tcp_output(struct pp_tcp *c, bool force, int64_t now);
/* Sends the first unacknowledged segment again. */
void pp_tcp_retransmit(struct pp_tcp *c, int64_t now);
/* Asks a peer with a closed window for an ACK. */
void pp_tcp_probe(struct pp_tcp *c, int64_t now);

/* Takes a measured round-trip time, ns (RFC 6298 section 2). */
void pp_tcp_rtt(struct pp_tcp *c, int64_t rtt);
/* Sets the retransmission time-out from the measurements, without back-off. */
void pp_tcp_rto_reset(struct pp_tcp *c);
/* Called after every event: sends pending segments, ends a finished connection, sets timer and deadline. */
void pp_tcp_settle(struct pp_tcp *c, int64_t now);
void pp_tcp_deadline(struct pp_tcp *c);
/* Ends the connection and calls `closed`, once. */
void pp_tcp_finish(struct pp_tcp *c, enum pp_how how);
/*
 * Offers N bytes to the owner. Returns how many are taken: all of them after our close. The callback may change
 * `state`.
 */
uint32_t pp_tcp_offer(struct pp_tcp *c, const uint8_t *bytes, uint32_t n);
/* Removes N bytes of `held` that the owner has taken. */
void pp_tcp_taken(struct pp_tcp *c, uint32_t n);
/* Takes payload and FIN of an acceptable segment. */
void pp_tcp_text(struct pp_tcp *c, const struct pp_packet *p, int64_t now);
/* Processes the peer's FIN, if all data before it have been taken. */
void pp_tcp_take_fin(struct pp_tcp *c);

#endif
