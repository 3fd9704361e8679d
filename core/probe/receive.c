/* SPDX-License-Identifier: BSD-2-Clause */
/* receive.c: dispatches captured packets to their flows, sweeps and checks. */
#include "receive.h"

#include "../stream/frames.h"
#include "locating.h"
#include "scheduler.h"
#include "stray.h"

static bool is_vantage_check(const struct pp_worker *w, uint16_t port)
{
    return w->c.vantage_check && port == w->vantage_check.port;
}

static bool is_locating(const struct pp_worker *w, uint16_t port)
{
    return w->locating && pp_locating_has_port(w->locating, port);
}

static bool is_ours(const struct pp_worker *w, const struct pp_addr *a, uint16_t port)
{
    const struct pp_vantage *v = w->plan->vantage;

    return (pp_prober_has_port(&w->prober, port) || is_vantage_check(w, port) || is_locating(w, port)) &&
           ((v->v4.usable && pp_addr_eq(a, &v->v4.addr)) || (v->v6.usable && pp_addr_eq(a, &v->v6.addr)));
}

static struct pp_probe *find(const struct pp_worker *w, const struct pp_flow_key *key)
{
    return (struct pp_probe *)pp_flow_table_find(&w->prober.flows, key);
}

static void frame_for_pcap(struct pp_worker *w, struct pp_probe *p, const struct pp_frame *f,
                           const struct pp_packet *pkt)
{
    struct pp_job *job = p->arg;

    if (w->c.keep_frames)
        pp_frames_add(&job->frames, f->stamp, f->ip, f->cap < pkt->ip_len ? f->cap : pkt->ip_len, pkt->ip_len);
}

/*
 * A packet that is not ours left from one of our ports, which no socket can use: for example, this host translates
 * addresses of other hosts to its own (NAT). The worker no longer uses the port, and judges no flow that has it.
 */
static void give_up_port(struct pp_worker *w, const struct pp_flow_key *key)
{
    char local[PP_ADDR_STRLEN], remote[PP_ADDR_STRLEN];

    w->prober.port[key->lport / 64] &= ~(UINT64_C(1) << key->lport % 64);
    w->prober.nports--;
    if (atomic_fetch_add_explicit(&w->c.counters->ports_left_out, 1, memory_order_relaxed) == 0)
        pp_warn("source port %u: another program or NAT on this host sends from it (%s to %s, port %u); such ports "
                "are no longer used, and their flows are not judged", key->lport,
                pp_addr_str(&key->local, local), pp_addr_str(&key->remote, remote), key->rport);
}

/* Handles a packet that left from one of our ports. */
static void on_left(struct pp_worker *w, const struct pp_frame *f, const struct pp_packet *pkt)
{
    struct pp_flow_key key;
    struct pp_probe *p;

    if (!pp_flow_key_sent(&key, pkt) || is_vantage_check(w, pkt->sport))
        return;
    if (is_locating(w, pkt->sport)) {
        pp_locating_packet(w, f, pkt, &key, true);
        return;
    }
    p = find(w, &key);
    if (p && pp_probe_sent(p, pkt)) {
        frame_for_pcap(w, p, f, pkt);
        pp_probe_packet(p, pkt, PP_FWD, f->stamp, NULL);
    } else if (!pp_ended_find(&w->prober.past, &key)) { /* a packet of an ended flow may leave late */
        give_up_port(w, &key);
    }
}

void pp_worker_frame(void *arg, const struct pp_frame *f)
{
    struct pp_worker *w = arg;
    struct pp_packet pkt, quoted;
    struct pp_flow_key key;
    struct pp_probe *p;

    if (pp_packet_decode(&pkt, f->ip, f->cap) < 0) {
        pp_prober_count(&w->c.counters->undecodable);
        return;
    }
    if (is_ours(w, &pkt.src, pkt.sport) && pkt.proto == w->plan->mode->proto) {
        on_left(w, f, &pkt);
        return;
    }
    /* The capture filter also passes packets with ports between ours, and packets that it cannot parse. */
    if (!pp_flow_key_received(&key, &pkt, &quoted))
        return;
    p = find(w, &key);
    if (!p && !is_ours(w, &key.local, key.lport))
        return;
    pp_prober_count(&w->c.counters->packets_in);
    if (pkt.checksum == PP_CHECKSUM_WRONG || pkt.ip_checksum == PP_CHECKSUM_WRONG) {
        pp_prober_count(&w->c.counters->wrong_checksum);
        return;
    }
    bool icmp = pkt.proto == PP_PROTO_ICMP || pkt.proto == PP_PROTO_ICMP6;
    if (is_locating(w, key.lport)) {
        pp_locating_packet(w, f, &pkt, &key, false);
        return;
    }
    if (is_vantage_check(w, key.lport)) {
        if (pp_vantage_check_answer(&w->vantage_check, &pkt, w->prober.now))
            pp_stray_reset(&w->prober, &pkt);
        return;
    }
    if (p) {
        frame_for_pcap(w, p, f, &pkt);
        pp_probe_packet(p, &pkt, PP_REV, f->stamp, icmp ? &quoted : NULL);
    } else if (!icmp) {
        pp_prober_count(&w->c.counters->stray);
        pp_stray(&w->prober, &key, &pkt);
    }
}

void pp_worker_refused(void *arg, uint64_t tag)
{
    struct pp_worker *w = arg;

    pp_prober_count(&w->c.counters->send_errors);
    pp_scheduler_hold(w);
    pp_probe_refused(&w->prober, tag);
}
