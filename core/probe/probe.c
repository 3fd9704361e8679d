/* SPDX-License-Identifier: BSD-2-Clause */
/* probe.c: one flow of one arm: its port, its packets out and in, its conversation. */
#include "probe.h"

#include "../base/container.h"
#include "../wire/fragments.h"
#include "stray.h"

#include <errno.h>

#define SLAB_BYTES (256u << 10) /* of probes; far above what malloc takes from the heap */
#define WHOLES 8 /* fragmented packets of one flow that the tap has not seen yet; a further one replaces the oldest */
#define STALE_RESTARTS 3 /* other ports that one arm may try where the server holds old state for its port */

/* ---- out ---------------------------------------------------------------------------------------- */

static struct pp_slot slot_of(const struct pp_segment *s)
{
    struct pp_slot slot = {.on = s->on, .ordinal = s->ordinal, .timestamps = s->timestamps};

    if (s->on == PP_ON_ACK)
        slot.kind = s->flags & PP_TCP_RST ? PP_KIND_RST : s->flags & PP_TCP_FIN ? PP_KIND_FIN : PP_KIND_USUAL;
    else if (s->retransmission)
        slot.kind = PP_KIND_AGAIN;
    return slot;
}

/*
 * The whole packet of which fragments were sent. Only the first fragment has the ports, so the tap finds the flow by
 * it, and passes the whole packet to the chains. Without memory for it the chains get the fragment.
 */
struct pp_whole {
    struct pp_whole *next; /* the packet sent before */
    size_t len;
    uint8_t bytes[];
};

static void keep_whole(struct pp_probe *p, const uint8_t *packet, size_t len)
{
    struct pp_whole *w = malloc(sizeof *w + len), **oldest = &p->whole;
    unsigned n = 0;

    if (!w)
        return;
    w->next = p->whole;
    w->len = len;
    memcpy(w->bytes, packet, len);
    p->whole = w;
    while (*oldest && n++ < WHOLES)
        oldest = &(*oldest)->next;
    free(*oldest);
    *oldest = NULL;
}

static void put_on_wire(struct pp_probe *p, const struct pp_template *tmpl, const uint8_t *packet, size_t len)
{
    struct pp_live_counters *counters = p->prober->counters;
    unsigned n, refused;

    if (pp_fragments(tmpl, len) > 1)
        keep_whole(p, packet, len);
    n = pp_send_cut(p->prober->wire, tmpl, packet, len, pp_probe_tag(p), &refused);
    p->packets = (uint16_t)(p->packets + n);
    p->slow = (uint16_t)(p->slow + (pp_template_is_slow(tmpl) ? n : 0));
    atomic_fetch_add_explicit(&counters->packets_out, n, memory_order_relaxed);
    if (refused) {
        p->send_failed = true;
        atomic_fetch_add_explicit(&counters->send_errors, refused, memory_order_relaxed);
    }
}

static void send_segment(struct pp_talk *t, const struct pp_segment *s)
{
    struct pp_probe *p = PP_CONTAINER_OF(t, struct pp_probe, talk);
    const struct pp_flow_key *k = &p->link.key;
    uint8_t packet[PP_PACKET_MAX];
    struct pp_slot slot = slot_of(s);
    struct pp_fill fill = {
        .src = &k->local,
        .dst = &k->remote,
        .sport = k->lport,
        .dport = k->rport,
        .seq = s->seq,
        .ack = s->ack,
        .flags = s->on == PP_ON_SYN ? PP_TCP_SYN : s->flags, /* a treatment may set flags in some SYNs only */
        .window = s->window,
        .tsval = s->tsval,
        .tsecr = s->tsecr,
        .ip_id = (uint16_t)(p->ip_id + p->packets),
        .flow_label = p->ask.flow_label,
        .sack = s->sack,
        .sack_len = s->sack_len,
        .options = s->options,
        .options_len = s->options_len,
        .payload = s->payload,
        .payload_len = s->len,
    };
    const struct pp_template *tmpl = pp_plan_template_of(p->ask.arm, pp_addr_family(&k->remote), &slot);
    size_t len = pp_template_fill(tmpl, &fill, packet, sizeof packet);

    if (len == 0)
        BUG("a segment of %zu bytes does not fit", s->len);
    if (tmpl->withhold)
        return;
    t->longest = len > t->longest ? (uint32_t)len : t->longest;
    if (s->on != PP_ON_ACK && !s->apart) {
        struct pp_packet built;
        if (pp_packet_decode(&built, packet, len) < 0)
            BUG("a packet that does not decode was built");
        p->sent_print += pp_packet_fingerprint(&built);
        p->sent++;
    }
    put_on_wire(p, tmpl, packet, len);
}

