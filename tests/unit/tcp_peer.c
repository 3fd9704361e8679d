/* SPDX-License-Identifier: BSD-2-Clause */
/* tcp_peer.c: the peer of the TCP client in tests. */
#include "tcp_peer.h"

#include "../../core/base/error.h"

#define SERVER_TRIES 8

/* ---- one packet ------------------------------------------------------------------------------------- */

static size_t put_options(uint8_t *o, const struct peer_segment *s)
{
    size_t n = 0;

    if (s->mss >= 0) {
        o[n] = 2, o[n + 1] = 4;
        pp_put16(o + n + 2, (uint16_t)s->mss);
        n += 4;
    }
    if (s->wscale >= 0) {
        o[n] = 3, o[n + 1] = 3, o[n + 2] = (uint8_t)s->wscale;
        n += 3;
    }
    if (s->sack_ok) {
        o[n] = 4, o[n + 1] = 2;
        n += 2;
    }
    if (s->timestamps) {
        o[n] = 8, o[n + 1] = 10;
        pp_put32(o + n + 2, s->tsval);
        pp_put32(o + n + 6, s->tsecr);
        n += 10;
    }
    while (n % 4)
        o[n++] = 1;
    return n;
}

void peer_packet(struct pp_packet *p, uint8_t *bytes, int family, const struct peer_segment *s)
{
    size_t ip = family == 4 ? 20 : 40, options, total;
    uint8_t *t = bytes + ip;

    memset(bytes, 0, ip + 20);
    options = put_options(t + 20, s);
    total = ip + 20 + options + s->len;
    if (family == 4) {
        bytes[0] = 0x45;
        bytes[1] = s->tos;
        pp_put16(bytes + 2, (uint16_t)total);
        bytes[8] = 57;
        bytes[9] = 6;
        pp_put32(bytes + 12, 0xc0000201);
        pp_put32(bytes + 16, 0xc6336401);
    } else {
        pp_put32(bytes, UINT32_C(6) << 28 | (uint32_t)s->tos << 20);
        pp_put16(bytes + 4, (uint16_t)(total - 40));
        bytes[6] = 6;
        bytes[7] = 57;
        pp_put32(bytes + 8, 0x20010db8);
        pp_put32(bytes + 24, 0x20010db8);
        bytes[39] = 1;
    }
    pp_put16(t, 80);
    pp_put16(t + 2, 61000);
    pp_put32(t + 4, s->seq);
    pp_put32(t + 8, s->ack);
    t[12] = (uint8_t)((20 + options) / 4 << 4 | (s->flags >> 8 & 15));
    t[13] = (uint8_t)s->flags;
    pp_put16(t + 14, s->window);
    if (s->len)
        memcpy(t + 20 + options, s->payload, s->len);
    if (pp_packet_decode(p, bytes, s->cap ? total - s->len + s->cap : total) < 0)
        BUG("a test packet does not decode");
}

/* ---- the wire ---------------------------------------------------------------------------------------- */

void world_init(struct world *w, const struct world_server *conf, int family)
{
    memset(w, 0, sizeof *w);
    w->now = 1000 * MS;
    w->delay = 10 * MS;
    w->late = 35 * MS;
    w->conf = conf;
    w->family = family;
    w->answer = conf->answer;
    w->answer_len = conf->answer_len;
    if (conf->tls)
        tls_peer_init(&w->tls, conf->tls);
    w->rto_at = PP_NEVER;
    for (int d = 0; d < 2; d++)
        w->lose[d] = w->lose_too[d] = w->twice[d] = w->hold_back[d] = -1;
    w->queue = calloc(WORLD_QUEUE, sizeof *w->queue);
    if (!w->queue)
        BUG("no memory");
}

void world_release(struct world *w)
{
    free(w->queue);
    if (w->conf->tls)
        tls_peer_release(&w->tls);
}

static void enqueue(struct world *w, enum world_dir dir, const struct peer_segment *s, int64_t at)
{
    struct world_event *e = &w->queue[w->queued];

    if (w->queued == WORLD_QUEUE || s->len > WORLD_SEGMENT)
        BUG("the wire is too small: %u packets, %zu bytes", w->queued, s->len);
    w->queued++;
    e->at = at;
    e->order = w->order++;
    e->dir = dir;
    e->s = *s;
    if (s->len)
        memcpy(e->payload, s->payload, s->len);
}

