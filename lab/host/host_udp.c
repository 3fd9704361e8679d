/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host_udp.c: answers of the lab's servers to datagrams, on each open port: a DNS query gets an answer without records;
 * a datagram long enough for QUIC gets the answer of host_quic.c. Written from the RFCs, independently of core/talk. No
 * state is kept between datagrams.
 */
#include "host.h"

enum { DNS_HEADER = 12, DNS_QUESTIONS = 4, QUIC_LEAST = 1200, REPLY_MAX = PP_HOST_QUIC_MAX };
enum { SURPLUS_MAX = 9, REQ = 6, RES = 7, OPTION = 6 };

/* ---- DNS ---------------------------------------------------------------------------------------------------- */

size_t pp_host_dns(uint8_t *m, size_t len)
{
    size_t at = DNS_HEADER;

    if (len < DNS_HEADER || m[2] & 0x80 || pp_get16(m + 4) != 1)
        return 0;
    while (at < len && m[at])
        at += m[at] < 64 ? 1u + m[at] : len;
    at += 1 + 4;
    if (at > len)
        return 0;
    m[2] = (uint8_t)(0x84 | (m[2] & 0x01)); /* authoritative, and recursion desired as it was */
    m[3] = 0;
    memset(m + 6, 0, 6); /* no records: additional ones of the query are cut off */
    return at;
}

static size_t reply_to(struct pp_lab *lab, const struct pp_lab_place *place, const struct pp_packet *p,
                       uint8_t out[REPLY_MAX])
{
    size_t len = p->payload_cap, reply;

    if (len < p->payload_len)
        return 0;
    /* in QUIC these bytes begin with an id's length, 8 or more */
    if (len >= QUIC_LEAST && pp_get16(p->payload + DNS_QUESTIONS) != 1)
        return pp_host_quic(lab, place, p, out);
    len = len < REPLY_MAX ? len : REPLY_MAX; /* the client reads nothing after the question */
    memcpy(out, p->payload, len);
    reply = pp_host_dns(out, len);
    if (reply || !(lab->quirks[place->class_index] & PP_QUIRK_DNS_BEHIND) || len <= PP_LAB_HEADER)
        return reply;
    memcpy(out, p->payload + PP_LAB_HEADER, len - PP_LAB_HEADER);
    return pp_host_dns(out, len - PP_LAB_HEADER);
}

/* ---- UDP options (RFC 9868) ----------------------------------------------------------------------------------- */

/* The token of a REQ that is the first option after a correct checksum, where our client puts it; else NULL. */
static const uint8_t *token_of(const struct pp_packet *p)
{
    const uint8_t *s = p->udp.surplus;
    size_t odd = p->payload_len % 2, len = p->udp.surplus_len;
    uint64_t sum;

    if (!s || p->udp.surplus_cap < len || len < odd + 2 + OPTION)
        return NULL;
    sum = pp_sum(s + odd, len - odd, 0);
    sum = pp_sum((const uint8_t[]){(uint8_t)(len >> 8), (uint8_t)len}, 2, sum);
    if (pp_sum_finish(sum) != 0 || s[odd + 2] != REQ || s[odd + 3] != OPTION)
        return NULL;
    return s + odd + 4;
}

/* Writes the surplus with TOKEN of an answer of LEN bytes. Returns its length. */
static size_t put_res(uint8_t *s, size_t len, const uint8_t *token)
{
    size_t odd = len % 2, all = odd + 2 + OPTION;
    uint16_t sum;

    memset(s, 0, odd + 2);
    s[odd + 2] = RES;
    s[odd + 3] = OPTION;
    memcpy(s + odd + 4, token, 4);
    sum = pp_sum_finish(pp_sum((const uint8_t[]){0, (uint8_t)all}, 2, pp_sum(s + odd, all - odd, 0)));
    memcpy(s + odd, &sum, 2);
    return all;
}

/* ---- the whole ------------------------------------------------------------------------------------------------ */

static void answer(struct pp_lab *lab, const struct pp_lab_place *place, const struct pp_packet *p, int64_t at)
{
    uint32_t quirks = lab->quirks[place->class_index];
    uint8_t bytes[REPLY_MAX + SURPLUS_MAX];
    const uint8_t *token = quirks & PP_QUIRK_UDP_OPTIONS ? token_of(p) : NULL;
    struct pp_datagram d = {.src = &p->dst, .dst = &p->src, .sport = p->dport, .dport = p->sport, .data = bytes,
                            .ttl = (uint8_t)(PP_LAB_TTL - place->nhops), .tos = pp_host_dscp(quirks, p->tos >> 2)};
    struct pp_net_packet *packet;

    d.len = (uint16_t)reply_to(lab, place, p, bytes);
    if (!d.len)
        return;
    if (quirks & PP_QUIRK_QUIC_MARKS && p->payload_len >= QUIC_LEAST)
        d.tos |= PP_ECT0;
    if (token)
        d.surplus = (uint16_t)put_res(bytes + d.len, d.len, token);
    packet = pp_datagram_make(lab, &d);
    if (packet)
        pp_lab_send(lab, place, packet, place->nhops + 1u, at, NULL);
}

void pp_host_udp(struct pp_lab *lab, const struct pp_lab_place *place, const struct pp_packet *p, int64_t at)
{
    struct pp_conn_key key = pp_host_key(p);
    struct pp_conn *c = pp_conn_get(&lab->hosts->conns, &key);

    /* Drops datagrams without a checksum over IPv6: RFC 8200 section 8.1. */
    if (p->checksum == PP_CHECKSUM_WRONG || (p->checksum == PP_CHECKSUM_NONE && p->family == 6))
        return;
    if (pp_host_hears(lab, place, &c, p, at))
        answer(lab, place, p, at);
}
