/* SPDX-License-Identifier: BSD-2-Clause */
/* hash.h: hashes of a word and of a flow that depend on a seed only. */
#ifndef PP_LAB_HASH_H
#define PP_LAB_HASH_H

#include "../../core/base/addr.h"
#include "../../core/packet/packet.h"

struct pp_conn_key {
    struct pp_addr client, server;
    uint16_t cport, sport;
};

/* The key of P's flow; P is a packet from the client. */
static inline struct pp_conn_key pp_host_key(const struct pp_packet *p)
{
    return (struct pp_conn_key){.client = p->src, .server = p->dst, .cport = p->sport, .sport = p->dport};
}

/* The finaliser of splitmix64 (Steele, Lea, Flood 2014): a cheap hash of one word. */
static inline uint64_t pp_mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static inline uint64_t pp_conn_hash(uint64_t secret, const struct pp_conn_key *key)
{
    uint64_t h = secret, w[4];

    memcpy(w, &key->client, 16);
    memcpy(w + 2, &key->server, 16);
    h = pp_mix(h ^ w[0]) + w[1];
    h = pp_mix(h) ^ w[2];
    h = pp_mix(h) + w[3];
    return pp_mix(h ^ ((uint64_t)key->cport << 16 | key->sport));
}

#endif
