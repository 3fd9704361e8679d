/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net.h: packets under way, in the order of their arrival: a binary heap over packet buffers from pools. Packets due
 * at the same time leave in the order in which they were sent. Single thread; nothing is allocated per packet once the
 * pools have grown.
 */
#ifndef PP_NET_H
#define PP_NET_H

#include "../../core/base/wheel.h"

#include <stddef.h>

#define PP_NET_MTU 1600          /* larger packets do not exist here */
#define PP_NET_MAX (256u << 20)  /* bytes of all buffers; beyond it packets are lost, as in a full queue */

struct pp_net_packet {
    struct pp_net_packet *next; /* in its pool */
    uint16_t len;
    uint8_t large;   /* which pool */
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
    void *slabs;                   /* for the release */
    size_t bytes;
};

void pp_net_init(struct pp_net *n);
void pp_net_release(struct pp_net *n);
/* A buffer for LEN bytes; NULL: too long, or no room. The caller gives it to pp_net_push or pp_net_drop. */
struct pp_net_packet *pp_net_alloc(struct pp_net *n, size_t len);
void pp_net_drop(struct pp_net *n, struct pp_net_packet *p);
/* Takes P. */
void pp_net_push(struct pp_net *n, struct pp_net_packet *p, int64_t due);
/* The first packet to arrive, if it is due at NOW; the caller drops it. NULL: none. */
struct pp_net_packet *pp_net_pop(struct pp_net *n, int64_t now, int64_t *due);
/* The same packet, borrowed and left where it is. */
static inline struct pp_net_packet *pp_net_peek(const struct pp_net *n, int64_t now)
{
    return n->count && n->heap[0].due <= now ? n->heap[0].packet : NULL;
}

static inline int64_t pp_net_next(const struct pp_net *n)
{
    return n->count ? n->heap[0].due : PP_NEVER;
}

#endif
