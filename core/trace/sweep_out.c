/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sweep_out.c: sends the packets of a sweep, and describes each one again when a quote has to be compared with it.
 */
#include "sweep_parts.h"

#include "../base/error.h"

#define ID_TTL 64u /* IP ID, TSval: a multiple of this, plus the TTL */
#define V6_LENGTH 30u /* data whose length shows the TTL has this many bytes plus the TTL */

static const struct pp_plan_arm *arm_of(const struct pp_trail *t)
{
    return &t->sweeper->c.plan->arm[t->ask.arm];
}

static int family_of(const struct pp_trail *t)
{
    return pp_addr_family(&t->link.key.remote);
}

bool pp_sweep_same(const struct pp_plan *plan, unsigned a, unsigned b, int family)
{
    int on = pp_sweep_class(plan, a, family, 1);

    return on >= 0 && on == pp_sweep_class(plan, b, family, 1) &&
           pp_hop_packet_same(plan, a, b, family, (enum pp_on)on) &&
           (on != PP_ON_DATAGRAM || plan->arm[a].padding == plan->arm[b].padding) &&
           plan->arm[a].size == plan->arm[b].size &&
           plan->arm[a].http == plan->arm[b].http && plan->arm[a].fast_open == plan->arm[b].fast_open;
}

int pp_sweep_class(const struct pp_plan *plan, unsigned arm, int family, size_t bytes)
{
    if (!pp_plan_takes(plan, arm, family))
        return -1;
    if (plan->mode->proto == PP_PROTO_UDP)
        return PP_ON_DATAGRAM;
    if (bytes && (arm == 0 ? plan->narms == 1 : pp_hop_packet_differs(plan, arm, family, PP_ON_DATA)))
        return PP_ON_DATA;
    return arm == 0 || pp_hop_packet_differs(plan, arm, family, PP_ON_SYN) || plan->arm[arm].fast_open ? PP_ON_SYN : -1;
}

size_t pp_trail_length(const struct pp_trail *t, unsigned ttl)
{
    size_t most = t->ask.len < PP_SWEEP_BYTES_MAX ? t->ask.len : PP_SWEEP_BYTES_MAX;

    /* Never the whole message, so that the server does not answer it. */
    if (most == t->ask.len && most > 1)
        most--;
    if (family_of(t) == 4 || most < V6_LENGTH + PP_WHERE_TTL_MAX)
        return most;
    return V6_LENGTH + ttl;
}

struct pp_hop_packet pp_trail_sent(const struct pp_trail *t, unsigned ttl, unsigned try)
{
    const struct pp_plan *plan = t->sweeper->c.plan;
    bool syn = t->ask.on == PP_ON_SYN, data = t->ask.on == PP_ON_DATA;

    return (struct pp_hop_packet){
        .plan = plan,
        .arm = t->ask.arm,
        .on = t->ask.on,
        .timestamps = t->agreed,
        .domain = pp_plan_domain(plan, t->target),
        .chance = t->chance + ttl,
        .fill = {.src = &t->link.key.local,
                 .dst = &t->link.key.remote,
                 .sport = t->link.key.lport,
                 .dport = t->link.key.rport,
                 .seq = syn ? t->iss : t->iss + 1,
                 .ack = syn ? 0 : t->irs + 1,
                 .tsval = t->asked[ttl - 1].tsval[try],
                 .tsecr = syn ? 0 : t->tsecr,
                 .ip_id = (uint16_t)((t->number + try) * ID_TTL + ttl), /* what is in fragments has one of its own */
                 .flow_label = t->flow_label,
                 .ttl = (uint8_t)ttl,
                 .payload = data ? t->ask.bytes : NULL,
                 .payload_len = data ? pp_trail_length(t, ttl) : 0},
    };
}

static void emit(struct pp_trail *t, const struct pp_template *tmpl, const uint8_t *packet, size_t len)
{
    struct pp_sweeper *s = t->sweeper;
    unsigned refused;
    bool ok;

    if (!len)
        BUG("a packet of a sweep does not fit");
    t->packets += pp_send_cut(s->c.wire, tmpl, packet, len, 0, &refused);
    ok = refused == 0;
    t->sent_at = s->now;
    if (!ok && t->out)
        t->out->cut = true;
    if (s->c.sent)
        s->c.sent(s->c.arg, ok);
}

