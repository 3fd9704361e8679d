/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host_send.c: sends the segments of the lab's servers: SYN/ACKs like those of Linux, answers, acknowledgments, and
 * retransmissions.
 */
#include "host.h"

#define WINDOW 64240 /* unscaled */
#define WSCALE 7
#define RETRIES 6
#define DEAF (40 * PP_LAB_SECOND) /* ns that a flow is ignored: longer than a client repeats its SYN */
#define IDLE (60 * PP_LAB_SECOND)
#define LINGER PP_LAB_SECOND /* a short TIME-WAIT, which bounds memory at tens of thousands of flows per second */

static uint32_t clock_ms(const struct pp_lab_place *place, int64_t at)
{
    return (uint32_t)(at / PP_LAB_MS) + (uint32_t)(place->key >> 32);
}

static uint16_t window(const struct pp_conn *c)
{
    return c->bits & PP_CONN_SCALED ? WINDOW >> WSCALE : WINDOW;
}

static void put_timestamps(uint8_t *at, uint32_t val, uint32_t ecr)
{
    at[0] = 8;
    at[1] = 10;
    pp_put32(at + 2, val);
    pp_put32(at + 6, ecr);
}

static void put(struct pp_lab *lab, struct pp_conn *c, struct pp_lab_segment *s, int64_t at)
{
    uint32_t quirks = lab->quirks[c->place.class_index];
    struct pp_net_packet *packet;

    s->tos |= pp_host_dscp(quirks, c->dscp);
    s->src = &c->key.server;
    s->dst = &c->key.client;
    s->sport = c->key.sport;
    s->dport = c->key.cport;
    s->ttl = (uint8_t)(PP_LAB_TTL - c->place.nhops);
    packet = pp_segment_make(lab, s);
    if (packet)
        pp_lab_send(lab, &c->place, packet, c->place.nhops + 1u, at, &c->fifo);
}

void pp_host_put_segment(struct pp_lab *lab, struct pp_conn *c, uint16_t flags, uint32_t seq, uint32_t len, bool ect,
                         int64_t at)
{
    struct pp_lab_segment s = {.flags = flags | PP_TCP_ACK, .window = window(c), .seq = seq, .ack = c->rcv_nxt};

    if (c->bits & PP_CONN_ECE)
        s.flags |= PP_TCP_ECE;
    if (c->bits & PP_CONN_ACCECN)
        s.flags |= pp_accecn_flags(c);
    if (ect) {
        s.tos = PP_ECT0;
        if (c->bits & PP_CONN_CWR)
            s.flags |= PP_TCP_CWR;
        c->bits &= (uint16_t)~PP_CONN_CWR;
    }
    if (c->bits & PP_CONN_TIMESTAMPS) {
        s.options[0] = s.options[1] = 1;
        put_timestamps(s.options + 2, clock_ms(&c->place, at), c->ts_recent);
        s.options_len = 12;
    }
    if (c->bits & PP_CONN_ACCECN && c->counted)
        s.options_len = (uint8_t)(s.options_len + pp_accecn_option(c, s.options + s.options_len));
    if (len) {
        uint32_t off = seq - c->iss - 1;
        s.data = c->dns ? c->dns + off : pp_host_http_from(lab, c, off);
        s.data_len = (uint16_t)len;
    }
    put(lab, c, &s, at);
}

void pp_host_put_synack(struct pp_lab *lab, struct pp_conn *c, int64_t at)
{
    struct pp_lab_segment s = {.flags = PP_TCP_SYN | PP_TCP_ACK, .seq = c->iss, .ack = c->rcv_nxt};
    uint32_t quirks = lab->quirks[c->place.class_index], tsval = clock_ms(&c->place, at);
    bool v4 = c->place.family == 4;
    uint8_t *o = s.options;

    s.window = quirks & PP_QUIRK_WINDOW0 ? 0 : v4 ? 65160 : 64260;
    if (c->bits & PP_CONN_ECN)
        s.flags |= PP_TCP_ECE;
    if (c->bits & PP_CONN_ACCECN)
        s.flags |= pp_accecn_flags_synack(c);
    if (quirks & PP_QUIRK_REFLECT)
        s.flags |= (c->bits & PP_CONN_SYN_ECE ? PP_TCP_ECE : 0) | (c->bits & PP_CONN_SYN_CWR ? PP_TCP_CWR : 0);
    if (!(quirks & PP_QUIRK_BARE)) {
        *o++ = 2;
        *o++ = 4;
        pp_put16(o, quirks & PP_QUIRK_JUMBO ? PP_LAB_MSS_JUMBO : PP_LAB_MSS(c->place.family));
        o += 2;
    }
    if (quirks & PP_QUIRK_COOKIE) /* the part of the cookie in the timestamp */
        tsval = (tsval & ~UINT32_C(63)) | (c->bits & PP_CONN_SCALED ? c->wscale : 15u) |
                (c->bits & PP_CONN_SACK ? 16 : 0) | (c->bits & PP_CONN_ECN ? 32 : 0);
    if (c->bits & PP_CONN_TIMESTAMPS) {
        *o++ = c->bits & PP_CONN_SACK ? 4 : 1;
        *o++ = c->bits & PP_CONN_SACK ? 2 : 1;
        put_timestamps(o, tsval, c->ts_recent);
        o += 10;
    } else if (c->bits & PP_CONN_SACK) {
        memcpy(o, "\1\1\4\2", 4);
        o += 4;
    }
    if (c->bits & PP_CONN_SCALED) {
        memcpy(o, "\1\3\3", 3);
        o += 3;
        *o++ = WSCALE;
    }
    memcpy(o, c->extra, c->extra_len);
    for (o += c->extra_len; (o - s.options) % 4; o++)
        *o = 1;
    if (c->bits & PP_CONN_ACCECN && o - s.options <= 28)
        o += pp_accecn_option(c, o);
    s.options_len = (uint8_t)(o - s.options);
    put(lab, c, &s, at);
}