static void decided(struct pp_talk *t)
{
    struct pp_probe *p = PP_CONTAINER_OF(t, struct pp_probe, talk);

    if (!t->stale)
        p->owner->decided(p);
}

/* The owner must not free a talk within its callback, so the timer, set to now, reports the end. */
static void over(struct pp_talk *t)
{
    struct pp_probe *p = PP_CONTAINER_OF(t, struct pp_probe, talk);

    if (!t->stale)
        p->owner->over(p);
}

static void read_answer(struct pp_talk *t, const struct pp_quic_seen *seen)
{
    struct pp_probe *p = PP_CONTAINER_OF(t, struct pp_probe, talk);

    pp_record_quic(&p->prober->plan->chains, p->record, seen);
}

static const struct pp_talk_owner talk_owner = {send_segment, decided, read_answer, over};

uint64_t pp_probe_tag(const struct pp_probe *p)
{
    return (uint64_t)p->generation << 32 | p->number;
}

/* The probe in piece NUMBER (less than nprobes) of the slabs. */
static struct pp_probe *numbered(const struct pp_prober *pr, uint32_t number)
{
    uint32_t in_slab = (uint32_t)(SLAB_BYTES / pr->probe_size);

    return (struct pp_probe *)(pr->slab[number / in_slab] + number % in_slab * pr->probe_size);
}

void pp_probe_refused(struct pp_prober *pr, uint64_t tag)
{
    uint32_t number = (uint32_t)tag;
    struct pp_probe *p = number < pr->nprobes ? numbered(pr, number) : NULL;

    if (p && p->generation == tag >> 32)
        p->send_failed = true;
}

/* ---- start -------------------------------------------------------------------------------------- */

/*
 * RFC 6528: a clock of 4 us ticks plus a keyed hash of the connection's ends. Initial sequence numbers and timestamps
 * both rise from one flow between the same ports to the next, in this run or another since boot, so a server that has
 * the older flow in TIME-WAIT accepts the newer one (RFC 6191 section 2).
 */
static uint32_t initial_sequence(const struct pp_prober *pr, const struct pp_flow_key *k)
{
    return (uint32_t)(pr->now / 4000) + (uint32_t)pp_siphash(&pr->secret, k, sizeof *k);
}

/* The offset of the TCP timestamps of all flows between two addresses. */
static uint32_t timestamp_offset(const struct pp_prober *pr, const struct pp_flow_key *k)
{
    struct pp_flow_key ends = {.local = k->local, .remote = k->remote};

    return (uint32_t)pp_siphash(&pr->secret, &ends, sizeof ends);
}

/*
 * Takes ports of the slice in turn, so that a port rests while the others are used. -1: every port has a flow to this
 * target.
 */
static int take_port(struct pp_prober *pr, struct pp_probe *p, uint16_t wanted)
{
    p->link.key.lport = wanted;
    if (wanted && pp_prober_has_port(pr, wanted) && pp_flow_table_insert(&pr->flows, &p->link) == 0) {
        p->in_table = true;
        return 0;
    }
    for (unsigned i = 0; i < pr->all_ports; i++) {
        p->link.key.lport = pr->ports[pr->port_next];
        pr->port_next = (pr->port_next + 1) % pr->all_ports;
        if (!pp_prober_has_port(pr, p->link.key.lport))
            continue;
        if (pp_flow_table_insert(&pr->flows, &p->link) == 0) {
            p->in_table = true;
            return 0;
        }
        if (errno != EEXIST)
            return -1;
    }
    return -1;
}

/*
 * Uses the cookie that the flow of arm->after got from this address in this round; none is kept (RFC 7413 section
 * 4.1.3).
 */
static void open_fast(struct pp_probe *p)
{
    const struct pp_probe *from = p->ask.after;
    const struct pp_tfo_cookie *cookie = from && from->talk.tcp.cookie.kind ? &from->talk.tcp.cookie : NULL;
    struct pp_tcp *c = &p->talk.tcp;
    uint8_t how = p->ask.arm->fast_open;

    if (how & PP_FAST_OPEN_COOKIE)
        c->syn_options_len = pp_tfo_write(cookie, c->syn_options);
    c->early = how & PP_FAST_OPEN_DATA && (cookie || !(how & PP_FAST_OPEN_COOKIE));
}

