/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host.h: declarations shared by the files of the lab's TCP: host.c (received segments), host_syn.c (SYNs, cookies,
 * negotiation), host_send.c (sending and retransmission), host_http.c (HTTP). Times are in ns at the host.
 */
#ifndef PP_LAB_HOST_H
#define PP_LAB_HOST_H

#include "../net/lab_parts.h"
#include "conn.h"
#include "syncount.h"

#define PP_HOST_SEGMENT_MAX 1428u /* bytes of data in a segment */

struct pp_lab_hosts {
    struct pp_conns conns;
    struct pp_syncount syncount;
    struct pp_quic_crypto *crypto; /* created at the first QUIC Initial */
};

/* Segment P reaches the host at time AT. */
void pp_host_tcp(struct pp_lab *lab, const struct pp_lab_place *place, const struct pp_packet *p, int64_t at);
/* Datagram P reaches an open port of the host at time AT. */
void pp_host_udp(struct pp_lab *lab, const struct pp_lab_place *place, const struct pp_packet *p, int64_t at);
/* A connection's timer went off. */
void pp_host_timer(struct pp_lab *lab, struct pp_conn *c, int64_t now);

/* Handles a SYN to an open port. C: the connection of its flow, or NULL. */
void pp_host_syn(struct pp_lab *lab, const struct pp_lab_place *place, struct pp_conn *c, const struct pp_packet *p,
                 int64_t at);
/* The connection made from the SYN cookie that segment P acknowledges; NULL: none. */
struct pp_conn *pp_host_from_cookie(struct pp_lab *lab, const struct pp_lab_place *place, const struct pp_packet *p,
                                    int64_t at);

/*
 * Handles option OPT of SYN P. True: OPT is Fast Open's and C's server supports it; prepares the answer, and takes the
 * data if the cookie is valid.
 */
bool pp_host_tfo(struct pp_lab *lab, struct pp_conn *c, const struct pp_tcpopt *opt, const struct pp_packet *p);
/* Takes bytes of the request, in order. */
void pp_host_request(struct pp_conn *c, const uint8_t *bytes, uint32_t len);
/*
 * True if the host accepts P, which begins a flow or is a further datagram of it. C: the flow's state; NULL: none.
 * False: the host ignores P, or the whole flow, which C then records.
 */
bool pp_host_hears(struct pp_lab *lab, const struct pp_lab_place *place, struct pp_conn **c, const struct pp_packet *p,
                   int64_t at);

void pp_host_put_synack(struct pp_lab *lab, struct pp_conn *c, int64_t at);
/*
 * Sends a segment with LEN bytes of the answer from SEQ on, and ACK. ECT: mark it (RFC 3168 section 6.1.2: new data
 * only).
 */
void pp_host_put_segment(struct pp_lab *lab, struct pp_conn *c, uint16_t flags, uint32_t seq, uint32_t len, bool ect,
                         int64_t at);
/* Sends the segments that the client's window permits, at most MAX, each with ACK. Returns their number. */
unsigned pp_host_put_more(struct pp_lab *lab, struct pp_conn *c, unsigned max, int64_t at);
/* The length of the answer in bytes; 0 while the request is not complete. */
uint32_t pp_host_answer_len(const struct pp_lab *lab, const struct pp_conn *c);
/* HTTP: takes bytes of the request; the answer's length; and the answer from OFF on, at least a segment of it. */
void pp_host_http_request(struct pp_conn *c, const uint8_t *bytes, uint32_t len);
uint32_t pp_host_http_len(const struct pp_lab *lab, const struct pp_conn *c);
const uint8_t *pp_host_http_from(const struct pp_lab *lab, const struct pp_conn *c, uint32_t off);
/* Turns the DNS query M into its answer. Returns the length in bytes; 0: M is no query. */
size_t pp_host_dns(uint8_t *m, size_t len);

/* ---- host_quic.c ---- */

#define PP_HOST_QUIC_MAX 1200 /* bytes of the longest answer */

/* Writes the server's answer to P, a whole datagram. Returns its length in bytes; 0: no answer. */
size_t pp_host_quic(struct pp_lab *lab, const struct pp_lab_place *place, const struct pp_packet *p,
                    uint8_t out[PP_HOST_QUIC_MAX]);

/* (Re)starts the timer of a connection for the next event that it waits for. */
void pp_host_timer_set(struct pp_lab *lab, struct pp_conn *c, int64_t at);
void pp_host_forget(struct pp_lab *lab, struct pp_conn *c);

/* ---- accecn.c: a server that speaks AccECN (RFC 9768) ---- */

#define PP_ACCECN_OPTION 12 /* bytes of its option, padding included */

bool pp_accecn_wanted(const struct pp_packet *syn);
void pp_accecn_start(struct pp_conn *c, const struct pp_packet *syn);
/* Adds P, which is new and in order, to the counters. */
void pp_accecn_take(struct pp_conn *c, const struct pp_packet *p);
/* AE, CWR and ECE of the SYN/ACK, and of all other segments. */
uint16_t pp_accecn_flags_synack(const struct pp_conn *c);
uint16_t pp_accecn_flags(const struct pp_conn *c);
/* Writes the option; returns its length, PP_ACCECN_OPTION bytes. */
unsigned pp_accecn_option(const struct pp_conn *c, uint8_t *out);

/* The TOS byte, with ECN field zero, of a host's answer to a packet with codepoint N. */
static inline uint8_t pp_host_dscp(uint32_t quirks, uint8_t n)
{
    return (uint8_t)(quirks & PP_QUIRK_DSCP_COPY    ? n << 2
                     : quirks & PP_QUIRK_DSCP_FIXED ? PP_LAB_DSCP_FIXED << 2
                                                    : 0);
}

#endif
