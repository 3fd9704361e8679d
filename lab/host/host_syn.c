/* SPDX-License-Identifier: BSD-2-Clause */
/* host_syn.c: opens connections of the lab's servers: options of a SYN, ECN, SYN cookies, and ignored flows. */
#include "host.h"

#define RTO_FIRST PP_LAB_SECOND
#define EPISODE (30 * PP_LAB_SECOND)

enum { MPTCP = 30 };

/* The options that a SYN offers, or that a cookie keeps. */
struct offer {
    uint16_t mss;
    uint8_t wscale;
    uint32_t tsval;
    uint16_t bits; /* enum pp_conn_bits */
};

static uint64_t flow_hash(const struct pp_lab_place *place, const struct pp_packet *p)
{
    struct pp_conn_key key = pp_host_key(p);

    return pp_conn_hash(place->key, &key);
}

/*
 * As Linux: ECN is refused if the ECN-setup SYN itself is ECT or CE, unless reserved bits show a sender with more than
 * RFC 3168.
 */
static bool wants_ecn(const struct pp_packet *p)
{
    return (p->tcp.flags & (PP_TCP_ECE | PP_TCP_CWR)) == (PP_TCP_ECE | PP_TCP_CWR) &&
           ((p->tos & 3) == PP_NOT_ECT || p->tcp.flags & 0xf00);
}

static void offer_read(struct pp_lab *lab, const struct pp_lab_place *place, const struct pp_packet *p, struct offer *o)
{
    uint32_t quirks = lab->quirks[place->class_index];
    struct pp_tcpopt opt;

    *o = (struct offer){.mss = p->family == 4 ? 536 : 1220};
    if (p->tcp.flags & PP_TCP_ECE)
        o->bits |= PP_CONN_SYN_ECE;
    if (p->tcp.flags & PP_TCP_CWR)
        o->bits |= PP_CONN_SYN_CWR;
    if (quirks & PP_QUIRK_ACCECN && pp_accecn_wanted(p))
        o->bits |= PP_CONN_ACCECN;
    else if (pp_lab_class(lab, place)->server == PP_LAB_ECN && wants_ecn(p) && !(quirks & PP_QUIRK_REFLECT) &&
             !(quirks & PP_QUIRK_MIXED && flow_hash(place, p) & 1))
        o->bits |= PP_CONN_ECN;
    if (quirks & PP_QUIRK_BARE)
        return;
    if (pp_tcpopt_find(&p->tcp, 2, 4, &opt) && pp_get16(opt.data))
        o->mss = pp_get16(opt.data);
    if (pp_tcpopt_find(&p->tcp, 3, 3, &opt)) {
        o->wscale = opt.data[0] > 14 ? 14 : opt.data[0]; /* RFC 7323 section 2.3 */
        o->bits |= PP_CONN_SCALED;
    }
    if (pp_tcpopt_find(&p->tcp, 4, 2, &opt))
        o->bits |= PP_CONN_SACK;
    if (pp_tcpopt_find(&p->tcp, 8, 10, &opt)) {
        o->tsval = pp_get32(opt.data);
        o->bits |= PP_CONN_TIMESTAMPS;
    }
}

static void take_offer(struct pp_conn *c, const struct pp_lab_place *place, const struct offer *o, uint32_t irs)
{
    c->place = *place;
    c->mss = o->mss < 64 ? 64 : o->mss;
    c->wscale = o->wscale;
    c->bits = o->bits;
    c->ts_recent = o->tsval;
    c->irs = irs;
    c->rcv_nxt = irs + 1;
    c->rto = RTO_FIRST;
}

static void start_sending(struct pp_conn *c, uint32_t iss)
{
    c->iss = iss;
    c->snd_una = iss;
    c->snd_nxt = c->snd_max = iss + 1;
}

/* RFC 8684 section 3.1: MP_CAPABLE of version 1 with HMAC-SHA256 is answered by one with this side's key. */
static bool answer_mptcp(struct pp_conn *c, const struct pp_tcpopt *opt, uint64_t key)
{
    if (opt->kind != MPTCP || opt->len != 4 || opt->data[0] != 0x01 || (opt->data[1] & 0xdf) != 0x01)
        return false;
    memcpy(c->extra, (uint8_t[]){MPTCP, 12, 0x01, 0x01}, 4);
    memcpy(c->extra + 4, &key, 8);
    c->extra_len = 12;
    return true;
}

