/* SPDX-License-Identifier: BSD-2-Clause */
/* box.c: applies a row of behaviour.c to a packet. */
#include "behaviour.h"

#include "hash.h"

static void set_ecn(uint8_t *ip, uint8_t mark)
{
    if (ip[0] >> 4 == 4)
        ip[1] = (uint8_t)((ip[1] & 0xfc) | mark);
    else /* the traffic class straddles the first two bytes: RFC 8200 section 3 */
        ip[1] = (uint8_t)((ip[1] & 0xcf) | mark << 4);
}

int pp_behaviour_dscp(const struct pp_behaviour *b, int codepoint)
{
    if (b->dscp_only && b->action == PP_BOX_DROP && !b->ecn && codepoint == b->dscp_only)
        return -1;
    if (!b->dscp_change || (b->dscp_spare && codepoint >> 4 == 3))
        return codepoint;
    return (codepoint & b->dscp_keep) | (b->dscp_set & ~b->dscp_keep);
}

static void set_dscp(uint8_t *ip, int codepoint)
{
    if (ip[0] >> 4 == 4) {
        ip[1] = (uint8_t)((ip[1] & 0x03) | codepoint << 2);
    } else {
        ip[0] = (uint8_t)(0x60 | codepoint >> 2);
        ip[1] = (uint8_t)((ip[1] & 0x3f) | codepoint << 6);
    }
}

static bool is_odd_syn(const struct pp_packet *p)
{
    static const uint64_t usual = PP_LAB_OPTION(1) | PP_LAB_OPTION(2) | PP_LAB_OPTION(3) | PP_LAB_OPTION(4) |
                                  PP_LAB_OPTION(8);
    struct pp_tcpopt opt;

    if ((p->tcp.flags & ~(PP_TCP_SYN | PP_TCP_ACK)) || p->payload_len || p->tcp.opt_len == 40)
        return true;
    for (unsigned off = 0; pp_tcpopt_next(&p->tcp, &off, &opt);) {
        if (opt.kind > 8 || !(usual >> opt.kind & 1))
            return true;
    }
    return false;
}

bool pp_packet_is_odd(const struct pp_packet *p)
{
    static const char upgrade[] = PP_LAB_UPGRADE;

    if (p->tos || p->ip_flags & 0x80 || (p->family == 6 && p->l4 - p->ip > 40))
        return true;
    if (p->proto == PP_PROTO_UDP)
        return p->udp.surplus_len || p->checksum == PP_CHECKSUM_NONE || p->checksum == PP_CHECKSUM_WRONG;
    if (p->proto != PP_PROTO_TCP)
        return false;
    if (p->tcp.flags & PP_TCP_SYN)
        return is_odd_syn(p);
    return p->payload_len && memmem(p->payload, p->payload_cap, upgrade, sizeof upgrade - 1);
}

/*
 * The number of the parallel box that the flow meets, by a hash of its 5-tuple, as in a router with equal-cost paths
 * (RFC 2992).
 */
static unsigned member(const struct pp_packet *p, unsigned members)
{
    struct pp_conn_key key = pp_host_key(p);

    return (unsigned)(pp_conn_hash(p->proto, &key) % members);
}

static void cut_payload(uint8_t *ip, const struct pp_packet *p)
{
    if (p->family == 4)
        pp_put16(ip + 2, (uint16_t)(p->ip_len - p->payload_len));
    else
        pp_put16(ip + 4, (uint16_t)(p->ip_len - p->payload_len - 40));
}

/* The position in IP of B's text; NULL: it is not there. */
static uint8_t *find_text(const struct pp_behaviour *b, uint8_t *ip, const struct pp_packet *p)
{
    const uint8_t *at = p->payload_len ? memmem(p->payload, p->payload_cap, b->text, strlen(b->text)) : NULL;

    return at ? ip + (at - p->ip) : NULL;
}

