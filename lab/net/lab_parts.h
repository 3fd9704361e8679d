/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lab_parts.h: declarations that the files of the lab share; private to them.
 *
 * The course of a client's packet: pp_lab_input (lab.c: loss, duplication, reordering) -> pp_lab_travel (path.c:
 * middleboxes, routers) -> pp_host_tcp (host.c) or pp_host_udp (host_udp.c) -> pp_lab_send (path.c: middleboxes, loss,
 * delay) -> the queue (net.h) -> pp_lab_output. The host handles a packet when it is sent, with its arrival as the
 * present time: this needs no second queue and has the same result. Only reordered packets wait.
 */
#ifndef PP_LAB_PARTS_H
#define PP_LAB_PARTS_H

#include "../../core/base/random.h"
#include "../../core/base/wheel.h"
#include "../../core/packet/packet.h"
#include "../boxes/behaviour.h"
#include "../truth/topology.h"
#include "counter.h"
#include "lab.h"
#include "net.h"
#include "reassemble.h"

#define PP_LAB_TTL 64 /* the initial TTL of hosts, middleboxes and routers of the lab */
#define PP_LAB_ROUTER_SLOTS 4096
#define PP_LAB_MS INT64_C(1000000)
#define PP_LAB_SECOND INT64_C(1000000000)

/* The state of hosts, defined in lab/host/host.h. */
struct pp_lab_hosts;

/* The functions of hosts. */
struct pp_lab_host_ops {
    /* Segment P, or datagram P to an open port, reaches the host at time AT. */
    void (*tcp)(struct pp_lab *lab, const struct pp_lab_place *place, const struct pp_packet *p, int64_t at);
    void (*udp)(struct pp_lab *lab, const struct pp_lab_place *place, const struct pp_packet *p, int64_t at);
    /* Timer T, which a host set in lab->wheel, has expired. */
    void (*timer)(struct pp_lab *lab, struct pp_timer *t);
    uint64_t (*connections)(const struct pp_lab_hosts *hosts); /* now open */
    void (*release)(struct pp_lab_hosts *hosts);
};

struct pp_lab {
    struct pp_scenario scenario;
    uint32_t quirks[PP_LAB_CLASSES]; /* bits of enum pp_quirk */
    int64_t syn_gap[PP_LAB_CLASSES]; /* of PP_QUIRK_SYN_LIMIT and PP_QUIRK_SYN_GRUDGE */
    uint8_t fails[PP_LAB_CLASSES];   /* enum pp_count_kind of a server that ignores flows by count; 0: it does not */
    struct pp_topology topology;
    struct pp_net net;
    struct pp_reassembly reassembly; /* of hosts */
    struct pp_reassembly held;       /* reassembly at middleboxes; at most one on a path */
    struct pp_lab_hosts *hosts;
    const struct pp_lab_host_ops *ops;
    struct pp_counter counter;
    struct pp_wheel wheel;
    bool started; /* the wheel was started */
    struct pp_rng rng;
    uint64_t secret; /* key of sequence numbers */
    int64_t now;
    struct pp_lab_stats stats;
    /* by hash of a router's address: ns at which its next answer may be sent */
    int64_t router_next[PP_LAB_ROUTER_SLOTS];
    uint8_t scratch[PP_NET_MTU];
};

static inline const struct pp_lab_class *pp_lab_class(const struct pp_lab *lab, const struct pp_lab_place *place)
{
    return &lab->scenario.hosts[place->class_index];
}

/* The key of sequence numbers of a lab with SEED. */
static inline uint64_t pp_lab_secret(uint64_t seed)
{
    return pp_mix(seed ^ UINT64_C(0x5ec2e7));
}

/* ---- lab.c ---- */

/* Creates a lab, which owns HOSTS also on failure. NULL printed. Other rooms use pp_lab_new (lab/host/hosts.h). */
struct pp_lab *pp_lab_make(const struct pp_scenario *s, uint64_t nhosts, uint64_t seed,
                           const struct pp_lab_host_ops *ops, struct pp_lab_hosts *hosts);

/* Fires timers and lets reordered packets arrive. True: a packet to the client is due at NOW. */
bool pp_lab_pending(struct pp_lab *lab, int64_t now);
/* As pp_lab_output; *DUE: the time at which the packet arrived. */
size_t pp_lab_output_at(struct pp_lab *lab, int64_t now, uint8_t *out, size_t cap, int64_t *due);

