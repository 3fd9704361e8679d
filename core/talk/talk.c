/* SPDX-License-Identifier: BSD-2-Clause */
/* talk.c: connects a TCP connection, or a UDP question, with its mode and its owner. */
#include "talk.h"

#include "../base/error.h"

static struct pp_talk *talk_of(struct pp_tcp *c)
{
    return (struct pp_talk *)c;
}

static void tcp_send(struct pp_tcp *c, const struct pp_segment *s)
{
    struct pp_talk *t = talk_of(c);

    t->owner->send(t, s);
}

static void tcp_open(struct pp_tcp *c)
{
    struct pp_talk *t = talk_of(c);

    if (!c->early)
        t->mode->open(t);
}

static size_t tcp_data(struct pp_tcp *c, const uint8_t *bytes, size_t len)
{
    struct pp_talk *t = talk_of(c);

    return t->mode->data(t, bytes, len);
}

static void tcp_eof(struct pp_tcp *c)
{
    struct pp_talk *t = talk_of(c);

    t->mode->eof(t);
}

static void tcp_closed(struct pp_tcp *c, enum pp_how how)
{
    struct pp_talk *t = talk_of(c);

    t->mode->end(t);
    t->stale = c->stale;
    if (c->no_memory)
        t->failed = true;
    /* The peer closed in order before the mode had its answer: it speaks TCP, but not the mode's protocol. */
    pp_talk_decide(t, false, how == PP_HOW_NONE ? PP_HOW_BAD_REPLY : how);
    t->over = true;
    t->owner->over(t);
}

static const struct pp_tcp_ops tcp_ops = {
    .send = tcp_send,
    .open = tcp_open,
    .data = tcp_data,
    .eof = tcp_eof,
    .closed = tcp_closed,
};

/* ---- datagrams ---------------------------------------------------------------------------------------- */

static void udp_send(struct pp_udp *u, bool again)
{
    struct pp_talk *t = (struct pp_talk *)u;
    uint8_t bytes[PP_MESSAGE_MAX];
    struct pp_segment s = {.on = PP_ON_DATAGRAM, .payload = bytes, .retransmission = again};

    for (t->ask.part = 0; t->ask.part == 0 || t->ask.part < t->ask.parts; t->ask.part++) {
        s.len = t->mode->message(&t->ask, bytes, sizeof bytes);
        if (s.len == 0)
            BUG("a message that cannot be made");
        s.ordinal = t->ask.part;
        t->owner->send(t, &s);
    }
}

static enum pp_udp_reply udp_reply(struct pp_udp *u, const uint8_t *bytes, size_t len)
{
    struct pp_talk *t = (struct pp_talk *)u;

    if (t->mode->take)
        return t->mode->take(t, bytes, len);
    return t->mode->reply(&t->ask, bytes, len) ? PP_UDP_ANSWER : PP_UDP_WRONG;
}

static void udp_closed(struct pp_udp *u, enum pp_how how)
{
    struct pp_talk *t = (struct pp_talk *)u;

    if (t->mode->bye)
        t->mode->bye(t);
    pp_talk_decide(t, how == PP_HOW_NONE, how);
    t->over = true;
    t->owner->over(t);
}

static const struct pp_udp_ops udp_ops = {.send = udp_send, .reply = udp_reply, .closed = udp_closed};

static bool is_udp(const struct pp_talk *t)
{
    return t->mode->proto == PP_PROTO_UDP;
}

/* ---- TCP and UDP --------------------------------------------------------------------------------------- */

void pp_talk_init(struct pp_talk *t, const struct pp_talk_mode *mode, const struct pp_talk_owner *owner,
                  const struct pp_tcp_config *config, const struct pp_addr *dst, uint16_t dport, const char *domain,
                  struct pp_http_pool *pool, uint32_t iss, uint32_t ts_offset, uint16_t syn_flags)
{
    memset(t, 0, sizeof *t);
    t->mode = mode;
    t->owner = owner;
    t->pool = pool;
    t->ask.domain = domain;
    t->give_up = PP_NEVER;
    t->dst = *dst;
    t->dport = dport;
    if (is_udp(t)) {
        pp_udp_init(&t->udp, &udp_ops, config->connect_timeout);
        t->ask.kept = &t->kept_keys;
    } else {
        pp_tcp_init(&t->tcp, &tcp_ops, config, pp_addr_family(dst), iss, ts_offset, syn_flags);
    }
}

