/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vantage_check.c: sends copies of every arm's packets with small TTLs, and counts and judges the quotes of routers.
 */
#include "vantage_check.h"

#include "vantage_check_altered.h"

#include <inttypes.h>

/*
 * The tag: arm, class, hop. With the nonce above it, it is the sequence number, and as far as they have room the IPv4
 * identification and the IPv6 flow label, so that a quote shows it even where one of them was rewritten.
 */
enum { HOP_BITS = 3, CLASS_BITS = 1, ARM_BITS = 4, TAG_BITS = HOP_BITS + CLASS_BITS + ARM_BITS };

#define RESETS_PER_COPY 2

static enum pp_on class_on(const struct pp_plan *plan, unsigned class)
{
    if (plan->mode->proto == PP_PROTO_UDP)
        return PP_ON_DATAGRAM;
    return class ? PP_ON_DATA : PP_ON_SYN;
}

static unsigned classes(const struct pp_vantage_check *c)
{
    return c->plan->mode->proto == PP_PROTO_UDP ? 1 : PP_VANTAGE_CHECK_CLASSES;
}

void pp_vantage_check_init(struct pp_vantage_check *c, const struct pp_plan *plan, uint16_t port,
                           struct pp_hop_rate *hop_rate)
{
    memset(c, 0, sizeof *c);
    c->plan = plan;
    c->port = port;
    c->hop_rate = hop_rate;
    pp_random_secret(&c->nonce, sizeof c->nonce);
    c->nonce &= ~((1u << TAG_BITS) - 1);
    c->nonce |= 1u << TAG_BITS; /* the kernel replaces an identification of 0 */
    c->rng = pp_rng_init(c->nonce, 0);
}

/* The copy of ARM and CLASS with TTL HOP over family F. It borrows from C. */
static struct pp_hop_packet copy(const struct pp_vantage_check *c, int f, unsigned arm, unsigned class, unsigned hop)
{
    static const uint8_t byte[1] = {'\n'}; /* one byte of data, which HTTP servers ignore (RFC 9112 section 2.2) */
    uint32_t tag = c->nonce | arm << (HOP_BITS + CLASS_BITS) | class << HOP_BITS | hop;
    enum pp_on on = class_on(c->plan, class);

    return (struct pp_hop_packet){
        .plan = c->plan,
        .arm = arm,
        .on = on,
        .domain = c->family[f].domain[0] ? c->family[f].domain : NULL,
        .chance = c->nonce,
        .fill = {.src = &c->family[f].local,
                 .dst = &c->family[f].remote,
                 .sport = c->port,
                 .dport = c->family[f].rport,
                 .seq = tag,
                 .ip_id = (uint16_t)tag,
                 .flow_label = tag & 0xfffff,
                 .ttl = (uint8_t)hop,
                 .payload = on == PP_ON_DATA ? byte : NULL,
                 .payload_len = on == PP_ON_DATA ? sizeof byte : 0},
    };
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
    if (first.on != PP_ON_DATAGRAM || family == 4)
        return true;
    struct pp_hop_packet p = copy(c, 1, arm, class, 1);
    return pp_hop_packet_template(&p)->label == PP_LABEL_FLOW;
}

/* ---- out ------------------------------------------------------------------------------------------------ */

