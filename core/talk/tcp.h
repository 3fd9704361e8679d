/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcp.h: a small TCP client (RFC 9293) whose every segment is ours to shape: active open, in-order delivery from a
 * bounded window, retransmission (RFC 6298), timestamps, SACK permitted, window scale, ECN feedback (RFC 3168) and
 * AccECN's without its option (RFC 9768), close by FIN with RST as the fallback. It never reads past a bound whatever
 * the peer sends, acknowledges only bytes that were captured, and holds no thread or socket: packets, time and timers
 * are handed in, segments are handed out. Sequence numbers follow RFC 6528 (the caller computes the ISS). Single
 * thread.
 */
#ifndef PP_TCP_H
#define PP_TCP_H

#include "../base/wheel.h"
#include "../packet/build.h"
#include "../packet/tfo.h"

enum pp_tcp_state {
    PP_TCP_IDLE,
    PP_TCP_SYN_SENT,
    PP_TCP_OPEN,      /* established; the peer may have sent FIN (eof) */
    PP_TCP_CLOSING,   /* our FIN is sent or waits behind unsent data */
    PP_TCP_CLOSED,
};

#define PP_TCP_SEND_MAX 16384 /* bytes that pp_tcp_write holds until they are acknowledged */
#define PP_TCP_SYNS 4         /* SYN at 0, 1, 3, 7 s */
#define PP_TCP_RTO_MIN INT64_C(200000000)
#define PP_TCP_RTO_INIT INT64_C(1000000000)
#define PP_TCP_RTO_MAX INT64_C(60000000000)
#define PP_TCP_RETRIES 6      /* retransmissions of one segment, or probes of a closed window; then STALLED */
#define PP_TCP_FIN_WAIT INT64_C(3000000000) /* for the peer's answer to our FIN; then RST */
#define PP_TCP_DISCARD_MAX 16384 /* bytes that a peer may still send after our close; then RST */
#define PP_TCP_RESETS 4       /* RSTs in answer to what does not acknowledge our SYN */
#define PP_TCP_SAME_ACKS 32   /* ACKs of one number, without anything new from the peer; then one every half second */
#define PP_TCP_FLIGHT 10      /* segments in flight at most (the initial window of RFC 6928: it never grows) */

/* What all connections of a run have in common. */
struct pp_tcp_config {
    struct pp_look look4, look6;
    uint32_t window;          /* receive window in bytes: fits the capture's snap length; at least 1 << wscale */
    int64_t connect_timeout;  /* ns from the first SYN */
};

/* One segment to be sent. */
struct pp_segment {
    enum pp_on on;
    unsigned ordinal; /* within its class; a retransmission has its original's */
    uint16_t flags;
    uint32_t seq, ack;
    uint16_t window;
    bool timestamps;
    uint32_t tsval, tsecr;
    uint8_t sack_len;
    uint8_t sack[8]; /* at most one block */
    const uint8_t *options; /* SYN: of its own, whole options */
    uint8_t options_len;
    const uint8_t *payload;
    size_t len;
    bool retransmission;
    bool apart; /* UDP: of no interest to what is measured: a goodbye behind the last answer */
};

struct pp_tcp;

/*
 * How a connection talks to its owner. Called from within pp_tcp_*; they may call pp_tcp_write, _close, _abort, but
 * must not free.
 */
struct pp_tcp_ops {
    void (*send)(struct pp_tcp *c, const struct pp_segment *s);
    void (*open)(struct pp_tcp *c); /* the handshake is complete */
    /*
     * In-order payload. Returns how much was taken; what is not taken closes the window and is offered again at
     * pp_tcp_resume.
     */
    size_t (*data)(struct pp_tcp *c, const uint8_t *bytes, size_t len);
    void (*eof)(struct pp_tcp *c); /* the peer's FIN, in order; neither this nor data is called after pp_tcp_close */
    /*
     * The end, once: HOW is PP_HOW_NONE after an orderly close, else why it ended: SILENT (no answer to any SYN),
     * REFUSED (RST to the SYN), RST (later), STALLED (retransmissions gave up, or memory ran out: `no_memory`). `stale`
     * is set (HOW is then SILENT) when the answer to the SYN was a bare ACK: old state at the server; a RST was sent,
     * another port is wanted.
     */
    void (*closed)(struct pp_tcp *c, enum pp_how how);
};

