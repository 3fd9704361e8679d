/* SPDX-License-Identifier: BSD-2-Clause */
/* trace_hops.c: combines the sweeps of the arms into the hops of a trace. */
#include "where.h"

#include "../base/error.h"

static void add_addr(struct pp_trace_hop *h, const struct pp_addr *a)
{
    uint8_t *count = h->seen;
    unsigned i = 0;

    while (i < h->addrs && !pp_addr_eq(&h->addr[i], a))
        i++;
    if (i == PP_TRACE_ADDRS) {
        h->more_addrs = true;
        return;
    }
    if (i == h->addrs) {
        h->addr[i] = *a;
        count[i] = 0;
        h->addrs++;
    }
    count[i] += count[i] < UINT8_MAX;
    /* Most frequent first; of equals the earlier one. */
    for (; i > 0 && count[i] > count[i - 1]; i--) {
        struct pp_addr other = h->addr[i];
        uint8_t n = count[i];

        h->addr[i] = h->addr[i - 1];
        count[i] = count[i - 1];
        h->addr[i - 1] = other;
        count[i - 1] = n;
    }
}

static void add_seen(struct pp_trace_hop *h, struct pp_trace_cell *c, const struct pp_hop_seen *s)
{
    if (s->what == PP_SEEN_NOT_ASKED)
        return;
    c->asked++;
    c->answered += s->what > PP_SEEN_SILENT;
    if (s->what > c->what)
        c->what = s->what;
    if (s->what <= PP_SEEN_SILENT)
        return;
    if (s->too_big) { /* by a router before this hop */
        if (!h->too_big || (s->mtu && (!h->named || s->mtu < h->named))) {
            h->named = s->mtu;
            h->named_by = s->from;
        }
        h->too_big = true;
        return;
    }
    add_addr(h, &s->from);
    if (h->rtt_us == 0 || s->rtt_us < h->rtt_us)
        h->rtt_us = s->rtt_us;
    /* The longest quote is kept; of equally long ones, the one with more changes. */
    if (s->diff.quote > c->diff.quote || (s->diff.quote == c->diff.quote && s->diff.changes > c->diff.changes))
        c->diff = s->diff;
    if (s->diff.quote > h->quote) {
        h->quote = s->diff.quote;
        h->quoted_ttl = s->quoted_ttl;
    }
    if (s->labels) {
        h->labels = s->labels;
        h->label = s->label;
    }
}

/* The nearest TTL at which the target has answered the baseline, or, where that never asked, an arm; 0: none. */
static unsigned end_of(const struct pp_trace *t)
{
    bool asked = t->hop[0].cell[0].what != PP_SEEN_NOT_ASKED;

    for (unsigned i = 0; i < t->hops; i++)
        for (unsigned c = 0; c < (asked ? 1 : PP_TRACE_ARMS); c++)
            if (t->hop[i].cell[c].what == PP_SEEN_ANSWER)
                return i + 1;
    return 0;
}

/*
 * Decides whether the hop is the target. Where a router answered the baseline, another device that answers with the
 * target's address, or a router that sends its errors from that address, is not the target: its address moves to the
 * end of the list. NEARER: the target answered the baseline at a greater distance.
 */
static void find_target(struct pp_trace_hop *h, const struct pp_addr *dst, bool nearer)
{
    bool first = h->addrs != 0 && pp_addr_eq(&h->addr[0], dst);
    const struct pp_trace_cell *base = &h->cell[h->cell[0].what == PP_SEEN_NOT_ASKED];

    h->target = first && !nearer && base->what != PP_SEEN_EXCEEDED;
    if (!first || base->what != PP_SEEN_EXCEEDED)
        return;
    for (unsigned i = 0; i + 1 < h->addrs; i++) {
        uint8_t seen = h->seen[i];

        h->addr[i] = h->addr[i + 1];
        h->seen[i] = h->seen[i + 1];
        h->addr[i + 1] = *dst;
        h->seen[i + 1] = seen;
    }
}

void pp_trace_add(struct pp_trace *t, unsigned column, const struct pp_sweep *const *sweeps, unsigned n)
{
    unsigned end;

    if (column >= PP_TRACE_ARMS)
        BUG("no column %u", column);
    for (unsigned i = 0; i < n; i++)
        for (unsigned ttl = 1; ttl <= sweeps[i]->hops; ttl++) {
            struct pp_trace_hop *h = &t->hop[ttl - 1];

            h->ttl = (uint8_t)ttl;
            add_seen(h, &h->cell[column], &sweeps[i]->hop[ttl - 1]);
            if (ttl > t->hops)
                t->hops = (uint8_t)ttl;
        }
    end = end_of(t);
    for (unsigned i = 0; i < t->hops; i++)
        find_target(&t->hop[i], &t->dst, i + 1 < end);
    if (end != 0)
        t->hops = (uint8_t)end;
    while (t->hops > 0 && t->hop[t->hops - 1].addrs == 0 && t->hops > 1 && t->hop[t->hops - 2].addrs == 0)
        t->hops--;
}

void pp_trace_mtus(struct pp_trace *t)
{
    for (unsigned i = 0; i < t->hops; i++)
        for (unsigned c = 0; c < t->arms; c++)
            if (t->hop[i].cell[c].what >= PP_SEEN_EXCEEDED && t->size[c] > t->hop[i].mtu)
                t->hop[i].mtu = t->size[c];
}
