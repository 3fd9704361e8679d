/* SPDX-License-Identifier: BSD-2-Clause */
/* sweep_in.c: handles answers to a sweep, and finds the TTL that each belongs to. */
#include "sweep_parts.h"

#define ID_TTL 64u
#define V6_LENGTH 30u
#define ACK_BITS (PP_TCP_SYN | PP_TCP_RST | PP_TCP_ACK)

static bool is_asked(const struct pp_trail *t, unsigned ttl)
{
    return ttl >= 1 && ttl <= PP_WHERE_TTL_MAX && t->asked[ttl - 1].tries > 0;
}

/* The try that sent TSVAL, and its TTL in *TTL; -1: none did. */
static int try_of(const struct pp_trail *t, uint32_t tsval, unsigned *ttl)
{
    if (tsval - t->tsbase > t->tslast - t->tsbase + ID_TTL)
        return -1;
    *ttl = tsval % ID_TTL;
    for (int i = is_asked(t, *ttl) ? t->asked[*ttl - 1].tries - 1 : -1; i >= 0; i--)
        if (t->asked[*ttl - 1].tsval[i] == tsval)
            return i;
    return -1;
}

/*
 * Enters answer WHAT by FROM to the TRY-th packet (-1: not known which) with TTL. Of several answers the highest
 * counts, of equal ones the first. Returns its row; NULL: the answer adds nothing.
 */
static struct pp_hop_seen *enter(struct pp_trail *t, unsigned ttl, int try, enum pp_seen what,
                                 const struct pp_addr *from)
{
    struct pp_hop_seen *h = &t->out->hop[ttl - 1];
    struct pp_asked *a = &t->asked[ttl - 1];
    int64_t rtt;

    if (h->what >= what)
        return NULL;
    if (try < 0)
        try = a->tries - 1;
    rtt = t->sweeper->now - a->at[try];
    *h = (struct pp_hop_seen){.what = (uint8_t)what, .tries = a->tries, .from = *from,
                              .rtt_us = (uint32_t)(rtt > 0 ? rtt / 1000 : 0)};
    if (rtt > t->rtt)
        t->rtt = rtt;
    return h;
}

/* No TTL beyond this one is tried: packets with it reach the target, or end before. */
static void ends_at(struct pp_trail *t, unsigned ttl)
{
    if (ttl < t->end)
        t->end = (uint8_t)ttl;
}

/* ---- quotes ----------------------------------------------------------------------------------------------------- */

/* Builds the packet with TTL as it was sent at its first try: as much as one packet has of it. Returns its length. */
static size_t first_bytes(const struct pp_trail *t, unsigned ttl, uint8_t out[PP_PACKET_MAX])
{
    struct pp_hop_packet p = pp_trail_sent(t, ttl, 0);

    return pp_hop_packet_first(&p, out);
}

/* The TTL of the datagram quoted in Q by its UDP checksum, where there is no IP ID: each message differs. 0: none. */
static unsigned by_checksum(const struct pp_trail *t, const struct pp_quote *q)
{
    uint8_t sent[PP_PACKET_MAX];
    struct pp_packet p;

    if (q->packet.proto != PP_PROTO_UDP || !q->packet.l4 || q->packet.l4_cap < 8)
        return 0;
    for (unsigned ttl = 1; ttl <= t->out->hops; ttl++) {
        size_t len = is_asked(t, ttl) ? first_bytes(t, ttl, sent) : 0;
        if (len && pp_packet_decode(&p, sent, len) == 0 && p.l4_cap >= 8 && memcmp(p.l4 + 6, q->packet.l4 + 6, 2) == 0)
            return ttl;
    }
    return 0;
}

static int by_timestamp(const struct pp_trail *t, const struct pp_quote *q, unsigned *ttl)
{
    struct pp_tcpopt o;

    if (q->packet.proto != PP_PROTO_TCP || !q->packet.tcp.opt || !pp_tcpopt_find(&q->packet.tcp, 8, 10, &o))
        return -1;
    return try_of(t, pp_get32(o.data), ttl);
}