struct pp_tcp {
    const struct pp_tcp_ops *ops;
    const struct pp_tcp_config *config;
    int64_t deadline; /* when pp_tcp_timer must be called; PP_NEVER: no need. Look after each call */
    int64_t opened_at, syn_at, closing_at; /* ns; syn_at: the first SYN */
    int64_t timer_at;  /* next SYN, retransmission or probe; PP_NEVER: none. `deadline` is made from it */
    int64_t rtt_at, challenged_at; /* 0: no segment is being timed; no challenge ACK was sent */
    int64_t rto, srtt, rttvar;
    uint32_t iss, snd_una, snd_nxt, snd_wnd, snd_max_wnd;
    uint32_t snd_wl1;  /* sequence number of the segment that set snd_wnd */
    uint32_t rtt_seq;  /* acknowledged: the timed segment has arrived */
    uint32_t recover;  /* retransmit at once until this is acknowledged */
    uint32_t cwr_seq;  /* ECE is not heeded again until this is acknowledged (RFC 3168 section 6.1.2) */
    uint32_t data_end[3]; /* where the first data segments ended: a retransmission is the packet that it repeats */
    uint32_t irs, rcv_nxt, ts_offset, ts_recent;
    uint8_t *out;              /* unacknowledged and unsent bytes, from snd_una on */
    uint32_t out_len, out_cap;
    uint8_t *held;             /* `untaken` bytes, then the window from rcv_nxt on, as far as received out of order */
    uint32_t untaken;          /* in order, acknowledged, not taken by the owner */
    uint32_t held_lo, held_hi; /* the one run of out-of-order bytes, counted from rcv_nxt; held_hi 0: none */
    uint32_t fin_seq;          /* where the peer's FIN stands, once seen */
    uint32_t discarded;        /* bytes that came after our close */
    uint16_t peer_mss;
    uint16_t data_sent, acks_sent; /* segments of the class so far: ordinals */
    uint32_t acked;            /* the number last acknowledged */
    uint8_t same_acks, resets; /* how often that was; RSTs sent before the handshake was done */
    uint16_t fin_ordinal;
    /*
     * Bytes that the treatment puts on the SYN. 0 by pp_tcp_init; set it before pp_tcp_connect. What of them the
     * SYN/ACK acknowledges is part of the stream, the rest is given up.
     */
    uint16_t syn_data;
    /* As in struct pp_step. 0 by pp_tcp_init; set them before pp_tcp_connect. */
    uint8_t segments, pause;
    uint16_t overhead; /* bytes that the treatment adds to headers: segments carry so much less. As the above */
    uint16_t size;  /* bytes of each full segment with its headers, whatever MSS the peer names; 0: as usual */
    uint16_t piece; /* bytes of all segments but the last */
    struct pp_tfo_cookie cookie;
    /* TCP Fast Open, set before pp_tcp_connect: an option for the SYN. */
    uint8_t syn_options_len;
    uint8_t syn_options[PP_TFO_OPTION_MAX];
    /*
     * Set before pp_tcp_connect: what was written before it goes out on the SYN as far as it fits, and on all SYNs (RFC
     * 7413 section 4.2.2 would have the second one without: that would hide that the first did not get through); what
     * the SYN/ACK does not acknowledge is sent again.
     */
    bool early;
    /* enum pp_without: what the treatment leaves out of the SYN. 0 by pp_tcp_init; set it before pp_tcp_connect. */
    uint8_t without;
    uint8_t state;             /* enum pp_tcp_state */
    uint8_t family;
    uint8_t syns, retries;
    uint8_t snd_wscale;
    uint16_t syn_flags; /* flags that the treatment adds to the SYN: whether ECN was asked for */
    bool ts_ok, sack_ok, ws_ok;
    bool ecn_asked, ecn_ok;    /* our SYN was ECN-setup; the SYN/ACK agreed (RFC 3168 section 6.1.1) */
    bool accecn_asked, accecn_ok; /* the same of AccECN (RFC 9768 section 3.1.1) */
    uint8_t cep;               /* AccECN: packets that came with CE, from 5 on (section 3.2.1) */
    uint8_t ace;               /* of the ACK of the SYN/ACK (section 3.2.2.1); 0: it is sent */
    bool ece_due, cwr_due;     /* CE was seen: echo until CWR; ECE was seen: CWR on the next new data */
    bool ack_due, fin_seen, no_memory;
    bool stale, fin_wanted, fin_sent, fin_acked, eof, dead;
};

/*
 * FAMILY 4 or 6. SYN_FLAGS: TCP flags that the arm's treatment puts on the SYN. TS_OFFSET is added to the timestamp
 * clock (1 ms).
 */
void pp_tcp_init(struct pp_tcp *c, const struct pp_tcp_ops *ops, const struct pp_tcp_config *config, int family,
                 uint32_t iss, uint32_t ts_offset, uint16_t syn_flags);
void pp_tcp_release(struct pp_tcp *c); /* frees buffers; sends nothing */
void pp_tcp_connect(struct pp_tcp *c, int64_t now);
void pp_tcp_input(struct pp_tcp *c, const struct pp_packet *p, int64_t now);
/* Whether segment T acknowledges this connection's SYN, at most with the data in it; also later on. */
bool pp_tcp_acks_syn(const struct pp_tcp *c, const struct pp_tcp_view *t);
/* The last number that the peer may acknowledge: all of ours are in (iss, reach]. Also later on. */
uint32_t pp_tcp_reach(const struct pp_tcp *c);
void pp_tcp_timer(struct pp_tcp *c, int64_t now);
/*
 * Queues bytes and sends what the window allows. 0, or -1: more than PP_TCP_SEND_MAX would be waiting, or no memory, or
 * not open (nor about to be, with `early`).
 */
int pp_tcp_write(struct pp_tcp *c, const void *bytes, size_t len, int64_t now);
/* Offers again what `data` did not take, reopens the window. */
void pp_tcp_resume(struct pp_tcp *c, int64_t now);
/* FIN behind what is queued. `closed` follows. Before the handshake: as pp_tcp_abort. */
void pp_tcp_close(struct pp_tcp *c, int64_t now);
/* RST (none if nothing was ever answered), then `closed` with HOW. */
void pp_tcp_abort(struct pp_tcp *c, enum pp_how how, int64_t now);

#endif
