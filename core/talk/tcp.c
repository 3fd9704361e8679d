/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcp.c: opens, writes to and closes a connection, and runs its timers. tcp_input.c handles received segments,
 * tcp_output.c sends.
 */
#include "tcp_parts.h"

#include "../base/error.h"

static const int64_t syn_times[PP_TCP_SYNS] = {0, INT64_C(1000000000), INT64_C(3000000000), INT64_C(7000000000)};

void pp_tcp_init(struct pp_tcp *c, const struct pp_tcp_ops *ops, const struct pp_tcp_config *config, int family,
                 uint32_t iss, uint32_t ts_offset, uint16_t syn_flags)
{
    const struct pp_look *look;

    memset(c, 0, sizeof *c);
    c->ops = ops;
    c->config = config;
    c->family = (uint8_t)family;
    c->iss = iss;
    c->ts_offset = ts_offset;
    c->syn_flags = syn_flags;
    c->ecn_asked = (syn_flags & (PP_TCP_ECE | PP_TCP_CWR)) == (PP_TCP_ECE | PP_TCP_CWR);
    c->accecn_asked = c->ecn_asked && syn_flags & PP_TCP_AE;
    c->rto = PP_TCP_RTO_INIT;
    c->timer_at = c->deadline = PP_NEVER;
    look = pp_tcp_look(c);
    if (config->window == 0 || (look->window_scaling && config->window >> look->wscale == 0))
        BUG("a receive window of %u bytes cannot be advertised", (unsigned)config->window);
}

void pp_tcp_release(struct pp_tcp *c)
{
    free(c->out);
    free(c->held);
    c->out = c->held = NULL;
    c->out_len = c->out_cap = c->untaken = c->held_lo = c->held_hi = 0;
    c->state = PP_TCP_CLOSED;
    c->deadline = PP_NEVER;
}

void pp_tcp_finish(struct pp_tcp *c, enum pp_how how)
{
    if (c->dead)
        return;
    c->dead = true;
    c->state = PP_TCP_CLOSED;
    c->timer_at = c->deadline = PP_NEVER;
    c->ops->closed(c, how);
}

/* ---- time ------------------------------------------------------------------------------------------ */

void pp_tcp_rtt(struct pp_tcp *c, int64_t rtt)
{
    if (rtt < 1)
        rtt = 1;
    if (c->srtt == 0) {
        c->srtt = rtt;
        c->rttvar = rtt / 2;
    } else {
        int64_t err = rtt > c->srtt ? rtt - c->srtt : c->srtt - rtt;

        c->rttvar += (err - c->rttvar) / 4;
        c->srtt += (rtt - c->srtt) / 8;
        if (c->srtt < 1)
            c->srtt = 1;
    }
    pp_tcp_rto_reset(c);
}

void pp_tcp_rto_reset(struct pp_tcp *c)
{
    if (c->srtt == 0)
        return;
    c->rto = c->srtt + 4 * c->rttvar;
    if (c->rto < PP_TCP_RTO_MIN)
        c->rto = PP_TCP_RTO_MIN;
    if (c->rto > PP_TCP_RTO_MAX)
        c->rto = PP_TCP_RTO_MAX;
}

void pp_tcp_deadline(struct pp_tcp *c)
{
    int64_t end = PP_NEVER;

    if (c->state == PP_TCP_SYN_SENT)
        end = c->syn_at + c->config->connect_timeout;
    else if (c->state == PP_TCP_CLOSING && c->closing_at != 0)
        end = c->closing_at + PP_TCP_FIN_WAIT;
    c->deadline = c->timer_at < end ? c->timer_at : end;
}

void pp_tcp_settle(struct pp_tcp *c, int64_t now)
{
    if (c->state != PP_TCP_OPEN && c->state != PP_TCP_CLOSING) {
        if (c->state == PP_TCP_SYN_SENT)
            pp_tcp_deadline(c);
        return;
    }
    pp_tcp_output(c, false, now);
    if (c->ack_due)
        pp_tcp_send_ack(c, now);
    if (c->fin_acked && c->eof) {
        pp_tcp_finish(c, PP_HOW_NONE);
        return;
    }
    /* The close timer starts when only the FIN is left: data before it have retransmission timers. */
    if (c->fin_wanted && c->out_len == 0 && c->closing_at == 0) {
        c->closing_at = now;
        if (c->rto > PP_TCP_RTO_INIT) { /* PP_TCP_FIN_WAIT allows one FIN to be lost */
            c->rto = PP_TCP_RTO_INIT;
            c->timer_at = PP_NEVER;
        }
    }
    if (pp_tcp_in_flight(c) == 0 && c->out_len == 0 && (!c->fin_wanted || c->fin_sent))
        c->timer_at = PP_NEVER;
    else if (c->timer_at == PP_NEVER)
        c->timer_at = now + c->rto;
    pp_tcp_deadline(c);
}