static void wire(struct world *w, enum world_dir dir, const struct peer_segment *s)
{
    int n = w->count[dir]++;
    int64_t at = w->now + w->delay + (n == w->hold_back[dir] ? w->late : 0);

    if (n == w->lose[dir] || n == w->lose_too[dir])
        return;
    enqueue(w, dir, s, at);
    if (n == w->twice[dir])
        enqueue(w, dir, s, at + 1);
}

void world_send(struct world *w, const struct pp_segment *s)
{
    struct peer_segment out = {
        .seq = s->seq, .ack = s->ack, .flags = s->flags, .window = s->window, .timestamps = s->timestamps,
        .tsval = s->tsval, .tsecr = s->tsecr, .payload = s->payload, .len = s->len,
    };
    wire(w, TO_SERVER, &out);
}

/* ---- the server ---------------------------------------------------------------------------------------- */

static void reply(struct world *w, uint16_t flags, uint32_t seq, const uint8_t *payload, size_t len)
{
    const struct world_server *c = w->conf;
    struct peer_segment s = {
        .seq = seq, .ack = w->rcv_nxt, .flags = flags, .window = (uint16_t)c->window, .mss = -1, .wscale = -1,
        .timestamps = c->timestamps, .tsval = (uint32_t)(w->now / MS), .tsecr = w->ts_recent, .payload = payload,
        .len = len,
    };
    if (flags & PP_TCP_SYN) {
        s.mss = c->mss ? c->mss : -1;
        s.wscale = c->wscale ? 0 : -1;
        s.sack_ok = c->sack;
        if (c->ecn)
            s.flags |= PP_TCP_ECE;
    }
    wire(w, TO_CLIENT, &s);
}

/* Everything from snd_nxt on that the window lets through. */
static void server_output(struct world *w)
{
    const struct world_server *c = w->conf;
    uint32_t mss = c->mss ? c->mss : 536;

    if (mss > 1400)
        mss = 1400;
    while (w->open && w->answering && !w->fin_sent) {
        uint32_t off = w->snd_nxt - (c->iss + 1), in_flight = w->snd_nxt - w->snd_una;
        uint32_t left = c->push_forever ? 1u << 20 : (uint32_t)w->answer_len - off, n = left;
        uint8_t bytes[WORLD_SEGMENT];

        if (left == 0) {
            if (c->rst_after_answer) {
                reply(w, PP_TCP_RST | PP_TCP_ACK, w->snd_nxt, NULL, 0);
                w->reset = true;
            } else if (w->client_fin || (c->tls ? w->tls.done && c->tls->ends : !c->keep_open)) {
                reply(w, PP_TCP_FIN | PP_TCP_ACK, w->snd_nxt++, NULL, 0);
                w->fin_sent = true;
            }
            break;
        }
        if (in_flight >= w->snd_wnd)
            break;
        if (n > w->snd_wnd - in_flight)
            n = w->snd_wnd - in_flight;
        if (n > mss)
            n = mss;
        for (uint32_t i = 0; i < n; i++)
            bytes[i] = (uint8_t)w->answer[(off + i) % w->answer_len];
        reply(w, PP_TCP_ACK | PP_TCP_PSH, w->snd_nxt, bytes, n);
        w->snd_nxt += n;
    }
    if (w->snd_nxt != w->snd_una && w->rto_at == PP_NEVER)
        w->rto_at = w->now + w->rto;
}

static void server_timer(struct world *w)
{
    w->rto_at = PP_NEVER;
    if (w->reset || ++w->tries > SERVER_TRIES)
        return;
    w->rto *= 2;
    if (!w->open) {
        reply(w, PP_TCP_SYN | PP_TCP_ACK, w->conf->iss, NULL, 0);
        w->rto_at = w->now + w->rto;
        return;
    }
    w->snd_nxt = w->snd_una; /* go-back-N */
    w->fin_sent = false;
    server_output(w);
}

static void server_ack(struct world *w, const struct peer_segment *s)
{
    int32_t n = (int32_t)(s->ack - w->snd_una);

    /* After a retransmission timeout an ACK may acknowledge bytes that were sent before it. */
    if (n < 0)
        return;
    w->snd_wnd = s->flags & PP_TCP_SYN ? s->window : (uint32_t)s->window << w->client_wscale;
    if (n == 0)
        return;
    w->snd_una = s->ack;
    if ((int32_t)(w->snd_nxt - w->snd_una) < 0)
        w->snd_nxt = w->snd_una;
    w->open = true;
    w->tries = 0;
    w->rto = 300 * MS;
    w->rto_at = w->snd_nxt != w->snd_una ? w->now + w->rto : PP_NEVER;
    if (!w->conf->push_forever && w->answering && w->snd_una == w->conf->iss + 2 + (uint32_t)w->answer_len) {
        w->fin_acked = w->fin_sent = true;
        w->snd_nxt = w->snd_una;
    }
}

