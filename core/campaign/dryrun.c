/* SPDX-License-Identifier: BSD-2-Clause */
/* dryrun.c: shows the packets of each arm instead of sending them. */
#include "dryrun.h"

#include "../targets/special.h"
#include "../verdict/first.h"

#define SHOWN 2 /* targets */

static const char *const class_name[PP_ON_COUNT] = {
    [PP_ON_SYN] = "SYN", [PP_ON_ACK] = "ACK, FIN, RST", [PP_ON_DATA] = "data", [PP_ON_DATAGRAM] = "datagram"};

static void print_flags(const struct pp_packet *p, FILE *f)
{
    static const struct {
        uint16_t bit;
        const char *name;
    } names[] = {{PP_TCP_SYN, "SYN"}, {PP_TCP_ACK, "ACK"}, {PP_TCP_PSH, "PSH"}, {PP_TCP_FIN, "FIN"},
                 {PP_TCP_RST, "RST"},
                 {PP_TCP_URG, "URG"}, {PP_TCP_ECE, "ECE"}, {PP_TCP_CWR, "CWR"}, {PP_TCP_AE, "AE"}};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (p->tcp.flags & names[i].bit)
            fprintf(f, " %s", names[i].name);
    if (p->tcp.flags & 0xe00)
        fprintf(f, " reserved 0x%x", p->tcp.flags & 0xe00u);
}

/* Prints the extension headers between the IP header and the upper layer. */
static void print_between(const struct pp_packet *p, FILE *f)
{
    unsigned at = 40, end = p->l4 ? (unsigned)(p->l4 - p->ip) : p->ip_cap;

    if (p->family == 4) {
        if ((p->ip[0] & 0x0f) > 5)
            fprintf(f, " %u bytes of options", (p->ip[0] & 0x0fu) * 4 - 20);
    } else {
        for (uint8_t type = p->ip[6]; at + 8 <= end; type = p->ip[at], at += type == 44 ? 8 : (p->ip[at + 1] + 1u) * 8)
            fprintf(f, " header %u", type);
    }
    if (p->fragment)
        fprintf(f, " fragment from byte %u", p->frag_off);
}

static void print_decoded(const uint8_t *bytes, size_t len, FILE *f)
{
    static const char *const ecn[] = {"Not-ECT", "ECT(1)", "ECT(0)", "CE"};
    struct pp_packet p;
    struct pp_tcpopt o;
    unsigned off = 0;

    if (pp_packet_decode(&p, bytes, len) < 0)
        BUG("a packet that does not decode was built");
    fprintf(f, "IPv%d ttl %u dscp %u ecn %s%s", p.family, p.ttl, (unsigned)p.tos >> 2, ecn[p.tos & 3],
            p.ip_flags & 0x80 ? " reserved flag" : "");
    print_between(&p, f);
    if (p.truncated) {
        fprintf(f, ", %u bytes\n", p.l4_cap);
        return;
    }
    if (p.proto == PP_PROTO_TCP) {
        fputs(", TCP", f);
        print_flags(&p, f);
        fprintf(f, " window %u", p.tcp.window);
        if (p.tcp.urgent)
            fprintf(f, " urgent %u", p.tcp.urgent);
        fputs(" options", f);
        while (pp_tcpopt_next(&p.tcp, &off, &o))
            fprintf(f, " %u", o.kind);
        if (p.tcp.opt_len == 0)
            fputs(" none", f);
    } else if (p.proto == PP_PROTO_UDP) {
        fprintf(f, ", UDP length %u surplus %u%s", p.udp.len, p.udp.surplus_len,
                pp_get16(p.l4 + 6) ? "" : " no checksum");
    }
    if (p.payload_len)
        fprintf(f, ", %u bytes of payload", p.payload_len);
    fputc('\n', f);
}

/* The first bytes of a conversation. */
struct first {
    uint8_t bytes[PP_MESSAGE_MAX];
    size_t len;
};

/* Sets the payload of FILL to the part of the first bytes that data segment ORDINAL of arm A carries. */
static void cut(const struct pp_plan_arm *a, enum pp_on on, const struct first *first, unsigned ordinal,
                struct pp_fill *fill)
{
    unsigned n = on == PP_ON_DATA ? a->segments : 0;
    size_t piece = n ? first->len / n : 0, from = ordinal < n ? ordinal * piece : 0;

    fill->payload = first->bytes + from;
    fill->payload_len = ordinal + 1 < n ? piece : first->len - from;
}

static void print_bytes(const uint8_t *bytes, size_t len, FILE *f)
{
    print_decoded(bytes, len, f);
    fputs("      ", f);
    for (size_t i = 0; i < len; i++)
        fprintf(f, "%02x", bytes[i]);
    fputc('\n', f);
}