static int launch(struct pp_probe *p, uint16_t port)
{
    struct pp_prober *pr = p->prober;
    const struct pp_plan *plan = pr->plan;
    const struct pp_target *t = p->ask.target;

    p->link.key = (struct pp_flow_key){
        .local = pp_vantage_source(plan->vantage, &t->addr)->addr,
        .remote = t->addr,
        .rport = t->port,
        .proto = plan->mode->proto,
    };
    if (take_port(pr, p, port) < 0)
        return -1;
    uint64_t chance = pp_siphash(&pr->secret, &p->link.key, sizeof p->link.key) ^ (uint64_t)pr->now;
    p->ip_id = (uint16_t)(chance >> 48);
    p->sent_print = p->seen_print = 0;
    p->sent = p->seen = p->late = 0;
    p->resets = 0;
    p->send_failed = p->icmp_seen = false;
    p->started_epoch = pr->wire->ops->epoch(pr->wire);
    pp_record_init(&plan->chains, p->record);
    pp_talk_init(&p->talk, plan->mode, &talk_owner, &plan->tcp, &t->addr, t->port,
                 pp_plan_domain(plan, t), pr->pool,
                 initial_sequence(pr, &p->link.key), timestamp_offset(pr, &p->link.key), p->ask.arm->syn_flags);
    p->talk.ask.chance = chance * UINT64_C(0x9e3779b97f4a7c15);
    p->talk.ask.crypto = pr->crypto;
    pp_plan_ask(p->ask.arm, pp_addr_family(&t->addr), p->ask.size, &p->talk.ask);
    if (plan->mode->proto == PP_PROTO_TCP) {
        p->talk.tcp.size = p->ask.size ? p->ask.size : p->ask.arm->size;
        p->talk.tcp.without = p->ask.arm->without;
        open_fast(p);
        p->talk.tcp.segments = p->ask.arm->segments;
        p->talk.tcp.pause = p->ask.arm->pause;
        p->talk.tcp.overhead = p->ask.arm->overhead;
    }
    p->started = true;
    pp_talk_start(&p->talk, pr->now);
    pp_probe_rearm(p);
    return 0;
}

/*
 * Memory for a probe: a free one, or a piece of a slab. Slabs live as long as the worker. If each probe came from
 * malloc, which grows a thread's heap by a page and a system call at a time, probes would cost more than their packets.
 */
static struct pp_probe *take_memory(struct pp_prober *pr)
{
    struct pp_probe *p = pr->free_probes;
    char **slab;

    if (p) {
        pr->free_probes = (struct pp_probe *)p->link.next;
        p->generation++;
        return p;
    }
    if (pr->nprobes == pr->nslabs * (SLAB_BYTES / pr->probe_size)) {
        slab = realloc(pr->slab, (pr->nslabs + 1) * sizeof *slab);
        if (!slab)
            return NULL;
        pr->slab = slab;
        slab[pr->nslabs] = malloc(SLAB_BYTES);
        if (!slab[pr->nslabs])
            return NULL;
        pr->nslabs++;
    }
    p = numbered(pr, pr->nprobes);
    p->number = pr->nprobes++;
    p->generation = 1; /* so that no tag is 0, which stands for no packet */
    return p;
}

void pp_probes_release(struct pp_prober *pr)
{
    for (uint32_t i = 0; i < pr->nslabs; i++)
        free(pr->slab[i]);
    free(pr->slab);
}

struct pp_probe *pp_probe_start(struct pp_prober *pr, const struct pp_probe_ask *ask,
                                const struct pp_probe_owner *owner, void *arg, struct pp_probe **slot)
{
    struct pp_probe *p = take_memory(pr);

    *slot = p;
    if (!p)
        return NULL;
    *p = (struct pp_probe){.number = p->number, .generation = p->generation};
    p->tick.kind = PP_TICK_PROBE;
    p->prober = pr;
    p->owner = owner;
    p->arg = arg;
    p->ask = *ask;
    if (launch(p, ask->port) == 0)
        return p;
    pp_probe_free(p);
    return *slot = NULL;
}

