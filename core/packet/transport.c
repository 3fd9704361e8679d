/* SPDX-License-Identifier: BSD-2-Clause */
/* transport.c: decodes the TCP and UDP headers of a datagram (RFC 9293 section 3.1, RFC 768, RFC 9868). */
#include "layers.h"

#include "packet.h"

enum { TCP_HEADER = 20, TCP_CHECKSUM_AT = 16, UDP_HEADER = 8, UDP_CHECKSUM_AT = 6 };

static void ports(struct pp_packet *p)
{
    if (p->l4_cap < 4)
        return;
    p->sport = pp_get16(p->l4);
    p->dport = pp_get16(p->l4 + 2);
}

/* Sets the payload: the bytes from OFF to END of the upper layer, as declared and as captured. */
static void payload(struct pp_packet *p, uint32_t off, uint32_t end)
{
    uint32_t cap = p->l4_cap < end ? p->l4_cap : end;

    if (end < off)
        return;
    p->payload_len = end - off;
    if (cap < off)
        return;
    p->payload = p->l4 + off;
    p->payload_cap = cap - off;
}

/*
 * Options truncated by the capture are not bad, so the walk is judged by the header: DECLARED is the length of the
 * option area; t->opt_len the bytes of it that were captured.
 */
static bool options_bad(const struct pp_tcp_view *t, unsigned declared)
{
    struct pp_tcpopt opt;
    unsigned off = 0, left;

    while (pp_tcpopt_next(t, &off, &opt))
        ;
    if (off >= t->opt_len || t->opt[off] == 0)
        return false;
    left = t->opt_len - off;
    if (left < 2)
        return declared - off < 2;
    return t->opt[off + 1] < 2 || t->opt[off + 1] > declared - off;
}

void pp_decode_tcp(struct pp_packet *p, bool verify)
{
    struct pp_tcp_view *t = &p->tcp;
    const uint8_t *b = p->l4;
    uint32_t header, there;

    ports(p);
    p->truncated = true;
    if (p->l4_cap >= 8)
        t->seq = pp_get32(b + 4);
    if (p->l4_cap >= 12)
        t->ack = pp_get32(b + 8);
    if (p->l4_cap < PP_TCP_FLAGS_END)
        return;
    t->flags = pp_get16(b + 12) & 0x0fff;
    header = (b[12] >> 4) * 4u;
    t->opt_cut = header > p->l4_cap && (p->l4_cap < p->l4_len || p->fragment);
    if (p->l4_cap < TCP_HEADER) {
        if (header >= TCP_HEADER)
            payload(p, header, p->l4_len);
        return;
    }
    t->window = pp_get16(b + 14);
    t->urgent = pp_get16(b + 18);
    if (verify)
        p->checksum = pp_checksum_verify(p, p->l4_len, TCP_CHECKSUM_AT);
    if (header < TCP_HEADER) {
        t->opt_bad = true;
        return;
    }
    there = header < p->l4_cap ? header : p->l4_cap;
    t->opt = b + TCP_HEADER;
    t->opt_len = (uint8_t)(there - TCP_HEADER);
    /* The header may exceed a first fragment, but not a whole segment. */
    t->opt_bad = options_bad(t, header - TCP_HEADER) || (header > p->l4_len && !p->fragment);
    payload(p, header, p->l4_len);
    p->truncated = there < header;
}

void pp_decode_udp(struct pp_packet *p, bool verify)
{
    struct pp_udp_view *u = &p->udp;
    uint32_t end, told;

    ports(p);
    if (p->l4_cap < UDP_HEADER) {
        p->truncated = true;
        return;
    }
    u->len = pp_get16(p->l4 + 4);
    /* In a jumbogram a UDP length of 0 means the rest of the datagram (RFC 2675 section 4). */
    told = u->len == 0 && p->l4_len > 0xffff ? p->l4_len : u->len;
    /* RFC 9868 section 7: receivers drop a length outside [8, IP payload]; here it counts as a wrong checksum. */
    end = told;
    if (end < UDP_HEADER)
        end = UDP_HEADER;
    if (end > p->l4_len)
        end = p->l4_len;
    if (verify) {
        if (told != end)
            p->checksum = PP_CHECKSUM_WRONG;
        else if (pp_get16(p->l4 + UDP_CHECKSUM_AT) == 0)
            p->checksum = PP_CHECKSUM_NONE;
        else
            p->checksum = pp_checksum_verify(p, end, UDP_CHECKSUM_AT);
    }
    payload(p, UDP_HEADER, end);
    if (told != end || end == p->l4_len || p->l4_len - end > UINT16_MAX)
        return;
    u->surplus_len = (uint16_t)(p->l4_len - end);
    if (p->l4_cap > end) {
        u->surplus_cap = (uint16_t)(p->l4_cap - end);
        u->surplus = p->l4 + end;
    }
}
