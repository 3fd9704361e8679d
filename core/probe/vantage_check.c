/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vantage_check.c: sends copies of every arm's packets with small TTLs, and compares the quotes of routers with them.
 */
#include "vantage_check.h"

#include "../wire/fragments.h"

/*
 * The tag in the low bits of a sequence number, below the nonce: arm, class, hop. Datagrams carry nonce and tag in the
 * IPv4 identification or the IPv6 flow label, which every quote has.
 */
enum { HOP_BITS = 3, CLASS_BITS = 1, ARM_BITS = 4, TAG_BITS = HOP_BITS + CLASS_BITS + ARM_BITS };

#define RESETS_PER_COPY 2

/* The fields of an arm's packets that its treatment may set. */
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

/*
 * The template to copy; where data segments differ, that of the first segment that differs from the first, which is the
 * treated one.
 */
static const struct pp_template *copied(const struct pp_plan_arm *arm, int family, enum pp_on on)
{
    const struct pp_template *first = pp_plan_template(arm, family, on, false, 0);

    for (unsigned o = 1; on == PP_ON_DATA && o < PP_TEMPLATE_ORDINALS; o++) {
        const struct pp_template *t = pp_plan_template(arm, family, on, false, o);
        if (!pp_template_same(t, first))
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

void pp_vantage_check_init(struct pp_vantage_check *c, const struct pp_plan *plan, uint16_t port)
{
    memset(c, 0, sizeof *c);
    c->plan = plan;
    c->port = port;
    pp_random_secret(&c->nonce, sizeof c->nonce);
    c->nonce &= ~((1u << TAG_BITS) - 1);
    c->nonce |= 1u << TAG_BITS; /* the kernel replaces an identification of 0 */
    c->rng = pp_rng_init(c->nonce, 0);
}

/* A mask of the bits of nonce and tag that fit into the field that carries them. */
static uint32_t carried(const struct pp_vantage_check *c, int family)
{
    return c->plan->mode->proto == PP_PROTO_TCP ? UINT32_MAX : family == 4 ? 0xffff : 0xfffff;
}

static uint32_t carried_by(const struct pp_packet *p)
{
    return p->proto == PP_PROTO_TCP ? p->tcp.seq : p->family == 4 ? p->ip_id : p->flow_label;
}

/*
 * True if copies of ARM's packets of CLASS are sent: not if a retransmission has another form, as routers may refuse
 * the first packet, and not if an IPv6 datagram's flow label, which carries the tag, is part of the treatment.
 */
static bool is_copied(const struct pp_vantage_check *c, unsigned arm, unsigned class, int family)
{
    const struct pp_plan_arm *a = &c->plan->arm[arm];
    struct pp_slot first = {.on = class_on(c->plan, class)}, again = {.on = first.on, .kind = PP_KIND_AGAIN};

    if (!pp_plan_takes(c->plan, arm, family))
        return false;
    if (first.on != PP_ON_DATA && !pp_template_same(pp_plan_template_of(a, family, &first),
                                                    pp_plan_template_of(a, family, &again)))
        return false;
    return first.on != PP_ON_DATAGRAM || family == 4 || copied(a, family, first.on)->label == PP_LABEL_FLOW;
}

/* ---- out ------------------------------------------------------------------------------------------------ */

static bool send_copy(struct pp_vantage_check *c, struct pp_wire *w, const struct pp_target *t, unsigned arm,
                      unsigned class, unsigned hop)
{
    static const uint8_t byte[1] = {'\n'}; /* one byte of data, which HTTP servers ignore (RFC 9112 section 2.2) */
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
        fill.payload_len = pp_plan_message(c->plan, &c->plan->arm[arm], pp_addr_family(&t->addr),
                                           pp_plan_domain(c->plan, t), c->nonce, message);
    }
    if (on == PP_ON_SYN)
        pp_plan_sample(&c->plan->arm[arm], &fill);
    const struct pp_template *tmpl = copied(&c->plan->arm[arm], pp_addr_family(&t->addr), on);
    size_t len = pp_template_fill(tmpl, &fill, packet, sizeof packet);
    unsigned refused = 0;

    if (len)
        pp_send_cut(w, tmpl, packet, len, 0, &refused);
    return len && !refused;
}

/*
 * The number of hops to the target; 0: not known. An arm that is answered at a nearer hop than the farthest that quoted
 * the baseline is answered by a box in the target's place, and does not count.
 */
static uint8_t reached(const struct pp_vantage_check *c, int f)
{
    uint8_t nearest = c->family[f].reached;

    for (unsigned arm = 1; arm < c->plan->narms; arm++) {
        uint8_t hop = c->family[f].answered[arm];
        if (hop && c->family[f].baseline >> hop == 0 && (!nearest || hop < nearest))
            nearest = hop;
    }
    return nearest;
}

/* True if ARM's packet of CLASS differs from the baseline's. */
static bool treats(const struct pp_vantage_check *c, unsigned arm, unsigned class, int family)
{
    enum pp_on on = class_on(c->plan, class);

    return !pp_template_same(copied(&c->plan->arm[arm], family, on), copied(&c->plan->arm[0], family, on));
}

static void judge_arm(struct pp_vantage_check *c, int f, unsigned arm, unsigned class)
{
    uint8_t *missed = c->family[f].missed[arm][class], a = c->family[f].quotes[0][class];
    uint8_t b = c->family[f].quotes[arm][class];
    unsigned first = 0, hops = 0;

    for (unsigned hop = 1; hop <= PP_VANTAGE_CHECK_HOPS; hop++) {
        if (b >> hop) /* quoted by this hop, or by a farther one */
            missed[hop] = 0;
        else if (a >> hop & 1 && missed[hop] < PP_VANTAGE_CHECK_MISSES)
            missed[hop]++;
        c->family[f].missing |= missed[hop] > 0 && missed[hop] < PP_VANTAGE_CHECK_MISSES;
        hops += missed[hop] >= PP_VANTAGE_CHECK_MISSES;
        first = hops && !first ? hop : first;
    }
    if (!hops)
        return;
    /* Near the target the packet may be dropped by the target's own firewall. */
    struct pp_vantage_check_finding *x = hops > 1 && (first == 1 || !reached(c, f)) ? &c->finding : &c->doubt;
    if (!x->altered && !x->dropped)
        *x = (struct pp_vantage_check_finding){.dropped = true,
                                               .arm = (uint8_t)arm,
                                               .on = (uint8_t)class_on(c->plan, class),
                                               .hop = (uint8_t)first};
}

/* Judges the answers to the copies that were sent last. */
static void judge(struct pp_vantage_check *c, int f)
{
    unsigned classes = c->plan->mode->proto == PP_PROTO_UDP ? 1 : PP_VANTAGE_CHECK_CLASSES;

    c->family[f].judged = true;
    c->family[f].missing = false;
    for (unsigned arm = 1; arm < c->plan->narms && arm < PP_VANTAGE_CHECK_ARMS; arm++)
        for (unsigned class = 0; class < classes; class++)
            if (is_copied(c, arm, class, f ? 6 : 4) && treats(c, arm, class, f ? 6 : 4))
                judge_arm(c, f, arm, class);
}

void pp_vantage_check_passed(struct pp_vantage_check *c, int family, unsigned arm)
{
    if (arm < PP_VANTAGE_CHECK_ARMS)
        memset(c->family[family == 6].missed[arm], 0, sizeof c->family[0].missed[arm]);
}

/*
 * Sends the arms' copies in random order: a router that answers only the first packet must not always answer the same
 * arm.
 */
static unsigned send_hop(struct pp_vantage_check *c, struct pp_wire *w, const struct pp_target *t, unsigned hop)
{
    unsigned classes = c->plan->mode->proto == PP_PROTO_UDP ? 1 : PP_VANTAGE_CHECK_CLASSES, sent = 0;
    unsigned order[PP_VANTAGE_CHECK_ARMS], n = 0;

    for (unsigned arm = 0; arm < c->plan->narms && arm < PP_VANTAGE_CHECK_ARMS; arm++)
        if (pp_plan_takes(c->plan, arm, pp_addr_family(&t->addr)))
            order[n++] = arm;
    for (unsigned i = 0; i < n; i++) {
        unsigned k = i + (unsigned)pp_rng_below(&c->rng, n - i), arm = order[k];
        order[k] = order[i];
        for (unsigned class = 0; class < classes; class++)
            sent += is_copied(c, arm, class, pp_addr_family(&t->addr)) && send_copy(c, w, t, arm, class, hop);
    }
    return sent;
}

/* True if copies of family F are due at NOW; judges the last ones first. */
static bool is_due(struct pp_vantage_check *c, int f, int64_t now)
{
    int64_t sent_at = c->family[f].sent_at;

    if (!sent_at)
        return true;
    if (!c->family[f].judged && now >= sent_at + PP_VANTAGE_CHECK_WAIT)
        judge(c, f);
    if (now >= sent_at + PP_VANTAGE_CHECK_EVERY) {
        c->family[f].trials = 0;
        return true;
    }
    return c->family[f].judged && c->family[f].missing && c->family[f].trials < PP_VANTAGE_CHECK_TRIALS;
}

unsigned pp_vantage_check_send(struct pp_vantage_check *c, struct pp_wire *w, const struct pp_target *t, int64_t now)
{
    int f = pp_addr_is4(&t->addr) ? 0 : 1;
    unsigned classes = c->plan->mode->proto == PP_PROTO_UDP ? 1 : PP_VANTAGE_CHECK_CLASSES, sent = 0;
    unsigned near = reached(c, f);

    if (!is_due(c, f, now)) {
        c->family[f].begun = true;
        return 0;
    }
    /* A copy that arrives would open a connection. */
    for (unsigned hop = 1; hop <= PP_VANTAGE_CHECK_HOPS && (!near || hop < near); hop++)
        sent += send_hop(c, w, t, hop);
    c->family[f].trials++;
    c->family[f].judged = false;
    memset(c->family[f].quotes, 0, sizeof c->family[f].quotes);
    c->family[f].sent_at = now;
    c->family[f].times++;
    c->family[f].per_hop = 0;
    for (unsigned arm = 0; arm < c->plan->narms; arm++)
        for (unsigned class = 0; class < classes; class++)
            c->family[f].per_hop += is_copied(c, arm, class, f ? 6 : 4);
    c->family[f].quoted = c->family[f].resets = 0;
    return sent;
}

/* The number of quotes that can come: copies that reach the target are not quoted. */
static unsigned expected(const struct pp_vantage_check *c, int f)
{
    return c->family[f].per_hop * (c->family[f].reached ? c->family[f].reached - 1u : PP_VANTAGE_CHECK_HOPS);
}

bool pp_vantage_check_waits(const struct pp_vantage_check *c, int64_t now)
{
    for (int f = 0; f < 2; f++)
        if (c->family[f].sent_at && !c->family[f].begun && c->family[f].quoted < expected(c, f) &&
            now < c->family[f].sent_at + PP_VANTAGE_CHECK_WAIT)
            return true;
    return false;
}

/* ---- in ------------------------------------------------------------------------------------------------- */

/* True if the presence of the checksum or the length of the surplus was altered; even the shortest quote shows both. */
static bool datagram_altered(const struct pp_template *t, const struct pp_packet *q)
{
    if (q->l4_cap < 8)
        return false;
    return (pp_get16(q->l4 + 6) == 0) != (t->udp_checksum == PP_UDP_CHECKSUM_ZERO) ||
           (!q->fragment && q->l4_len - q->udp.len != t->surplus_len); /* a first fragment is shorter */
}

/* True if a packet that was sent in fragments is quoted reassembled. */
static bool joined(const struct pp_template *t, const struct pp_packet *q)
{
    return !q->fragment && pp_fragments(t, q->ip_len) > 1;
}

/* True if ICMP is a Time Exceeded: the copy's TTL expired at its sender. */
static bool is_time_exceeded(const struct pp_packet *icmp)
{
    return icmp->icmp.type == (icmp->family == 4 ? 11 : 3); /* RFC 792, RFC 4443 section 3.3 */
}

/* Notes that the copy of ARM with TTL HOP was answered by the target, or by a middlebox with the target's address. */
static void note_answer(struct pp_vantage_check *c, int f, unsigned arm, unsigned hop)
{
    uint8_t *nearest = arm ? &c->family[f].answered[arm] : &c->family[f].reached;

    if (!*nearest || hop < *nearest)
        *nearest = (uint8_t)hop;
}

static void compare(struct pp_vantage_check *c, const struct pp_packet *icmp, const struct pp_packet *q)
{
    uint32_t tag = carried_by(q) & ((1u << TAG_BITS) - 1);
    unsigned hop = tag & ((1u << HOP_BITS) - 1), class = tag >> HOP_BITS & 1, arm = tag >> (HOP_BITS + CLASS_BITS);
    int f = q->family == 4 ? 0 : 1;
    struct pp_packet sent;
    struct treated bits;

    if (arm >= c->plan->narms || !pp_plan_takes(c->plan, arm, q->family) || hop < 1 || hop > PP_VANTAGE_CHECK_HOPS)
        return;
    if (is_time_exceeded(icmp)) {
        c->family[f].quotes[arm][class] |= (uint8_t)(1u << hop);
        if (arm == 0)
            c->family[f].baseline |= (uint8_t)(1u << hop);
    } else if (arm) {
        note_answer(c, f, arm, hop);
    }
    if (c->finding.altered || c->finding.dropped)
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
    bool rest_altered = ((q->ip_flags ^ sent.ip_flags) & bits.ip_flags) || (udp && datagram_altered(t, q)) ||
                        joined(t, q);
    if (!tos_altered && !flags_altered && !rest_altered)
        return;
    c->finding = (struct pp_vantage_check_finding){
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

bool pp_vantage_check_answer(struct pp_vantage_check *c, const struct pp_packet *pkt, const struct pp_packet *quoted)
{
    int f = pkt->family == 4 ? 0 : 1;
    const struct pp_packet *p = quoted ? quoted : pkt;
    uint32_t seq, mask = carried(c, pkt->family) & ~((1u << TAG_BITS) - 1);
    unsigned arm;

    if (p->proto != c->plan->mode->proto || (p->proto != PP_PROTO_TCP && !quoted))
        return false; /* an answer to a datagram does not show which copy it answers */
    seq = quoted ? carried_by(quoted) : pkt->tcp.ack - 1;
    if ((seq & mask) != (c->nonce & mask))
        return false; /* an answer to other packets, or forged */
    arm = seq >> (HOP_BITS + CLASS_BITS) & ((1u << ARM_BITS) - 1);
    if (quoted) {
        c->family[f].quoted += arm == 0 || is_time_exceeded(pkt); /* a refused arm may be quoted by a farther hop */
        compare(c, pkt, quoted);
        return false;
    }
    if (arm < c->plan->narms)
        note_answer(c, f, arm, seq & ((1u << HOP_BITS) - 1));
    return c->family[f].resets++ < RESETS_PER_COPY * PP_VANTAGE_CHECK_HOPS * c->family[f].per_hop;
}

void pp_vantage_check_say(const struct pp_vantage_check *c, const struct pp_vantage_check_finding *x, char *out,
                          size_t size)
{
    const struct pp_arm *arm = c->plan->arm[x->arm].arm;
    const char *on = x->on == PP_ON_SYN ? "SYN" : x->on == PP_ON_DATA ? "data" : "datagram";
    char addr[PP_ADDR_STRLEN];

    if (x->dropped) {
        snprintf(out, size,
                 "hop %u quotes the baseline's %s and never arm %s's: that is dropped, or answered in the target's "
                 "place, before it%s",
                 x->hop, on, arm->name,
                 x == &c->doubt ? "; unless that hop does not answer such packets, or this is near the target" : "");
        return;
    }
    snprintf(out, size,
             "hop %u (%s) got arm %s's %s altered: TOS byte 0x%02x sent, 0x%02x quoted; "
             "flags 0x%03x sent, 0x%03x quoted%s",
             x->hop, pp_addr_str(&x->from, addr), arm->name, on, x->sent_tos, x->quoted_tos, x->sent_flags,
             x->quoted_flags, x->other ? "; IP flags, fragments, checksum or surplus as well" : "");
}

const char *pp_vantage_check_does(const struct pp_vantage_check *c, const struct pp_vantage_check_finding *x)
{
    return !x->dropped ? "alters" : x == &c->doubt ? "may drop" : "drops";
}

void pp_vantage_check_print(const struct pp_vantage_check *c, const struct pp_vantage_check_finding *x, bool fatal)
{
    char what[384];
    const char *does = pp_vantage_check_does(c, x);

    pp_vantage_check_say(c, x, what, sizeof what);
    if (!fatal) {
        pp_warn("this vantage %s the treatment: %s", does, what);
        return;
    }
    pp_error("this vantage %s the treatment: %s", does, what);
    pp_hint("what this run would find is its own access network; --allow-impaired-vantage goes on all the same");
}
