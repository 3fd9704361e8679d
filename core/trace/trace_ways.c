/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trace_ways.c: compares traces to one target from several source ports: where their paths diverge, and on which of
 * them something is located.
 */
#include "trace_parts.h"

#include "../base/prose.h"

void pp_trace_ways_add(struct pp_trace_ways *w, const struct pp_trace *t)
{
    struct pp_trace_way *way = &w->way[w->n];

    if (w->n == PP_TRACE_WAYS || !t->hops)
        return;
    *way = (struct pp_trace_way){.sport = t->sport};
    for (unsigned i = 0; i < t->hops; i++) {
        way->known[i] = t->hop[i].addrs != 0;
        way->addr[i] = t->hop[i].addr[0];
    }
    for (unsigned i = 0; i < t->places; i++)
        way->found |= pp_trace_stands(&t->place[i]);
    way->hops = t->hops;
    w->hops = t->hops > w->hops ? t->hops : w->hops;
    w->n++;
}

/* The number of different routers at hop I (from 0), over the traces that know one. */
static unsigned routers(const struct pp_trace_ways *w, unsigned i)
{
    unsigned n = 0;

    for (unsigned k = 0; k < w->n; k++) {
        bool new = w->way[k].known[i];

        for (unsigned other = 0; new && other < k; other++)
            new = !w->way[other].known[i] || !pp_addr_eq(&w->way[other].addr[i], &w->way[k].addr[i]);
        n += new;
    }
    return n;
}

static const struct pp_addr *any_at(const struct pp_trace_ways *w, unsigned i)
{
    for (unsigned k = 0; k < w->n; k++)
        if (w->way[k].known[i])
            return &w->way[k].addr[i];
    return NULL;
}

static void hop_text(struct pp_buf *s, const struct pp_trace_ways *w, unsigned i)
{
    char addr[PP_ADDR_STRLEN];

    pp_buf_addf(s, "hop %u (%s)", i + 1, pp_addr_str(any_at(w, i), addr));
}

/* Writes the last hop before I at which all traces meet one router. */
static void from_text(struct pp_buf *s, const struct pp_trace_ways *w, unsigned i)
{
    while (i > 0 && routers(w, i - 1) != 1)
        i--;
    if (i == 0)
        pp_buf_adds(s, "this host");
    else
        hop_text(s, w, i - 1);
}

static void part_text(struct pp_buf *s, const struct pp_trace_ways *w)
{
    unsigned parts = 0, again, most = 0;

    while (parts < w->hops && routers(w, parts) <= 1)
        parts++;
    if (parts == w->hops) {
        pp_buf_addf(s, "On these %u source ports the way is one and the same, as far as hops answer.", w->n);
        return;
    }
    for (again = parts; again < w->hops && routers(w, again) != 1; again++)
        most = routers(w, again) > most ? routers(w, again) : most;
    pp_buf_addf(s, "On these %u source ports the ways part behind ", w->n);
    from_text(s, w, parts);
    pp_buf_addf(s, ", over %u routers side by side", most);
    if (again < w->hops) {
        pp_buf_adds(s, ", and meet again at ");
        hop_text(s, w, again);
    }
    pp_buf_addc(s, '.');
}

static void found_text(struct pp_buf *s, const struct pp_trace_ways *w)
{
    unsigned found = 0;

    for (unsigned k = 0; k < w->n; k++)
        found += w->way[k].found;
    if (found == 0 || found == w->n)
        return;
    pp_buf_adds(s, " Something is found on some of them alone:");
    for (unsigned k = 0; k < w->n; k++)
        if (w->way[k].found)
            pp_buf_addf(s, " %u", w->way[k].sport);
    pp_buf_addc(s, '.');
}

void pp_trace_ways_text(struct pp_buf *out, const struct pp_trace_ways *w, unsigned columns)
{
    struct pp_buf s;

    if (w->n < 2)
        return;
    pp_buf_init(&s, 1 << 12);
    part_text(&s, w);
    found_text(&s, w);
    pp_buf_addc(out, '\n');
    pp_prose_in(out, s.data ? s.data : "", s.len, 0, 0, columns);
    out->failed |= s.failed;
    pp_buf_release(&s);
}