/* Adds the answer to, or a copy of, the SYN's first option that offer_read does not handle. */
static void answer_extra(struct pp_lab *lab, struct pp_conn *c, const struct pp_packet *p)
{
    uint32_t quirks = lab->quirks[c->place.class_index];
    struct pp_tcpopt opt;

    c->extra_len = 0;
    for (unsigned off = 0; !c->extra_len && pp_tcpopt_next(&p->tcp, &off, &opt);) {
        if (opt.kind <= 5 || opt.kind == 8 || opt.len > sizeof c->extra)
            continue;
        if (pp_host_tfo(lab, c, &opt, p))
            return;
        if (quirks & PP_QUIRK_MPTCP && answer_mptcp(c, &opt, pp_mix(pp_conn_hash(lab->secret, &c->key))))
            return;
        if (quirks & PP_QUIRK_MIRROR || (quirks & PP_QUIRK_MPTCP_COPY && opt.kind == MPTCP)) {
            memcpy(c->extra, opt.data - 2, opt.len);
            c->extra_len = opt.len;
        }
    }
}

/* RFC 6528: a keyed hash of the flow plus a clock; a SYN cookie has no clock. */
static uint32_t isn(const struct pp_lab *lab, const struct pp_conn_key *key, int64_t at, bool cookie)
{
    uint32_t f = (uint32_t)pp_conn_hash(lab->secret, key);

    return cookie ? f : f + (uint32_t)(at / 4000);
}

/*
 * True if the host ignores the flow that SYN P begins at AT: in an episode (which begins at a time of each host's own)
 * all flows, else each flow with a probability of its own, also a later one between the same ports. The sequence number
 * is not used: clients choose it from a secret, and equal seeds must give equal runs.
 */
static bool flow_fails(const struct pp_lab_class *class, const struct pp_lab_place *place, const struct pp_packet *p,
                       int64_t at)
{
    uint64_t episode = ((uint64_t)at + pp_mix(place->key ^ 8) % EPISODE) / EPISODE;
    uint64_t chance = class->flow_fail_episode ? pp_mix(place->key ^ 5 ^ episode << 8)
                                               : pp_mix(flow_hash(place, p) ^ pp_mix((uint64_t)at));

    return class->flow_fail_p > 0 && pp_unit(chance) < class->flow_fail_p;
}

/* True if the host ignores SYN P, or its whole flow. */
static bool deaf(struct pp_lab *lab, const struct pp_lab_place *place, struct pp_conn **c, const struct pp_packet *p,
                 int64_t at)
{
    struct pp_conn_key key = pp_host_key(p);
    bool fails;

    if (*c)
        return (*c)->state == PP_CONN_IGNORED;
    fails = lab->fails[place->class_index] &&
            pp_counter_fails(&lab->counter, &lab->topology, place, lab->fails[place->class_index], p, at);
    fails |= flow_fails(pp_lab_class(lab, place), place, p, at);
    if (!fails && !(lab->quirks[place->class_index] & PP_QUIRK_SECOND_SYN))
        return false;
    *c = pp_conn_add(&lab->hosts->conns, &key);
    if (*c) {
        (*c)->place = *place;
        (*c)->irs = p->proto == PP_PROTO_TCP ? p->tcp.seq : 0;
        (*c)->state = fails ? PP_CONN_IGNORED : PP_CONN_WAITING;
        pp_host_timer_set(lab, *c, at);
    }
    return true;
}

/* True if the host ignores all SYNs at this moment. */
static bool busy(struct pp_lab *lab, const struct pp_lab_place *place, const struct pp_packet *p, int64_t at)
{
    uint32_t quirks = lab->quirks[place->class_index];
    int64_t gap = lab->syn_gap[place->class_index];
    bool data = p->proto == PP_PROTO_TCP && p->payload_len > 0;

    if (quirks & PP_QUIRK_SYN_GRUDGE)
        return pp_syncount_offended(&lab->hosts->syncount, place->index, data, at, gap);
    if (!(quirks & (PP_QUIRK_ALTERNATE | PP_QUIRK_SYN_LIMIT)))
        return false;
    if (quirks & PP_QUIRK_ALTERNATE && pp_syncount_next(&lab->hosts->syncount, place->index) % 2)
        return true;
    return quirks & PP_QUIRK_SYN_LIMIT && !pp_syncount_allowed(&lab->hosts->syncount, place->index, at, gap);
}

