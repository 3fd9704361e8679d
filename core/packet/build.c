/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * build.c: makes templates with libnet: headers as this host's kernel would send them, changed by the steps of an arm.
 * IPv4 options and IPv6 extension headers are inserted between the headers as the step has them.
 */
#include "build.h"

#include "../base/error.h"

#include <libnet.h>

enum {
    OPTIONS_MAX = 40, /* RFC 9293 section 3.1: a data offset of 15 */
    TCP_HEADER = 20,
    UDP_HEADER = 8,
    DF = 0x40,
    OCS_ROOM = 3, /* with a padding byte for alignment */
    IP4_OPTIONS_MAX = 40, /* RFC 791 section 3.1: a header length of 15 */
    FRAGMENT_HEADER = 8,
};

enum { HOPOPTS = 0, ROUTING = 43, FRAGMENT = 44 };

enum { OPT_NOP = 1, OPT_MSS = 2, OPT_WSCALE = 3, OPT_SACK_PERMITTED = 4, OPT_TIMESTAMPS = 8 };

/* The sum of all steps that match a slot. */
struct plan {
    uint8_t tos, ttl, ip_flags, udp_checksum;
    uint16_t flags, flags_clear;
    uint8_t opt[OPTIONS_MAX];
    unsigned opt_len;
    unsigned ts_at; /* offset of TSval in opt; 0: none */
    const uint8_t *payload, *surplus;
    uint16_t payload_len, surplus_len;
    uint8_t ocs;
    uint8_t label, set_window, withhold, fragments, fragments_reversed, prefix_len;
    uint32_t flow_label;
    uint16_t window, urgent, first_fragment;
    const uint8_t *prefix;
    uint8_t between[PP_MAX_HEADERS + FRAGMENT_HEADER]; /* behind the IP header: IPv4 options, IPv6 extension headers */
    unsigned between_len;
    unsigned fragment_at; /* offset of the fragment header in between (IPv6) */
    uint8_t first_type;   /* type of the first extension header */
};

static const char *const class_name[PP_ON_COUNT] = {"a SYN", "an acknowledgment", "a data segment", "a datagram"};

static void option(struct plan *plan, const uint8_t *bytes, unsigned len)
{
    memcpy(plan->opt + plan->opt_len, bytes, len);
    plan->opt_len += len;
}

static void option_timestamps(struct plan *plan)
{
    static const uint8_t ts[10] = {OPT_TIMESTAMPS, 10};

    plan->ts_at = plan->opt_len + 2;
    option(plan, ts, sizeof ts);
}

/*
 * The order is that of Linux's tcp_options_write(): a host that fingerprints clients by option order sees an ordinary
 * one. 20 bytes at most.
 */
static void syn_options(struct plan *plan, const struct pp_look *look)
{
    static const uint8_t nops[2] = {OPT_NOP, OPT_NOP}, sack[2] = {OPT_SACK_PERMITTED, 2};

    if (look->mss != 0)
        option(plan, (uint8_t[]){OPT_MSS, 4, (uint8_t)(look->mss >> 8), (uint8_t)look->mss}, 4);
    if (look->timestamps || look->sack)
        option(plan, look->timestamps && look->sack ? sack : nops, 2);
    if (look->timestamps)
        option_timestamps(plan);
    else if (look->sack)
        option(plan, sack, sizeof sack);
    if (look->window_scaling)
        option(plan, (uint8_t[]){OPT_NOP, OPT_WSCALE, 3, look->wscale}, 4);
}

/* Returns the look of the SYN without the options that the steps leave out. */
static struct pp_look look_of_syn(const struct pp_look *look, const struct pp_step *steps, unsigned nsteps)
{
    struct pp_look left = *look;
    unsigned without = 0;

    for (unsigned i = 0; i < nsteps; i++)
        without |= steps[i].on == PP_ON_SYN ? steps[i].without : 0;
    left.timestamps &= !(without & PP_WITHOUT_TIMESTAMPS);
    left.window_scaling &= !(without & PP_WITHOUT_WINDOW_SCALE);
    left.sack &= !(without & PP_WITHOUT_SACK);
    return left;
}

