/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcp_output.c: sends the segments of a connection. This file assigns each segment its class and ordinal, by which
 * treatments are applied.
 */
#include "tcp_parts.h"

#define CHALLENGE_EVERY INT64_C(500000000) /* as Linux's tcp_invalid_ratelimit */
#define TCP_OPTIONS_MAX 40
#define TIMESTAMP_BYTES 12                 /* the option with its two NOPs */
#define MSS_MIN 48
#define MSS_MAX 1460 /* whatever the route's MTU: packet buffers are sized for this */

uint32_t pp_tcp_clock(const struct pp_tcp *c, int64_t now)
{
    return (uint32_t)(now / 1000000) + c->ts_offset;
}

uint32_t pp_tcp_mss(const struct pp_tcp *c)
{
    uint32_t mss = pp_tcp_look(c)->mss;

    if (c->size != 0)
        mss = c->size - (c->family == 4 ? 40 : 60);
    else if (mss == 0 || mss > c->peer_mss)
        mss = c->peer_mss;
    if (mss > MSS_MAX)
        mss = MSS_MAX;
    if (mss < MSS_MIN + (uint32_t)c->overhead)
        mss = MSS_MIN + (uint32_t)c->overhead;
    mss -= c->overhead;
    return c->ts_ok ? mss - TIMESTAMP_BYTES : mss;
}

/* Returns the window field, rounded down: never more than the buffer's room. */
static uint16_t window_field(const struct pp_tcp *c)
{
    uint32_t w = pp_tcp_room(c) >> (c->ws_ok ? pp_tcp_look(c)->wscale : 0);

    return w > UINT16_MAX ? UINT16_MAX : (uint16_t)w;
}

/* Sets the fields that all segments but SYNs share, and passes S to the owner. */
static void emit(struct pp_tcp *c, struct pp_segment *s, int64_t now)
{
    s->ack = s->flags & PP_TCP_ACK ? c->rcv_nxt : 0;
    s->window = s->flags & PP_TCP_RST ? 0 : window_field(c);
    s->timestamps = c->ts_ok;
    if (c->ts_ok) {
        s->tsval = pp_tcp_clock(c, now);
        s->tsecr = s->flags & PP_TCP_ACK ? c->ts_recent : 0;
    }
    if (s->flags & PP_TCP_ACK && !(s->flags & PP_TCP_RST)) {
        c->ack_due = false;
        if (c->accecn_ok)
            s->flags |= (uint16_t)((c->ace ? c->ace : c->cep & 7) << 6); /* AE, CWR and ECE are adjacent */
        else if (c->ece_due)
            s->flags |= PP_TCP_ECE;
        c->ace = 0;
    }
    c->ops->send(c, s);
}

static uint16_t count(uint16_t *n)
{
    return *n == UINT16_MAX ? *n : (*n)++;
}

/*
 * Returns the bytes of early data for the SYN: RFC 7413 section 4.1.3: the default MSS limits them, as the peer's is
 * not known yet; the options must fit as well.
 */
uint16_t pp_tcp_early(const struct pp_tcp *c)
{
    uint32_t most = (c->family == 4 ? 536 : 1220) - TCP_OPTIONS_MAX;

    most -= c->overhead < most / 2 ? c->overhead : most / 2;
    return (uint16_t)(c->out_len < most ? c->out_len : most);
}

void pp_tcp_send_syn(struct pp_tcp *c, int64_t now)
{
    const struct pp_look *look = pp_tcp_look(c);
    struct pp_segment s = {.on = PP_ON_SYN, .flags = PP_TCP_SYN | c->syn_flags, .seq = c->iss, .window = look->window};

    s.timestamps = look->timestamps && !(c->without & PP_WITHOUT_TIMESTAMPS);
    if (s.timestamps)
        s.tsval = pp_tcp_clock(c, now);
    s.retransmission = c->syns > 0;
    s.options = c->syn_options;
    s.options_len = c->syn_options_len;
    if (c->early) {
        s.payload = c->out;
        s.len = c->syn_data;
    }
    c->syns++;
    c->ops->send(c, &s);
}

/* Limits ACKs of segments without new data, forged ones included (RFC 5961 section 7). */
static bool may_ack(struct pp_tcp *c, int64_t now)
{
    if (c->rcv_nxt != c->acked) {
        c->acked = c->rcv_nxt;
        c->same_acks = 0;
    }
    if (c->same_acks < PP_TCP_SAME_ACKS) {
        c->same_acks++;
        return true;
    }
    if (now - c->challenged_at < CHALLENGE_EVERY)
        return false;
    c->challenged_at = now;
    return true;
}

static void send_ack(struct pp_tcp *c, int64_t now)
{
    struct pp_segment s = {.on = PP_ON_ACK, .ordinal = count(&c->acks_sent), .flags = PP_TCP_ACK, .seq = c->snd_nxt};

    if (c->sack_ok && c->held_hi != 0) { /* RFC 2018 */
        pp_put32(s.sack, c->rcv_nxt + c->held_lo);
        pp_put32(s.sack + 4, c->rcv_nxt + c->held_hi);
        s.sack_len = 8;
    }
    emit(c, &s, now);
}

void pp_tcp_send_ack(struct pp_tcp *c, int64_t now)
{
    c->ack_due = false;
    if (may_ack(c, now))
        send_ack(c, now);
}