/* ---- path.c ---- */

/* True with probability P. */
bool pp_lab_chance(struct pp_lab *lab, double p);
/* True if the path to PLACE loses a packet at AT, by itself or in a burst. */
bool pp_lab_loses(struct pp_lab *lab, const struct pp_lab_place *place, int64_t at);
/* The one-way delay in ns between client and hop HOP. */
int64_t pp_lab_delay(struct pp_lab *lab, const struct pp_lab_place *place, unsigned hop);
/* The ns by which a reordered packet is delayed: its successors overtake it, a retransmission does not. */
int64_t pp_lab_held(struct pp_lab *lab);
/*
 * Carries P, which the client sent at NOW, hop by hop: router h counts down, then the middlebox behind it does its
 * deed. So a probe that expires at the box's own hop is still quoted as it was sent, and one that gets a hop farther
 * as it was changed.
 */
void pp_lab_travel(struct pp_lab *lab, const struct pp_lab_place *place, struct pp_packet *p, int64_t now);
/*
 * Sends PACKET, which left hop FROM (nhops + 1: the host) at time AT, to the client. Takes ownership of PACKET. FIFO
 * (may be NULL): the arrival of the connection's last packet, which PACKET does not overtake unless it is reordered.
 */
void pp_lab_send(struct pp_lab *lab, const struct pp_lab_place *place, struct pp_net_packet *packet, unsigned from,
                 int64_t at, int64_t *fifo);

/* ---- segment.c ---- */

struct pp_lab_segment {
    const struct pp_addr *src, *dst;
    uint16_t sport, dport, flags, window;
    uint32_t seq, ack;
    uint8_t tos, ttl;
    uint8_t options[40];
    uint8_t options_len; /* a multiple of 4 */
    const uint8_t *data;
    uint16_t data_len;
};

/* Makes a segment with checksums; NULL: no room. */
struct pp_net_packet *pp_segment_make(struct pp_lab *lab, const struct pp_lab_segment *s);
/*
 * Makes the RST that answers segment P (RFC 9293 section 3.10.7.1), from P's destination, with TTL at the client. NULL:
 * P gets no RST, or no room.
 */
struct pp_net_packet *pp_segment_reset(struct pp_lab *lab, const struct pp_packet *p, uint8_t ttl);
/* Makes the SYN/ACK of a sender without state (RFC 4987 section 3.6), which echoes P's timestamp, if it has one. */
struct pp_net_packet *pp_segment_synack(struct pp_lab *lab, const struct pp_packet *p, uint8_t ttl);

/* A datagram: DATA, then SURPLUS bytes after the UDP length (RFC 9868). */
struct pp_datagram {
    const struct pp_addr *src, *dst;
    uint16_t sport, dport;
    uint8_t tos, ttl;
    const uint8_t *data;
    uint16_t len, surplus;
};

/* NULL: no room. */
struct pp_net_packet *pp_datagram_make(struct pp_lab *lab, const struct pp_datagram *d);

/* ---- hops.c ---- */

/* Makes the answer of the router at HOP, where P's TTL expired at AT; NULL: the router does not answer, or no room. */
struct pp_net_packet *pp_hop_expired(struct pp_lab *lab, const struct pp_lab_place *place, unsigned hop,
                                     const struct pp_packet *p, int64_t at);

enum pp_hop_error { PP_HOP_TIME_EXCEEDED, PP_HOP_PROHIBITED, PP_HOP_PORT_UNREACHABLE, PP_HOP_TOO_BIG, PP_HOP_OPTION };

/* Makes the ICMP error of hop HOP about P; NULL: no room. */
struct pp_net_packet *pp_hop_error(struct pp_lab *lab, const struct pp_lab_place *place, unsigned hop,
                                   enum pp_hop_error what, const struct pp_packet *p);
/* Makes the Packet Too Big of HOP about P, with MTU, which may be 0. */
struct pp_net_packet *pp_hop_too_big(struct pp_lab *lab, const struct pp_lab_place *place, unsigned hop, uint16_t mtu,
                                     const struct pp_packet *p);
/* Makes the ICMPv6 Parameter Problem of HOP about the option at POINTER in P; HOP after the last router: the host. */
struct pp_net_packet *pp_hop_refusal(struct pp_lab *lab, const struct pp_lab_place *place, unsigned hop,
                                     uint16_t pointer, const struct pp_packet *p);

#endif