static void base_options(struct plan *plan, enum pp_on on, bool timestamps, const struct pp_look *look,
                         const struct pp_step *steps, unsigned nsteps)
{
    static const uint8_t nops[2] = {OPT_NOP, OPT_NOP};

    if (on == PP_ON_SYN) {
        struct pp_look left = look_of_syn(look, steps, nsteps);
        syn_options(plan, &left);
    } else if (on != PP_ON_DATAGRAM && timestamps) {
        option(plan, nops, sizeof nops);
        option_timestamps(plan);
    }
}

static unsigned which_of(enum pp_on on, enum pp_kind kind)
{
    if (on == PP_ON_ACK)
        return kind == PP_KIND_USUAL ? PP_PURE_ACK : kind == PP_KIND_FIN ? PP_FIN : PP_RST;
    return kind == PP_KIND_USUAL ? PP_SENT_FIRST : PP_SENT_AGAIN;
}

static bool step_matches(const struct pp_step *s, const struct pp_slot *slot, unsigned ordinal)
{
    if (s->on != slot->on || (s->which && !(s->which & which_of(slot->on, slot->kind))))
        return false;
    if (s->only_first)
        return ordinal == s->first;
    if (ordinal < s->first)
        return false;
    /* The last ordinal stands for all that follow, so a range that ends there or later never ends. */
    return s->last == 0 || ordinal <= s->last || s->last >= PP_TEMPLATE_ORDINALS - 1;
}

/* Checks that the step can be applied to its class, for any ordinal. 0, or -1 with a printed message. */
static int check_step(const struct pp_step *s)
{
    bool udp = s->on == PP_ON_DATAGRAM;
    const char *on = class_name[s->on];

    if (s->first >= PP_TEMPLATE_ORDINALS)
        return pp_error("a step starts at packet %u: packets from %d on are not numbered", s->first,
                        PP_TEMPLATE_ORDINALS - 1);
    if (s->last != 0 && s->last < s->first)
        return pp_error("a step ends at packet %u before it starts at %u", s->last, s->first);
    if (udp && (s->tcp_set != 0 || s->tcp_clear != 0))
        return pp_error("a step sets TCP flags on %s", on);
    if (udp && s->options_len != 0)
        return pp_error("a step adds TCP options to %s", on);
    if (!udp && s->udp_checksum != PP_UDP_CHECKSUM_RIGHT)
        return pp_error("a step sets a UDP checksum mode on %s", on);
    if (!udp && s->surplus_len != 0)
        return pp_error("a step adds UDP surplus bytes to %s", on);
    if (!udp && s->padding != 0)
        return pp_error("a step pads %s, which carries no message", on);
    if (s->ocs > PP_OCS_ZERO || (s->ocs != PP_OCS_NONE && s->surplus_len < OCS_ROOM))
        return pp_error("a step has an option checksum without room for it");
    if (s->on != PP_ON_SYN && s->without != 0)
        return pp_error("a step leaves out SYN options on %s", on);
    if (s->on != PP_ON_SYN && s->payload_len != 0)
        return pp_error("a step adds SYN data to %s", on);
    if (s->udp_checksum > PP_UDP_CHECKSUM_IP_LENGTH)
        return pp_error("a step has the unknown UDP checksum mode %u", s->udp_checksum);
    if (((s->tcp_set | s->tcp_clear) & 0xf000) != 0)
        return pp_error("a step sets TCP flags beyond the 12 defined ones: 0x%x", s->tcp_set | s->tcp_clear);
    if ((s->ip_flags & 0x1f) != 0)
        return pp_error("a step sets IP flags beyond the 3 defined ones: 0x%x", s->ip_flags);
    if (udp && (s->set_window || s->urgent))
        return pp_error("a step sets fields of TCP on %s", on);
    if (!udp && s->prefix_len != 0)
        return pp_error("a step has a prefix on %s, which carries no message", on);
    if (s->label > PP_LABEL_PACKET || s->flow_label > 0xfffff)
        return pp_error("a step has a flow label of more than 20 bits, or an unknown rule: 0x%x", s->flow_label);
    if (s->fragments > PP_MAX_FRAGMENTS || s->first_fragment % 8 != 0)
        return pp_error("a step asks for %u fragments, the first of %u bytes", s->fragments, s->first_fragment);
    if ((s->options_len != 0 && s->options == NULL) || (s->payload_len != 0 && s->payload == NULL) ||
        (s->surplus_len != 0 && s->surplus == NULL) || (s->ip_options_len != 0 && s->ip_options == NULL) ||
        (s->nextensions != 0 && s->extensions == NULL) || (s->prefix_len != 0 && s->prefix == NULL))
        return pp_error("a step on %s has a length without bytes", on);
    return 0;
}

