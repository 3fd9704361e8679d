/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chain_udp.c: datagrams without a checksum (RFC 768), and bytes behind the UDP length (RFC 9868), in each direction;
 * and what verdicts on UDP conversations need: the number of datagrams, the round trip, the TTL of the answer.
 */
#include "chain_parts.h"

enum { REQ = 6, RES = 7, TOKEN = 4, OPTION = 2 + TOKEN };

struct udp {
    int64_t udp_surplus_fwd, udp_surplus_rev;
    int64_t udp_fwd, udp_rev, udp_rtt_us, udp_ttl_rev;
    int64_t first_stamp;
    uint8_t token[TOKEN];
    uint8_t udp_zero_checksum_fwd, udp_zero_checksum_rev, udp_res_rev;
    uint8_t has_token;
};

_Static_assert(sizeof(struct udp) % 8 == 0, "states are a multiple of 8 bytes");

static const struct pp_field fields[] = {
    FIELD_BOOL(udp, udp_zero_checksum_fwd, "the last datagram from sip had checksum 0; null if there was none"),
    FIELD_BOOL(udp, udp_zero_checksum_rev, "the last datagram from dip had checksum 0"),
    FIELD_INT(udp, udp_surplus_fwd, "most bytes behind the UDP length of a datagram from sip; null if there was none"),
    FIELD_INT(udp, udp_surplus_rev, "most bytes behind the UDP length of a datagram from dip"),
    FIELD_INT(udp, udp_fwd, "datagrams sent by sip"),
    FIELD_INT(udp, udp_rev, "datagrams sent by dip"),
    FIELD_INT(udp, udp_rtt_us, "microseconds from the first datagram to the first from dip; null if sip sent more "
                               "before"),
    FIELD_INT(udp, udp_ttl_rev, "TTL or hop limit with which the first datagram from dip arrived"),
    FIELD_BOOL(udp, udp_res_rev, "dip answered a request (REQ) among the UDP options with its token (RES); null if "
                                 "there was no request"),
    FIELD_END,
};

static void init(void *state)
{
    struct udp *u = state;

    u->udp_zero_checksum_fwd = u->udp_zero_checksum_rev = u->udp_res_rev = PP_UNSEEN;
    u->udp_rtt_us = u->udp_ttl_rev = PP_NULL;
    u->udp_surplus_fwd = u->udp_surplus_rev = PP_NULL;
}

/* Takes the token of a REQ: RFC 9868 section 11.7: a RES repeats it. */
static void fwd_options(struct udp *u, const struct pp_packet *p)
{
    const uint8_t *token = pp_udpopt_find(p, REQ, OPTION);

    if (!token)
        return;
    memcpy(u->token, token, TOKEN);
    u->has_token = true;
    if (u->udp_res_rev == PP_UNSEEN)
        u->udp_res_rev = false;
}

static void rev_options(struct udp *u, const struct pp_packet *p)
{
    const uint8_t *token = u->has_token ? pp_udpopt_find(p, RES, OPTION) : NULL;

    if (token && memcmp(token, u->token, TOKEN) == 0)
        u->udp_res_rev = true;
    else if (p->udp.surplus_cap < p->udp.surplus_len && u->udp_res_rev != true)
        u->udp_res_rev = PP_UNSEEN; /* the capture truncated it */
}

static void count(struct udp *u, const struct pp_chain_packet *p)
{
    if (p->dir == PP_FWD) {
        if (u->udp_fwd++ == 0)
            u->first_stamp = p->stamp;
        return;
    }
    if (u->udp_rev++ > 0)
        return;
    u->udp_ttl_rev = p->pkt->ttl;
    if (u->udp_fwd == 1 && p->stamp >= u->first_stamp)
        u->udp_rtt_us = (p->stamp - u->first_stamp) / 1000;
}

static bool packet(void *state, const struct pp_chain_packet *p)
{
    struct udp *u = state;
    bool fwd = p->dir == PP_FWD;
    int64_t *surplus = fwd ? &u->udp_surplus_fwd : &u->udp_surplus_rev;

    if (p->pkt->proto != PP_PROTO_UDP || p->quoted || p->pkt->frag_off || p->pkt->l4_cap < 8)
        return false;
    *(fwd ? &u->udp_zero_checksum_fwd : &u->udp_zero_checksum_rev) = pp_get16(p->pkt->l4 + 6) == 0;
    count(u, p);
    if (p->pkt->udp.surplus_len) {
        if (fwd)
            fwd_options(u, p->pkt);
        else
            rev_options(u, p->pkt);
    }
    if (p->pkt->udp.surplus_len > *surplus)
        *surplus = p->pkt->udp.surplus_len;
    return false;
}

const struct pp_chain pp_chain_udp = {
    .name = "udp",
    .what = "UDP datagrams: how many, the round trip, zero checksums, surplus bytes and the options in them",
    .fields = fields,
    .size = sizeof(struct udp),
    .reach = PP_REACH_HEADER,
    .init = init,
    .packet = packet,
};