static void syn_timer(struct pp_tcp *c, int64_t now)
{
    if (now >= c->syn_at + c->config->connect_timeout) {
        pp_tcp_finish(c, PP_HOW_SILENT);
        return;
    }
    if (now < c->timer_at)
        return;
    pp_tcp_send_syn(c, now);
    c->timer_at = c->syns < PP_TCP_SYNS ? c->syn_at + syn_times[c->syns] : PP_NEVER;
}

/* Retransmits (RFC 6298 section 5), or probes a closed window (RFC 9293 section 3.8.6.1). */
static void data_timer(struct pp_tcp *c, int64_t now)
{
    if (c->retries >= PP_TCP_RETRIES) {
        pp_tcp_abort(c, PP_HOW_STALLED, now);
        return;
    }
    c->retries++;
    c->rto = c->rto > PP_TCP_RTO_MAX / 2 ? PP_TCP_RTO_MAX : c->rto * 2;
    c->timer_at = now + c->rto;
    if (pp_tcp_in_flight(c) != 0) {
        c->recover = c->snd_nxt;
        pp_tcp_retransmit(c, now);
    } else if (c->snd_wnd == 0) {
        pp_tcp_probe(c, now);
    } else {
        pp_tcp_output(c, true, now);
    }
}

void pp_tcp_timer(struct pp_tcp *c, int64_t now)
{
    if (c->state == PP_TCP_SYN_SENT) {
        syn_timer(c, now);
    } else if (c->state == PP_TCP_CLOSING && c->closing_at != 0 && now >= c->closing_at + PP_TCP_FIN_WAIT) {
        /* The peer has acknowledged our FIN and sends on, or has not acknowledged it in time. */
        pp_tcp_abort(c, c->fin_acked ? PP_HOW_NONE : PP_HOW_STALLED, now);
    } else if ((c->state == PP_TCP_OPEN || c->state == PP_TCP_CLOSING) && now >= c->timer_at) {
        data_timer(c, now);
    }
    pp_tcp_settle(c, now);
}

/* ---- calls of the owner --------------------------------------------------------------------------- */

void pp_tcp_connect(struct pp_tcp *c, int64_t now)
{
    if (c->state != PP_TCP_IDLE)
        BUG("connect in state %d", c->state);
    c->state = PP_TCP_SYN_SENT;
    c->syn_at = now;
    c->snd_una = c->iss;
    c->snd_nxt = c->iss + 1;
    if (c->early)
        c->syn_data = pp_tcp_early(c);
    c->timer_at = now + syn_times[1];
    pp_tcp_send_syn(c, now);
    pp_tcp_settle(c, now);
}

int pp_tcp_write(struct pp_tcp *c, const void *bytes, size_t len, int64_t now)
{
    bool early = c->early && c->state == PP_TCP_IDLE;

    if ((c->state != PP_TCP_OPEN && !early) || len > PP_TCP_SEND_MAX - c->out_len)
        return -1;
    if (len == 0)
        return 0;
    if (c->out_len + len > c->out_cap) {
        size_t cap = c->out_cap ? c->out_cap : 256;
        uint8_t *out;

        while (cap < c->out_len + len)
            cap *= 2;
        out = realloc(c->out, cap);
        if (!out) {
            c->no_memory = true;
            return -1;
        }
        c->out = out;
        c->out_cap = (uint32_t)cap;
    }
    memcpy(c->out + c->out_len, bytes, len);
    c->out_len += (uint32_t)len;
    pp_tcp_settle(c, now);
    return 0;
}

void pp_tcp_resume(struct pp_tcp *c, int64_t now)
{
    uint32_t taken;

    if (c->state != PP_TCP_OPEN || c->untaken == 0)
        return;
    taken = pp_tcp_offer(c, c->held, c->untaken);
    if (c->state == PP_TCP_CLOSED)
        return;
    pp_tcp_taken(c, taken);
    c->ack_due = c->ack_due || taken != 0; /* sends the window update */
    pp_tcp_take_fin(c);
    pp_tcp_settle(c, now);
}

void pp_tcp_close(struct pp_tcp *c, int64_t now)
{
    if (c->state == PP_TCP_IDLE || c->state == PP_TCP_SYN_SENT) {
        pp_tcp_abort(c, PP_HOW_NONE, now);
        return;
    }
    if (c->state != PP_TCP_OPEN)
        return;
    c->state = PP_TCP_CLOSING;
    c->fin_wanted = true;
    pp_tcp_settle(c, now);
}

void pp_tcp_abort(struct pp_tcp *c, enum pp_how how, int64_t now)
{
    if (c->state == PP_TCP_CLOSED)
        return;
    /* Before the handshake a RST is useless: a peer without our SYN would ignore it. */
    if (c->state == PP_TCP_OPEN || c->state == PP_TCP_CLOSING)
        pp_tcp_send_rst(c, now);
    pp_tcp_finish(c, how);
}
