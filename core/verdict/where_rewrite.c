/* SPDX-License-Identifier: BSD-2-Clause */
/* where_rewrite.c: locates the rewriting of fields from the routers' quotes of B's packets. */
#include "where_parts.h"

enum { KEYS_MAX = 16 };

/* One field, and what the quotes of it say per TTL: how many show it as sent, how many do not. */
struct key {
    uint8_t field, option;
    uint16_t end; /* bytes that a quote must have to show it */
    struct pp_change last;
    uint8_t old[PP_WHERE_TTL_MAX + 1], new[PP_WHERE_TTL_MAX + 1];
    bool in_front; /* in one sweep a hop shows it changed, and a later hop as sent */
};

static const struct pp_change *change_of(const struct pp_diff *d, const struct key *k)
{
    for (unsigned i = 0; i < d->changes; i++)
        if (d->change[i].field == k->field && d->change[i].option == k->option)
            return &d->change[i];
    return NULL;
}

static const struct pp_diff *quoted(const struct pp_sweep *s, unsigned ttl)
{
    const struct pp_hop_seen *h = pp_where_hop(s, ttl);

    if ((h->what != PP_SEEN_EXCEEDED && h->what != PP_SEEN_UNREACHABLE) || h->too_big)
        return NULL;
    return h->diff.quote ? &h->diff : NULL;
}

/* Fills in K from all of B's quotes. */
static void count(const struct pp_rounds *r, struct key *k)
{
    for (unsigned i = 0; i < r->n; i++) {
        bool changed = false;

        for (unsigned ttl = 1; ttl <= PP_WHERE_TTL_MAX; ttl++) {
            const struct pp_diff *d = quoted(r->pairs[i].b, ttl);
            const struct pp_change *c = d ? change_of(d, k) : NULL;

            if (c != NULL) {
                k->new[ttl]++;
                k->last = *c;
                changed = true;
            } else if (d != NULL && !d->more && d->quote >= k->end) {
                k->old[ttl]++;
                k->in_front |= changed;
            }
        }
    }
}

static unsigned collect(const struct pp_rounds *r, struct key *keys)
{
    unsigned n = 0;

    for (unsigned i = 0; i < r->n; i++)
        for (unsigned ttl = 1; ttl <= PP_WHERE_TTL_MAX; ttl++) {
            const struct pp_diff *d = quoted(r->pairs[i].b, ttl);

            for (unsigned c = 0; d != NULL && c < d->changes; c++) {
                const struct pp_change *is = &d->change[c];
                unsigned k = 0;

                if (pp_field_rows[is->field].hop)
                    continue;
                while (k < n && (keys[k].field != is->field || keys[k].option != is->option))
                    k++;
                if (k == KEYS_MAX)
                    continue;
                if (k == n)
                    keys[n++] = (struct key){.field = is->field, .option = is->option};
                if (is->end > keys[k].end)
                    keys[k].end = is->end;
            }
        }
    return n;
}

/* Lengths of B's quotes from TTL on that show K changed, each once. */
static void add_quotes(const struct pp_rounds *r, const struct key *k, unsigned ttl, struct pp_place *p)
{
    for (; ttl <= PP_WHERE_TTL_MAX; ttl++)
        for (unsigned i = 0; i < r->n; i++) {
            const struct pp_diff *d = quoted(r->pairs[i].b, ttl);
            unsigned q = 0;

            if (d == NULL || change_of(d, k) == NULL)
                continue;
            while (q < p->quotes && p->quote[q] != d->quote)
                q++;
            if (q == p->quotes && q < PP_PLACE_QUOTES)
                p->quote[p->quotes++] = d->quote;
        }
}

/* Pairs in which a hop from TTL on shows K changed. */
static unsigned agreeing(const struct pp_rounds *r, const struct key *k, unsigned ttl)
{
    unsigned n = 0;

    for (unsigned i = 0; i < r->n; i++)
        for (unsigned t = ttl; t <= PP_WHERE_TTL_MAX; t++) {
            const struct pp_diff *d = quoted(r->pairs[i].b, t);

            if (d != NULL && change_of(d, k) != NULL) {
                n++;
                break;
            }
        }
    return n;
}