uint32_t pp_host_answer_len(const struct pp_lab *lab, const struct pp_conn *c)
{
    if (!(c->bits & PP_CONN_ANSWER))
        return 0;
    return c->dns ? c->dns_len : pp_host_http_len(lab, c);
}

unsigned pp_host_put_more(struct pp_lab *lab, struct pp_conn *c, unsigned max, int64_t at)
{
    uint32_t total = pp_host_answer_len(lab, c), off, n;
    uint32_t mss = c->bits & PP_CONN_TIMESTAMPS && c->mss > 12 ? c->mss - 12u : c->mss;
    int32_t room;
    unsigned sent = 0;
    bool fresh;

    if (c->bits & PP_CONN_ACCECN && mss > PP_ACCECN_OPTION)
        mss -= PP_ACCECN_OPTION;
    if (mss > PP_HOST_SEGMENT_MAX)
        mss = PP_HOST_SEGMENT_MAX;
    while (sent < max) {
        off = c->snd_nxt - c->iss - 1;
        fresh = c->snd_nxt == c->snd_max;
        if (off < total) {
            room = (int32_t)(c->snd_una + c->snd_wnd - c->snd_nxt);
            if (room <= 0)
                break;
            n = total - off < mss ? total - off : mss;
            if (n > (uint32_t)room)
                n = (uint32_t)room;
            if (!fresh && n > c->snd_max - c->snd_nxt)
                n = c->snd_max - c->snd_nxt;
            pp_host_put_segment(lab, c, off + n == total ? PP_TCP_PSH : 0, c->snd_nxt, n,
                                fresh && c->bits & (PP_CONN_ECN | PP_CONN_ACCECN), at);
        } else if (off == total && c->bits & PP_CONN_CLOSING) {
            n = 1;
            pp_host_put_segment(lab, c, PP_TCP_FIN, c->snd_nxt, 0, false, at);
        } else {
            break;
        }
        c->snd_nxt += n;
        if (fresh)
            c->snd_max = c->snd_nxt;
        sent++;
    }
    return sent;
}

/* ---- timers ---- */

void pp_host_timer_set(struct pp_lab *lab, struct pp_conn *c, int64_t at)
{
    int64_t wait = IDLE;

    if (c->state == PP_CONN_LINGER)
        wait = LINGER;
    else if (c->state == PP_CONN_IGNORED || c->state == PP_CONN_WAITING)
        wait = DEAF;
    else if (c->state == PP_CONN_SYN_RECEIVED || c->snd_una != c->snd_max ||
             c->snd_nxt - c->iss - 1 < pp_host_answer_len(lab, c))
        wait = c->rto << (c->retries < 6 ? c->retries : 6); /* the last case: data, but a closed window */
    pp_wheel_set(&lab->wheel, &c->timer, at + wait);
}

void pp_host_forget(struct pp_lab *lab, struct pp_conn *c)
{
    pp_wheel_cancel(&lab->wheel, &c->timer);
    pp_conn_remove(&lab->hosts->conns, c);
}

void pp_host_timer(struct pp_lab *lab, struct pp_conn *c, int64_t now)
{
    bool waiting = c->snd_una != c->snd_max || c->snd_nxt - c->iss - 1 < pp_host_answer_len(lab, c);

    if (c->state == PP_CONN_SYN_RECEIVED && c->retries < RETRIES) {
        c->bits |= PP_CONN_RESENT;
        pp_host_put_synack(lab, c, now);
    } else if (c->state == PP_CONN_OPEN && waiting && c->retries < RETRIES) {
        if (c->snd_una != c->snd_max)
            c->snd_nxt = c->snd_una;
        if (!pp_host_put_more(lab, c, 1,
                              now)) /* a window probe as Linux sends it: one old byte, which the client acknowledges */
            pp_host_put_segment(lab, c, 0, c->snd_una - 1, 0, false, now);
    } else {
        pp_host_forget(lab, c);
        return;
    }
    c->retries++;
    pp_host_timer_set(lab, c, now);
}