static void server_text(struct world *w, const struct peer_segment *s)
{
    uint32_t skip = w->rcv_nxt - s->seq;

    if (s->len == 0 && !(s->flags & PP_TCP_FIN)) {
        if (s->seq != w->rcv_nxt)
            reply(w, PP_TCP_ACK, w->snd_nxt, NULL, 0);
        return;
    }
    if (skip <= s->len) {
        uint32_t n = (uint32_t)s->len - skip;

        if (w->request_len + n < sizeof w->request) {
            memcpy(w->request + w->request_len, s->payload ? (const char *)s->payload + skip : "", n);
            if (w->conf->tls && n) {
                tls_peer_input(&w->tls, w->request + w->request_len, n);
                w->answer = w->tls.out;
                w->answer_len = w->tls.out_len;
            }
            w->request_len += n;
            w->rcv_nxt += n;
        }
        if (s->flags & PP_TCP_FIN && s->seq + s->len == w->rcv_nxt && !w->client_fin) {
            w->client_fin = true;
            w->answering = true;
            w->rcv_nxt++;
        }
    }
    w->request[w->request_len] = 0;
    if (w->conf->tls || (w->conf->at_once && w->request_len) || strstr(w->request, "\r\n\r\n"))
        w->answering = true;
    if (w->conf->mute)
        w->answering = false;
    reply(w, PP_TCP_ACK, w->snd_nxt, NULL, 0);
}

static void server_input(struct world *w, const struct peer_segment *s)
{
    if (w->reset)
        return;
    if (s->flags & PP_TCP_RST) {
        w->reset = true;
        w->rto_at = PP_NEVER;
        return;
    }
    if (s->timestamps)
        w->ts_recent = s->tsval;
    if (s->flags & PP_TCP_SYN) {
        w->rcv_nxt = s->seq + 1;
        if (w->conf->refuse) {
            reply(w, PP_TCP_RST | PP_TCP_ACK, 0, NULL, 0);
            return;
        }
        if (!w->syn_seen) {
            w->syn_seen = true;
            w->irs = s->seq;
            w->snd_una = w->conf->iss;
            w->snd_nxt = w->conf->iss + 1;
            w->client_wscale = w->conf->wscale ? 7 : 0;
            w->rto = 1000 * MS;
        }
        if (!w->open) {
            reply(w, PP_TCP_SYN | PP_TCP_ACK, w->conf->iss, NULL, 0);
            w->rto_at = w->now + w->rto;
        }
        return;
    }
    if (!w->syn_seen)
        return;
    server_ack(w, s);
    if (!w->open)
        return;
    if (w->conf->fin_at_once)
        w->answering = true;
    server_text(w, s);
    server_output(w);
}

/* ---- time ------------------------------------------------------------------------------------------------ */

/* The next packet to arrive, by time and order of sending. */
static struct world_event *next_event(struct world *w)
{
    struct world_event *best = NULL;

    for (unsigned i = 0; i < w->queued; i++) {
        struct world_event *e = &w->queue[i];
        if (!best || e->at < best->at || (e->at == best->at && e->order < best->order))
            best = e;
    }
    return best;
}

void world_run(struct world *w, int64_t until)
{
    for (;;) {
        struct world_event *e = next_event(w), copy;
        int64_t client_at = *w->gone ? PP_NEVER : *w->deadline, at = e ? e->at : PP_NEVER;
        struct pp_packet p;
        uint8_t bytes[WORLD_SEGMENT + 100];

        if (client_at < at)
            at = client_at;
        if (w->rto_at < at)
            at = w->rto_at;
        if (at == PP_NEVER || at > until) {
            w->now = until;
            return;
        }
        if (at > w->now)
            w->now = at;
        if (at == client_at) {
            w->timer(w->client, w->now);
        } else if (at == w->rto_at) {
            server_timer(w);
        } else {
            copy = *e;
            *e = w->queue[--w->queued];
            copy.s.payload = copy.payload;
            if (copy.dir == TO_SERVER) {
                server_input(w, &copy.s);
            } else if (!*w->gone) {
                peer_packet(&p, bytes, w->family, &copy.s);
                w->input(w->client, &p, w->now);
            }
        }
    }
}
