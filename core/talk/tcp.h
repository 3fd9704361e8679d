/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcp.h: a small TCP client (RFC 9293) with full control over each segment: active open, in-order delivery from a
 * bounded window, retransmission (RFC 6298), timestamps, SACK permitted, window scale, ECN feedback (RFC 3168) and
 * AccECN's without its option (RFC 9768), close by FIN with RST as the fallback. Input is untrusted: every buffer is
 * bounded, and only captured bytes are acknowledged. The client holds no thread or socket: the caller passes packets,
 * time and timers in, and gets segments out. The caller computes the ISS by RFC 6528. Single thread.
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
    PP_TCP_CLOSING,   /* our FIN is sent, or queued behind unsent data */
    PP_TCP_CLOSED,
};

#define PP_TCP_SEND_MAX 16384 /* bytes that pp_tcp_write buffers until acknowledged */
#define PP_TCP_SYNS 4         /* SYN at 0, 1, 3, 7 s */
#define PP_TCP_RTO_MIN INT64_C(200000000)
#define PP_TCP_RTO_INIT INT64_C(1000000000)
#define PP_TCP_RTO_MAX INT64_C(60000000000)
#define PP_TCP_RETRIES 6      /* retransmissions of one segment, or probes of a closed window; then STALLED */
#define PP_TCP_FIN_WAIT INT64_C(3000000000) /* ns, for the peer's answer to our FIN; then RST */
#define PP_TCP_DISCARD_MAX 16384 /* bytes accepted and discarded after our close; then RST */
#define PP_TCP_RESETS 4       /* RSTs sent in answer to segments that do not acknowledge our SYN */
#define PP_TCP_SAME_ACKS 32   /* ACKs with the same number, without new data from the peer; then one per 500 ms */
#define PP_TCP_FLIGHT 10      /* maximum of segments in flight (the initial window of RFC 6928, never increased) */

/* The settings that all connections of a run share. */
struct pp_tcp_config {
    struct pp_look look4, look6;
    uint32_t window;          /* receive window in bytes, within the capture's snap length; at least 1 << wscale */
    int64_t connect_timeout;  /* ns from the first SYN */
};

/* One segment to send. */
struct pp_segment {
    enum pp_on on;
    unsigned ordinal; /* within its class; a retransmission has the original's */
    uint16_t flags;
    uint32_t seq, ack;
    uint16_t window;
    bool timestamps;
    uint32_t tsval, tsecr;
    uint8_t sack_len;
    uint8_t sack[8]; /* at most one block */
    const uint8_t *options; /* SYN: options of this connection, whole */
    uint8_t options_len;
    const uint8_t *payload;
    size_t len;
    bool retransmission;
    bool apart; /* UDP: not part of the measurement: the closing packet after the last answer */
};

struct pp_tcp;

/*
 * Callbacks to the connection's owner. They are called from within pp_tcp_*, and may call pp_tcp_write, _close, _abort,
 * but must not free the connection.
 */
struct pp_tcp_ops {
    void (*send)(struct pp_tcp *c, const struct pp_segment *s);
    void (*open)(struct pp_tcp *c); /* the handshake is complete */
    /*
     * Delivers in-order payload. Returns how many bytes the owner takes; the rest closes the window, and is offered
     * again by pp_tcp_resume.
     */
    size_t (*data)(struct pp_tcp *c, const uint8_t *bytes, size_t len);
    void (*eof)(struct pp_tcp *c); /* the peer's FIN, in order; after pp_tcp_close neither this nor data is called */
    /*
     * The end, called once. HOW is PP_HOW_NONE after an orderly close; else SILENT (no answer to any SYN), REFUSED (RST
     * to the SYN), RST (later), STALLED (retransmissions exhausted, or out of memory: `no_memory`). `stale` is set (HOW
     * is then SILENT) when the answer to the SYN was a bare ACK of an old connection at the server: a RST was sent, and
     * the caller retries from another port.
     */
    void (*closed)(struct pp_tcp *c, enum pp_how how);
};

