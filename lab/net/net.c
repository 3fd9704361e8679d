/* SPDX-License-Identifier: BSD-2-Clause */
/* net.c: the delivery queue: a binary heap, and two pools of packet buffers cut from slabs. */
#include "net.h"

#include "../../core/base/banned.h"

#define SMALL 192 /* bytes: a segment with little payload */
#define SLAB (64u << 10)

struct slab {
    struct slab *next;
};

static size_t buffer_size(unsigned large)
{
    return (sizeof(struct pp_net_packet) + (large ? PP_NET_MTU : SMALL) + 15) & ~(size_t)15;
}

void pp_net_init(struct pp_net *n)
{
    *n = (struct pp_net){0};
}

void pp_net_release(struct pp_net *n)
{
    struct slab *s = n->slabs, *next;

    for (; s; s = next) {
        next = s->next;
        free(s);
    }
    free(n->heap);
    pp_net_init(n);
}

static bool grow(struct pp_net *n, unsigned large)
{
    size_t size = buffer_size(large), at = (sizeof(struct slab) + 15) & ~(size_t)15;
    struct slab *s;

    if (n->bytes + SLAB > PP_NET_MAX || !(s = malloc(SLAB)))
        return false;
    n->bytes += SLAB;
    s->next = n->slabs;
    n->slabs = s;
    for (; at + size <= SLAB; at += size) {
        struct pp_net_packet *p = (struct pp_net_packet *)((char *)s + at);

        p->large = (uint8_t)large;
        p->next = n->pool[large];
        n->pool[large] = p;
    }
    return true;
}

struct pp_net_packet *pp_net_alloc(struct pp_net *n, size_t len)
{
    unsigned large = len > SMALL;
    struct pp_net_packet *p;

    if (len > PP_NET_MTU || (!n->pool[large] && !grow(n, large)))
        return NULL;
    p = n->pool[large];
    n->pool[large] = p->next;
    p->len = (uint16_t)len;
    p->inbound = 0;
    return p;
}

void pp_net_drop(struct pp_net *n, struct pp_net_packet *p)
{
    p->next = n->pool[p->large];
    n->pool[p->large] = p;
}

static bool before(const struct pp_net_item *a, const struct pp_net_item *b)
{
    return a->due != b->due ? a->due < b->due : a->order < b->order;
}

void pp_net_push(struct pp_net *n, struct pp_net_packet *p, int64_t due)
{
    struct pp_net_item item = {due, n->order++, p};
    size_t i, up;

    if (n->count == n->cap) {
        size_t cap = n->cap ? 2 * n->cap : 1024;
        struct pp_net_item *heap = realloc(n->heap, cap * sizeof *heap);

        if (!heap) {
            pp_net_drop(n, p);
            return;
        }
        n->heap = heap;
        n->cap = cap;
    }
    for (i = n->count++; i; i = up) {
        up = (i - 1) / 2;
        if (!before(&item, &n->heap[up]))
            break;
        n->heap[i] = n->heap[up];
    }
    n->heap[i] = item;
}

struct pp_net_packet *pp_net_pop(struct pp_net *n, int64_t now, int64_t *due)
{
    struct pp_net_packet *p;
    struct pp_net_item last;
    size_t i = 0, down;

    if (!n->count || n->heap[0].due > now)
        return NULL;
    p = n->heap[0].packet;
    *due = n->heap[0].due;
    last = n->heap[--n->count];
    while ((down = 2 * i + 1) < n->count) {
        if (down + 1 < n->count && before(&n->heap[down + 1], &n->heap[down]))
            down++;
        if (!before(&n->heap[down], &last))
            break;
        n->heap[i] = n->heap[down];
        i = down;
    }
    if (n->count)
        n->heap[i] = last;
    return p;
}