static void print_packet(const struct pp_plan *plan, const struct pp_target *t, const struct pp_plan_arm *a,
                         const struct pp_slot *slot, const struct first *first, FILE *f)
{
    static const char *const kinds[2][PP_TEMPLATE_KINDS] = {{"", " again", ""}, {"", " FIN", " RST"}};
    static const uint16_t flags[PP_TEMPLATE_KINDS] = {PP_TCP_ACK, PP_TCP_FIN | PP_TCP_ACK, PP_TCP_RST | PP_TCP_ACK};
    uint8_t bytes[2048], part[2048];
    const struct pp_template *tmpl = pp_plan_template_of(a, pp_addr_family(&t->addr), slot);
    bool ack = slot->on == PP_ON_ACK;
    struct pp_fill fill = {
        .src = &pp_vantage_source(plan->vantage, &t->addr)->addr,
        .dst = &t->addr,
        .sport = 61000,
        .dport = t->port,
        .flags = slot->on == PP_ON_SYN ? PP_TCP_SYN : ack ? flags[slot->kind] : PP_TCP_ACK,
        .window = plan->mode->window,
    };
    char name[32];
    unsigned n;

    if (slot->on == PP_ON_DATA || slot->on == PP_ON_DATAGRAM)
        cut(a, slot->on, first, slot->ordinal, &fill);
    if (slot->on == PP_ON_SYN)
        pp_plan_sample(a, &fill);
    size_t len = pp_template_fill(tmpl, &fill, bytes, sizeof bytes);

    snprintf(name, sizeof name, slot->ordinal ? "%s%s %u" : "%s%s", class_name[slot->on], kinds[ack][slot->kind],
             slot->ordinal + 1);
    fprintf(f, "    %-13s %s", name, tmpl->withhold ? "(not sent) " : "");
    n = pp_fragments(tmpl, len);
    if (n == 1) {
        print_bytes(bytes, len, f);
        return;
    }
    for (unsigned k = 0; k < n; k++) {
        size_t size = pp_fragment(tmpl, bytes, len, pp_fragment_sent(tmpl, len, k), part);

        fputs(k ? "                  " : "", f);
        print_bytes(part, size, f);
    }
}

/* Prints the packet of class ON, later packets that differ from their predecessor, and variants that differ from it. */
static void print_class(const struct pp_plan *plan, const struct pp_target *t, const struct pp_plan_arm *a,
                        enum pp_on on, const struct first *first, FILE *f)
{
    int family = pp_addr_family(&t->addr);
    struct pp_slot slot = {.on = on, .timestamps = on != PP_ON_SYN}, before;

    print_packet(plan, t, a, &slot, first, f);
    for (unsigned o = 1; o < PP_TEMPLATE_ORDINALS; o++) {
        before = slot;
        slot.ordinal = o;
        if (!pp_template_same(pp_plan_template_of(a, family, &slot), pp_plan_template_of(a, family, &before)))
            print_packet(plan, t, a, &slot, first, f);
    }
    for (slot.kind = 1; slot.kind < PP_TEMPLATE_KINDS; slot.kind++) {
        slot.ordinal = 0;
        if ((slot.kind != PP_KIND_RST || on == PP_ON_ACK) &&
            !pp_template_same(pp_plan_template_of(a, family, &slot),
                              pp_plan_template(a, family, on, on != PP_ON_SYN, 0)))
            print_packet(plan, t, a, &slot, first, f);
    }
}

/* Prints when an arm that round 1 leaves out is measured. */
static void print_held(const struct pp_plan *plan, unsigned i, int family, FILE *f)
{
    const char *before = " (only where this does not get through: ";

    for (unsigned k = 1; k < plan->narms && !pp_plan_is_whole(plan); k++)
        if (plan->arm[i].implied_by >> k & 1 && pp_plan_takes(plan, k, family)) {
            fprintf(f, "%s%s", before, plan->arm[k].arm->name);
            before = ", ";
        }
    if (*before == ',')
        fputc(')', f);
}

static int print_target(const struct pp_plan *plan, const struct pp_target *t, FILE *f)
{
    struct pp_http_pool *pool = plan->mode->cost ? pp_http_pool_new(plan->user_agent) : NULL;
    char addr[PP_ADDR_STRLEN];
    struct first first;

    if (plan->mode->cost && !pool)
        return -1;
    fprintf(f, "%s over %s to %s port %u\n", plan->plugin->name, plan->mode->name, pp_addr_str(&t->addr, addr),
            t->port);
    for (unsigned i = 0; i < plan->narms; i++) {
        const struct pp_plan_arm *a = &plan->arm[i];
        if (!pp_plan_takes(plan, i, pp_addr_family(&t->addr)))
            continue;
        fprintf(f, "  %s  %s", a->arm->name, a->arm->title);
        print_held(plan, i, pp_addr_family(&t->addr), f);
        fputc('\n', f);
        first.len = pp_first_bytes(plan, t, a, pool, first.bytes);
        if (plan->mode->proto == PP_PROTO_UDP) {
            print_class(plan, t, a, PP_ON_DATAGRAM, &first, f);
            continue;
        }
        print_class(plan, t, a, PP_ON_SYN, &first, f);
        print_class(plan, t, a, PP_ON_ACK, &first, f);
        if (first.len)
            print_class(plan, t, a, PP_ON_DATA, &first, f);
    }
    pp_http_pool_free(pool);
    return 0;
}

int pp_dryrun(const struct pp_plan *plan, struct pp_feeder *feeder, bool named)
{
    struct pp_target *t;
    int shown = 0, result = 0;
    bool public = false;

    while (shown < SHOWN && (t = pp_feeder_next(feeder))) {
        public |= pp_addr_is_public(&t->addr);
        if (print_target(plan, t, stdout) < 0)
            result = -1;
        free(t);
        shown++;
    }
    if (!shown)
        pp_warn("no target may be probed: nothing would be sent");
    if (public && !named) {
        pp_warn("without --contact these packets are not sent: a target is public");
        pp_hint("--contact TEXT, a mail address or page, says who measures: see pathprobe-measure(1)");
    }
    pp_feeder_finish(feeder);
    return pp_feeder_failed(feeder) ? -1 : result;
}
