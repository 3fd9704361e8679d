/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * talk.h: one conversation of one arm: the TCP client below, the connect mode on top. Modes are rows of a table. A talk
 * tells its owner two things: what to send, and when it is over and how it went. Single thread.
 */
#ifndef PP_TALK_H
#define PP_TALK_H

#include "ask.h"
#include "http.h"
#include "quic_initial.h"
#include "tcp.h"
#include "udp.h"

#define PP_TALK_TOO_BIG_WAIT INT64_C(1000000000) /* ns */

struct pp_talk;

struct pp_talk_mode {
    const char *name; /* as --connect takes it */
    uint32_t bit;     /* enum pp_mode */
    uint8_t proto;    /* enum pp_proto */
    uint16_t port;    /* used when a target names none; 0: it must */
    uint16_t window;  /* receive window to advertise */
    uint16_t snaplen; /* IP bytes that the capture must hold */
    bool tls;         /* the conversation is within TLS */
    uint8_t packets;  /* a round of one arm sends about this many: what admission reserves */
    uint32_t cost;    /* bytes of memory beyond struct pp_talk while it is under way */
    const char *what; /* one sentence for the manual */
    /* Of modes with a message: what is asked. Its length, or 0: it does not fit into CAP, or the domain is unfit. */
    size_t (*message)(const struct pp_ask *a, uint8_t *out, size_t cap);
    bool (*reply)(const struct pp_ask *a, const uint8_t *bytes, size_t len); /* UDP: whether a datagram answers it */
    /* UDP: the same within a conversation, which may have to go on; NULL: `reply` is all there is to it. */
    enum pp_udp_reply (*take)(struct pp_talk *t, const uint8_t *bytes, size_t len);
    void (*bye)(struct pp_talk *t); /* UDP: the end: what the other side has to be told; NULL: nothing */
    uint8_t quic; /* enum pp_quic_asks: what is asked where the arm has no wish of its own */
    const char *(*unfit)(const char *domain); /* NULL, or why a target with DOMAIN cannot be asked; NULL: all can */
    /* TCP: */
    void (*open)(struct pp_talk *t); /* the connection stands; or it begins, and what is written goes on the SYN */
    size_t (*data)(struct pp_talk *t, const uint8_t *bytes, size_t len);
    void (*eof)(struct pp_talk *t);
    void (*end)(struct pp_talk *t); /* release what the mode holds */
};

extern const struct pp_talk_mode pp_talk_modes[]; /* ends with name == NULL */
const struct pp_talk_mode *pp_talk_mode_find(const char *name);
const struct pp_talk_mode *pp_talk_mode_of(uint32_t bit);

struct pp_talk_owner {
    void (*send)(struct pp_talk *t, const struct pp_segment *s);
    /*
     * Once: the outcome stands. `ok`, `how` and `stale` are final; segments of the closing handshake may still be sent.
     */
    void (*decided)(struct pp_talk *t);
    /* A QUIC answer has been parsed; called before `decided`. NULL: not called. */
    void (*read)(struct pp_talk *t, const struct pp_quic_seen *seen);
    /* Once, after decided: nothing more will be sent; the talk may be released (not from within the call). */
    void (*over)(struct pp_talk *t);
};

struct pp_talk {
    union { /* first member */
        struct pp_tcp tcp;
        struct pp_udp udp;
    };
    const struct pp_talk_mode *mode;
    const struct pp_talk_owner *owner;
    struct pp_http_pool *pool; /* borrowed; NULL for modes without */
    struct pp_http *http;
    struct pp_quic_retry *retry; /* what a Retry wants; owned */
    struct pp_ask ask;         /* pp_talk_init sets the domain; the caller may set the rest before the start */
    struct pp_quic_id peer;    /* quic: the server's own, once it has answered an Initial */
    uint32_t answered;         /* dnstcp: bytes of the answer so far */
    uint16_t answer_len;       /* as it says itself */
    int64_t now;               /* set by every pp_talk_* call */
    int64_t give_up;           /* a router says that it is too big: when the time for an answer is up; PP_NEVER */
    uint32_t longest;          /* bytes of the longest packet sent, with its IP header; the owner's to set */
    struct pp_addr dst;
    uint16_t dport;
    int16_t http_status;
    uint8_t http_version; /* enum pp_http_version of the answer */
    bool ok, decided, over, stale;
    bool kept;   /* quic: the server keeps a connection for PEER */
    bool failed; /* for want of memory or descriptors here: says nothing about the path, the outcome is void */
    uint8_t how; /* enum pp_how */
};

void pp_talk_init(struct pp_talk *t, const struct pp_talk_mode *mode, const struct pp_talk_owner *owner,
                  const struct pp_tcp_config *config, const struct pp_addr *dst, uint16_t dport, const char *domain,
                  struct pp_http_pool *pool, uint32_t iss, uint32_t ts_offset, uint16_t syn_flags);
void pp_talk_release(struct pp_talk *t); /* any time; sends nothing */
void pp_talk_start(struct pp_talk *t, int64_t now);
void pp_talk_input(struct pp_talk *t, const struct pp_packet *p, int64_t now);
/*
 * An ICMP error quoted this flow. Ends it (PP_HOW_ICMP; UDP: PP_HOW_REFUSED if the target says that the port is
 * closed) before the handshake is complete; after it, errors are advisory (RFC 5927). "Packet too big" ends it at any
 * time, and never at once: it is easily forged, and an answer that comes within PP_TALK_TOO_BIG_WAIT shows it to be so.
 * One that cannot be true (pp_icmp_too_big) changes nothing.
 */
void pp_talk_icmp(struct pp_talk *t, const struct pp_packet *icmp, const struct pp_packet *quoted, int64_t now);
void pp_talk_timer(struct pp_talk *t, int64_t now); /* when pp_talk_deadline has come */
/* For modes: the outcome. Later calls do nothing. */
void pp_talk_decide(struct pp_talk *t, bool ok, enum pp_how how);
/* Time is up (--target-timeout): decided with HOW, RST if the peer ever answered. */
void pp_talk_abort(struct pp_talk *t, enum pp_how how, int64_t now);

/* When pp_talk_timer must be called. */
static inline int64_t pp_talk_deadline(const struct pp_talk *t)
{
    int64_t at = t->mode->proto == PP_PROTO_UDP ? t->udp.deadline : t->tcp.deadline;

    return at < t->give_up ? at : t->give_up;
}

/* The handshake is done: a peer that is silent from now on has stalled. */
static inline bool pp_talk_is_open(const struct pp_talk *t)
{
    return t->mode->proto == PP_PROTO_TCP && t->tcp.state >= PP_TCP_OPEN;
}

#endif