/*
 * The try and TTL by the quoted IP ID, whose numbers wrap; over IPv6 only fragments have one. -1: none of this sweep.
 */
static int by_id(const struct pp_trail *t, const struct pp_quote *q, unsigned *ttl)
{
    unsigned id = q->packet.ip_id, try = (id / ID_TTL - t->number) % (0x10000 / ID_TTL);

    if ((q->packet.family == 6 && !id) || !is_asked(t, id % ID_TTL) || try >= t->asked[id % ID_TTL - 1].tries)
        return -1;
    *ttl = id % ID_TTL;
    return (int)try;
}

static unsigned single(const struct pp_trail *t);

/*
 * The TTL of the packet that Q seems to quote, and its try; 0: it is none of this sweep, or the quote does not show
 * which (8 bytes of TCP over IPv6): silent TTLs are then tried one at a time.
 */
static unsigned ttl_quoted(struct pp_trail *t, const struct pp_quote *q, unsigned *try)
{
    uint8_t sent[PP_PACKET_MAX];
    unsigned ttl = 0;
    int at = by_timestamp(t, q, &ttl);

    if (at < 0)
        at = by_id(t, q, &ttl);
    if (at < 0 && t->ask.on == PP_ON_DATAGRAM)
        ttl = by_checksum(t, q);
    else if (at < 0 && t->ask.on == PP_ON_DATA && pp_trail_length(t, 1) == V6_LENGTH + 1)
        for (ttl = t->out->hops; ttl && first_bytes(t, ttl, sent) != q->packet.ip_len; ttl--)
            ;
    if (!is_asked(t, ttl) && t->ask.on != PP_ON_DATAGRAM && q->packet.family == 6 && !(ttl = single(t))) {
        struct pp_hop_packet p = pp_trail_sent(t, 1, 0);
        t->loose |= pp_hop_packet_quoted(&p, q, NULL) != 0;
    }
    if (!is_asked(t, ttl))
        return 0;
    *try = at < 0 ? t->asked[ttl - 1].tries - 1u : (unsigned)at;
    return ttl;
}

/*
 * The TTL that waits for an answer, if there is only one (sweep.c tries so where answers do not show their TTL); 0:
 * there are several, or none.
 */
static unsigned single(const struct pp_trail *t)
{
    unsigned found = 0;

    for (unsigned ttl = 1; ttl <= t->out->hops; ttl++)
        if (is_asked(t, ttl) && t->asked[ttl - 1].wave == t->wave && t->out->hop[ttl - 1].what == PP_SEEN_SILENT &&
            ttl == t->order[t->next ? t->next - 1 : 0])
            found = ttl;
    return t->loose && t->wave > 1 ? found : 0;
}

static void on_error(struct pp_trail *t, const struct pp_packet *error)
{
    struct pp_hop_seen *h;
    struct pp_hop_packet p;
    struct pp_quote q;
    struct pp_diff diff;
    size_t len;
    unsigned ttl, try;
    uint32_t mtu = 0;
    enum pp_too_big big;

    if (!pp_quote_read(&q, error) || !(ttl = ttl_quoted(t, &q, &try)))
        return;
    p = pp_trail_sent(t, ttl, try);
    len = pp_hop_packet_quoted(&p, &q, &diff);
    if (!len)
        return;
    big = pp_icmp_too_big(error, (uint32_t)len, &mtu);
    if (big == PP_TOO_BIG_FALSE)
        return;
    h = enter(t, ttl, (int)try, pp_hop_packet_expired(&q) ? PP_SEEN_EXCEEDED : PP_SEEN_UNREACHABLE, &error->src);
    if (!h)
        return;
    h->too_big = big == PP_TOO_BIG;
    h->mtu = mtu;
    h->quoted_ttl = q.packet.ttl;
    h->labels = q.labels;
    h->label = q.labels ? q.label[0].label : 0;
    h->diff = diff;
    if (h->too_big) /* later hops are tried, too, to show that none is reached */
        return;
    if (h->what == PP_SEEN_UNREACHABLE) {
        ends_at(t, ttl);
        return;
    }
    pp_hop_rate_seen(&t->sweeper->hop_rate, ttl, &error->src,
                     t->known[ttl - 1] == 1 && pp_addr_eq(&t->hop[ttl - 1], &error->src), t->sweeper->now);
    t->known[ttl - 1] = 1;
    t->hop[ttl - 1] = error->src;
    if (ttl > t->last)
        t->last = (uint8_t)ttl;
}

