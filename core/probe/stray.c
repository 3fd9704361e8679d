/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stray.c: answers packets that belong to no open flow. A peer that acknowledges our sequence numbers gets a RST, so
 * that it keeps no half-open connection; no other host is answered.
 */
#include "stray.h"

void pp_stray_reset(struct pp_prober *pr, const struct pp_packet *pkt)
{
    uint8_t packet[128];

    if (pkt->proto != PP_PROTO_TCP || pkt->truncated || !(pkt->tcp.flags & PP_TCP_ACK) || (pkt->tcp.flags & PP_TCP_RST))
        return;
    struct pp_fill fill = {
        .src = &pkt->dst,
        .dst = &pkt->src,
        .sport = pkt->dport,
        .dport = pkt->sport,
        .seq = pkt->tcp.ack,
        .flags = PP_TCP_RST,
    };
    size_t len = pp_template_fill(pp_plan_template(&pr->plan->arm[0], pkt->family, PP_ON_ACK, false, 0), &fill, packet,
                                  sizeof packet);
    if (len == 0 || pp_token_bucket_take(pr->rate, 1, pr->now) != 0)
        return;
    atomic_fetch_add_explicit(&pr->counters->packets_out, 1, memory_order_relaxed);
    if (pp_wire_send(pr->wire, packet, len, 0) < 0)
        atomic_fetch_add_explicit(&pr->counters->send_errors, 1, memory_order_relaxed);
}

void pp_stray_answer(struct pp_prober *pr, const struct pp_packet *pkt, uint32_t iss, uint32_t reach, uint8_t *resets)
{
    if (*resets == PP_ENDED_RESETS || !pp_ended_proves(iss, reach, pkt->tcp.ack))
        return;
    ++*resets;
    pp_stray_reset(pr, pkt);
}

void pp_stray(struct pp_prober *pr, const struct pp_flow_key *key, const struct pp_packet *pkt)
{
    struct pp_ended_flow *f = pkt->proto == PP_PROTO_TCP ? pp_ended_find(&pr->past, key) : NULL;

    if (f)
        pp_stray_answer(pr, pkt, f->iss, f->reach, &f->resets);
}
