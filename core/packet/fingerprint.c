/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fingerprint.c: hashes the fields that probes set, to detect packets that left altered. The hash is not keyed: it is
 * no protection against forgery.
 */
#include "packet.h"

static uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * 0x9e3779b97f4a7c15u;
    return h ^ h >> 29;
}

static uint64_t mix_bytes(uint64_t h, const uint8_t *bytes, unsigned len)
{
    h = mix(h, len);
    for (unsigned off = 0; off < len; off += 8) {
        unsigned n = len - off < 8 ? len - off : 8;
        uint64_t word = 0;

        memcpy(&word, bytes + off, n);
        h = mix(h, word);
    }
    return h;
}

uint32_t pp_packet_fingerprint(const struct pp_packet *p)
{
    uint64_t h = mix(0, (uint64_t)p->family << 32 | (uint64_t)p->proto << 24 | (uint64_t)p->tos << 16 |
                            (uint64_t)p->ttl << 8 | p->ip_flags);

    h = mix(h, (uint64_t)p->sport << 16 | p->dport);
    if (p->proto == PP_PROTO_TCP) {
        const struct pp_tcp_view *t = &p->tcp;

        h = mix(h, (uint64_t)t->seq << 32 | (uint64_t)t->flags << 16 | t->window);
        h = mix_bytes(h, t->opt, t->opt_len);
    } else if (p->proto == PP_PROTO_UDP && p->l4_cap >= 8) {
        h = mix(h, (uint64_t)p->udp.len << 1 | (pp_get16(p->l4 + 6) != 0));
        h = mix_bytes(h, p->udp.surplus, p->udp.surplus_cap);
    }
    return (uint32_t)(h ^ h >> 32);
}
