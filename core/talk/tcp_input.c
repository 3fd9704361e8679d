/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tcp_input.c: handles received segments: the answer to the SYN, the checks of RFC 9293 section 3.10.7 with the
 * hardening of RFC 5961, acknowledgments, ECN feedback. Segments are untrusted.
 */
#include "tcp_parts.h"

enum { OPT_MSS = 2, OPT_WSCALE = 3, OPT_SACK_OK = 4, OPT_TIMESTAMPS = 8 };

#define MSS_DEFAULT4 536 /* RFC 9293 section 3.7.1 */
#define MSS_DEFAULT6 1220
#define MSS_MIN 48
#define WSCALE_MAX 14 /* RFC 7323 section 2.3 */
#define RTO_AFTER_SYN_LOSS INT64_C(3000000000) /* RFC 6298 section 5.7 */

static bool timestamps(const struct pp_packet *p, uint32_t *tsval, uint32_t *tsecr)
{
    struct pp_tcpopt opt;

    if (!pp_tcpopt_find(&p->tcp, OPT_TIMESTAMPS, 10, &opt) || opt.len != 10)
        return false;
    *tsval = pp_get32(opt.data);
    *tsecr = pp_get32(opt.data + 4);
    return true;
}

/* ---- the answer to the SYN (RFC 9293 section 3.10.7.3) --------------------------------------------- */

/*
 * RFC 9768 section 3.1.1: a SYN/ACK agrees to AccECN in one of five flag combinations, the fifth of which, 101, is not
 * yet in use (section 3.1.3). The ACK of the SYN/ACK reports the ECN mark that the SYN/ACK had.
 */
static void negotiate_accecn(struct pp_tcp *c, const struct pp_packet *p)
{
    static const uint8_t reflection[4] = {[PP_NOT_ECT] = 2, [PP_ECT1] = 3, [PP_ECT0] = 4, [PP_CE] = 6};
    unsigned ace = p->tcp.flags >> 6 & 7;

    c->accecn_ok = c->accecn_asked && ace >= 2 && ace <= 6;
    if (!c->accecn_ok)
        return;
    c->ace = reflection[p->tos & 3];
    c->cep = (p->tos & 3) == PP_CE ? 6 : 5;
}

/* Takes the negotiated options: an option applies if our SYN offered it and the SYN/ACK has it. */
static void negotiate(struct pp_tcp *c, const struct pp_packet *p, int64_t now)
{
    const struct pp_look *look = pp_tcp_look(c);
    const uint16_t ecn = PP_TCP_ECE | PP_TCP_CWR | PP_TCP_AE;
    struct pp_tcpopt opt;
    uint32_t tsval, tsecr, ago;

    c->peer_mss = c->family == 4 ? MSS_DEFAULT4 : MSS_DEFAULT6;
    if (pp_tcpopt_find(&p->tcp, OPT_MSS, 4, &opt))
        c->peer_mss = pp_get16(opt.data);
    if (c->peer_mss < MSS_MIN)
        c->peer_mss = MSS_MIN;
    if (look->window_scaling && !(c->without & PP_WITHOUT_WINDOW_SCALE) &&
        pp_tcpopt_find(&p->tcp, OPT_WSCALE, 3, &opt)) {
        c->ws_ok = true;
        c->snd_wscale = opt.data[0] > WSCALE_MAX ? WSCALE_MAX : opt.data[0];
    }
    c->sack_ok = look->sack && !(c->without & PP_WITHOUT_SACK) && pp_tcpopt_find(&p->tcp, OPT_SACK_OK, 2, &opt);
    c->ecn_ok = c->ecn_asked && (p->tcp.flags & ecn) == PP_TCP_ECE;
    negotiate_accecn(c, p);
    for (unsigned off = 0; !c->cookie.kind && pp_tcpopt_next(&p->tcp, &off, &opt);)
        pp_tfo_read(&opt, &c->cookie);
    if (c->syns == 1)
        pp_tcp_rtt(c, now - c->syn_at);
    else
        c->rto = RTO_AFTER_SYN_LOSS;
    if (!look->timestamps || c->without & PP_WITHOUT_TIMESTAMPS || !timestamps(p, &tsval, &tsecr))
        return;
    c->ts_ok = true;
    c->ts_recent = tsval;
    ago = pp_tcp_clock(c, now) - tsecr; /* the echoed timestamp tells which SYN was answered */
    if (c->syns > 1 && ago <= (now - c->syn_at) / 1000000 + 1)
        pp_tcp_rtt(c, (int64_t)ago * 1000000);
}

