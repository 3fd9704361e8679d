/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * observer.c: flows of a passive observation: looked up in the flow table, timed out by a timing wheel, and listed by
 * last packet, so that the flow idle for longest can be ended early.
 */
#include "observer.h"

#include "../base/container.h"
#include "../base/wheel.h"
#include "chain_parts.h"
#include "table.h"

struct flow {
    struct pp_flow_link link; /* local: the opener */
    struct pp_timer timer;
    struct flow *older, *newer; /* list in order of the last packet */
    int64_t last;               /* the observer's clock at the last packet, ns */
    uint32_t isn;               /* sequence number of the opener's SYN */
    bool has_isn, complete;
    uint64_t record[]; /* of chains->size bytes */
};

struct pp_observer {
    struct pp_observer_config config;
    struct pp_flow_table table;
    struct pp_wheel wheel;
    struct flow *oldest, *newest;
    int64_t now;
    bool started; /* the clock was set once */
    struct pp_observer_stats stats;
};

struct pp_observer *pp_observer_new(const struct pp_observer_config *c)
{
    struct pp_observer *o = calloc(1, sizeof(*o));

    if (!o)
        return NULL;
    o->config = *c;
    if (pp_flow_table_init(&o->table, 1024) < 0) {
        free(o);
        return NULL;
    }
    return o;
}

/* ---- the life of a flow ------------------------------------------------------------------------------- */

static void unlist(struct pp_observer *o, struct flow *f)
{
    *(f->older ? &f->older->newer : &o->oldest) = f->newer;
    *(f->newer ? &f->newer->older : &o->newest) = f->older;
}

static void list_newest(struct pp_observer *o, struct flow *f)
{
    f->older = o->newest;
    f->newer = NULL;
    *(o->newest ? &o->newest->newer : &o->oldest) = f;
    o->newest = f;
}

static void flow_end(struct pp_observer *o, struct flow *f)
{
    pp_wheel_cancel(&o->wheel, &f->timer);
    pp_flow_table_remove(&o->table, &f->link);
    unlist(o, f);
    o->config.emit(o->config.arg, f->record);
    free(f);
}

static struct flow *flow_begin(struct pp_observer *o, const struct pp_flow_key *key)
{
    struct flow *f;

    while (o->oldest && o->table.count >= o->config.max_flows) {
        o->stats.early++;
        flow_end(o, o->oldest);
    }
    f = calloc(1, sizeof(*f) + o->config.chains->size);
    if (!f)
        return NULL;
    f->link.key = *key;
    if (pp_flow_table_insert(&o->table, &f->link) < 0) {
        free(f);
        return NULL;
    }
    pp_record_init(o->config.chains, f->record);
    list_newest(o, f);
    pp_wheel_set(&o->wheel, &f->timer, o->now + o->config.idle);
    o->stats.flows++;
    return f;
}

/*
 * A packet does not move its flow's timer: when the timer fires, it is set again if the flow was not idle for so long.
 */
static void fire(struct pp_timer *t, void *arg)
{
    struct flow *f = PP_CONTAINER_OF(t, struct flow, timer);
    struct pp_observer *o = arg;

    if (!f->complete && f->last + o->config.idle > o->now)
        pp_wheel_set(&o->wheel, t, f->last + o->config.idle);
    else
        flow_end(o, f);
}

/* The first call starts the clock and the wheel at NOW. */
void pp_observer_clock(struct pp_observer *o, int64_t now)
{
    if (!o->started) {
        o->started = true;
        o->now = now;
        pp_wheel_init(&o->wheel, now);
    }
    if (now <= o->now)
        return;
    o->now = now;
    pp_wheel_advance(&o->wheel, now, fire, o);
}

void pp_observer_free(struct pp_observer *o)
{
    if (!o)
        return;
    while (o->oldest)
        flow_end(o, o->oldest);
    pp_flow_table_release(&o->table);
    free(o);
}

/* ---- packets ------------------------------------------------------------------------------------------ */

