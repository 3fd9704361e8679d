/* SPDX-License-Identifier: BSD-2-Clause */
/* path.c: carries packets through middleboxes and routers, in both directions. */
#include "lab_parts.h"

bool pp_lab_chance(struct pp_lab *lab, double p)
{
    return p > 0 && pp_rng_unit(&lab->rng) < p;
}

#define BURST_SLOTS 8 /* the mean length of a burst in slots */

/*
 * The model of Gilbert (1960): in the bad state all packets are lost. A chain of slots that keeps its state with
 * probability KEEP, and else draws a new one, has the transition probabilities p = b r / (1 - b) and r, where b is the
 * share of bad slots and r = 1 / BURST_SLOTS. The state of a slot depends on the seed only: it is found by searching
 * back for the last draw.
 */
static bool bad_state(const struct pp_lab_class *c, const struct pp_lab_place *place, int64_t at)
{
    double keep = 1 - 1.0 / (BURST_SLOTS * (1 - c->burst_loss));
    uint64_t slot = (uint64_t)((double)at / (c->burst_ms * 1e6 / BURST_SLOTS)), hash = 0;

    do {
        hash = pp_mix(place->key ^ 7 ^ pp_mix(slot));
    } while (pp_unit(hash) < keep && slot--);
    return pp_unit(pp_mix(hash)) < c->burst_loss;
}

bool pp_lab_loses(struct pp_lab *lab, const struct pp_lab_place *place, int64_t at)
{
    const struct pp_lab_class *c = pp_lab_class(lab, place);

    return (c->burst_loss > 0 && bad_state(c, place, at)) || pp_lab_chance(lab, c->loss);
}

int64_t pp_lab_delay(struct pp_lab *lab, const struct pp_lab_place *place, unsigned hop)
{
    const struct pp_lab_class *c = pp_lab_class(lab, place);
    double ms = c->delay_ms;

    if (c->jitter_ms > 0)
        ms += c->jitter_ms * pp_rng_unit(&lab->rng);
    return (int64_t)(ms * 1e6 * hop / (place->nhops + 1));
}

int64_t pp_lab_held(struct pp_lab *lab)
{
    return (int64_t)(1 + pp_rng_below(&lab->rng, 20)) * PP_LAB_MS;
}

/* ---- to the client ---- */

/* Applies the middleboxes on the way to the client. True: one of them dropped the packet. */
static bool boxes_back(struct pp_lab *lab, const struct pp_lab_class *c, struct pp_net_packet *packet, unsigned from)
{
    struct pp_packet p;

    (void)lab;
    for (unsigned i = c->npath; i-- > 0;) {
        const struct pp_lab_box *box = &c->path[i];

        if (!(box->dir & PP_LAB_REV) || box->hop >= from || pp_packet_decode(&p, packet->bytes, packet->len) < 0)
            continue;
        switch (pp_behaviour_apply(box->behaviour, packet->bytes, &p)) {
        case PP_BOX_PASS:
            break;
        case PP_BOX_CHANGE:
            pp_segment_fix(packet->bytes, &p);
            break;
        default:
            return true;
        }
    }
    return false;
}

void pp_lab_send(struct pp_lab *lab, const struct pp_lab_place *place, struct pp_net_packet *packet, unsigned from,
                 int64_t at, int64_t *fifo)
{
    const struct pp_lab_class *c = pp_lab_class(lab, place);
    struct pp_net_packet *copy;
    int64_t due;

    if (boxes_back(lab, c, packet, from) || pp_lab_loses(lab, place, at) || pp_lab_chance(lab, c->return_loss)) {
        pp_net_drop(&lab->net, packet);
        return;
    }
    due = at + pp_lab_delay(lab, place, from);
    if (pp_lab_chance(lab, c->reorder)) {
        due += pp_lab_held(lab);
    } else if (fifo) {
        due = due > *fifo ? due : *fifo;
        *fifo = due;
    }
    if (pp_lab_chance(lab, c->dup) && (copy = pp_net_alloc(&lab->net, packet->len))) {
        memcpy(copy->bytes, packet->bytes, packet->len);
        pp_net_push(&lab->net, copy, due);
    }
    pp_net_push(&lab->net, packet, due);
}

static void answer(struct pp_lab *lab, const struct pp_lab_place *place, struct pp_net_packet *packet, unsigned from,
                   int64_t at)
{
    if (packet)
        pp_lab_send(lab, place, packet, from, at, NULL);
}

/* ---- to the host ---- */

/* False for ICMP errors, which are not answered by ICMP errors (RFC 1122 section 3.2.2). */
static bool may_be_quoted(const struct pp_packet *p)
{
    return (p->proto != PP_PROTO_ICMP && p->proto != PP_PROTO_ICMP6) || !p->icmp.quote;
}

/* False: the host drops P for its extension headers, with an ICMP error if required. */
static bool headers_taken(struct pp_lab *lab, const struct pp_lab_place *place, const struct pp_packet *p, int64_t at)
{
    bool strict = lab->quirks[place->class_index] & PP_QUIRK_OPTIONS_STRICT;
    unsigned hop = place->nhops + 1u;
    uint16_t pointer;

    switch (pp_headers_heeded(p, true, strict, &pointer)) {
    case PP_HEADERS_TAKEN:
        return true;
    case PP_HEADERS_REFUSED:
        answer(lab, place, pp_hop_refusal(lab, place, hop, pointer, p), hop, at);
        break;
    case PP_HEADERS_DROPPED:
        break;
    }
    return false;
}