/* Appends IPv4 options, padded with zeros, which end the list (RFC 791 section 3.1). */
static int add_ip_options(struct plan *plan, const struct pp_step *s)
{
    unsigned len = (s->ip_options_len + 3u) / 4 * 4;

    if (plan->between_len + len > IP4_OPTIONS_MAX)
        return pp_error("%u bytes of IPv4 options: there is room for %d", plan->between_len + len, IP4_OPTIONS_MAX);
    memset(plan->between + plan->between_len, 0, len);
    memcpy(plan->between + plan->between_len, s->ip_options, s->ip_options_len);
    plan->between_len += len;
    return 0;
}

/* Appends extension headers; link_headers() fills in the next-header fields when all are there. */
static int add_extensions(struct plan *plan, const struct pp_step *s)
{
    for (unsigned i = 0; i < s->nextensions; i++) {
        const struct pp_extension *x = &s->extensions[i];

        if (x->len < 8 || x->bytes == NULL || x->len != (x->bytes[1] + 1u) * 8)
            return pp_error("an extension header of %u bytes with another value in its length field", x->len);
        if (x->type == HOPOPTS && plan->between_len)
            return pp_error("hop-by-hop options behind another extension header");
        if (plan->between_len + x->len > PP_MAX_HEADERS)
            return pp_error("%u bytes of extension headers: there is room for %d", plan->between_len + x->len,
                            PP_MAX_HEADERS);
        memcpy(plan->between + plan->between_len, x->bytes, x->len);
        plan->between[plan->between_len] = x->type;
        plan->between_len += x->len;
    }
    return 0;
}

/*
 * Inserts the fragment header behind the hop-by-hop options and routing headers, which every fragment carries (RFC 8200
 * section 4.5).
 */
static void add_fragment_header(struct plan *plan)
{
    unsigned at = 0;

    while (at < plan->between_len && (plan->between[at] == HOPOPTS || plan->between[at] == ROUTING))
        at += (plan->between[at + 1] + 1u) * 8;
    memmove(plan->between + at + FRAGMENT_HEADER, plan->between + at, plan->between_len - at);
    memset(plan->between + at, 0, FRAGMENT_HEADER);
    plan->between[at] = FRAGMENT;
    plan->between_len += FRAGMENT_HEADER;
    plan->fragment_at = at;
}

/* Fills in the next-header fields: until now each header has its own type in the place of its next header. */
static void link_headers(struct plan *plan, uint8_t upper)
{
    unsigned at = 0;

    plan->first_type = plan->between_len ? plan->between[0] : upper;
    while (at < plan->between_len) {
        unsigned next = at + (plan->between[at] == FRAGMENT ? FRAGMENT_HEADER : (plan->between[at + 1] + 1u) * 8);
        plan->between[at] = next < plan->between_len ? plan->between[next] : upper;
        at = next;
    }
}

/* Applies the flow label, fragmentation, IPv4 options and extension headers of a step. */
static int apply_ip(struct plan *plan, int family, const struct pp_step *s)
{
    if (s->label != PP_LABEL_FLOW) {
        plan->label = s->label;
        plan->flow_label = s->flow_label;
    }
    if (s->fragments != 0) {
        plan->fragments = s->fragments;
        plan->fragments_reversed = s->fragments_reversed;
        plan->first_fragment = s->first_fragment;
    }
    if (family == 4)
        return s->ip_options_len ? add_ip_options(plan, s) : 0;
    return add_extensions(plan, s);
}

