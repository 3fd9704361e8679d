/* SPDX-License-Identifier: BSD-2-Clause */
/* checkup.c: sends short-lived copies of every arm and compares what routers quote of them. */
#include "checkup.h"

#include "../base/random.h"

/*
 * What a sequence number carries under the nonce: arm, class, hop. Datagrams have no such number: theirs stands in the
 * IPv4 identification or the IPv6 flow label, which every quote has.
 */
enum { HOP_BITS = 3, CLASS_BITS = 1, ARM_BITS = 4, TAG_BITS = HOP_BITS + CLASS_BITS + ARM_BITS };

#define RESETS_PER_COPY 2

/* The bits of an arm's packets that its treatment sets. */
struct treated {
    uint8_t tos_mask, ip_flags;
    uint16_t flags;
};

static enum pp_on class_on(const struct pp_plan *plan, unsigned class)
{
    if (plan->mode->proto == PP_PROTO_UDP)
        return PP_ON_DATAGRAM;
    return class ? PP_ON_DATA : PP_ON_SYN;
}

/* Of data that differs from segment to segment, the first that does: that is what its treatment is about. */
static const struct pp_template *copied(const struct pp_plan_arm *arm, int family, enum pp_on on)
{
    const struct pp_template *first = pp_plan_template(arm, family, on, false, 0);

    for (unsigned o = 1; on == PP_ON_DATA && o < PP_TEMPLATE_ORDINALS; o++) {
        const struct pp_template *t = pp_plan_template(arm, family, on, false, o);
        if (memcmp(t, first, sizeof *t) != 0)
            return t;
    }
    return first;
}

static struct treated treated_bits(const struct pp_plan_arm *arm, enum pp_on on)
{
    struct treated t = {0};

    for (unsigned i = 0; i < arm->arm->nsteps; i++) {
        const struct pp_step *s = &arm->arm->steps[i];
        if (s->on != on)
            continue;
        t.tos_mask |= s->tos_mask;
        t.ip_flags |= s->ip_flags;
        t.flags |= s->tcp_set | s->tcp_clear;
    }
    return t;
}

void pp_checkup_init(struct pp_checkup *c, const struct pp_plan *plan, uint16_t port)
{
    memset(c, 0, sizeof *c);
    c->plan = plan;
    c->port = port;
    pp_random_secret(&c->nonce, sizeof c->nonce);
    c->nonce &= ~((1u << TAG_BITS) - 1);
    c->nonce |= 1u << TAG_BITS; /* an identification of zero would be filled in by the kernel */
}

/* What of the nonce and the tag fits into the field that carries them. */
static uint32_t carried(const struct pp_checkup *c, int family)
{
    return c->plan->mode->proto == PP_PROTO_TCP ? UINT32_MAX : family == 4 ? 0xffff : 0xfffff;
}

static uint32_t carried_by(const struct pp_packet *p)
{
    return p->proto == PP_PROTO_TCP ? p->tcp.seq : p->family == 4 ? p->ip_id : p->flow_label;
}

/* ---- out ------------------------------------------------------------------------------------------------ */

static bool send_copy(struct pp_checkup *c, struct pp_wire *w, const struct pp_target *t, unsigned arm, unsigned class,
                      unsigned hop)
{
    static const uint8_t byte[1] = {'\n'}; /* of data, ignored by HTTP servers (RFC 9112 section 2.2) */
    enum pp_on on = class_on(c->plan, class);
    uint8_t packet[2048], message[PP_MESSAGE_MAX];
    uint32_t tag = c->nonce | arm << (HOP_BITS + CLASS_BITS) | class << HOP_BITS | hop;
    struct pp_fill fill = {
        .src = &pp_vantage_source(c->plan->vantage, &t->addr)->addr,
        .dst = &t->addr,
        .sport = c->port,
        .dport = t->port,
        .seq = tag,
        .ip_id = (uint16_t)tag,
        .flow_label = tag & 0xfffff,
        .flags = on == PP_ON_SYN ? PP_TCP_SYN : PP_TCP_ACK,
        .window = c->plan->mode->window,
        .ttl = (uint8_t)hop,
        .payload = byte,
        .payload_len = on == PP_ON_DATA ? sizeof byte : 0,
    };
    if (on == PP_ON_DATAGRAM) {
        fill.payload = message;
        fill.payload_len = pp_plan_message(c->plan, &c->plan->arm[arm], t->domain, c->nonce, message);
    }
    if (on == PP_ON_SYN)
        pp_plan_sample(&c->plan->arm[arm], &fill);
    size_t len = pp_template_fill(copied(&c->plan->arm[arm], pp_addr_family(&t->addr), on), &fill, packet,
                                  sizeof packet);

    return len && pp_wire_send(w, packet, len, 0) == 0;
}

unsigned pp_checkup_send(struct pp_checkup *c, struct pp_wire *w, const struct pp_target *t, int64_t now)
{
    int f = pp_addr_is4(&t->addr) ? 0 : 1;
    unsigned classes = c->plan->mode->proto == PP_PROTO_UDP ? 1 : PP_CHECKUP_CLASSES, sent = 0;

    if (c->family[f].sent_at && now < c->family[f].sent_at + PP_CHECKUP_EVERY)
        return 0;
    for (unsigned hop = 1; hop <= PP_CHECKUP_HOPS; hop++) {
        if (c->family[f].reached && hop >= c->family[f].reached)
            break; /* a copy that arrives would open a connection */
        for (unsigned arm = 0; arm < c->plan->narms; arm++)
            for (unsigned class = 0; class < classes && pp_plan_takes(c->plan, arm, f ? 6 : 4); class++)
                sent += send_copy(c, w, t, arm, class, hop);
    }
    c->family[f].sent_at = now;
    c->family[f].times++;
    c->family[f].per_hop = 0;
    for (unsigned arm = 0; arm < c->plan->narms; arm++)
        c->family[f].per_hop += pp_plan_takes(c->plan, arm, f ? 6 : 4) ? classes : 0;
    c->family[f].quoted = c->family[f].resets = 0;
    return sent;
}

