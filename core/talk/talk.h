/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * talk.h: one conversation of one arm: the TCP client or UDP question below, the connect mode on top. Modes are rows of
 * a table. A talk tells its owner what to send, and when it has ended with which outcome. Single thread.
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
    uint16_t port;    /* default port; 0: a target must name one */
    uint16_t window;  /* receive window to advertise, bytes */
    uint16_t snaplen; /* bytes of an IP packet that the capture must hold */
    bool tls;         /* the conversation runs within TLS */
    uint8_t packets;  /* packets of one arm in a round, approximately: the rate limit reserves them */
    uint32_t cost;    /* memory of an active conversation beyond struct pp_talk, bytes */
    const char *what; /* one sentence for the manual */
    /*
     * Modes with a message: writes it. Returns its length in bytes, or 0: it does not fit into CAP, or the domain is
     * unfit.
     */
    size_t (*message)(const struct pp_ask *a, uint8_t *out, size_t cap);
    bool (*reply)(const struct pp_ask *a, const uint8_t *bytes, size_t len); /* UDP: true if a datagram answers A */
    /* UDP: the same for conversations that may go on after a datagram; NULL: `reply` decides. */
    enum pp_udp_reply (*take)(struct pp_talk *t, const uint8_t *bytes, size_t len);
    void (*bye)(struct pp_talk *t); /* UDP: sends the closing packet; NULL: none */
    uint8_t quic; /* enum pp_quic_asks, where the arm's steps set none */
    const char *(*unfit)(const char *domain); /* returns NULL, or why a target with DOMAIN cannot be asked */
    /* TCP: */
    void (*open)(struct pp_talk *t); /* established; early: not yet, and bytes written go on the SYN */
    size_t (*data)(struct pp_talk *t, const uint8_t *bytes, size_t len);
    void (*eof)(struct pp_talk *t);
    void (*end)(struct pp_talk *t); /* releases the mode's resources */
};

extern const struct pp_talk_mode pp_talk_modes[]; /* ends with name == NULL */
const struct pp_talk_mode *pp_talk_mode_find(const char *name);
const struct pp_talk_mode *pp_talk_mode_of(uint32_t bit);

struct pp_talk_owner {
    void (*send)(struct pp_talk *t, const struct pp_segment *s);
    /* Called once: the outcome is final (`ok`, `how`, `stale`); segments of the closing handshake may still be sent. */
    void (*decided)(struct pp_talk *t);
    /* Called before `decided` with the frames of a decrypted QUIC answer. NULL: not called. */
    void (*read)(struct pp_talk *t, const struct pp_quic_seen *seen);
    /* Called once, after decided: nothing more is sent; the talk may be released (not from within the call). */
    void (*over)(struct pp_talk *t);
};

struct pp_talk {
    union { /* first member */
        struct pp_tcp tcp;
        struct { /* UDP */
            struct pp_udp udp;
            struct pp_quic_kept kept_keys;
        };
    };
    const struct pp_talk_mode *mode;
    const struct pp_talk_owner *owner;
    struct pp_http_pool *pool; /* borrowed; NULL for modes without HTTP */
    struct pp_http *http;
    struct pp_quic_retry *retry; /* the Retry received, owned; NULL: none */
    struct pp_ask ask;         /* pp_talk_init sets the domain; the caller may set the other members before the start */
    struct pp_quic_id peer;    /* quic: the server's connection id, once it has answered an Initial */
    uint32_t answered;         /* dnstcp: bytes of the answer received */
    uint16_t answer_len;       /* dnstcp: the length that the answer declares */
    int64_t now;               /* set by every pp_talk_* call */
    int64_t give_up;           /* ns: a "packet too big" came, and the wait for an answer ends then; PP_NEVER: none */
    uint32_t longest;          /* bytes of the longest packet sent, with its IP header; set by the owner */
    struct pp_addr dst;
    uint16_t dport;
    int16_t http_status;
    uint8_t http_version; /* enum pp_http_version of the answer */
    bool ok, decided, over, stale;
    bool kept;   /* quic: the server keeps a connection that PEER identifies */
    bool failed; /* lack of memory or descriptors on this host: the outcome is void */
    uint8_t how; /* enum pp_how */
};

/*
 * MODE, OWNER, CONFIG, DOMAIN (NULL: none) and POOL (NULL: the mode has no HTTP) are borrowed until pp_talk_release.
 * DPORT: host order. ISS, TS_OFFSET, SYN_FLAGS: as for pp_tcp_init; UDP ignores them, and takes the time-out from
 * CONFIG->connect_timeout.
 */
void pp_talk_init(struct pp_talk *t, const struct pp_talk_mode *mode, const struct pp_talk_owner *owner,
                  const struct pp_tcp_config *config, const struct pp_addr *dst, uint16_t dport, const char *domain,
                  struct pp_http_pool *pool, uint32_t iss, uint32_t ts_offset, uint16_t syn_flags);
void pp_talk_release(struct pp_talk *t); /* any time; sends nothing */
/* Sends the first packet. NOW: monotonic ns, as in all calls below. */
void pp_talk_start(struct pp_talk *t, int64_t now);
/* Takes a packet of this flow from the target. */
void pp_talk_input(struct pp_talk *t, const struct pp_packet *p, int64_t now);
/*
 * Takes an ICMP error that quotes this flow. Before the handshake is complete it ends the talk (PP_HOW_ICMP; UDP:
 * PP_HOW_REFUSED if the target reports the port as closed); afterwards, errors are advisory (RFC 5927). "Packet too
 * big" ends it at any time, but only PP_TALK_TOO_BIG_WAIT later: it is easily forged, and an answer within that time
 * refutes it. An implausible one (pp_icmp_too_big) is ignored.
 */
void pp_talk_icmp(struct pp_talk *t, const struct pp_packet *icmp, const struct pp_packet *quoted, int64_t now);
void pp_talk_timer(struct pp_talk *t, int64_t now); /* call when pp_talk_deadline has come */
/* For modes: sets the outcome. Later calls are ignored. */
void pp_talk_decide(struct pp_talk *t, bool ok, enum pp_how how);
/* --target-timeout has expired: decides with HOW, and sends RST if the peer ever answered. */
void pp_talk_abort(struct pp_talk *t, enum pp_how how, int64_t now);

/* Returns the time at which pp_talk_timer must be called, ns. */
static inline int64_t pp_talk_deadline(const struct pp_talk *t)
{
    int64_t at = t->mode->proto == PP_PROTO_UDP ? t->udp.deadline : t->tcp.deadline;

    return at < t->give_up ? at : t->give_up;
}

/* True once the handshake is complete: a peer that stops answering has stalled. */
static inline bool pp_talk_is_open(const struct pp_talk *t)
{
    return t->mode->proto == PP_PROTO_TCP && t->tcp.state >= PP_TCP_OPEN;
}

#endif
