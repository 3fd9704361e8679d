/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * headers.c: functions of middleboxes and hosts for IPv6 extension headers (RFC 8200 section 4): row 47 of the
 * taxonomy, and the part of row 48 about atomic fragments. Whole packets only.
 */
#include "behaviour.h"

enum { IP6_HEADER = 40, HOP_BY_HOP = 0, FRAGMENT = 44, DESTINATION = 60 };
enum { PAD1 = 0, PADN = 1, MIN_PATH_MTU = 0x30 };
enum { LONG = 56, OPTIONS_MAX = 8, PADDING_MAX = 7 }; /* the last two: Linux, net/ipv6/exthdrs.c */

/* P's header of TYPE; NULL: it has none. */
static const uint8_t *header_of(const struct pp_packet *p, uint8_t type)
{
    const uint8_t *h = p->ip + IP6_HEADER;
    uint8_t kind = p->family == 6 ? p->ip[6] : 0;

    for (; p->family == 6 && h < p->l4; h += kind == FRAGMENT ? 8 : (h[1] + 1) * 8) {
        if (kind == type)
            return h;
        kind = h[0];
    }
    return NULL;
}

static unsigned length_of(const uint8_t *header)
{
    return (header[1] + 1u) * 8;
}

/* The option of HEADER at *AT, padding included; moves *AT past it. NULL: the end, or the option exceeds the header. */
static const uint8_t *option_at(const uint8_t *header, unsigned *at)
{
    const uint8_t *o = header + *at;
    unsigned len = length_of(header);

    if (*at >= len || (o[0] != PAD1 && *at + 2 > len))
        return NULL;
    *at += o[0] == PAD1 ? 1 : 2u + o[1];
    return *at <= len ? o : NULL;
}

/* True if HEADER (may be NULL) has an option of TYPE or, if TYPE is padding, an option other than padding. */
static bool has_option(const uint8_t *header, uint8_t type)
{
    unsigned at = 2;

    for (const uint8_t *o; header && (o = option_at(header, &at));)
        if (type == PADN ? o[0] > PADN : o[0] == type)
            return true;
    return false;
}

static enum pp_box_action drop_if(bool it)
{
    return it ? PP_BOX_DROP : PP_BOX_PASS;
}

enum pp_box_action pp_box_hbh(uint8_t *ip, const struct pp_packet *p)
{
    (void)ip;
    return drop_if(header_of(p, HOP_BY_HOP));
}

enum pp_box_action pp_box_hbh_option(uint8_t *ip, const struct pp_packet *p)
{
    (void)ip;
    return drop_if(has_option(header_of(p, HOP_BY_HOP), PADN));
}

enum pp_box_action pp_box_hbh_mtu(uint8_t *ip, const struct pp_packet *p)
{
    (void)ip;
    return drop_if(has_option(header_of(p, HOP_BY_HOP), MIN_PATH_MTU));
}

enum pp_box_action pp_box_hbh_prohibit(uint8_t *ip, const struct pp_packet *p)
{
    (void)ip;
    return header_of(p, HOP_BY_HOP) ? PP_BOX_ICMP : PP_BOX_PASS;
}

enum pp_box_action pp_box_hbh_heed(uint8_t *ip, const struct pp_packet *p)
{
    uint16_t pointer;

    (void)ip;
    switch (pp_headers_heeded(p, false, false, &pointer)) {
    case PP_HEADERS_REFUSED:
        return PP_BOX_REFUSE;
    case PP_HEADERS_DROPPED:
        return PP_BOX_DROP;
    case PP_HEADERS_TAKEN:
        break;
    }
    return PP_BOX_PASS;
}

enum pp_box_action pp_box_dst(uint8_t *ip, const struct pp_packet *p)
{
    (void)ip;
    return drop_if(header_of(p, DESTINATION));
}

enum pp_box_action pp_box_dst_option(uint8_t *ip, const struct pp_packet *p)
{
    (void)ip;
    return drop_if(has_option(header_of(p, DESTINATION), PADN));
}

enum pp_box_action pp_box_dst_long(uint8_t *ip, const struct pp_packet *p)
{
    const uint8_t *h = header_of(p, DESTINATION);

    (void)ip;
    return drop_if(h && length_of(h) > LONG);
}

enum pp_box_action pp_box_atomic(uint8_t *ip, const struct pp_packet *p)
{
    (void)ip;
    return drop_if(header_of(p, FRAGMENT));
}

enum pp_box_action pp_box_label(uint8_t *ip, const struct pp_packet *p)
{
    (void)ip;
    return drop_if(p->family == 6 && p->flow_label == 0);
}

/* The action of a host that knows none of the options in HEADER, which is at byte AT of the packet. */
static enum pp_headers heed(const uint8_t *header, unsigned at, bool strict, uint16_t *pointer)
{
    unsigned next = 2, from = 2, options = 0, padding = 0;

    for (const uint8_t *o; (o = option_at(header, &next)); from = next) {
        unsigned len = next - from;

        if (o[0] <= PADN) {
            padding += len;
            if (padding > PADDING_MAX)
                return PP_HEADERS_DROPPED;
            continue;
        }
        padding = 0;
        if (++options > OPTIONS_MAX || strict)
            return PP_HEADERS_DROPPED;
        /* RFC 8200 section 4.2: 01 discard; 10 discard and send an ICMP error; 11 the same, unless multicast */
        if (o[0] >> 6 == 1)
            return PP_HEADERS_DROPPED;
        *pointer = (uint16_t)(at + from);
        if (o[0] >> 6 != 0)
            return PP_HEADERS_REFUSED;
    }
    return next == length_of(header) ? PP_HEADERS_TAKEN : PP_HEADERS_DROPPED;
}

enum pp_headers pp_headers_heeded(const struct pp_packet *p, bool host, bool strict, uint16_t *pointer)
{
    static const uint8_t types[] = {HOP_BY_HOP, DESTINATION};
    enum pp_headers all = PP_HEADERS_TAKEN;

    for (unsigned i = 0; i < (host ? 2 : 1) && all == PP_HEADERS_TAKEN; i++) {
        const uint8_t *h = header_of(p, types[i]);
        if (h)
            all = heed(h, (unsigned)(h - p->ip), strict, pointer);
    }
    return all;
}
