/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conn.h: the lab's open connections: a hash table over pooled structs. Single thread. What a server knows of a
 * connection is in struct pp_conn; a host without connections costs nothing.
 */
#ifndef PP_CONN_H
#define PP_CONN_H

#include "../../core/base/wheel.h"
#include "../boxes/hash.h"
#include "../truth/topology.h"

#define PP_CONN_EXTRA 16 /* bytes of an option, a multiple of 4: what a SYN/ACK with all others has room for */
#define PP_CONN_DNS 512 /* bytes of a DNS query over TCP with its length, and of the answer */
#define PP_CONN_MAX 1000000 /* open at once; beyond it a SYN gets no answer */

enum pp_conn_state {
    PP_CONN_IGNORED, /* the host is deaf to this flow (flow_fail) */
    PP_CONN_WAITING, /* the first SYN was not heard, the second will be */
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
    PP_CONN_CLOSING = 1 << 7,   /* the server has nothing more to say than what it has begun to */
    PP_CONN_PEER_FIN = 1 << 8,
    PP_CONN_RESENT = 1 << 9,    /* no RTT sample: Karn */
    PP_CONN_SYN_ECE = 1 << 10,  /* flags of the SYN, for the reflection */
    PP_CONN_SYN_CWR = 1 << 11,
    PP_CONN_ECT_SYN = 1 << 12,
    PP_CONN_ACCECN = 1 << 13,   /* agreed to */
    PP_CONN_UPGRADE = 1 << 14,  /* the request asks for HTTP/2 */
    PP_CONN_ASKED = 1 << 15,    /* the first bytes of a request came */
};

/* Of a segment, what is looked at once it is its turn. */
struct pp_conn_ahead {
    uint32_t seq;
    uint16_t flags, len;
    uint8_t tos, bytes[]; /* LEN */
};

struct pp_conn {
    struct pp_conn *next; /* in its bucket or in the pool */
    struct pp_timer timer;
    struct pp_conn_key key;
    struct pp_lab_place place;
    uint8_t state;   /* enum pp_conn_state */
    uint8_t retries;
    uint8_t wscale;  /* of the client's window */
    uint8_t newlines; /* of the request: line ends in a row */
    uint8_t upgrade;  /* of the request: so much of PP_LAB_UPGRADE came last */
    uint8_t dscp;    /* of what came last */
    uint8_t extra_len; /* an option for the SYN/ACK beside those that all know: an answer, or a copy */
    uint8_t extra[PP_CONN_EXTRA];
    uint8_t *dns;    /* PP_CONN_DNS bytes: query, then answer; NULL: HTTP is spoken. The table frees it */
    uint16_t dns_len;
    struct pp_conn_ahead *ahead; /* one segment that overtook the one before it; NULL: none. The table frees it */
    uint16_t bits;   /* enum pp_conn_bits */
    uint16_t mss;    /* what the client takes */
    uint32_t iss, snd_una, snd_nxt, snd_max; /* RFC 9293 section 3.3.1; snd_max: never sent beyond */
    uint32_t snd_wnd;
    uint32_t irs, rcv_nxt;
    uint32_t ts_recent;
    uint8_t syn_ecn; /* AccECN: how the SYN arrived, and RFC 9768 section 3.2.1 */
    uint8_t cep;
    bool counted;    /* a byte counter has moved */
    uint32_t bytes[4]; /* of payload, by codepoint */
    int64_t rto;
    int64_t arrived; /* host's time of the last segment */
    int64_t sent_at; /* of the SYN/ACK: the RTT sample */
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
/* Zeroed but for the key; KEY must not be there yet. NULL: no room. */
struct pp_conn *pp_conn_add(struct pp_conns *t, const struct pp_conn_key *key);
/* The timer must not be set any more. */
void pp_conn_remove(struct pp_conns *t, struct pp_conn *c);

#endif