/* ---- the target, or a box in its place --------------------------------------------------------------------------- */

/* Handles an answer with the target's address to the TRY-th packet with TTL OF; 0: it does not show which packet. */
static void on_answer(struct pp_trail *t, enum pp_seen what, unsigned of, int try)
{
    unsigned ttl = of;

    /* In a search one packet is outstanding; an acknowledgment of data may echo an earlier packet's timestamp. */
    if (t->far && is_asked(t, t->order[0]) && (!ttl || t->out->hop[ttl - 1].what >= what))
        ttl = t->order[0];
    if (!ttl)
        ttl = single(t);
    if (ttl) {
        enter(t, ttl, ttl == of ? try : -1, what, &t->link.key.remote);
        ends_at(t, ttl);
        return;
    }
    t->loose = true;
    if (what > t->loose_what)
        t->loose_what = (uint8_t)what;
    if (t->out->hops < t->end)
        t->end = t->out->hops;
}

static uint32_t echoed(const struct pp_packet *pkt, bool *there)
{
    struct pp_tcpopt o;

    *there = pp_tcpopt_find(&pkt->tcp, 8, 10, &o);
    return *there ? pp_get32(o.data + 4) : 0;
}

/* The TTL of our packet that PKT, by its echoed fields, answers; 0: not known. */
static unsigned ttl_echoed(const struct pp_trail *t, const struct pp_packet *pkt, int *try)
{
    unsigned ttl = 0;
    bool there;
    uint32_t tsecr = echoed(pkt, &there);

    *try = there ? try_of(t, tsecr, &ttl) : -1;
    return *try < 0 ? 0 : ttl;
}

static void on_shake(struct pp_trail *t, const struct pp_packet *pkt)
{
    struct pp_tcpopt o;

    if ((pkt->tcp.flags & ACK_BITS) != (PP_TCP_SYN | PP_TCP_ACK))
        return;
    t->irs = pkt->tcp.seq;
    t->agreed = pp_tcpopt_find(&pkt->tcp, 8, 10, &o);
    t->tsecr = t->agreed ? pp_get32(o.data) : 0;
    t->acked = t->iss + 1;
    pp_trail_ack(t);
    pp_trail_waves(t);
}

/* True if a SYN sent after the one with TTL may reach the target after the RST that answered its SYN/ACK. */
static bool opens_again(const struct pp_trail *t, unsigned ttl)
{
    for (unsigned i = ttl + 1; ttl && i <= t->out->hops; i++)
        if (is_asked(t, i) && t->out->hop[i - 1].what <= PP_SEEN_SILENT)
            return true;
    return !ttl;
}

static void on_syn_answer(struct pp_trail *t, const struct pp_packet *pkt)
{
    int try;
    unsigned ttl = ttl_echoed(t, pkt, &try);

    if (pkt->tcp.flags & PP_TCP_RST) {
        on_answer(t, PP_SEEN_RST, ttl, try);
        return;
    }
    /* Reset at once: a half-open connection would answer the next SYN from its present state. */
    pp_trail_reset(t, pkt->tcp.ack);
    t->opened = opens_again(t, ttl);
    on_answer(t, PP_SEEN_ANSWER, ttl, try);
}