struct pp_tcp {
    const struct pp_tcp_ops *ops;
    const struct pp_tcp_config *config;
    int64_t deadline; /* ns: when to call pp_tcp_timer; PP_NEVER: not needed. Read after each call */
    int64_t opened_at, syn_at, closing_at; /* ns; syn_at: the first SYN */
    int64_t timer_at;  /* ns: next SYN, retransmission or probe; PP_NEVER: none. `deadline` includes it */
    int64_t rtt_at, challenged_at; /* ns; 0: no segment is timed; no challenge ACK was sent */
    int64_t rto, srtt, rttvar;
    uint32_t iss, snd_una, snd_nxt, snd_wnd, snd_max_wnd;
    uint32_t snd_wl1;  /* sequence number of the segment that set snd_wnd */
    uint32_t rtt_seq;  /* when acknowledged, the timed segment has arrived */
    uint32_t recover;  /* until this is acknowledged, retransmit without waiting */
    uint32_t cwr_seq;  /* until this is acknowledged, further ECE is ignored (RFC 3168 section 6.1.2) */
    uint32_t data_end[3]; /* ends of the first data segments: retransmissions are cut at them */
    uint32_t irs, rcv_nxt, ts_offset, ts_recent;
    uint8_t *out;              /* unacknowledged and unsent bytes, from snd_una on; owned */
    uint32_t out_len, out_cap;
    uint8_t *held;             /* owned: `untaken` bytes, then the window from rcv_nxt on, as received out of order */
    uint32_t untaken;          /* bytes in order and acknowledged that the owner has not taken */
    uint32_t held_lo, held_hi; /* a single run of out-of-order bytes, relative to rcv_nxt; held_hi 0: none */
    uint32_t fin_seq;          /* sequence number of the peer's FIN, once seen */
    uint32_t discarded;        /* bytes received after our close */
    uint16_t peer_mss;
    uint16_t data_sent, acks_sent; /* segments of the class sent: next ordinals */
    uint32_t acked;            /* the last acknowledgment number sent */
    uint8_t same_acks, resets; /* ACKs sent with it; RSTs sent before the handshake was complete */
    uint16_t fin_ordinal;
    /*
     * Bytes of data that the treatment puts on the SYN. 0 by pp_tcp_init; set before pp_tcp_connect. The part that the
     * SYN/ACK acknowledges belongs to the stream, the rest is dropped.
     */
    uint16_t syn_data;
    /* As in struct pp_step. 0 by pp_tcp_init; set before pp_tcp_connect. */
    uint8_t segments, pause;
    uint16_t overhead; /* bytes that the treatment adds to headers; the MSS is reduced by them. Set as above */
    uint16_t size;  /* bytes of each full segment with headers, whatever the peer's MSS; 0: by MSS */
    uint16_t piece; /* bytes of all segments but the last of a divided request */
    struct pp_tfo_cookie cookie;
    /* TCP Fast Open: an option for the SYN; set before pp_tcp_connect. */
    uint8_t syn_options_len;
    uint8_t syn_options[PP_TFO_OPTION_MAX];
    /*
     * Set before pp_tcp_connect: bytes written before it go on the SYN as far as they fit, and on every retransmitted
     * SYN (RFC 7413 section 4.2.2 omits them there, which would hide that the first SYN was lost); bytes that the
     * SYN/ACK does not acknowledge are sent again.
     */
    bool early;
    /* enum pp_without: options that the treatment omits from the SYN. 0 by pp_tcp_init; set before pp_tcp_connect. */
    uint8_t without;
    uint8_t state;             /* enum pp_tcp_state */
    uint8_t family;
    uint8_t syns, retries;
    uint8_t snd_wscale;
    uint16_t syn_flags; /* flags that the treatment adds to the SYN: they tell whether ECN was requested */
    bool ts_ok, sack_ok, ws_ok;
    bool ecn_asked, ecn_ok;    /* our SYN requested ECN; the SYN/ACK agreed (RFC 3168 section 6.1.1) */
    bool accecn_asked, accecn_ok; /* the same for AccECN (RFC 9768 section 3.1.1) */
    uint8_t cep;               /* AccECN: packets received with CE, starting at 5 (section 3.2.1) */
    uint8_t ace;               /* ACE of the ACK of the SYN/ACK (section 3.2.2.1); 0: sent already */
    bool ece_due, cwr_due;     /* CE received: send ECE until CWR; ECE received: send CWR on the next new data */
    bool ack_due, fin_seen, no_memory;
    bool stale, fin_wanted, fin_sent, fin_acked, eof, dead;
};

/*
 * FAMILY 4 or 6. SYN_FLAGS: TCP flags that the arm's treatment adds to the SYN. TS_OFFSET is added to the timestamp
 * clock (1 ms). OPS and CONFIG are borrowed until pp_tcp_release.
 */
void pp_tcp_init(struct pp_tcp *c, const struct pp_tcp_ops *ops, const struct pp_tcp_config *config, int family,
                 uint32_t iss, uint32_t ts_offset, uint16_t syn_flags);
void pp_tcp_release(struct pp_tcp *c); /* frees buffers; sends nothing */
/* Sends the first SYN. NOW: monotonic ns, as in all calls below. */
void pp_tcp_connect(struct pp_tcp *c, int64_t now);
/* Takes a segment of this flow from the peer; its content is untrusted. Truncated and fragmented ones are ignored. */
void pp_tcp_input(struct pp_tcp *c, const struct pp_packet *p, int64_t now);
/*
 * True if segment T acknowledges this connection's SYN, at most with the data in it; also after the connection has
 * ended.
 */
bool pp_tcp_acks_syn(const struct pp_tcp *c, const struct pp_tcp_view *t);
/* The highest number that the peer may acknowledge: our sequence numbers are in (iss, reach]. Also after the end. */
uint32_t pp_tcp_reach(const struct pp_tcp *c);
/* Call when `deadline` has come; earlier calls do no harm. */
void pp_tcp_timer(struct pp_tcp *c, int64_t now);
/*
 * Queues a copy of LEN bytes and sends as much as the window allows. 0, or -1: more than PP_TCP_SEND_MAX would be
 * queued, no memory, or not open (nor before connect with `early`).
 */
int pp_tcp_write(struct pp_tcp *c, const void *bytes, size_t len, int64_t now);
/* Offers the bytes that `data` did not take again, and reopens the window. */
void pp_tcp_resume(struct pp_tcp *c, int64_t now);
/* Queues a FIN behind the data; `closed` is called later. Before the handshake: as pp_tcp_abort. */
void pp_tcp_close(struct pp_tcp *c, int64_t now);
/* Sends RST (none if the peer never answered), then calls `closed` with HOW. */
void pp_tcp_abort(struct pp_tcp *c, enum pp_how how, int64_t now);

#endif