bool pp_tcp_acks_syn(const struct pp_tcp *c, const struct pp_tcp_view *t)
{
    return t->flags & PP_TCP_ACK && pp_seq_diff(t->ack, c->iss) > 0 &&
           pp_seq_diff(t->ack, c->iss + 1 + c->syn_data) <= 0;
}

uint32_t pp_tcp_reach(const struct pp_tcp *c)
{
    uint32_t early = c->iss + 1 + c->syn_data;

    return pp_seq_diff(early, c->snd_nxt) > 0 ? early : c->snd_nxt;
}

static void syn_sent_input(struct pp_tcp *c, const struct pp_packet *p, int64_t now)
{
    const struct pp_tcp_view *t = &p->tcp;
    bool ack_good = pp_tcp_acks_syn(c, t);

    if (t->flags & PP_TCP_RST) {
        if (ack_good)
            pp_tcp_finish(c, PP_HOW_REFUSED);
        return;
    }
    if (t->flags & PP_TCP_ACK && !ack_good) {
        if (c->resets++ < PP_TCP_RESETS)
            pp_tcp_send_rst_at(c, t->ack, now);
        else
            c->resets = PP_TCP_RESETS;
        if (!(t->flags & PP_TCP_SYN)) {
            c->stale = true;
            pp_tcp_finish(c, PP_HOW_SILENT);
        }
        return;
    }
    if (!ack_good || !(t->flags & PP_TCP_SYN)) /* simultaneous open is not supported: no peer opens to us */
        return;
    negotiate(c, p, now);
    c->irs = t->seq;
    c->rcv_nxt = t->seq + 1; /* data or FIN on a SYN/ACK are not acknowledged, so the peer sends them again */
    if (c->early) {
        uint32_t taken = t->ack - c->iss - 1;
        c->out_len -= taken;
        memmove(c->out, c->out + taken, c->out_len);
    }
    c->snd_una = c->snd_nxt = c->recover = c->cwr_seq = t->ack;
    c->snd_wnd = c->snd_max_wnd = t->window; /* not scaled on a SYN */
    c->snd_wl1 = t->seq;
    c->timer_at = PP_NEVER;
    c->opened_at = now;
    c->state = PP_TCP_OPEN;
    pp_tcp_send_ack(c, now); /* a segment of its own: some SYN proxies drop data in the third packet */
    c->ops->open(c);
}

/* ---- acceptance -------------------------------------------------------------------------------------- */

/*
 * A RST is accepted if its sequence number is exactly rcv_nxt (RFC 5961 section 3.2); one elsewhere in the window draws
 * a challenge ACK.
 */
static void rst_input(struct pp_tcp *c, const struct pp_packet *p, int64_t now)
{
    int32_t off = pp_seq_diff(p->tcp.seq, c->rcv_nxt);

    if (off == 0 || (off == -1 && c->eof)) /* -1: some stacks do not count their FIN in the sequence number */
        pp_tcp_finish(c, PP_HOW_RST);
    else if (off > 0 && (uint32_t)off < pp_tcp_room(c))
        pp_tcp_send_challenge(c, now);
}