void pp_trail_numbers(struct pp_trail *t)
{
    struct pp_sweeper *s = t->sweeper;
    struct pp_flow_key ends = {.local = t->link.key.local, .remote = t->link.key.remote};
    uint32_t clock = (uint32_t)(s->now / 1000000) + (uint32_t)pp_siphash(&s->secret, &ends, sizeof ends);
    uint32_t iss = (uint32_t)(s->now / 4000) + (uint32_t)pp_siphash(&s->secret, &t->link.key, sizeof t->link.key);

    /* Both numbers rise from one sweep to the next, however short the time between them (RFC 6191). */
    if (t->sweeps && (int32_t)(clock - t->tslast) <= 0)
        clock = t->tslast + 1;
    if (t->sweeps && (int32_t)(iss - t->iss) <= 0x10000)
        iss = t->iss + 0x10000;
    t->iss = iss;
    t->tsbase = t->tslast = clock / ID_TTL * ID_TTL + ID_TTL;
    t->chance += UINT64_C(1) << 32; /* what still answers an earlier sweep's message is no answer to this one's */
    t->sweeps++;
    t->number = (uint16_t)((t->number + PP_SWEEP_TRIES) % (0x10000 / ID_TTL));
}

void pp_trail_ask(struct pp_trail *t, unsigned ttl)
{
    struct pp_asked *a = &t->asked[ttl - 1];
    uint8_t packet[PP_PACKET_MAX];
    struct pp_hop_packet p;

    if (a->tries == PP_SWEEP_TRIES)
        BUG("TTL %u was asked often enough", ttl);
    t->tslast += ID_TTL;
    a->at[a->tries] = t->sweeper->now;
    a->tsval[a->tries] = t->tslast + ttl;
    a->tries++;
    a->wave = t->wave;
    t->out->hop[ttl - 1].tries = a->tries;
    if (t->out->hop[ttl - 1].what == PP_SEEN_NOT_ASKED)
        t->out->hop[ttl - 1].what = PP_SEEN_SILENT;
    if (t->out->hops < ttl)
        t->out->hops = (uint8_t)ttl;
    t->opened |= t->ask.on == PP_ON_SYN;
    p = pp_trail_sent(t, ttl, a->tries - 1u);
    emit(t, pp_hop_packet_template(&p), packet, pp_hop_packet_build(&p, packet));
}

static void send_plain(struct pp_trail *t, enum pp_on on, struct pp_fill *fill)
{
    unsigned ordinal = on == PP_ON_DATAGRAM ? PP_TEMPLATE_ORDINALS - 1 : 0;
    const struct pp_template *tmpl = pp_plan_template(arm_of(t), family_of(t), on,
                                                      on != PP_ON_SYN && on != PP_ON_DATAGRAM && t->agreed, ordinal);
    uint8_t packet[PP_PACKET_MAX];

    fill->src = &t->link.key.local;
    fill->dst = &t->link.key.remote;
    fill->sport = t->link.key.lport;
    fill->dport = t->link.key.rport;
    fill->ip_id = (uint16_t)(t->number * ID_TTL);
    fill->flow_label = t->flow_label;
    t->tslast += ID_TTL;
    fill->tsval = t->tslast;
    emit(t, tmpl, packet, pp_template_fill(tmpl, fill, packet, sizeof packet));
}

void pp_trail_syn(struct pp_trail *t)
{
    struct pp_fill fill = {.seq = t->iss, .flags = PP_TCP_SYN};

    t->opened = true;
    t->syns++;
    pp_plan_sample(arm_of(t), &fill);
    send_plain(t, PP_ON_SYN, &fill);
}

void pp_trail_ack(struct pp_trail *t)
{
    struct pp_fill fill = {.seq = t->iss + 1, .ack = t->irs + 1, .flags = PP_TCP_ACK, .tsecr = t->tsecr,
                           .window = t->sweeper->c.plan->mode->window};

    send_plain(t, PP_ON_ACK, &fill);
}

void pp_trail_reset(struct pp_trail *t, uint32_t seq)
{
    struct pp_fill fill = {.seq = seq, .flags = PP_TCP_RST};

    if (t->resets++ < PP_SWEEP_RESETS)
        send_plain(t, PP_ON_ACK, &fill);
}

void pp_trail_goodbye(struct pp_trail *t, const uint8_t *bytes, size_t len)
{
    struct pp_fill fill = {.payload = bytes, .payload_len = len};

    if (t->resets++ < PP_SWEEP_RESETS)
        send_plain(t, PP_ON_DATAGRAM, &fill);
}
