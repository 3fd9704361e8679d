/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host.h: what the files of the lab's TCP share: host.c (segments that arrive), host_syn.c (SYNs, cookies,
 * negotiation), host_send.c (what is sent, and when again), host_http.c (what is said). Times are the host's.
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

/* A SYN for a port that is open. C: the connection of its flow, or NULL. */
void pp_host_syn(struct pp_lab *lab, const struct pp_lab_place *place, struct pp_conn *c, const struct pp_packet *p,
                 int64_t at);
/* The connection that segment P makes by bringing a cookie back; NULL: none. */
struct pp_conn *pp_host_from_cookie(struct pp_lab *lab, const struct pp_lab_place *place, const struct pp_packet *p,
                                    int64_t at);

/* OPT of SYN P is Fast Open's, and the server of C knows it: it is answered, and data that may be taken is. */
bool pp_host_tfo(struct pp_lab *lab, struct pp_conn *c, const struct pp_tcpopt *opt, const struct pp_packet *p);
/* In-order bytes of the request. */
void pp_host_request(struct pp_conn *c, const uint8_t *bytes, uint32_t len);
/*
 * True: the host hears P, which begins a flow or is one more datagram of it; C: what is known of the flow, NULL:
 * nothing. False: it is deaf to this one, or to the whole flow, which C then says.
 */
bool pp_host_hears(struct pp_lab *lab, const struct pp_lab_place *place, struct pp_conn **c, const struct pp_packet *p,
                   int64_t at);

void pp_host_put_synack(struct pp_lab *lab, struct pp_conn *c, int64_t at);
/* A segment from SEQ on with LEN bytes of the answer, and ACK. ECT: RFC 3168 section 6.1.2, new data only. */
void pp_host_put_segment(struct pp_lab *lab, struct pp_conn *c, uint16_t flags, uint32_t seq, uint32_t len, bool ect,
                         int64_t at);
/* Sends what the client's window allows, at most MAX segments. Returns how many; each carries the acknowledgment. */
unsigned pp_host_put_more(struct pp_lab *lab, struct pp_conn *c, unsigned max, int64_t at);
/* Bytes of the answer; 0 while the request is not complete. */
uint32_t pp_host_answer_len(const struct pp_lab *lab, const struct pp_conn *c);
/* The same over HTTP: bytes of the request; of the answer all, and those from OFF on, a segment of them at least. */
void pp_host_http_request(struct pp_conn *c, const uint8_t *bytes, uint32_t len);
uint32_t pp_host_http_len(const struct pp_lab *lab, const struct pp_conn *c);
const uint8_t *pp_host_http_from(const struct pp_lab *lab, const struct pp_conn *c, uint32_t off);
/* Makes the DNS query M an answer to itself. Returns its length; 0: it is no query. */
size_t pp_host_dns(uint8_t *m, size_t len);

/* ---- host_quic.c ---- */

#define PP_HOST_QUIC_MAX 1200 /* bytes of its longest answer */

/* What the server says to P, a whole datagram. Returns its length; 0: nothing. */
size_t pp_host_quic(struct pp_lab *lab, const struct pp_lab_place *place, const struct pp_packet *p,
                    uint8_t out[PP_HOST_QUIC_MAX]);

/* (Re)starts the one timer of a connection, for whatever it waits for now. */
void pp_host_timer_set(struct pp_lab *lab, struct pp_conn *c, int64_t at);
void pp_host_forget(struct pp_lab *lab, struct pp_conn *c);

/* ---- accecn.c: a server that speaks AccECN (RFC 9768) ---- */

#define PP_ACCECN_OPTION 12 /* bytes of its option, padding included */

bool pp_accecn_wanted(const struct pp_packet *syn);
void pp_accecn_start(struct pp_conn *c, const struct pp_packet *syn);
/* Counts P, which is in order and new. */
void pp_accecn_take(struct pp_conn *c, const struct pp_packet *p);
/* AE, CWR and ECE of the SYN/ACK, and of all else. */
uint16_t pp_accecn_flags_synack(const struct pp_conn *c);
uint16_t pp_accecn_flags(const struct pp_conn *c);
/* Writes the option, PP_ACCECN_OPTION bytes, and returns so many. */
unsigned pp_accecn_option(const struct pp_conn *c, uint8_t *out);

/* The TOS byte with which a host answers what came with codepoint N; its ECN field is zero. */
static inline uint8_t pp_host_dscp(uint32_t quirks, uint8_t n)
{
    return (uint8_t)(quirks & PP_QUIRK_DSCP_COPY    ? n << 2
                     : quirks & PP_QUIRK_DSCP_FIXED ? PP_LAB_DSCP_FIXED << 2
                                                    : 0);
}

#endif