static struct flow *find(struct pp_observer *o, const struct pp_flow_key *key)
{
    return (struct flow *)(void *)pp_flow_table_find(&o->table, key);
}

static bool is_syn(const struct pp_packet *p, bool ack)
{
    return p->proto == PP_PROTO_TCP && (p->tcp.flags & PP_TCP_SYN) && !(p->tcp.flags & PP_TCP_ACK) == !ack;
}

/* True if P, a SYN with another sequence number on a completed flow, opens the next flow on the same ports. */
static bool reopens(const struct flow *f, const struct pp_packet *p, enum pp_dir dir)
{
    return f->complete && is_syn(p, false) && (dir == PP_REV || !f->has_isn || p->tcp.seq != f->isn);
}

/*
 * Returns the flow of P, whose KEY is as sent by its source, and P's direction in it. An ICMP error has the key of the
 * packet that it quotes, and the opposite direction. NULL: no memory.
 */
static struct flow *assign(struct pp_observer *o, const struct pp_packet *p, struct pp_flow_key *key, bool quotes,
                           enum pp_dir *dir)
{
    struct flow *f = find(o, key);

    *dir = quotes ? PP_REV : PP_FWD;
    if (!f) {
        pp_flow_key_swap(key);
        f = find(o, key);
        if (f)
            *dir = quotes ? PP_FWD : PP_REV;
        else
            pp_flow_key_swap(key);
    }
    if (f && !quotes && reopens(f, p, *dir)) {
        if (*dir == PP_REV)
            pp_flow_key_swap(key);
        flow_end(o, f);
        *dir = PP_FWD;
        f = NULL;
    }
    if (f)
        return f;
    /* A lone SYN/ACK answers a SYN that the capture missed. */
    if (!quotes && is_syn(p, true)) {
        pp_flow_key_swap(key);
        *dir = PP_REV;
    }
    return flow_begin(o, key);
}

static void add(struct pp_observer *o, struct flow *f, const struct pp_chain_packet *p)
{
    if (p->dir == PP_FWD && !f->has_isn && !p->quoted && is_syn(p->pkt, false)) {
        f->isn = p->pkt->tcp.seq;
        f->has_isn = true;
    }
    f->last = o->now;
    unlist(o, f);
    list_newest(o, f);
    if (pp_record_packet(o->config.chains, f->record, p) && !f->complete) {
        f->complete = true;
        pp_wheel_set(&o->wheel, &f->timer, o->now + o->config.linger);
    }
}

void pp_observer_frame(struct pp_observer *o, const uint8_t *ip, size_t cap, size_t len, int64_t stamp)
{
    struct pp_packet pkt, quoted;
    struct pp_chain_packet p = {.pkt = &pkt, .stamp = stamp};
    struct pp_flow_key key;
    struct flow *f;
    bool quotes;

    if (!o->started)
        pp_observer_clock(o, stamp);
    o->stats.packets++;
    if (pp_packet_decode_frame(&pkt, ip, cap, len) < 0) {
        o->stats.undecodable++;
        return;
    }
    if (pkt.checksum == PP_CHECKSUM_WRONG || pkt.ip_checksum == PP_CHECKSUM_WRONG) {
        o->stats.wrong_checksum++;
        if (!o->config.keep_wrong)
            return;
    }
    quotes = pp_icmp_quotes(&pkt);
    if (quotes ? !pp_flow_key_received(&key, &pkt, &quoted) : !pp_flow_key_sent(&key, &pkt)) {
        o->stats.no_flow++;
        return;
    }
    f = assign(o, &pkt, &key, quotes, &p.dir);
    if (!f) {
        o->stats.no_memory++;
        return;
    }
    p.quoted = quotes ? &quoted : NULL;
    o->stats.cut += pp_chain_reach(&p) < PP_REACH_MESSAGE;
    add(o, f, &p);
}

void pp_observer_stats(const struct pp_observer *o, struct pp_observer_stats *s)
{
    *s = o->stats;
}