void pp_tcp_send_challenge(struct pp_tcp *c, int64_t now)
{
    if (c->challenged_at != 0 && now - c->challenged_at < CHALLENGE_EVERY)
        return;
    c->challenged_at = now;
    send_ack(c, now);
}

void pp_tcp_send_rst(struct pp_tcp *c, int64_t now)
{
    struct pp_segment s = {.on = PP_ON_ACK, .flags = PP_TCP_RST | PP_TCP_ACK, .seq = c->snd_nxt};

    s.ordinal = count(&c->acks_sent);
    emit(c, &s, now);
}

void pp_tcp_send_rst_at(struct pp_tcp *c, uint32_t seq, int64_t now)
{
    struct pp_segment s = {.on = PP_ON_ACK, .ordinal = count(&c->acks_sent), .flags = PP_TCP_RST, .seq = seq};

    emit(c, &s, now);
}

void pp_tcp_probe(struct pp_tcp *c, int64_t now)
{
    /*
     * As Linux: an empty segment with an already acknowledged sequence number is not acceptable, so the peer has to
     * answer with its window. RFC 9293 section 3.8.6.1's probe would carry a byte of data.
     */
    struct pp_segment s = {.on = PP_ON_ACK, .flags = PP_TCP_ACK, .seq = c->snd_una - 1};

    s.ordinal = count(&c->acks_sent);
    emit(c, &s, now);
}

static void send_data(struct pp_tcp *c, uint32_t seq, uint32_t len, unsigned ordinal, bool again, int64_t now)
{
    uint32_t off = seq - c->snd_una;
    struct pp_segment s = {.on = PP_ON_DATA, .ordinal = ordinal, .flags = PP_TCP_ACK, .seq = seq};

    if (off + len == c->out_len || ordinal < c->segments) /* each piece is pushed, as if written alone */
        s.flags |= PP_TCP_PSH;
    if (!again && c->cwr_due) { /* on new data only: RFC 3168 section 6.1.5 */
        s.flags |= PP_TCP_CWR;
        c->cwr_due = false;
        c->cwr_seq = seq + len;
    }
    s.payload = c->out + off;
    s.len = len;
    s.retransmission = again;
    emit(c, &s, now);
}

static void send_fin(struct pp_tcp *c, bool again, int64_t now)
{
    struct pp_segment s = {.on = PP_ON_ACK, .flags = PP_TCP_FIN | PP_TCP_ACK, .retransmission = again};

    if (!again) {
        c->fin_ordinal = count(&c->acks_sent);
        c->fin_sent = true;
        c->snd_nxt++;
    }
    s.ordinal = c->fin_ordinal;
    s.seq = c->snd_nxt - 1;
    emit(c, &s, now);
}

/* Returns the bytes that the next segment may carry: MSS, or a piece of the REST that the treatment divides. */
static uint32_t segment_max(struct pp_tcp *c, uint32_t rest, uint32_t mss)
{
    if (c->data_sent + 1u >= c->segments)
        return mss;
    if (c->data_sent == 0)
        c->piece = (uint16_t)(rest > c->segments ? rest / c->segments : 1);
    return c->piece < mss ? c->piece : mss;
}

void pp_tcp_output(struct pp_tcp *c, bool force, int64_t now)
{
    uint32_t mss = pp_tcp_mss(c), limit = mss * PP_TCP_FLIGHT;

    if (limit > c->snd_wnd)
        limit = c->snd_wnd;
    while (!c->fin_sent && pp_tcp_in_flight(c) < limit) {
        uint32_t sent = pp_tcp_sent(c), rest = c->out_len - sent, len = limit - sent, seq = c->snd_nxt, most;
        uint16_t ordinal;

        if (rest == 0) {
            if (c->fin_wanted)
                send_fin(c, false, now);
            return;
        }
        if (c->pause != 0 && c->data_sent == c->pause && sent != 0)
            return;
        most = segment_max(c, rest, mss);
        if (len > rest)
            len = rest;
        if (len > most)
            len = most;
        /*
         * Avoids silly windows (RFC 9293 section 3.8.6.2.1): sends a full segment, the end of the data, or at least
         * half of the largest window seen; else it waits.
         */
        if (len < rest && len < most && len < (c->snd_max_wnd + 1) / 2 && !force)
            return;
        force = false;
        if (c->data_sent < 3)
            c->data_end[c->data_sent] = seq + len;
        ordinal = count(&c->data_sent);
        if (c->rtt_at == 0) {
            c->rtt_at = now;
            c->rtt_seq = seq + len;
        }
        c->snd_nxt += len;
        send_data(c, seq, len, ordinal, false, now);
    }
}

void pp_tcp_retransmit(struct pp_tcp *c, int64_t now)
{
    uint32_t len = pp_tcp_sent(c), mss = pp_tcp_mss(c);
    unsigned ordinal = 0;

    c->rtt_at = 0; /* Karn's rule: an answer now would be ambiguous */
    if (len == 0) {
        send_fin(c, true, now);
        return;
    }
    if (len > mss)
        len = mss;
    while (ordinal < 3 && ordinal < c->data_sent && pp_seq_diff(c->snd_una, c->data_end[ordinal]) >= 0)
        ordinal++;
    if (ordinal < 3 && ordinal < c->data_sent && len > c->data_end[ordinal] - c->snd_una)
        len = c->data_end[ordinal] - c->snd_una;
    send_data(c, c->snd_una, len, ordinal, true, now);
}
