/* SPDX-License-Identifier: BSD-2-Clause */
/* slow.c: a queue of packets, and two rate limits. */
#include "slow.h"

#include "../base/error.h"
#include "../base/list.h"
#include "../base/wheel.h" /* PP_NEVER */

#include <stdlib.h>
#include <string.h>

#define HELD_MAX 4096 /* packets: far more than rounds reserve at a time */
#define FULL 4
#define BURST 10 /* packets that become due between two calls of the worker's loop; counted in the rate */
/* Rounds start at a lower rate than packets may leave: their packets and retransmissions are not evenly spaced. */
#define ROUNDS_RATE (PP_SLOW_RATE * 3 / 4)

struct held {
    struct held *next;
    uint64_t tag;
    size_t len;
    uint8_t ip[];
};

struct pp_slow {
    struct pp_slow_rate *rate;
    PP_LIST(struct held) held;
    unsigned n;
    int64_t again; /* when the first may leave, on the wire's clock, ns */
};

void pp_slow_rate_init(struct pp_slow_rate *r, unsigned round, int64_t now)
{
    pp_token_bucket_init(&r->out, PP_SLOW_RATE - BURST, BURST, now);
    pp_token_bucket_init(&r->rounds, ROUNDS_RATE, round, now);
}

struct pp_slow *pp_slow_new(struct pp_slow_rate *rate)
{
    struct pp_slow *s = calloc(1, sizeof *s);

    if (s) {
        s->rate = rate;
        PP_LIST_INIT(&s->held);
    }
    return s;
}

void pp_slow_free(struct pp_slow *s)
{
    struct held *next;

    for (struct held *h = s ? s->held.first : NULL; h; h = next) {
        next = h->next;
        free(h);
    }
    free(s);
}

int pp_slow_send(struct pp_wire *w, const uint8_t *ip, size_t len, uint64_t tag)
{
    struct pp_slow *s = w->slow;
    struct held *h;

    if (!s)
        BUG("a packet with hop-by-hop options, but no rate limiter for such packets");
    if (!s->held.first) {
        s->again = pp_token_bucket_take(&s->rate->out, 1, pp_wire_now(w));
        if (!s->again)
            return pp_wire_send(w, ip, len, tag);
    }
    if (s->n == HELD_MAX || !(h = malloc(sizeof *h + len)))
        return -1;
    *h = (struct held){.tag = tag, .len = len};
    memcpy(h->ip, ip, len);
    PP_LIST_APPEND(&s->held, h);
    s->n++;
    return 0;
}

void pp_wire_flush(struct pp_wire *w, void (*failed)(void *arg, uint64_t tag), void *arg)
{
    struct pp_slow *s = w->slow;
    int64_t now = s && s->held.first ? pp_wire_now(w) : 0;

    while (s && s->held.first && s->again <= now) {
        struct held *h = s->held.first;

        s->again = pp_token_bucket_take(&s->rate->out, 1, now);
        if (s->again)
            break;
        PP_LIST_POP(&s->held);
        s->n--;
        if (pp_wire_send(w, h->ip, h->len, h->tag) < 0)
            failed(arg, h->tag);
        free(h);
    }
    w->ops->flush(w, failed, arg);
}

int64_t pp_slow_next(const struct pp_wire *w)
{
    return w->slow && w->slow->held.first ? w->slow->again : PP_NEVER;
}

bool pp_slow_full(const struct pp_wire *w)
{
    return w->slow && w->slow->n >= FULL;
}