static void on_tcp(struct pp_trail *t, const struct pp_packet *pkt)
{
    uint16_t bits = pkt->tcp.flags & ACK_BITS;
    uint32_t reach = pkt->tcp.ack - t->iss; /* 1: our SYN is acknowledged */
    bool ours = pkt->tcp.flags & PP_TCP_ACK && reach >= 1 && reach <= 1 + PP_MESSAGE_MAX;
    int try;
    unsigned ttl;

    if (pkt->truncated || pkt->fragment)
        return;
    if (!ours && bits == PP_TCP_ACK && t->ask.on != PP_ON_DATAGRAM && t->phase != PP_TRAIL_REST) {
        pp_trail_reset(t, pkt->tcp.ack); /* an ACK of an older connection (RFC 9293 section 3.10.7.3) */
        if (t->phase == PP_TRAIL_SHAKE || (t->phase == PP_TRAIL_ASK && t->ask.on == PP_ON_SYN))
            pp_trail_old_state(t);
        return;
    }
    if (!ours && bits != PP_TCP_RST)
        return;
    if (t->phase == PP_TRAIL_REST || t->phase == PP_TRAIL_ENDED || t->phase == PP_TRAIL_IDLE) {
        if (!(bits & PP_TCP_RST))
            pp_trail_reset(t, pkt->tcp.ack);
        return;
    }
    if (t->phase == PP_TRAIL_SHAKE) {
        on_shake(t, pkt);
        return;
    }
    if (t->ask.on == PP_ON_SYN) {
        on_syn_answer(t, pkt);
        return;
    }
    ttl = ttl_echoed(t, pkt, &try);
    if (bits & PP_TCP_RST) {
        t->opened = false;
        on_answer(t, PP_SEEN_RST, ttl, try);
    } else if (reach > 1) { /* an ACK of data; a repeated SYN/ACK shows nothing new */
        if ((int32_t)(pkt->tcp.ack - t->acked) > 0)
            t->acked = pkt->tcp.ack;
        on_answer(t, PP_SEEN_ANSWER, ttl, try);
    }
}

/* Sends CONNECTION_CLOSE: until then the QUIC server keeps its connection state and retransmits. */
static void say_goodbye(struct pp_trail *t, const struct pp_ask *ask, const struct pp_packet *pkt)
{
    uint8_t bytes[PP_QUIC_LEAST];
    struct pp_quic_retry retry;
    struct pp_quic_seen seen;
    struct pp_quic_id scid;

    if (ask->quic == PP_QUIC_ASKS_INITIAL &&
        pp_quic_answer(ask, pkt->payload, pkt->payload_cap, &seen, &scid, &retry) == PP_QUIC_OPENED && !seen.closed)
        pp_trail_goodbye(t, bytes, pp_quic_goodbye(ask, &scid, bytes, sizeof bytes));
}

static void on_datagram(struct pp_trail *t, const struct pp_packet *pkt)
{
    const struct pp_plan *plan = t->sweeper->c.plan;
    struct pp_ask ask = {0};
    bool answered = false;

    if (t->phase != PP_TRAIL_ASK && t->phase != PP_TRAIL_LATE) /* a trail that has ended has no target */
        return;
    ask.domain = pp_plan_domain(plan, t->target);
    if (plan->mode->unfit && plan->mode->unfit(ask.domain))
        ask.domain = ".";
    pp_plan_ask(&plan->arm[t->ask.arm], pp_addr_family(&t->link.key.remote), 0, &ask);
    if (ask.quic == PP_QUIC_ASKS_INITIAL && !(ask.crypto = pp_quic_crypto_new()))
        return;
    for (unsigned ttl = 1; ttl <= t->out->hops && !answered; ttl++) {
        ask.chance = t->chance + ttl;
        answered = is_asked(t, ttl) && plan->mode->reply(&ask, pkt->payload, pkt->payload_cap);
        if (!answered)
            continue;
        say_goodbye(t, &ask, pkt);
        on_answer(t, PP_SEEN_ANSWER, ttl, -1);
    }
    pp_quic_crypto_free(ask.crypto);
}

void pp_trail_packet(struct pp_trail *t, const struct pp_packet *pkt)
{
    bool busy = t->phase == PP_TRAIL_ASK || t->phase == PP_TRAIL_LATE;

    if (pp_icmp_quotes(pkt)) {
        if (busy)
            on_error(t, pkt);
    } else if (pkt->proto == PP_PROTO_TCP) {
        on_tcp(t, pkt);
    } else if (pkt->proto == PP_PROTO_UDP && pkt->payload) {
        on_datagram(t, pkt);
    }
    pp_trail_step(t);
}
