/* SPDX-License-Identifier: BSD-2-Clause */
/* trace_found.c: prints the sweeps and places of one target. */
#include "trace_parts.h"

#include "../base/when.h"

#include <stdlib.h>

#define LINE_MAX_BYTES (1u << 20)

static uint32_t as_of(const struct pp_trace_job *r, const struct pp_addr *a)
{
    return r->asn->look ? r->asn->look(r->asn->arg, a) : 0;
}

static void fill_columns(const struct pp_trace_job *r, const struct pp_locate *l, struct pp_trace *t)
{
    const struct pp_sweep *sweep[PP_WHERE_PAIRS_MAX];
    int on = -1;

    for (unsigned k = 0; k < r->narms; k++) {
        const struct pp_where *w = pp_locate_where(l, k, &on);
        const struct pp_arm *arm = r->plan.arm[r->arm[k].arm].arm;
        unsigned n = pp_locate_sweeps(l, k, false, sweep);

        t->arm[k + 1] = arm->name;
        t->size[k + 1] = r->plan.arm[r->arm[k].arm].size;
        t->treatment[k + 1] = arm->what ? arm->what : arm->title;
        t->arms = (uint8_t)(k + 2);
        pp_trace_add(t, k + 1, sweep, n);
        if (n > t->pairs)
            t->pairs = (uint8_t)n;
        n = pp_locate_sweeps(l, k, true, sweep);
        pp_trace_add(t, 0, sweep, n);
        for (unsigned i = 0; i < w->places && t->places < sizeof t->place / sizeof *t->place; i++) {
            struct pp_place *p = &t->place[t->places++];
            *p = w->place[i];
            p->arm = (uint8_t)(k + 1);
            p->on = on == PP_ON_SYN ? PP_WHERE_SYN : on == PP_ON_DATA ? PP_WHERE_DATA : PP_WHERE_DATAGRAM;
            p->sport = t->sport;
            p->from.asn = p->has_from && p->from.ttl ? as_of(r, &p->from.addr) : 0;
            p->to.asn = p->has_to ? as_of(r, &p->to.addr) : 0;
        }
        if (n && on >= 0)
            t->on = on == PP_ON_SYN ? PP_WHERE_SYN : on == PP_ON_DATA ? PP_WHERE_DATA : PP_WHERE_DATAGRAM;
    }
    if (t->size[1])
        pp_trace_mtus(t);
    for (unsigned i = 0; i < t->hops; i++)
        for (unsigned k = 0; k < t->hop[i].addrs; k++)
            t->hop[i].asn[k] = as_of(r, &t->hop[i].addr[k]);
}

/*
 * True if no packet of the arms differs from the baseline's over the target's family, or if the interface cannot send
 * it.
 */
static bool is_untraceable(const struct pp_trace_job *r, const struct pp_target *t)
{
    int family = pp_addr_family(&t->addr);

    for (unsigned k = 0; k < r->narms; k++)
        if (pp_sweep_class(&r->plan, r->arm[k].arm, family, 1) >= 0 ||
            (pp_plan_takes(&r->plan, r->arm[k].arm, family) && r->plan.arm[r->arm[k].arm].http != r->plan.arm[0].http))
            return false;
    return true;
}

/* Prints the result of one flow of target D. L NULL: no packet for the target can be traced. */
static void print(struct pp_trace_job *r, const struct pp_traced *d, const struct pp_locate *l, struct pp_trace *t,
                  struct pp_buf *out)
{
    const struct pp_source *source = pp_vantage_source(&r->vantage, &d->target->addr);

    *t = (struct pp_trace){
        .experiment = r->plan.plugin->name,
        .mode = r->plan.mode->name,
        .name = d->target->domain,
        .arm = {"A"},
        .size = {r->plan.arm[0].size},
        .arms = 1,
        .src = source->addr,
        .dst = d->target->addr,
        .no_packet = l == NULL,
        .sport = l ? pp_locate_port(l) : 0,
        .dport = d->target->port,
        .src_asn = as_of(r, &source->addr),
        .begin_ns = l ? pp_locate_begun(l) : pp_clock(CLOCK_REALTIME),
        .end_ns = pp_clock(CLOCK_REALTIME),
        .alpha = PP_WHERE_ALPHA,
        .farthest = r->s->max_hops ? (uint8_t)r->s->max_hops : PP_WHERE_TTL_MAX,
    };
    if (l)
        fill_columns(r, l, t);
    if (r->format == PP_TRACE_TEXT)
        pp_trace_text(out, t, &r->look);
    else if (r->format == PP_TRACE_NDJSON)
        pp_trace_ndjson(out, t, d->target->members, d->target->members_len);
    for (unsigned k = 1; r->format == PP_TRACE_PTO3 && k < t->arms; k++)
        pp_trace_pto3(out, t, k);
}

void pp_trace_done(void *arg, const struct pp_traced *d)
{
    struct pp_trace_job *r = arg;
    struct pp_trace *t = malloc(sizeof *t);
    struct pp_trace_ways *ways = calloc(1, sizeof *ways);
    struct pp_buf out;

    bool untraceable = is_untraceable(r, d->target);

    pp_buf_init(&out, LINE_MAX_BYTES);
    for (unsigned i = 0; t && ways && i < d->nflows; i++) {
        if (!d->flow[i] && !(untraceable && i == 0))
            continue;
        if (r->format == PP_TRACE_TEXT && (i || r->traced))
            pp_buf_addc(&out, '\n');
        print(r, d, d->flow[i], t, &out);
        pp_trace_ways_add(ways, t);
    }
    if (ways && r->format == PP_TRACE_TEXT)
        pp_trace_ways_text(&out, ways, r->look.columns);
    if (!t || !ways || out.failed)
        r->no_memory = true;
    else if (out.len)
        (void)pp_writer_line(r->writer, out.data, out.len);
    r->traced++;
    r->untraceable += untraceable;
    pp_buf_release(&out);
    free(ways);
    free(t);
}