static bool send_copy(struct pp_vantage_check *c, struct pp_wire *w, int f, unsigned arm, unsigned class, unsigned hop,
                      int64_t now)
{
    struct pp_hop_packet p = copy(c, f, arm, class, hop);
    uint8_t packet[PP_PACKET_MAX];
    size_t len = pp_hop_packet_build(&p, packet);
    unsigned refused = 0;

    if (len)
        pp_send_cut(w, pp_hop_packet_template(&p), packet, len, 0, &refused);
    if (!len || refused)
        return false;
    if (c->hop_rate)
        pp_hop_rate_reserve(c->hop_rate, f ? 6 : 4, hop, NULL, false, now);
    return true;
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

/* A router that marks every packet, whatever its queue, alters the treatment; one with a queue marks some. */
static void judge_marks(struct pp_vantage_check *c, int f)
{
    const struct pp_vantage_check_finding *mark = &c->family[f].mark;

    if (!mark->altered || c->family[f].unmarked >> mark->hop)
        c->family[f].marked = 0;
    else if (c->family[f].marked < PP_VANTAGE_CHECK_MARKS)
        c->family[f].marked++;
    c->family[f].missing |= c->family[f].marked > 0 && c->family[f].marked < PP_VANTAGE_CHECK_MARKS;
    if (c->family[f].marked == PP_VANTAGE_CHECK_MARKS && !c->finding.altered && !c->finding.dropped)
        c->finding = *mark;
}

/* Judges the answers to the copies that were sent last. */
static void judge(struct pp_vantage_check *c, int f)
{
    c->family[f].judged = true;
    c->family[f].missing = false;
    judge_marks(c, f);
    for (unsigned arm = 1; arm < c->plan->narms && arm < PP_VANTAGE_CHECK_ARMS; arm++)
        for (unsigned class = 0; class < classes(c); class++)
            if (is_copied(c, arm, class, f ? 6 : 4) &&
                pp_hop_packet_differs(c->plan, arm, f ? 6 : 4, class_on(c->plan, class)))
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
static unsigned send_hop(struct pp_vantage_check *c, struct pp_wire *w, int f, unsigned hop, int64_t now)
{
    unsigned order[PP_VANTAGE_CHECK_ARMS], n = 0, sent = 0;

    for (unsigned arm = 0; arm < c->plan->narms && arm < PP_VANTAGE_CHECK_ARMS; arm++)
        if (pp_plan_takes(c->plan, arm, f ? 6 : 4))
            order[n++] = arm;
    for (unsigned i = 0; i < n; i++) {
        unsigned k = i + (unsigned)pp_rng_below(&c->rng, n - i), arm = order[k];
        order[k] = order[i];
        for (unsigned class = 0; class < classes(c); class++)
            sent += is_copied(c, arm, class, f ? 6 : 4) && send_copy(c, w, f, arm, class, hop, now);
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
    const char *domain = pp_plan_domain(c->plan, t);
    int f = pp_addr_is4(&t->addr) ? 0 : 1;
    unsigned near = reached(c, f), sent = 0;

    if (!is_due(c, f, now)) {
        c->family[f].begun = true;
        return 0;
    }
    c->family[f].local = pp_vantage_source(c->plan->vantage, &t->addr)->addr;
    c->family[f].remote = t->addr;
    c->family[f].rport = t->port;
    snprintf(c->family[f].domain, sizeof c->family[f].domain, "%s", domain ? domain : "");
    /* A copy that arrives would open a connection. */
    for (unsigned hop = 1; hop <= PP_VANTAGE_CHECK_HOPS && (!near || hop < near); hop++)
        sent += send_hop(c, w, f, hop, now);
    c->family[f].trials++;
    c->family[f].judged = false;
    memset(c->family[f].quotes, 0, sizeof c->family[f].quotes);
    c->family[f].unmarked = 0;
    c->family[f].mark.altered = false;
    c->family[f].sent_at = now;
    c->family[f].times++;
    c->family[f].per_hop = 0;
    for (unsigned arm = 0; arm < c->plan->narms; arm++)
        for (unsigned class = 0; class < classes(c); class++)
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

/* Notes that the copy of ARM with TTL HOP was answered by the target, or by a middlebox with the target's address. */
static void note_answer(struct pp_vantage_check *c, int f, unsigned arm, unsigned hop)
{
    uint8_t *nearest = arm ? &c->family[f].answered[arm] : &c->family[f].reached;

    if (!*nearest || hop < *nearest)
        *nearest = (uint8_t)hop;
}

/* True if NUMBER, of whose bits MASK are left, is one of ours: its arm, class and hop. */
static bool read_tag(const struct pp_vantage_check *c, uint32_t number, uint32_t mask, unsigned *arm, unsigned *class,
                     unsigned *hop)
{
    *hop = number & ((1u << HOP_BITS) - 1);
    *class = number >> HOP_BITS & ((1u << CLASS_BITS) - 1);
    *arm = number >> (HOP_BITS + CLASS_BITS) & ((1u << ARM_BITS) - 1);
    return ((number ^ c->nonce) & mask & ~((1u << TAG_BITS) - 1)) == 0 && *arm < c->plan->narms &&
           *class < classes(c) && *hop >= 1 && *hop <= PP_VANTAGE_CHECK_HOPS;
}

/* Finds the copy that Q quotes. *D: how it differs. */
static bool find(const struct pp_vantage_check *c, const struct pp_quote *q, unsigned *arm, unsigned *class,
                 unsigned *hop, struct pp_diff *d)
{
    const struct pp_packet *is = &q->packet;
    int f = is->family == 4 ? 0 : 1;
    struct {
        uint32_t number, mask;
    } tag[] = {{is->tcp.seq, is->proto == PP_PROTO_TCP ? UINT32_MAX : 0},
               {f ? is->flow_label : is->ip_id, f ? 0xfffff : 0xffff}};

    for (unsigned i = 0; i < 2; i++) {
        if (!tag[i].mask || !read_tag(c, tag[i].number, tag[i].mask, arm, class, hop) ||
            !is_copied(c, *arm, *class, f ? 6 : 4))
            continue;
        struct pp_hop_packet p = copy(c, f, *arm, *class, *hop);
        if (pp_hop_packet_quoted(&p, q, d))
            return true;
    }
    return false;
}

static bool is_ect(uint8_t ecn)
{
    return ecn == PP_ECT0 || ecn == PP_ECT1;
}

/* True if D is a congestion mark and nothing else. */
static bool is_mark(const struct pp_diff *d)
{
    return d->changes == 1 && pp_change_is_mark(d->change);
}

/* Handles ICMP, an ICMP error. */
static void on_error(struct pp_vantage_check *c, const struct pp_packet *icmp, int64_t now)
{
    int f = icmp->family == 4 ? 0 : 1;
    unsigned arm, class, hop;
    struct pp_quote q;
    struct pp_diff d;

    if (!c->family[f].sent_at || !pp_quote_read(&q, icmp) || !find(c, &q, &arm, &class, &hop, &d))
        return;
    c->family[f].quoted += arm == 0 || pp_hop_packet_expired(&q); /* a refused arm may be quoted by a farther hop */
    if (pp_hop_packet_expired(&q)) {
        c->family[f].quotes[arm][class] |= (uint8_t)(1u << hop);
        if (arm == 0)
            c->family[f].baseline |= (uint8_t)(1u << hop);
        if (c->hop_rate)
            pp_hop_rate_seen(c->hop_rate, hop, &icmp->src, false, now);
    } else if (arm) {
        note_answer(c, f, arm, hop);
    }
    struct pp_hop_packet p = copy(c, f, arm, class, hop);
    if (is_ect(q.packet.tos & 3))
        c->family[f].unmarked |= (uint8_t)(1u << hop);
    if (!pp_vantage_check_altered(&p, &q.packet, &d))
        return;
    struct pp_vantage_check_finding *x = is_mark(&d) ? &c->family[f].mark : &c->finding;
    if (x == &c->finding ? x->altered || x->dropped : x->altered && x->hop <= hop)
        return;
    *x = (struct pp_vantage_check_finding){.altered = true,
                                           .arm = (uint8_t)arm,
                                           .on = (uint8_t)class_on(c->plan, class),
                                           .hop = (uint8_t)hop,
                                           .from = icmp->src,
                                           .diff = d};
}

bool pp_vantage_check_answer(struct pp_vantage_check *c, const struct pp_packet *pkt, int64_t now)
{
    int f = pkt->family == 4 ? 0 : 1;
    unsigned arm, class, hop;

    if (pkt->proto == PP_PROTO_ICMP || pkt->proto == PP_PROTO_ICMP6) {
        on_error(c, pkt, now);
        return false;
    }
    /* An answer to a datagram does not show which copy it answers. */
    if (pkt->proto != c->plan->mode->proto || pkt->proto != PP_PROTO_TCP ||
        !read_tag(c, pkt->tcp.ack - 1, UINT32_MAX, &arm, &class, &hop))
        return false;
    note_answer(c, f, arm, hop);
    return c->family[f].resets++ < RESETS_PER_COPY * PP_VANTAGE_CHECK_HOPS * c->family[f].per_hop;
}

/* Writes C as " tcp.flags 0xc2 sent, 0x2 quoted". Returns its length, which may exceed SIZE. */
static size_t say_change(const struct pp_change *c, bool more, char *out, size_t size)
{
    char name[PP_FIELD_STRLEN], sent[24], quoted[24];

    snprintf(sent, sizeof sent, c->how == PP_CHANGED_ADDED ? "not" : "0x%" PRIx64, c->sent);
    snprintf(quoted, sizeof quoted, c->how == PP_CHANGED_REMOVED ? "not" : "0x%" PRIx64, c->seen);
    return (size_t)snprintf(out, size, "%s %s %s sent, %s quoted", more ? ";" : "",
                            pp_field_name(c->field, c->option, name), sent, quoted);
}

void pp_vantage_check_say(const struct pp_vantage_check *c, const struct pp_vantage_check_finding *x, char *out,
                          size_t size)
{
    const struct pp_arm *arm = c->plan->arm[x->arm].arm;
    const char *on = x->on == PP_ON_SYN ? "SYN" : x->on == PP_ON_DATA ? "data" : "datagram";
    char addr[PP_ADDR_STRLEN];

    if (x->dropped) {
        snprintf(out, size,
                 "hop %u quotes the baseline's %s but never arm %s's, which is dropped before that hop, or answered "
                 "in the target's name%s",
                 x->hop, on, arm->name,
                 x == &c->doubt ? "; or that hop does not answer such packets, or it is near the target" : "");
        return;
    }
    size_t at = (size_t)snprintf(out, size, "hop %u (%s) got arm %s's %s altered:", x->hop,
                                 pp_addr_str(&x->from, addr), arm->name, on);
    for (unsigned i = 0; i < x->diff.changes && at < size; i++)
        at += say_change(&x->diff.change[i], i > 0, out + at, size - at);
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
    pp_hint("this run would measure its own access network; --allow-impaired-vantage measures nevertheless");
}
