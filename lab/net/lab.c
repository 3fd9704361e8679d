/* SPDX-License-Identifier: BSD-2-Clause */
/* lab.c: the emulated Internet: its creation, packets in, packets out and their times. */
#include "lab_parts.h"

#include "../truth/truth.h"

/* ---- making one ---- */

static void quirk_add(struct pp_lab *lab, unsigned class, const struct pp_behaviour *b)
{
    lab->quirks[class] |= b->quirk;
    if (b->counting && !b->dirs)
        lab->fails[class] = b->counting->kind;
    if (b->gap_ms)
        lab->syn_gap[class] = b->gap_ms * PP_LAB_MS;
}

static void quirks_find(struct pp_lab *lab)
{
    for (unsigned c = 0; c < lab->scenario.nhosts; c++) {
        for (unsigned b = 0; b < lab->scenario.hosts[c].npath; b++)
            quirk_add(lab, c, lab->scenario.hosts[c].path[b].behaviour);
    }
}

struct pp_lab *pp_lab_make(const struct pp_scenario *s, uint64_t nhosts, uint64_t seed,
                           const struct pp_lab_host_ops *ops, struct pp_lab_hosts *hosts)
{
    struct pp_lab *lab = calloc(1, sizeof *lab);

    if (!lab) {
        pp_error("no memory for the lab");
        ops->release(hosts);
        return NULL;
    }
    lab->scenario = *s;
    lab->rng = pp_rng_init(seed, 0x1ab);
    lab->secret = pp_lab_secret(seed);
    lab->ops = ops;
    lab->hosts = hosts;
    quirks_find(lab);
    pp_topology_init(&lab->topology, s, nhosts, seed);
    pp_net_init(&lab->net);
    return lab;
}

void pp_lab_free(struct pp_lab *lab)
{
    if (!lab)
        return;
    pp_counter_release(&lab->counter);
    pp_reassembly_release(&lab->reassembly);
    pp_reassembly_release(&lab->held);
    lab->ops->release(lab->hosts);
    pp_net_release(&lab->net);
    free(lab);
}

/* ---- in ---- */

static void hold(struct pp_lab *lab, const struct pp_packet *p, int64_t now)
{
    struct pp_net_packet *packet = pp_net_alloc(&lab->net, p->ip_cap);

    if (!packet)
        return;
    memcpy(packet->bytes, p->ip, p->ip_cap);
    packet->inbound = 1;
    pp_net_push(&lab->net, packet, now + pp_lab_held(lab));
}

static void fire(struct pp_timer *t, void *arg)
{
    struct pp_lab *lab = arg;

    lab->ops->timer(lab, t);
}

static void advance(struct pp_lab *lab, int64_t now)
{
    if (!lab->started)
        pp_wheel_init(&lab->wheel, now);
    lab->started = true;
    if (now < lab->now)
        now = lab->now;
    lab->now = now;
    pp_wheel_advance(&lab->wheel, now, fire, lab);
}

/* False for IPv4-mapped addresses in an IPv6 header, which would be taken for IPv4 hosts. */
static bool of_family(const struct pp_packet *p)
{
    return pp_addr_family(&p->src) == p->family && pp_addr_family(&p->dst) == p->family;
}

void pp_lab_input(struct pp_lab *lab, int64_t now, const uint8_t *ip, size_t len)
{
    const struct pp_lab_class *c;
    struct pp_lab_place place;
    struct pp_packet p;

    advance(lab, now);
    now = lab->now;
    lab->stats.in++;
    if (len > PP_NET_MTU || pp_packet_decode(&p, ip, len) < 0 || p.checksum == PP_CHECKSUM_WRONG ||
        p.ip_checksum == PP_CHECKSUM_WRONG || !of_family(&p) || !pp_topology_find(&lab->topology, &p.dst, &place)) {
        lab->stats.unknown++;
        return;
    }
    c = pp_lab_class(lab, &place);
    if (pp_lab_loses(lab, &place, now))
        return;
    if (pp_lab_chance(lab, c->dup))
        hold(lab, &p, now);
    if (pp_lab_chance(lab, c->reorder))
        hold(lab, &p, now);
    else
        pp_lab_travel(lab, &place, &p, now);
}

/* ---- out ---- */

/* Fires timers and delivers reordered packets to hosts; the first packet due then is for the client. */
static void settle(struct pp_lab *lab, int64_t now)
{
    struct pp_net_packet *packet;
    struct pp_lab_place place;
    struct pp_packet p;
    int64_t due;

    advance(lab, now);
    while ((packet = pp_net_peek(&lab->net, now)) && packet->inbound) {
        packet = pp_net_pop(&lab->net, now, &due);
        if (pp_packet_decode(&p, packet->bytes, packet->len) == 0 && pp_topology_find(&lab->topology, &p.dst, &place))
            pp_lab_travel(lab, &place, &p, due);
        pp_net_drop(&lab->net, packet);
    }
}

bool pp_lab_pending(struct pp_lab *lab, int64_t now)
{
    settle(lab, now);
    return pp_net_peek(&lab->net, now) != NULL;
}

int64_t pp_lab_next(const struct pp_lab *lab)
{
    int64_t timer = lab->started ? pp_wheel_next(&lab->wheel) : PP_NEVER, packet = pp_net_next(&lab->net);

    return timer < packet ? timer : packet;
}

size_t pp_lab_output_at(struct pp_lab *lab, int64_t now, uint8_t *out, size_t cap, int64_t *due)
{
    struct pp_net_packet *packet;
    size_t len;

    do {
        settle(lab, now);
        packet = pp_net_pop(&lab->net, now, due);
        if (!packet)
            return 0;
        len = packet->len;
        if (len <= cap)
            memcpy(out, packet->bytes, len);
        pp_net_drop(&lab->net, packet);
    } while (len > cap);
    lab->stats.out++;
    return len;
}

size_t pp_lab_output(struct pp_lab *lab, int64_t now, uint8_t *out, size_t cap)
{
    int64_t due;

    return pp_lab_output_at(lab, now, out, cap, &due);
}

void pp_lab_stats(const struct pp_lab *lab, struct pp_lab_stats *s)
{
    *s = lab->stats;
    s->connections = lab->ops->connections(lab->hosts);
}

void pp_lab_host(const struct pp_lab *lab, uint64_t i, struct pp_lab_host *h)
{
    pp_topology_host(&lab->scenario, &lab->topology, i, h);
}

int pp_lab_write_targets(const struct pp_lab *lab, FILE *f)
{
    return pp_truth_write_targets(&lab->scenario, &lab->topology, f);
}

int pp_lab_write_networks(const struct pp_lab *lab, FILE *f)
{
    return pp_truth_write_networks(&lab->scenario, &lab->topology, f);
}

int pp_lab_write_truth(const struct pp_lab *lab, FILE *f)
{
    return pp_truth_write(&lab->scenario, &lab->topology, NULL, f);
}

int pp_lab_write_truth_of(const struct pp_lab *lab, const char *experiment, const char *mode, FILE *f)
{
    return pp_truth_write(&lab->scenario, &lab->topology, &(struct pp_truth_of){experiment, mode}, f);
}