/* False: the segment is not acceptable, and has been answered or dropped. */
static bool acceptable(struct pp_tcp *c, const struct pp_packet *p, int64_t now)
{
    const struct pp_tcp_view *t = &p->tcp;
    uint32_t len = p->payload_len + (t->flags & PP_TCP_SYN ? 1 : 0) + (t->flags & PP_TCP_FIN ? 1 : 0);
    int32_t first = pp_seq_diff(t->seq, c->rcv_nxt), end = pp_seq_diff(t->seq + len, c->rcv_nxt);
    int32_t unacked = pp_seq_diff(t->ack, c->snd_una);
    uint32_t tsval, tsecr;

    if (t->flags & PP_TCP_RST) {
        rst_input(c, p, now);
        return false;
    }
    if (end < 0 || first > (int32_t)pp_tcp_room(c)) {
        if (len != 0)
            pp_tcp_send_ack(c, now);
        else
            pp_tcp_send_challenge(c, now);
        return false;
    }
    /* RFC 5961 sections 4 and 5. A repeated SYN/ACK means that our ACK was lost; it is acknowledged again. */
    if (t->flags & PP_TCP_SYN) {
        pp_tcp_send_challenge(c, now);
        return false;
    }
    if (!(t->flags & PP_TCP_ACK))
        return false;
    if (unacked > (int32_t)pp_tcp_in_flight(c) || (unacked < 0 && (uint32_t)-(int64_t)unacked > c->snd_max_wnd)) {
        pp_tcp_send_challenge(c, now);
        return false;
    }
    if (c->ts_ok && timestamps(p, &tsval, &tsecr)) {
        if (pp_seq_diff(tsval, c->ts_recent) < 0) { /* PAWS, RFC 7323 section 5.3 */
            if (len != 0)
                pp_tcp_send_ack(c, now);
            return false;
        }
        if (first <= 0)
            c->ts_recent = tsval;
    }
    return true;
}

/* ---- acknowledgments ---------------------------------------------------------------------------------- */

static void ecn_input(struct pp_tcp *c, const struct pp_packet *p)
{
    if (c->accecn_ok && (p->tos & 3) == PP_CE)
        c->cep++;
    if (!c->ecn_ok)
        return;
    if (p->tcp.flags & PP_TCP_CWR)
        c->ece_due = false;
    if ((p->tos & 3) == PP_CE && p->payload_len != 0)
        c->ece_due = true;
    if (p->tcp.flags & PP_TCP_ECE && !c->cwr_due && pp_seq_diff(p->tcp.ack, c->cwr_seq) >= 0)
        c->cwr_due = true;
}

static void ack_input(struct pp_tcp *c, const struct pp_packet *p, int64_t now)
{
    const struct pp_tcp_view *t = &p->tcp;
    int32_t unacked = pp_seq_diff(t->ack, c->snd_una);
    uint32_t n, wnd = (uint32_t)t->window << c->snd_wscale;

    if (unacked < 0)
        return;
    if (pp_seq_diff(t->seq, c->snd_wl1) >= 0) {
        if (c->snd_wnd == 0 && wnd != 0 && pp_tcp_in_flight(c) == 0) { /* reopened: probing ends */
            c->retries = 0;
            c->timer_at = PP_NEVER;
            pp_tcp_rto_reset(c);
        }
        c->snd_wnd = wnd;
        c->snd_wl1 = t->seq;
        if (wnd > c->snd_max_wnd)
            c->snd_max_wnd = wnd;
    }
    if (unacked == 0)
        return;
    n = (uint32_t)unacked;
    if (c->fin_sent && t->ack == c->snd_nxt) {
        c->fin_acked = true;
        n--;
    }
    c->snd_una = t->ack;
    if (n != 0) {
        c->out_len -= n;
        memmove(c->out, c->out + n, c->out_len);
    }
    if (c->rtt_at != 0 && pp_seq_diff(t->ack, c->rtt_seq) >= 0) {
        pp_tcp_rtt(c, now - c->rtt_at);
        c->rtt_at = 0;
    }
    c->retries = 0;
    pp_tcp_rto_reset(c);
    c->timer_at = PP_NEVER;
    if (pp_tcp_in_flight(c) != 0) {
        c->timer_at = now + c->rto;
        if (pp_seq_diff(c->recover, c->snd_una) > 0)
            pp_tcp_retransmit(c, now);
    }
}

void pp_tcp_input(struct pp_tcp *c, const struct pp_packet *p, int64_t now)
{
    if (c->state == PP_TCP_IDLE || c->state == PP_TCP_CLOSED || p->truncated || p->fragment)
        return;
    if (c->state == PP_TCP_SYN_SENT) {
        syn_sent_input(c, p, now);
    } else if (acceptable(c, p, now)) {
        ecn_input(c, p);
        ack_input(c, p, now);
        pp_tcp_text(c, p, now);
        if (c->discarded > PP_TCP_DISCARD_MAX)
            pp_tcp_abort(c, PP_HOW_NONE, now);
    }
    pp_tcp_settle(c, now);
}
