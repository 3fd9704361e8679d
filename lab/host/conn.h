/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conn.h: the table of the lab's open connections: a hash table over pooled structs. struct pp_conn has a server's
 * state of a connection; a host without connections takes no memory. Single thread.
 */
#ifndef PP_CONN_H
#define PP_CONN_H

#include "../../core/base/wheel.h"
#include "../boxes/hash.h"
#include "../truth/topology.h"

#define PP_CONN_EXTRA 16 /* bytes of one more option, a multiple of 4, for which a SYN/ACK with all others has room */
#define PP_CONN_DNS 512 /* bytes of a DNS query over TCP with its length field, and of the answer */
#define PP_CONN_MAX 1000000 /* the most open connections; a SYN beyond gets no answer */

enum pp_conn_state {
    PP_CONN_IGNORED, /* the host ignores this flow (flow_fail) */
    PP_CONN_WAITING, /* the first SYN was ignored, the second will be accepted */
    PP_CONN_SYN_RECEIVED,
    PP_CONN_OPEN, /* until both have said FIN and both were acknowledged */
    PP_CONN_LINGER,
};

enum pp_conn_bits {
    PP_CONN_ECN = 1 << 0,       /* negotiated */
    PP_CONN_ECE = 1 << 1,       /* echo CE until CWR */
    PP_CONN_CWR = 1 << 2,       /* say CWR with the next new data */
    PP_CONN_TIMESTAMPS = 1 << 3,
    PP_CONN_SACK = 1 << 4,
    PP_CONN_SCALED = 1 << 5,
    PP_CONN_ANSWER = 1 << 6,    /* the request is complete */
    PP_CONN_CLOSING = 1 << 7,   /* the server sends the rest of its answer, and no more */
    PP_CONN_PEER_FIN = 1 << 8,
    PP_CONN_RESENT = 1 << 9,    /* no RTT sample (Karn's algorithm) */
    PP_CONN_SYN_ECE = 1 << 10,  /* flags of the SYN, for PP_QUIRK_REFLECT */
    PP_CONN_SYN_CWR = 1 << 11,
    PP_CONN_ECT_SYN = 1 << 12,
    PP_CONN_ACCECN = 1 << 13,   /* AccECN was negotiated */
    PP_CONN_UPGRADE = 1 << 14,  /* the request asks for HTTP/2 */
    PP_CONN_ASKED = 1 << 15,    /* the first bytes of a request came */
};

/* The parts of an out-of-order segment that are used once its turn comes. */
struct pp_conn_ahead {
    uint32_t seq;
    uint16_t flags, len;
    uint8_t tos, bytes[]; /* LEN */
};

struct pp_conn {
    struct pp_conn *next; /* the next connection in the bucket or in the pool */
    struct pp_timer timer;
    struct pp_conn_key key;
    struct pp_lab_place place;
    uint8_t state;   /* enum pp_conn_state */
    uint8_t retries;
    uint8_t wscale;  /* of the client's window */
    uint8_t newlines; /* of the request: line ends in a row */
    uint8_t upgrade;  /* of the request: bytes of PP_LAB_UPGRADE matched so far */
    uint8_t dscp;    /* codepoint of the last segment received */
    uint8_t extra_len; /* length of a further option for the SYN/ACK: an answer, or a copy */
    uint8_t extra[PP_CONN_EXTRA];
    uint8_t *dns;    /* PP_CONN_DNS bytes: query, then answer; NULL: HTTP. Freed by the table */
    uint16_t dns_len;
    struct pp_conn_ahead *ahead; /* one segment received out of order; NULL: none. Freed by the table */
    uint16_t bits;   /* enum pp_conn_bits */
    uint16_t mss;    /* the client's maximum segment size */
    uint32_t iss, snd_una, snd_nxt, snd_max; /* RFC 9293 section 3.3.1; snd_max: the highest sequence number sent */
    uint32_t snd_wnd;
    uint32_t irs, rcv_nxt;
    uint32_t ts_recent;
    uint8_t syn_ecn; /* AccECN: the mark of the SYN, and the counters of RFC 9768 section 3.2.1 */
    uint8_t cep;
    bool counted;    /* a byte counter has moved */
    uint32_t bytes[4]; /* of payload, by codepoint */
    int64_t rto;
    int64_t arrived; /* host's time of the last segment */
    int64_t sent_at; /* when the SYN/ACK was sent, for the RTT sample */
    int64_t fifo;    /* when the last packet reaches the client */
};

struct pp_conns {
    struct pp_conn **bucket;
    uint64_t mask, count;
    uint64_t secret;
    struct pp_conn *pool;
    void *slabs;
};

/* 0, or -1: no memory. */
int pp_conns_init(struct pp_conns *t, uint64_t secret);
void pp_conns_release(struct pp_conns *t);
struct pp_conn *pp_conn_get(struct pp_conns *t, const struct pp_conn_key *key);
/*
 * Adds a connection with KEY, which must not be in the table, and all else zero. NULL: the table is full, or no memory.
 */
struct pp_conn *pp_conn_add(struct pp_conns *t, const struct pp_conn_key *key);
/* Removes and frees C, whose timer must not be set. */
void pp_conn_remove(struct pp_conns *t, struct pp_conn *c);

#endif