/* All that can come: copies that reach the target are not quoted. */
static unsigned expected(const struct pp_checkup *c, int f)
{
    return c->family[f].per_hop * (c->family[f].reached ? c->family[f].reached - 1u : PP_CHECKUP_HOPS);
}

bool pp_checkup_waits(const struct pp_checkup *c, int64_t now)
{
    for (int f = 0; f < 2; f++)
        if (c->family[f].times == 1 && c->family[f].quoted < expected(c, f) &&
            now < c->family[f].sent_at + PP_CHECKUP_WAIT)
            return true;
    return false;
}

/* ---- in ------------------------------------------------------------------------------------------------- */

/* Whether there is a checksum, and how long the surplus is: the quoted header shows both, of however short a quote. */
static bool datagram_altered(const struct pp_template *t, const struct pp_packet *q)
{
    if (q->l4_cap < 8)
        return false;
    return (pp_get16(q->l4 + 6) == 0) != (t->udp_checksum == PP_UDP_CHECKSUM_ZERO) ||
           q->l4_len - q->udp.len != t->surplus_len;
}

static void compare(struct pp_checkup *c, const struct pp_packet *icmp, const struct pp_packet *q)
{
    uint32_t tag = carried_by(q) & ((1u << TAG_BITS) - 1);
    unsigned hop = tag & ((1u << HOP_BITS) - 1), class = tag >> HOP_BITS & 1, arm = tag >> (HOP_BITS + CLASS_BITS);
    struct pp_packet sent;
    struct treated bits;

    if (arm >= c->plan->narms || !pp_plan_takes(c->plan, arm, q->family))
        return;
    const struct pp_plan_arm *a = &c->plan->arm[arm];
    const struct pp_template *t = copied(a, q->family, class_on(c->plan, class));
    if (pp_packet_decode(&sent, t->bytes, t->len) < 0)
        return;
    bits = treated_bits(a, class_on(c->plan, class));
    uint16_t flags = (uint16_t)((t->flags | (class ? 0 : PP_TCP_SYN)) & bits.flags);
    bool tos_altered = (q->tos ^ sent.tos) & bits.tos_mask;
    bool udp = q->proto == PP_PROTO_UDP;
    bool flags_altered = !udp && !q->truncated && (q->tcp.flags & bits.flags) != flags;
    bool rest_altered = ((q->ip_flags ^ sent.ip_flags) & bits.ip_flags) || (udp && datagram_altered(t, q));
    if (!tos_altered && !flags_altered && !rest_altered)
        return;
    c->finding = (struct pp_checkup_finding){
        .altered = true,
        .arm = (uint8_t)arm,
        .on = (uint8_t)class_on(c->plan, class),
        .hop = (uint8_t)hop,
        .from = icmp->src,
        .other = rest_altered,
        .sent_tos = sent.tos,
        .quoted_tos = q->tos,
        .sent_flags = flags,
        .quoted_flags = udp || q->truncated ? flags : q->tcp.flags & bits.flags,
    };
}

bool pp_checkup_answer(struct pp_checkup *c, const struct pp_packet *pkt, const struct pp_packet *quoted)
{
    int f = pkt->family == 4 ? 0 : 1;
    const struct pp_packet *p = quoted ? quoted : pkt;
    uint32_t seq, mask = carried(c, pkt->family) & ~((1u << TAG_BITS) - 1);

    if (p->proto != c->plan->mode->proto || (p->proto != PP_PROTO_TCP && !quoted))
        return false; /* that a datagram was answered does not tell which one it was */
    seq = quoted ? carried_by(quoted) : pkt->tcp.ack - 1;
    if ((seq & mask) != (c->nonce & mask))
        return false; /* not of these copies, or forged without having seen one */
    if (quoted) {
        c->family[f].quoted++;
        if (!c->finding.altered)
            compare(c, pkt, quoted);
        return false;
    }
    uint8_t hop = seq & ((1u << HOP_BITS) - 1);
    if (!c->family[f].reached || hop < c->family[f].reached)
        c->family[f].reached = hop;
    return c->family[f].resets++ < RESETS_PER_COPY * PP_CHECKUP_HOPS * c->family[f].per_hop;
}

void pp_checkup_print(const struct pp_checkup *c, bool fatal)
{
    const struct pp_checkup_finding *x = &c->finding;
    const struct pp_arm *arm = c->plan->arm[x->arm].arm;
    char addr[PP_ADDR_STRLEN], what[160];

    snprintf(what, sizeof what,
             "hop %u (%s) got arm %s's %s altered: TOS byte 0x%02x sent, 0x%02x quoted; "
             "flags 0x%03x sent, 0x%03x quoted%s",
             x->hop, pp_addr_str(&x->from, addr), arm->name,
             x->on == PP_ON_SYN ? "SYN" : x->on == PP_ON_DATA ? "data" : "datagram", x->sent_tos, x->quoted_tos,
             x->sent_flags, x->quoted_flags, x->other ? "; IP flags, checksum or surplus as well" : "");
    if (!fatal) {
        pp_warn("this vantage alters the treatment: %s", what);
        return;
    }
    pp_error("this vantage alters the treatment: %s", what);
    pp_hint("what this run would find is its own access network; --allow-impaired-vantage goes on all the same");
}
