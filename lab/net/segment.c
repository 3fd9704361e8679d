/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * segment.c: builds the lab's TCP segments and UDP datagrams. Written independently of core/packet/build.c, so that an
 * error in one is not in the other.
 */
#include "lab_parts.h"

/* Writes an IP header for L4_LEN bytes. Returns its length. */
static size_t put_ip(uint8_t *ip, const struct pp_addr *src, const struct pp_addr *dst, uint8_t proto, uint8_t tos,
                     uint8_t ttl, size_t l4_len)
{
    uint16_t sum;

    if (!pp_addr_is4(src)) {
        memset(ip, 0, 8);
        ip[0] = (uint8_t)(0x60 | tos >> 4);
        ip[1] = (uint8_t)(tos << 4);
        pp_put16(ip + 4, (uint16_t)l4_len);
        ip[6] = proto;
        ip[7] = ttl;
        memcpy(ip + 8, src->b, 16);
        memcpy(ip + 24, dst->b, 16);
        return 40;
    }
    memset(ip, 0, 20);
    ip[0] = 0x45;
    ip[1] = tos;
    pp_put16(ip + 2, (uint16_t)(20 + l4_len));
    ip[6] = 0x40; /* DF: the identification is then not used (RFC 6864) */
    ip[8] = ttl;
    ip[9] = proto;
    memcpy(ip + 12, pp_addr_raw(src), 4);
    memcpy(ip + 16, pp_addr_raw(dst), 4);
    sum = pp_sum_finish(pp_sum(ip, 20, 0));
    memcpy(ip + 10, &sum, 2);
    return 20;
}

struct pp_net_packet *pp_segment_make(struct pp_lab *lab, const struct pp_lab_segment *s)
{
    size_t tcp_len = 20u + s->options_len + s->data_len;
    struct pp_net_packet *packet = pp_net_alloc(&lab->net, (pp_addr_is4(s->src) ? 20 : 40) + tcp_len);
    uint8_t *tcp;
    uint16_t sum;

    if (!packet)
        return NULL;
    tcp = packet->bytes + put_ip(packet->bytes, s->src, s->dst, PP_PROTO_TCP, s->tos, s->ttl, tcp_len);
    memset(tcp, 0, 20);
    pp_put16(tcp, s->sport);
    pp_put16(tcp + 2, s->dport);
    pp_put32(tcp + 4, s->seq);
    pp_put32(tcp + 8, s->ack);
    tcp[12] = (uint8_t)((20u + s->options_len) / 4 << 4 | (s->flags >> 8 & 0x0f));
    tcp[13] = (uint8_t)s->flags;
    pp_put16(tcp + 14, s->window);
    memcpy(tcp + 20, s->options, s->options_len);
    if (s->data_len)
        memcpy(tcp + 20 + s->options_len, s->data, s->data_len);
    sum = pp_sum_finish(pp_sum(tcp, tcp_len, pp_sum_pseudo(s->src, s->dst, PP_PROTO_TCP, (uint32_t)tcp_len)));
    memcpy(tcp + 16, &sum, 2);
    return packet;
}

struct pp_net_packet *pp_datagram_make(struct pp_lab *lab, const struct pp_datagram *d)
{
    size_t len = 8u + d->len, all = len + d->surplus;
    struct pp_net_packet *packet = pp_net_alloc(&lab->net, (pp_addr_is4(d->src) ? 20 : 40) + all);
    uint8_t *udp;
    uint16_t sum;

    if (!packet)
        return NULL;
    udp = packet->bytes + put_ip(packet->bytes, d->src, d->dst, PP_PROTO_UDP, d->tos, d->ttl, all);
    pp_put16(udp, d->sport);
    pp_put16(udp + 2, d->dport);
    pp_put16(udp + 4, (uint16_t)len);
    memset(udp + 6, 0, 2);
    memcpy(udp + 8, d->data, all - 8);
    sum = pp_sum_finish(pp_sum(udp, len, pp_sum_pseudo(d->src, d->dst, PP_PROTO_UDP, (uint32_t)len)));
    sum = sum ? sum : 0xffff;
    memcpy(udp + 6, &sum, 2);
    return packet;
}

struct pp_net_packet *pp_segment_reset(struct pp_lab *lab, const struct pp_packet *p, uint8_t ttl)
{
    struct pp_lab_segment s = {.src = &p->dst, .dst = &p->src, .sport = p->dport, .dport = p->sport, .ttl = ttl};

    if (p->tcp.flags & PP_TCP_RST)
        return NULL;
    if (p->tcp.flags & PP_TCP_ACK) {
        s.seq = p->tcp.ack;
        s.flags = PP_TCP_RST;
    } else {
        s.ack = p->tcp.seq + p->payload_len + !!(p->tcp.flags & PP_TCP_SYN) + !!(p->tcp.flags & PP_TCP_FIN);
        s.flags = PP_TCP_RST | PP_TCP_ACK;
    }
    return pp_segment_make(lab, &s);
}

struct pp_net_packet *pp_segment_synack(struct pp_lab *lab, const struct pp_packet *p, uint8_t ttl)
{
    struct pp_lab_segment s = {.src = &p->dst, .dst = &p->src, .sport = p->dport, .dport = p->sport, .ttl = ttl,
                               .flags = PP_TCP_SYN | PP_TCP_ACK, .window = 0xffff, .ack = p->tcp.seq + 1};
    struct pp_tcpopt ts;

    s.seq = (uint32_t)pp_mix(p->tcp.seq);
    if (pp_tcpopt_find(&p->tcp, 8, 10, &ts)) {
        s.options_len = 12;
        s.options[0] = s.options[1] = 1;
        s.options[2] = 8;
        s.options[3] = 10;
        memcpy(s.options + 8, ts.data, 4);
    }
    return pp_segment_make(lab, &s);
}