static void arrive(struct pp_lab *lab, const struct pp_lab_place *place, const struct pp_packet *p, int64_t at)
{
    const struct pp_lab_class *c = pp_lab_class(lab, place);
    struct pp_packet whole;

    if (c->server == PP_LAB_SILENT)
        return;
    if (p->fragment) {
        if (!pp_reassemble(&lab->reassembly, p, &whole) || whole.checksum == PP_CHECKSUM_WRONG)
            return;
        p = &whole;
    }
    if (p->truncated || !headers_taken(lab, place, p, at))
        return;
    if (p->proto == PP_PROTO_TCP)
        lab->ops->tcp(lab, place, p, at);
    else if (p->proto == PP_PROTO_UDP && c->server != PP_LAB_REFUSE && pp_lab_class_open(c, p->dport))
        lab->ops->udp(lab, place, p, at);
    else if (p->proto == PP_PROTO_UDP)
        answer(lab, place, pp_hop_error(lab, place, place->nhops + 1u, PP_HOP_PORT_UNREACHABLE, p), place->nhops + 1u,
               at);
}

/* Applies B, which keeps fragments, to fragment P in the lab's scratch copy; results as of box_forth. */
static bool fragment_forth(struct pp_lab *lab, const struct pp_behaviour *b, struct pp_packet *p)
{
    bool early = p->frag_off != 0 && !pp_reassembly_begun(&lab->held, p);
    struct pp_packet whole;

    if (b->fragments == PP_FRAGMENTS_EARLY) {
        if (!early)
            pp_reassemble(&lab->held, p, &whole);
        return !early;
    }
    if (!pp_reassemble(&lab->held, p, &whole))
        return false;
    memcpy(lab->scratch, whole.ip, whole.ip_cap);
    return pp_packet_decode(p, lab->scratch, whole.ip_cap) == 0;
}

/*
 * Applies middlebox I on the way to the host to P. A change is made in the lab's scratch copy, to which P then points.
 * False: the packet goes no farther.
 */
static bool box_forth(struct pp_lab *lab, const struct pp_lab_place *place, const struct pp_lab_box *box,
                      struct pp_packet *p, int64_t now)
{
    struct pp_net_packet *reply = NULL;
    struct pp_packet changed;
    bool goes_on = false;
    uint16_t pointer;

    if (p->ip != lab->scratch) {
        memcpy(lab->scratch, p->ip, p->ip_cap);
        if (pp_packet_decode(p, lab->scratch, p->ip_cap) < 0)
            BUG("a packet that decodes no more");
    }
    if (box->behaviour->counting &&
        !pp_counter_admits(&lab->counter, &lab->topology, place, box, p, now + pp_lab_delay(lab, place, box->hop)))
        return false;
    if (p->fragment && box->behaviour->fragments >= PP_FRAGMENTS_EARLY)
        return fragment_forth(lab, box->behaviour, p);
    switch (pp_behaviour_apply(box->behaviour, lab->scratch, p)) {
    case PP_BOX_PASS:
        return true;
    case PP_BOX_CHANGE:
        pp_segment_fix(lab->scratch, p);
        if (pp_packet_decode(&changed, lab->scratch, p->ip_cap) < 0)
            return false;
        *p = changed;
        return true;
    case PP_BOX_RST: /* with the host's address, but sent from the box, as its TTL shows */
        reply = p->proto == PP_PROTO_TCP ? pp_segment_reset(lab, p, (uint8_t)(PP_LAB_TTL - (box->hop - 1))) : NULL;
        break;
    case PP_BOX_SYNACK:
        reply = pp_segment_synack(lab, p, (uint8_t)(PP_LAB_TTL - (box->hop - 1)));
        break;
    case PP_BOX_ICMP:
        reply = may_be_quoted(p) ? pp_hop_error(lab, place, box->hop, PP_HOP_PROHIBITED, p) : NULL;
        break;
    case PP_BOX_TOO_BIG:
    case PP_BOX_FORGE:
        reply = may_be_quoted(p) ? pp_hop_too_big(lab, place, box->hop, box->behaviour->named, p) : NULL;
        goes_on = box->behaviour->action == PP_BOX_FORGE;
        break;
    case PP_BOX_REFUSE:
        if (pp_headers_heeded(p, false, false, &pointer) == PP_HEADERS_REFUSED)
            reply = pp_hop_refusal(lab, place, box->hop, pointer, p);
        break;
    case PP_BOX_DROP:
        break;
    }
    answer(lab, place, reply, box->hop, now + pp_lab_delay(lab, place, box->hop));
    return goes_on;
}

void pp_lab_travel(struct pp_lab *lab, const struct pp_lab_place *place, struct pp_packet *p, int64_t now)
{
    const struct pp_lab_class *c = pp_lab_class(lab, place);

    for (unsigned i = 0; i < c->npath; i++) {
        if (c->path[i].dir & PP_LAB_FWD && c->path[i].hop < p->ttl && !box_forth(lab, place, &c->path[i], p, now))
            return;
    }
    if (p->ttl > place->nhops)
        arrive(lab, place, p, now + pp_lab_delay(lab, place, place->nhops + 1u));
    else if (p->ttl && may_be_quoted(p))
        answer(lab, place, pp_hop_expired(lab, place, p->ttl, p, now), p->ttl, now + pp_lab_delay(lab, place, p->ttl));
}