/* ---- in ----------------------------------------------------------------------------------------- */

static void tap(struct pp_probe *p, const struct pp_packet *pkt)
{
    if (pkt->proto == PP_PROTO_TCP && !(pkt->tcp.flags & PP_TCP_SYN) && pkt->payload_len == 0)
        return;
    p->seen_print += pp_packet_fingerprint(pkt);
    p->seen++;
}

bool pp_probe_sent(const struct pp_probe *p, const struct pp_packet *pkt)
{
    const struct pp_tcp *c = &p->talk.tcp;

    if (pkt->proto != PP_PROTO_TCP || pkt->truncated)
        return true;
    return pkt->tcp.seq - c->iss <= pp_tcp_reach(c) - c->iss || (pkt->tcp.flags & PP_TCP_RST && c->resets);
}

/* True if PKT is a SYN/ACK for another SYN: the ports had an earlier flow, for example of a run that was killed. */
static bool answers_another(const struct pp_probe *p, const struct pp_packet *pkt)
{
    return pkt->proto == PP_PROTO_TCP && (pkt->tcp.flags & (PP_TCP_SYN | PP_TCP_ACK)) == (PP_TCP_SYN | PP_TCP_ACK) &&
           !pp_tcp_acks_syn(&p->talk.tcp, &pkt->tcp);
}

/* PKT came after the arm of P was decided as silent. */
static void came_late(struct pp_probe *p, const struct pp_packet *pkt, const struct pp_packet *quoted)
{
    p->late++;
    pp_prober_count(&p->prober->counters->late);
    if (!quoted && pkt->proto == PP_PROTO_TCP)
        pp_stray_answer(p->prober, pkt, p->talk.tcp.iss, pp_tcp_reach(&p->talk.tcp), &p->resets);
}

/*
 * True if QUOTED, about which an ICMP error came in, is in a form in which P's packet is sent the first time, but not
 * the next time: the error does not decide the flow. Forms with headers of different lengths are told apart by the
 * quote, which may come after the next packet was sent; others by the number of packets sent.
 */
static bool goes_on_otherwise(const struct pp_probe *p, const struct pp_packet *quoted)
{
    bool tcp = p->link.key.proto == PP_PROTO_TCP;
    struct pp_slot slot = {.on = tcp ? PP_ON_SYN : PP_ON_DATAGRAM};
    int family = pp_addr_family(&p->link.key.remote);
    const struct pp_template *first = pp_plan_template_of(p->ask.arm, family, &slot), *again;

    slot.kind = PP_KIND_AGAIN;
    again = pp_plan_template_of(p->ask.arm, family, &slot);
    if (pp_template_same(first, again))
        return false;
    if (first->l4_off != again->l4_off)
        return quoted->l4 && quoted->l4 - quoted->ip == first->l4_off;
    return p->sent == 1;
}

/*
 * The whole packet of P of which FRAGMENT is the first fragment, if it left in these fragments; WHOLE is its decoded
 * form.
 */
static struct pp_whole *take_whole(struct pp_probe *p, const struct pp_packet *fragment, struct pp_packet *whole)
{
    for (struct pp_whole **link = &p->whole, *w; (w = *link); link = &w->next) {
        if (pp_packet_decode(whole, w->bytes, w->len) == 0 && whole->ip_id == fragment->ip_id &&
            whole->tos == fragment->tos && whole->ttl == fragment->ttl && fragment->l4_cap <= whole->l4_cap &&
            whole->proto == fragment->proto && memcmp(whole->l4, fragment->l4, fragment->l4_cap) == 0) {
            *link = w->next;
            return w;
        }
    }
    return NULL;
}

/* CP left this host. A datagram after those of the conversation is a goodbye, and is not measured. */
static void own_packet(struct pp_probe *p, struct pp_chain_packet cp)
{
    struct pp_packet whole;
    struct pp_whole *kept = cp.pkt->fragment ? take_whole(p, cp.pkt, &whole) : NULL;

    if (kept)
        cp.pkt = &whole;
    if (cp.pkt->proto != PP_PROTO_UDP || p->seen < p->sent) {
        pp_record_packet(&p->prober->plan->chains, p->record, &cp);
        tap(p, cp.pkt);
    }
    free(kept);
}

