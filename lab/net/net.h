/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net.h: the queue of packets under way, in the order of their arrival: a binary heap over packet buffers from pools.
 * Packets with equal arrival times come out in the order in which they were sent. No allocation per packet once the
 * pools have grown. Single thread.
 */
#ifndef PP_NET_H
#define PP_NET_H

#include "../../core/base/wheel.h"

#include <stddef.h>

#define PP_NET_MTU 1600          /* bytes of the largest packet */
#define PP_NET_MAX (256u << 20)  /* bytes of all buffers; further packets are lost, as in a full queue */

struct pp_net_packet {
    struct pp_net_packet *next; /* the next packet in the pool */
    uint16_t len;
    uint8_t large;   /* index of its pool */
    uint8_t inbound; /* still on its way to the host */
    uint8_t bytes[];
};

struct pp_net_item {
    int64_t due;
    uint64_t order;
    struct pp_net_packet *packet;
};

struct pp_net {
    struct pp_net_item *heap;
    size_t count, cap;
    uint64_t order;
    struct pp_net_packet *pool[2]; /* small, large */
    void *slabs;                   /* list of all blocks of memory */
    size_t bytes;
};

void pp_net_init(struct pp_net *n);
void pp_net_release(struct pp_net *n);
/* A buffer for LEN bytes; NULL: too long, or no room. The caller gives it to pp_net_push or pp_net_drop. */
struct pp_net_packet *pp_net_alloc(struct pp_net *n, size_t len);
void pp_net_drop(struct pp_net *n, struct pp_net_packet *p);
/* Queues P, which the queue owns from then on. */
void pp_net_push(struct pp_net *n, struct pp_net_packet *p, int64_t due);
/* Removes the first packet, if it is due at NOW; the caller drops it (pp_net_drop). NULL: none is due. */
struct pp_net_packet *pp_net_pop(struct pp_net *n, int64_t now, int64_t *due);
/* The first packet, borrowed; it stays in the queue. */
static inline struct pp_net_packet *pp_net_peek(const struct pp_net *n, int64_t now)
{
    return n->count && n->heap[0].due <= now ? n->heap[0].packet : NULL;
}

static inline int64_t pp_net_next(const struct pp_net *n)
{
    return n->count ? n->heap[0].due : PP_NEVER;
}

#endif
