/* SPDX-License-Identifier: BSD-2-Clause */
/* hop_packet.c: chooses and builds an arm's packet for one TTL, and compares it with quotes. */
#include "hop_packet.h"

#include "../base/error.h"

/* ---- which one -------------------------------------------------------------------------------------------------- */

static bool equal(const struct pp_plan *plan, unsigned a, unsigned i, unsigned b, unsigned k, int family, enum pp_on on)
{
    return pp_template_same(pp_plan_template(&plan->arm[a], family, on, false, i),
                            pp_plan_template(&plan->arm[b], family, on, false, k));
}

/* The number of the packet within its class, as pp_hop_packet_template chooses it. */
static unsigned ordinal(const struct pp_plan *plan, unsigned arm, int family, enum pp_on on)
{
    unsigned first = 0;

    for (unsigned o = PP_TEMPLATE_ORDINALS; o-- > 0;)
        if (!equal(plan, arm, o, 0, o, family, on))
            first = o;
    for (unsigned o = first; o < PP_TEMPLATE_ORDINALS; o++)
        if (!equal(plan, arm, o, 0, o, family, on) && !equal(plan, arm, o, arm, 0, family, on))
            return o;
    return first;
}

bool pp_hop_packet_same(const struct pp_plan *plan, unsigned a, unsigned b, int family, enum pp_on on)
{
    return equal(plan, a, ordinal(plan, a, family, on), b, ordinal(plan, b, family, on), family, on);
}

bool pp_hop_packet_differs(const struct pp_plan *plan, unsigned arm, int family, enum pp_on on)
{
    unsigned o = ordinal(plan, arm, family, on);

    return !equal(plan, arm, o, 0, o, family, on);
}

const struct pp_template *pp_hop_packet_template(const struct pp_hop_packet *p)
{
    int family = pp_addr_family(p->fill.dst);

    return pp_plan_template(&p->plan->arm[p->arm], family, p->on, p->on == PP_ON_DATA && p->timestamps,
                            ordinal(p->plan, p->arm, family, p->on));
}

/* ---- out -------------------------------------------------------------------------------------------------------- */

size_t pp_hop_packet_build(const struct pp_hop_packet *p, uint8_t out[PP_PACKET_MAX])
{
    const struct pp_plan_arm *arm = &p->plan->arm[p->arm];
    uint8_t message[PP_MESSAGE_MAX];
    struct pp_fill fill = p->fill;

    fill.flags = p->on == PP_ON_SYN ? PP_TCP_SYN : PP_TCP_ACK | PP_TCP_PSH;
    fill.window = p->on == PP_ON_SYN ? 0 : p->plan->mode->window;
    if (p->on == PP_ON_SYN)
        pp_plan_sample(arm, &fill);
    if (p->on == PP_ON_DATAGRAM) {
        fill.payload = message;
        fill.payload_len = pp_plan_message(p->plan, arm, pp_addr_family(fill.dst), p->domain, p->chance, message);
    }
    return pp_template_fill(pp_hop_packet_template(p), &fill, out, PP_PACKET_MAX);
}

size_t pp_hop_packet_first(const struct pp_hop_packet *p, uint8_t out[PP_PACKET_MAX])
{
    const struct pp_template *tmpl = pp_hop_packet_template(p);
    size_t len = pp_hop_packet_build(p, out);
    uint8_t whole[PP_PACKET_MAX];

    if (!len || pp_fragments(tmpl, len) == 1)
        return len;
    memcpy(whole, out, len);
    return pp_fragment(tmpl, whole, len, 0, out);
}

/* ---- in --------------------------------------------------------------------------------------------------------- */

size_t pp_hop_packet_quoted(const struct pp_hop_packet *p, const struct pp_quote *q, struct pp_diff *d)
{
    uint8_t sent[PP_PACKET_MAX];
    size_t len = pp_hop_packet_first(p, sent);

    if (!len || !pp_quote_is_of(q, sent, len))
        return 0;
    if (d)
        pp_quote_compare(q, sent, len, d);
    return len;
}

void pp_hop_packet_treatment(const struct pp_hop_packet *p, struct pp_diff *d)
{
    struct pp_hop_packet baseline = *p;
    uint8_t treated[PP_PACKET_MAX], plain[PP_PACKET_MAX];
    size_t len = pp_hop_packet_first(p, treated);
    struct pp_quote q = {.len = (uint16_t)len};

    *d = (struct pp_diff){.quote = 0};
    baseline.arm = 0;
    if (len && pp_packet_decode_quote(&q.packet, treated, len) == 0)
        pp_quote_compare(&q, plain, pp_hop_packet_first(&baseline, plain), d);
}