bool pp_host_hears(struct pp_lab *lab, const struct pp_lab_place *place, struct pp_conn **c, const struct pp_packet *p,
                   int64_t at)
{
    return !busy(lab, place, p, at) && !deaf(lab, place, c, p, at);
}

/* True if P begins a new flow on the ports of C. */
static bool begins_anew(const struct pp_conn *c, const struct pp_packet *p)
{
    return c->state == PP_CONN_LINGER || c->irs != p->tcp.seq;
}

void pp_host_syn(struct pp_lab *lab, const struct pp_lab_place *place, struct pp_conn *c, const struct pp_packet *p,
                 int64_t at)
{
    bool cookie = lab->quirks[place->class_index] & PP_QUIRK_COOKIE;
    struct pp_conn_key key = pp_host_key(p);
    struct pp_conn stateless;
    struct offer o;

    if (busy(lab, place, p, at))
        return;
    if (c && c->state == PP_CONN_OPEN) { /* a challenge: RFC 5961 section 4 */
        pp_host_put_segment(lab, c, 0, c->snd_nxt, 0, false, at);
        return;
    }
    if (c && c->state == PP_CONN_SYN_RECEIVED && c->irs == p->tcp.seq) {
        c->bits |= PP_CONN_RESENT;
        pp_host_put_synack(lab, c, at);
        return;
    }
    if (c && begins_anew(c, p)) {
        pp_host_forget(lab, c);
        c = NULL;
    }
    if (deaf(lab, place, &c, p, at))
        return;
    offer_read(lab, place, p, &o);
    if (cookie) {
        if (!(o.bits & PP_CONN_TIMESTAMPS)) /* without timestamps the cookie cannot keep it */
            o.bits &= (uint16_t)~(PP_CONN_ECN | PP_CONN_SACK | PP_CONN_SCALED);
        stateless = (struct pp_conn){.key = key};
        c = &stateless;
    } else if (!c && !(c = pp_conn_add(&lab->hosts->conns, &key))) {
        return;
    }
    take_offer(c, place, &o, p->tcp.seq);
    c->dscp = p->tos >> 2;
    answer_extra(lab, c, p);
    if (o.bits & PP_CONN_ACCECN)
        pp_accecn_start(c, p);
    start_sending(c, isn(lab, &key, at, cookie));
    c->state = PP_CONN_SYN_RECEIVED;
    c->sent_at = c->arrived = at;
    pp_host_put_synack(lab, c, at);
    if (!cookie)
        pp_host_timer_set(lab, c, at);
}

struct pp_conn *pp_host_from_cookie(struct pp_lab *lab, const struct pp_lab_place *place, const struct pp_packet *p,
                                    int64_t at)
{
    struct pp_conn_key key = pp_host_key(p);
    uint32_t iss = isn(lab, &key, at, true), kept;
    struct offer o = {.mss = p->family == 4 ? 1460 : 1440};
    struct pp_tcpopt opt;
    struct pp_conn *c;

    if ((p->tcp.flags & (PP_TCP_SYN | PP_TCP_RST | PP_TCP_ACK)) != PP_TCP_ACK || p->tcp.ack != iss + 1)
        return NULL;
    c = pp_conn_add(&lab->hosts->conns, &key);
    if (!c)
        return NULL;
    if (pp_tcpopt_find(&p->tcp, 8, 10, &opt)) {
        kept = pp_get32(opt.data + 4) & 63;
        o.tsval = pp_get32(opt.data);
        o.bits = (uint16_t)(PP_CONN_TIMESTAMPS | (kept & 16 ? PP_CONN_SACK : 0) | (kept & 32 ? PP_CONN_ECN : 0));
        if ((kept & 15) != 15) {
            o.bits |= PP_CONN_SCALED;
            o.wscale = kept & 15;
        }
    }
    take_offer(c, place, &o, p->tcp.seq - 1);
    start_sending(c, iss);
    c->state = PP_CONN_SYN_RECEIVED;
    c->bits |= PP_CONN_RESENT;
    c->sent_at = c->arrived = at;
    return c;
}