static bool concerns_fragment(const struct pp_behaviour *b, const struct pp_packet *p)
{
    switch ((enum pp_box_fragments)b->fragments) {
    case PP_FRAGMENTS_ALL:
        return true;
    case PP_FRAGMENTS_LATER:
        return p->frag_off != 0;
    case PP_FRAGMENTS_TINY:
        return p->frag_off == 0 && p->proto == PP_PROTO_TCP && p->l4_cap < 16;
    case PP_FRAGMENTS_SMALL:
        return p->frag_off == 0 && p->l4_cap < 64;
    case PP_FRAGMENTS_EARLY:
    case PP_FRAGMENTS_JOINED:
        break;
    }
    return false;
}

/*
 * True if B drops packets independent of their class; it then drops their first fragments, too, which have the ports.
 */
static bool drops_flows(const struct pp_behaviour *b)
{
    return b->members && b->action == PP_BOX_DROP && !b->flags_mask && !b->odd;
}

enum pp_box_action pp_behaviour_apply(const struct pp_behaviour *b, uint8_t *ip, const struct pp_packet *p)
{
    uint8_t *tcp, *text = NULL;

    if (p->fragment && concerns_fragment(b, p))
        return (enum pp_box_action)b->action;
    if (p->fragment ? !drops_flows(b) || p->frag_off || p->l4_cap < 4 : b->fragments || p->truncated)
        return PP_BOX_PASS;
    if (b->act)
        return b->act(ip, p);
    if (b->flags_mask && (p->proto != PP_PROTO_TCP || (p->tcp.flags & b->flags_mask) != b->flags))
        return PP_BOX_PASS;
    if (b->ecn && !(b->ecn >> (p->tos & 3) & 1))
        return PP_BOX_PASS;
    if (b->dscp_only && b->dscp_only != p->tos >> 2)
        return PP_BOX_PASS;
    tcp = p->proto == PP_PROTO_TCP ? ip + (p->l4 - p->ip) : NULL;
    if (b->mtu && p->ip_len <= b->mtu)
        return PP_BOX_PASS;
    if (b->options_min && (!tcp || p->tcp.opt_len < b->options_min))
        return PP_BOX_PASS;
    if (b->payload && (!tcp || !p->payload_len))
        return PP_BOX_PASS;
    if (b->text && !(text = find_text(b, ip, p)))
        return PP_BOX_PASS;
    if (b->options && (!tcp || !pp_behaviour_options(b, tcp, p, false)))
        return PP_BOX_PASS;
    if (b->odd && !pp_packet_is_odd(p))
        return PP_BOX_PASS;
    if (b->members && member(p, b->members) >= (b->bad ? b->bad : 1))
        return PP_BOX_PASS;
    if (b->action != PP_BOX_CHANGE)
        return (enum pp_box_action)b->action;
    if (b->mark_set)
        set_ecn(ip, b->mark);
    if (b->dscp_change)
        set_dscp(ip, pp_behaviour_dscp(b, p->tos >> 2));
    if (b->options)
        pp_behaviour_options(b, tcp, p, true);
    if (b->payload)
        cut_payload(ip, p);
    if (text)
        memcpy(text, b->text_set, strlen(b->text));
    if (b->flags_clear) {
        tcp[13] &= (uint8_t)~b->flags_clear;
        tcp[12] &= (uint8_t)~(b->flags_clear >> 8 & 0x0f);
    }
    return PP_BOX_CHANGE;
}

void pp_segment_fix(uint8_t *ip, const struct pp_packet *p)
{
    size_t head = (size_t)(ip[0] & 0x0f) * 4;
    uint8_t *tcp = ip + (p->l4 - p->ip);
    struct pp_packet now;
    uint16_t sum;

    if (pp_packet_decode(&now, ip, p->ip_cap) == 0) /* the change may have shortened it */
        p = &now;

    if (p->family == 4) {
        memset(ip + 10, 0, 2);
        sum = pp_sum_finish(pp_sum(ip, head, 0));
        memcpy(ip + 10, &sum, 2);
    }
    if (p->proto == PP_PROTO_TCP && !p->fragment && !p->truncated && p->l4_cap == p->l4_len) {
        memset(tcp + 16, 0, 2);
        sum = pp_sum_finish(pp_sum(tcp, p->l4_len, pp_sum_pseudo(&p->src, &p->dst, PP_PROTO_TCP, p->l4_len)));
        memcpy(tcp + 16, &sum, 2);
    }
}