void pp_probe_packet(struct pp_probe *p, const struct pp_packet *pkt, enum pp_dir dir, int64_t stamp,
                     const struct pp_packet *quoted)
{
    struct pp_prober *pr = p->prober;
    struct pp_chain_packet cp = {.pkt = pkt, .dir = dir, .stamp = stamp, .quoted = quoted};

    if (dir == PP_FWD) {
        own_packet(p, cp);
        return;
    }
    if (quoted || !answers_another(p, pkt))
        pp_record_packet(&pr->plan->chains, p->record, &cp);
    if (p->talk.over) {
        if (p->talk.how == PP_HOW_SILENT)
            came_late(p, pkt, quoted);
        return;
    }
    if (quoted) {
        if (!p->icmp_seen) {
            p->icmp_seen = true;
            p->icmp_type = pkt->icmp.type;
            p->icmp_code = pkt->icmp.code;
            p->icmp_from = pkt->src;
            p->owner->icmp(p);
        }
        if (!goes_on_otherwise(p, quoted))
            pp_talk_icmp(&p->talk, pkt, quoted, pr->now);
    } else {
        bool tcp = pkt->proto == PP_PROTO_TCP;
        uint32_t acknowledged = tcp ? p->talk.tcp.snd_una : 0;

        pp_talk_input(&p->talk, pkt, pr->now);
        if (pkt->payload_len || (tcp && p->talk.tcp.snd_una != acknowledged))
            p->patience = pr->now + pr->plan->connect_timeout;
    }
    pp_probe_rearm(p);
}

/* Removes P from the table of flows, so that its ports and addresses are free. */
static void leave_table(struct pp_probe *p)
{
    struct pp_prober *pr = p->prober;
    struct pp_ended_flow *f;

    if (!p->in_table)
        return;
    pp_flow_table_remove(&pr->flows, &p->link);
    p->in_table = false;
    f = pp_ended_add(&pr->past, &p->link.key);
    if (pr->plan->mode->proto == PP_PROTO_TCP) {
        f->iss = p->talk.tcp.iss;
        f->reach = pp_tcp_reach(&p->talk.tcp);
    }
}

/*
 * Starts the same arm again from another port, as the server held old state for this one (it answered the SYN by a bare
 * ACK, which was reset).
 */
static void restart(struct pp_probe *p)
{
    leave_table(p);
    pp_talk_release(&p->talk);
    p->restarts++;
    p->owner->flows(p, 1);
    pp_prober_count(&p->prober->counters->restarted);
    if (launch(p, 0) < 0) {
        p->owner->flows(p, -1);
        p->talk.stale = false;
        p->talk.decided = p->talk.over = p->talk.failed = true;
        p->talk.how = PP_HOW_SILENT;
        p->owner->decided(p);
        p->owner->over(p);
    }
}

/* The next time at which P has something to do. After the handshake the peer may be silent until P->patience. */
static int64_t wake_time(const struct pp_probe *p)
{
    int64_t at = pp_talk_deadline(&p->talk);

    return !p->talk.decided && pp_talk_is_open(&p->talk) && p->patience < at ? p->patience : at;
}

void pp_probe_rearm(struct pp_probe *p)
{
    if (p->talk.stale && p->talk.over) {
        if (p->restarts < STALE_RESTARTS) {
            restart(p);
            return;
        }
        /* Old state shows nothing about the path; if it is met in all rounds, it counts as a failure of the arm. */
        p->talk.failed = !p->ask.last_try;
        p->talk.stale = false;
        p->owner->decided(p);
        p->owner->over(p);
    }
    pp_wheel_set(p->prober->wheel, &p->tick.timer, p->talk.over ? PP_NEVER : wake_time(p));
}

void pp_probe_timer(struct pp_probe *p)
{
    int64_t now = p->prober->now;

    if (!p->talk.decided && pp_talk_is_open(&p->talk) && now >= p->patience)
        pp_talk_abort(&p->talk, PP_HOW_STALLED, now);
    else
        pp_talk_timer(&p->talk, now);
    pp_probe_rearm(p);
}

void pp_probe_free(struct pp_probe *p)
{
    pp_wheel_cancel(p->prober->wheel, &p->tick.timer);
    leave_table(p);
    if (p->started)
        pp_talk_release(&p->talk);
    while (p->whole) {
        struct pp_whole *w = p->whole;

        p->whole = w->next;
        free(w);
    }
    p->link.next = (struct pp_flow_link *)p->prober->free_probes;
    p->prober->free_probes = p;
}