/* Adds a step to PLAN: values of later steps replace those of earlier ones; flags and options accumulate. */
static int apply_step(struct plan *plan, int family, const struct pp_step *s)
{
    plan->tos = (uint8_t)((plan->tos & ~s->tos_mask) | (s->tos & s->tos_mask));
    plan->flags = (uint16_t)((plan->flags & ~s->tcp_clear) | s->tcp_set);
    plan->flags_clear = (uint16_t)((plan->flags_clear | s->tcp_clear) & ~s->tcp_set);
    plan->ip_flags |= s->ip_flags;
    if (s->ttl != 0)
        plan->ttl = s->ttl;
    if (s->udp_checksum != PP_UDP_CHECKSUM_RIGHT)
        plan->udp_checksum = s->udp_checksum;
    if (plan->opt_len + s->options_len > OPTIONS_MAX)
        return pp_error("%u bytes of TCP options on %s: there is room for %d", plan->opt_len + s->options_len,
                        class_name[s->on], OPTIONS_MAX);
    if (s->options_len != 0)
        option(plan, s->options, s->options_len);
    if (s->payload_len != 0) {
        plan->payload = s->payload;
        plan->payload_len = s->payload_len;
    }
    if (s->surplus_len != 0) {
        plan->surplus = s->surplus;
        plan->surplus_len = s->surplus_len;
        plan->ocs = s->ocs;
    }
    if (s->set_window) {
        plan->set_window = 1;
        plan->window = s->window;
    }
    if (s->urgent != 0)
        plan->urgent = s->urgent;
    if (s->prefix_len != 0) {
        plan->prefix = s->prefix;
        plan->prefix_len = s->prefix_len;
    }
    plan->withhold |= s->withhold;
    return apply_ip(plan, family, s);
}

/* Completes the IP layer after all steps: fragmentation, DF, next headers. */
static void finish_ip(struct plan *plan, int family, enum pp_on on)
{
    if (family == 4) {
        if (plan->fragments < 2)
            plan->fragments = 0;
        else
            plan->ip_flags &= (uint8_t)~DF;
        return;
    }
    if (plan->fragments)
        add_fragment_header(plan);
    link_headers(plan, on == PP_ON_DATAGRAM ? PP_PROTO_UDP : PP_PROTO_TCP);
}

static int make_plan(struct plan *plan, int family, const struct pp_slot *slot, const struct pp_look *look,
                     const struct pp_step *steps, unsigned nsteps)
{
    unsigned ordinal = slot->ordinal < PP_TEMPLATE_ORDINALS ? slot->ordinal : PP_TEMPLATE_ORDINALS - 1;

    *plan = (struct plan){.ttl = look->ttl, .ip_flags = look->df ? DF : 0};
    base_options(plan, slot->on, slot->timestamps, look, steps, nsteps);
    for (unsigned i = 0; i < nsteps; i++) {
        if (steps[i].on >= PP_ON_COUNT)
            return pp_error("a step names the unknown packet class %u", steps[i].on);
        if (steps[i].on == slot->on && check_step(&steps[i]) < 0)
            return -1;
        if (step_matches(&steps[i], slot, ordinal) && apply_step(plan, family, &steps[i]) < 0)
            return -1;
    }
    finish_ip(plan, family, slot->on);
    /* OPTIONS_MAX is a multiple of 4 itself. */
    while (plan->opt_len % 4 != 0)
        plan->opt[plan->opt_len++] = OPT_NOP;
    return 0;
}

/*
 * libnet builds the blocks from the innermost outwards; addresses, ports and all else that pp_template_fill sets stay
 * zero. libnet's checksums cover those zeros, and are replaced.
 */
static int build_blocks(libnet_t *net, int family, bool udp, const struct plan *plan, const struct pp_look *look,
                        unsigned on)
{
    uint16_t l4_len = (uint16_t)(udp ? UDP_HEADER : TCP_HEADER + plan->opt_len + plan->payload_len);
    uint16_t window = plan->set_window ? plan->window : on == PP_ON_SYN ? look->window : 0;
    uint8_t proto = udp ? PP_PROTO_UDP : PP_PROTO_TCP;
    struct libnet_in6_addr nowhere = {.__u6_addr = {{0}}};

    if (udp) {
        if (libnet_build_udp(0, 0, l4_len, 0, NULL, 0, net, 0) < 0)
            return -1;
    } else {
        if (plan->opt_len != 0 && libnet_build_tcp_options(plan->opt, plan->opt_len, net, 0) < 0)
            return -1;
        if (libnet_build_tcp(0, 0, 0, 0, 0, window, 0, plan->urgent, l4_len, plan->payload, plan->payload_len, net,
                             0) < 0)
            return -1;
    }
    if (family == 4)
        return libnet_build_ipv4((uint16_t)(LIBNET_IPV4_H + l4_len), plan->tos, 0, (uint16_t)(plan->ip_flags << 8),
                                 plan->ttl, proto, 0, 0, 0, NULL, 0, net, 0);
    return libnet_build_ipv6(plan->tos, 0, l4_len, proto, plan->ttl, nowhere, nowhere, NULL, 0, net, 0);
}