void pp_talk_release(struct pp_talk *t)
{
    if (!t->mode)
        return;
    free(t->retry);
    t->retry = NULL;
    t->ask.retry = NULL;
    if (is_udp(t))
        return;
    t->mode->end(t);
    pp_tcp_release(&t->tcp);
}

void pp_talk_decide(struct pp_talk *t, bool ok, enum pp_how how)
{
    if (t->decided)
        return;
    t->decided = true;
    t->give_up = PP_NEVER;
    t->ok = ok;
    t->how = (uint8_t)(ok ? PP_HOW_NONE : how);
    t->owner->decided(t);
}

void pp_talk_start(struct pp_talk *t, int64_t now)
{
    t->now = now;
    if (is_udp(t)) {
        pp_udp_start(&t->udp, now);
        return;
    }
    if (t->tcp.early)
        t->mode->open(t);
    if (!t->over) /* t->mode->open may have failed for lack of memory */
        pp_tcp_connect(&t->tcp, now);
}

void pp_talk_input(struct pp_talk *t, const struct pp_packet *p, int64_t now)
{
    t->now = now;
    if (p->proto != t->mode->proto)
        return;
    if (is_udp(t))
        pp_udp_input(&t->udp, p->payload, p->payload_cap, now);
    else
        pp_tcp_input(&t->tcp, p, now);
}

void pp_talk_timer(struct pp_talk *t, int64_t now)
{
    t->now = now;
    if (now >= t->give_up)
        pp_talk_abort(t, PP_HOW_ICMP, now);
    else if (is_udp(t))
        pp_udp_timer(&t->udp, now);
    else
        pp_tcp_timer(&t->tcp, now);
}

/* Redirect (5) and source quench (4) are no errors: the packet is forwarded; ICMPv6 errors are types below 128. */
static bool is_error(const struct pp_packet *icmp)
{
    if (icmp->proto == PP_PROTO_ICMP)
        return icmp->icmp.type == 3 || icmp->icmp.type == 11 || icmp->icmp.type == 12;
    return icmp->proto == PP_PROTO_ICMP6 && icmp->icmp.type >= 1 && icmp->icmp.type <= 4;
}

/* True if the target itself reports the port as unreachable (RFC 792, RFC 4443 section 3.1). */
static bool is_refusal(const struct pp_talk *t, const struct pp_packet *icmp)
{
    bool port = icmp->proto == PP_PROTO_ICMP ? icmp->icmp.type == 3 && icmp->icmp.code == 3
                                             : icmp->icmp.type == 1 && icmp->icmp.code == 4;

    return port && pp_addr_eq(&icmp->src, &t->dst);
}

/*
 * True if the quoted sequence number is in flight: 8 bytes of a segment are always quoted, and an off-path attacker has
 * to guess the number (RFC 5927 section 4.1).
 */
static bool in_flight(const struct pp_tcp *c, const struct pp_packet *quoted)
{
    return quoted->l4_cap >= 8 && quoted->tcp.seq - c->snd_una < c->snd_nxt - c->snd_una;
}

static void too_big(struct pp_talk *t, const struct pp_packet *quoted)
{
    if (!t->decided && t->give_up == PP_NEVER && (is_udp(t) || in_flight(&t->tcp, quoted)))
        t->give_up = t->now + PP_TALK_TOO_BIG_WAIT;
}

void pp_talk_icmp(struct pp_talk *t, const struct pp_packet *icmp, const struct pp_packet *quoted, int64_t now)
{
    uint32_t mtu;

    t->now = now;
    if (!is_error(icmp) || quoted->proto != t->mode->proto)
        return;
    switch (pp_icmp_too_big(icmp, t->longest, &mtu)) {
    case PP_TOO_BIG:
        too_big(t, quoted);
        return;
    case PP_TOO_BIG_FALSE:
        return;
    case PP_TOO_BIG_NOT:
        break;
    }
    if (is_udp(t)) {
        pp_udp_end(&t->udp, is_refusal(t, icmp) ? PP_HOW_REFUSED : PP_HOW_ICMP);
        return;
    }
    if (t->tcp.state != PP_TCP_SYN_SENT)
        return;
    if (quoted->l4_cap < 8 || quoted->tcp.seq != t->tcp.iss)
        return;
    pp_tcp_abort(&t->tcp, PP_HOW_ICMP, now);
}

void pp_talk_abort(struct pp_talk *t, enum pp_how how, int64_t now)
{
    t->now = now;
    if (t->over)
        return;
    if (is_udp(t)) {
        pp_udp_end(&t->udp, how);
        return;
    }
    pp_talk_decide(t, false, how);
    pp_tcp_abort(&t->tcp, how, now);
}