static bool is_mark(const struct key *k)
{
    return pp_change_is_mark(&k->last);
}

static enum pp_interest find(struct pp_where *w, const struct pp_rounds *r, const struct key *k)
{
    struct pp_place p = {.kind = PP_PLACE_REWRITE, .change = k->last, .has_from = true, .has_to = true};
    unsigned from = 0, first = 0, to = 0, hops = 0, quotes = 0;

    for (unsigned ttl = 1; ttl <= PP_WHERE_TTL_MAX; ttl++) {
        if (k->old[ttl])
            from = ttl;
        quotes += k->new[ttl];
    }
    for (unsigned ttl = from + 1; ttl <= PP_WHERE_TTL_MAX; ttl++) {
        if (k->new[ttl] == 0)
            continue;
        hops++;
        if (first == 0)
            first = ttl;
        if (to == 0 && k->new[ttl] >= PP_WHERE_AGREE)
            to = ttl;
    }
    p.agree = (uint8_t)agreeing(r, k, from + 1);
    /* Congestion marks differ from packet to packet; a router that marks every packet rewrites. */
    if (is_mark(k) && (first == 0 || p.agree < r->n)) {
        w->marks = (uint16_t)(w->marks + quotes);
        return PP_NOTHING;
    }
    if (first == 0 && r->n < PP_WHERE_AGREE && !r->ask->stop)
        return PP_GOES_AFTER;
    if (first == 0) {
        p.why = k->in_front ? PP_WHERE_QUOTE_ARTEFACT : PP_WHERE_NOT_REPRODUCED;
    } else if (to == 0) {
        p.why = r->ask->stop ? r->ask->stop : r->n >= r->ask->pairs_max ? PP_WHERE_BUDGET : PP_WHERE_NOT_REPRODUCED;
    } else {
        p.from = pp_where_end(r, from);
        p.to = pp_where_end(r, to);
        p.why = hops == 1 ? PP_WHERE_LAST_HOP_ONLY : PP_WHERE_STANDS;
        add_quotes(r, k, to, &p);
    }
    if (from > 0 && (r->nearest[2] == 0 || from < r->nearest[2]))
        r->nearest[2] = (uint8_t)from;
    pp_where_put(w, r, &p);
    return first != 0 && to == 0 ? PP_GOES_AFTER : PP_FOUND;
}

/* The target found the field changed and no quote shows it: the change is after the last hop that quotes it as sent. */
static enum pp_interest suspected(struct pp_where *w, const struct pp_rounds *r)
{
    struct pp_place p = {.kind = PP_PLACE_REWRITE, .has_from = true};
    struct key k = {.field = r->ask->field, .option = r->ask->option, .end = r->ask->end};
    unsigned from = 0;

    p.change = (struct pp_change){.field = k.field, .option = k.option, .end = k.end};
    count(r, &k);
    for (unsigned ttl = 1; ttl <= PP_WHERE_TTL_MAX; ttl++)
        if (k.old[ttl])
            from = ttl;
    p.from = pp_where_end(r, from);
    if (from == 0)
        p.why = r->ask->stop ? r->ask->stop : PP_WHERE_NO_QUOTES;
    pp_where_put(w, r, &p);
    return PP_FOUND;
}

enum pp_interest pp_where_rewrites(struct pp_where *w, const struct pp_rounds *r)
{
    struct key keys[KEYS_MAX];
    unsigned n = collect(r, keys);
    enum pp_interest on = PP_NOTHING;
    bool told = false;

    for (unsigned i = 0; i < n; i++) {
        enum pp_interest one;

        count(r, &keys[i]);
        one = find(w, r, &keys[i]);
        told |= one != PP_NOTHING && keys[i].field == r->ask->field && keys[i].option == r->ask->option;
        if (one == PP_GOES_AFTER || on == PP_NOTHING)
            on = one;
    }
    if (r->ask->suspected && !told && suspected(w, r) == PP_FOUND && on == PP_NOTHING)
        on = PP_FOUND;
    return on;
}