/* Copies the bytes out by libnet_pblock_coalesce, which libnet_write calls before it sends: it needs no privilege. */
static int build_bytes(struct pp_template *t, const struct plan *plan, const struct pp_look *look)
{
    char why[LIBNET_ERRBUF_SIZE] = "";
    libnet_t *net = libnet_init(LIBNET_NONE, NULL, why);
    unsigned ip = t->family == 4 ? LIBNET_IPV4_H : LIBNET_IPV6_H;
    uint8_t *bytes = NULL;
    uint32_t len = 0;
    int result = -1;

    if (net == NULL)
        return pp_error("libnet: %s", why);
    if (build_blocks(net, t->family, t->proto == PP_PROTO_UDP, plan, look, t->on) < 0 ||
        libnet_pblock_coalesce(net, &bytes, &len) < 0) {
        pp_error("libnet: %s", libnet_geterror(net));
        goto out;
    }
    if (len + plan->between_len != t->len)
        BUG("libnet built %u bytes, not %u", len, t->len - plan->between_len);
    memcpy(t->bytes, bytes, ip);
    memcpy(t->bytes + ip, plan->between, plan->between_len);
    memcpy(t->bytes + t->l4_off, bytes + ip, len - ip);
    if (t->family == 4)
        t->bytes[0] = (uint8_t)(0x40 | t->l4_off / 4);
    else
        t->bytes[6] = plan->first_type;
    result = 0;
out:
    free(bytes);
    libnet_destroy(net);
    return result;
}

int pp_template_make(struct pp_template *t, int family, const struct pp_slot *slot, const struct pp_look *look,
                     const struct pp_step *steps, unsigned nsteps)
{
    unsigned len = family == 4 ? LIBNET_IPV4_H : LIBNET_IPV6_H;
    struct plan plan;

    if ((family != 4 && family != 6) || slot->on >= PP_ON_COUNT)
        BUG("no template for family %d, class %d", family, (int)slot->on);
    if (make_plan(&plan, family, slot, look, steps, nsteps) < 0)
        return -1;
    memset(t, 0, sizeof *t); /* templates are compared byte by byte */
    t->family = (uint8_t)family;
    t->proto = slot->on == PP_ON_DATAGRAM ? PP_PROTO_UDP : PP_PROTO_TCP;
    t->on = (uint8_t)slot->on;
    t->udp_checksum = plan.udp_checksum;
    t->flags = plan.flags;
    t->flags_clear = plan.flags_clear;
    t->surplus = plan.surplus;
    t->surplus_len = plan.surplus_len;
    t->ocs = plan.ocs;
    t->label = plan.label;
    t->flow_label = plan.flow_label;
    t->set_window = plan.set_window;
    t->withhold = plan.withhold;
    t->prefix = plan.prefix;
    t->prefix_len = plan.prefix_len;
    t->fragments = plan.fragments;
    t->fragments_reversed = plan.fragments_reversed;
    t->first_fragment = plan.first_fragment;
    if (t->fragments)
        t->fragment_off = (uint16_t)(family == 4 ? len + plan.between_len : len + plan.fragment_at + FRAGMENT_HEADER);
    len += plan.between_len;
    t->l4_off = (uint16_t)len;
    if (plan.ts_at != 0)
        t->ts_off = (uint16_t)(len + TCP_HEADER + plan.ts_at);
    len += slot->on == PP_ON_DATAGRAM ? UDP_HEADER : TCP_HEADER + plan.opt_len;
    t->payload_off = (uint16_t)len;
    len += plan.payload_len;
    if (len > PP_TEMPLATE_MAX)
        return pp_error("%u bytes of data in the SYN: there is room for %u", plan.payload_len,
                        PP_TEMPLATE_MAX - t->payload_off);
    t->len = (uint16_t)len;
    return build_bytes(t, &plan, look);
}
