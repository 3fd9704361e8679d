/* SPDX-License-Identifier: BSD-2-Clause */
/* locate.c: makes pair after pair of sweeps for one arm after the other. */
#include "locate.h"

#include "../base/error.h"
#include "../verdict/first.h"

#define PAIRS_OFFLINE 2 /* after so many pairs without an answer of the target to the baseline it counts as offline */

struct asked {
    struct pp_locate_arm what;
    int on; /* enum pp_on; -1: cannot be asked */
    bool fallen_back; /* from data to SYN: the arm's connection was not established */
    struct pp_where where;
    unsigned pairs;
    uint16_t borrowed; /* bit i: a[i] is a sweep that was made for an earlier arm */
    struct pp_sweep *a[PP_WHERE_PAIRS_MAX], *b[PP_WHERE_PAIRS_MAX];
};

struct pp_locate {
    struct pp_locate_config c;
    struct pp_trail *trail;
    uint8_t *bytes[2]; /* of the baseline, of the arm */
    size_t len[2];
    unsigned at;       /* the arm under way */
    uint8_t distance;  /* of the target, from earlier arms; 0: not known */
    bool second, b_first, stopped, no_memory;
    unsigned flows, packets;
    uint16_t port;
    int64_t begun;
    unsigned narms;
    struct asked arm[];
};

static struct asked *current(struct pp_locate *l)
{
    return &l->arm[l->at];
}

static int family_of(const struct pp_locate *l)
{
    return pp_addr_family(&l->c.target->addr);
}

/* ---- bytes ------------------------------------------------------------------------------------------------------ */

static int read_bytes(struct pp_locate *l, unsigned arm, unsigned which)
{
    uint8_t *bytes = l->bytes[which] ? l->bytes[which] : malloc(PP_MESSAGE_MAX);

    l->bytes[which] = bytes;
    if (!bytes)
        return -1;
    l->len[which] = pp_first_bytes(l->c.plan, l->c.target, &l->c.plan->arm[arm], l->c.pool, bytes);
    return 0;
}

/* Builds both arms' data once: a TLS hello would differ each time it is built. */
static int prepare_arm(struct pp_locate *l)
{
    struct asked *x = current(l);
    const struct pp_plan *plan = l->c.plan;
    bool same = plan->arm[x->what.arm].http == plan->arm[0].http;

    if (plan->mode->proto == PP_PROTO_TCP) {
        if ((!l->bytes[0] && read_bytes(l, 0, 0) < 0) || (!same && read_bytes(l, x->what.arm, 1) < 0))
            return -1;
        if (same && l->bytes[1])
            l->len[1] = 0;
    }
    x->on = pp_sweep_class(plan, x->what.arm, family_of(l), l->len[0]);
    if (!same && l->len[0] && plan->mode->proto == PP_PROTO_TCP)
        x->on = PP_ON_DATA;
    return 0;
}

/* ---- sweeps ----------------------------------------------------------------------------------------------------- */

static void begin_sweep(struct pp_locate *l, bool b, int64_t now)
{
    struct asked *x = current(l);
    unsigned which = b && l->bytes[1] && l->len[1] ? 1 : 0;
    struct pp_sweep_ask ask = {
        .arm = b ? x->what.arm : 0,
        .on = (enum pp_on)x->on,
        .from = x->where.from_ttl > l->c.from ? x->where.from_ttl : l->c.from,
        .distance = x->where.distance ? x->where.distance : l->distance,
        .farthest = l->c.farthest,
        .bytes = l->bytes[which],
        .len = l->len[which],
    };
    struct pp_sweep **out = b ? &x->b[x->pairs] : &x->a[x->pairs];

    /* In the first pair the baseline's sweep may have found the distance; another host may answer the arm nearer. */
    if (!ask.distance && l->second && b) {
        const struct pp_sweep *a = x->a[x->pairs];
        for (unsigned i = 0; a && i < a->hops; i++)
            if (a->hop[i].what > PP_SEEN_EXCEEDED)
                ask.distance = (uint8_t)(i + 1);
    }
    l->flows++;
    pp_trail_sweep(l->trail, &ask, *out, now);
}

/*
 * Reuses the baseline's sweep of an earlier arm with the same packets. Only where quotes alone are compared: then
 * nothing depends on the order of the two sweeps of a pair.
 */
static bool borrow(struct pp_locate *l)
{
    struct asked *x = current(l);

    for (unsigned i = 0; i < l->at && x->what.ask.quotes_only && !x->a[x->pairs]; i++)
        if (l->arm[i].on == x->on && l->arm[i].pairs > x->pairs && l->arm[i].a[x->pairs] &&
            !l->arm[i].a[x->pairs]->cut) {
            x->a[x->pairs] = l->arm[i].a[x->pairs];
            x->borrowed |= (uint16_t)(1u << x->pairs);
        }
    return x->borrowed >> x->pairs & 1;
}

/* Allocates memory for the next pair. False: no memory. */
static bool make_room(struct pp_locate *l)
{
    struct asked *x = current(l);

    borrow(l);
    if (!l->c.single && !x->a[x->pairs])
        x->a[x->pairs] = calloc(1, sizeof **x->a);
    if (!x->b[x->pairs])
        x->b[x->pairs] = calloc(1, sizeof **x->b);
    l->no_memory |= (!l->c.single && !x->a[x->pairs]) || !x->b[x->pairs];
    return !l->no_memory;
}

static void end(struct pp_locate *l, int64_t now)
{
    l->port = pp_trail_port(l->trail);
    l->packets = pp_trail_packets(l->trail);
    pp_trail_end(l->trail, now);
    l->trail = NULL;
    l->c.done(l, l->c.arg);
}

static bool out_of_budget(const struct pp_locate *l)
{
    return l->c.max_packets && pp_trail_packets(l->trail) >= l->c.max_packets;
}

static void begin_pair(struct pp_locate *l, int64_t now)
{
    l->second = current(l)->borrowed >> current(l)->pairs & 1;
    l->b_first = l->c.single || l->second || pp_rng_below(l->c.rng, 2);
    begin_sweep(l, l->b_first, now);
}

/*
 * Limits the pairs of this arm to the flows that are left, less one pair for each later arm: where arms send the same
 * SYN, the first one finds the place, and one pair is enough for each other.
 */
static unsigned limit_pairs(struct pp_locate *l)
{
    unsigned needed = l->flows + 2 * (l->narms - l->at - 1), left;
    uint8_t *max = &current(l)->what.ask.pairs_max;

    left = l->c.max_flows > needed ? (l->c.max_flows - needed) / 2 : 0;
    if (l->c.max_flows && left < *max)
        *max = (uint8_t)left;
    return *max;
}

/* Goes on with the next arm that can be swept. False: there is none. */
static bool next_arm(struct pp_locate *l)
{
    for (; l->at < l->narms; l->at++) {
        if (l->stopped || prepare_arm(l) < 0 || current(l)->on < 0 || !limit_pairs(l) || !make_room(l))
            continue;
        current(l)->where = (struct pp_where){.from_ttl = 1};
        return true;
    }
    return false;
}

/* True if an earlier arm was swept with the same SYN. */
static bool syn_is_asked(const struct pp_locate *l, unsigned arm)
{
    const struct pp_plan_arm *a = l->c.plan->arm;
    int family = family_of(l);

    for (unsigned i = 0; i < l->at; i++)
        if (l->arm[i].on == PP_ON_SYN &&
            pp_template_same(pp_plan_template(&a[l->arm[i].what.arm], family, PP_ON_SYN, false, 0),
                             pp_plan_template(&a[arm], family, PP_ON_SYN, false, 0)))
            return true;
    return false;
}

/* Falls back to sweeping the arm's SYN, if the baseline gets a connection and the arm does not. */
static bool fall_back(struct pp_locate *l)
{
    struct asked *x = current(l);

    if (x->on != PP_ON_DATA || x->fallen_back || !x->b[x->pairs]->cut || x->b[x->pairs]->hops ||
        (x->a[x->pairs] && !x->a[x->pairs]->hops))
        return false;
    if (pp_sweep_class(l->c.plan, x->what.arm, family_of(l), 0) != PP_ON_SYN)
        return false;
    x->fallen_back = true;
    for (unsigned i = 0; i <= x->pairs; i++)
        if (x->borrowed >> i & 1)
            x->a[i] = NULL;
    x->borrowed = 0;
    x->on = syn_is_asked(l, x->what.arm) || !limit_pairs(l) ? -1 : PP_ON_SYN;
    x->pairs = 0;
    x->on = x->on >= 0 && make_room(l) ? x->on : -1;
    x->where = (struct pp_where){.from_ttl = 1, .ended = x->on < 0};
    return x->on >= 0;
}

static void judge(struct pp_locate *l)
{
    struct asked *x = current(l);
    struct pp_sweep_pair pair[PP_WHERE_PAIRS_MAX];
    struct pp_where_ask ask = x->what.ask;

    for (unsigned i = 0; i < x->pairs; i++)
        pair[i] = (struct pp_sweep_pair){.a = x->a[i], .b = x->b[i]};
    const struct pp_template *sent = pp_plan_template(&l->c.plan->arm[x->what.arm], family_of(l), (enum pp_on)x->on,
                                                      false, 0);
    ask.fragments = sent->fragments > 1;
    if (l->stopped)
        ask.stop = PP_WHERE_INTERRUPTED;
    else if (x->pairs == PP_WHERE_PAIRS_MAX || x->pairs >= ask.pairs_max || l->c.single || out_of_budget(l))
        ask.stop = PP_WHERE_BUDGET;
    if (x->pairs == 0) /* interrupted before the first pair */
        return;
    pp_where_judge(&x->where, &ask, pair, x->pairs);
    x->where.ended |= ask.stop != 0;
}

/* True if the baseline drew no answer from the target: silence to an arm then shows nothing. */
static bool is_offline(const struct pp_locate *l, const struct asked *x)
{
    for (unsigned i = 0; i < x->pairs; i++)
        if (!x->a[i] || x->a[i]->stale)
            return false;
    return x->pairs >= PAIRS_OFFLINE && x->where.distance == 0 && !l->c.farthest;
}

/* True if the baseline got no connection: further pairs would not either. */
static bool is_unopened(const struct asked *x)
{
    for (unsigned i = 0; i < x->pairs; i++)
        if (!x->a[i] || !x->a[i]->cut || x->a[i]->hops)
            return false;
    return x->pairs >= PAIRS_OFFLINE;
}

static void swept(struct pp_trail *t, void *arg)
{
    struct pp_locate *l = arg;
    struct asked *x = current(l);
    int64_t now = INT64_MIN; /* at once: the trail itself waits for its rest to end */

    (void)t;
    if (l->stopped) {
        judge(l);
        end(l, now);
        return;
    }
    if (!l->second && !l->c.single) {
        l->second = true;
        begin_sweep(l, !l->b_first, now);
        return;
    }
    if (fall_back(l)) {
        begin_pair(l, now);
        return;
    }
    if (x->on >= 0) {
        x->pairs++;
        judge(l);
        x->where.ended |= is_unopened(x);
    }
    if (!x->where.ended && make_room(l)) {
        begin_pair(l, now);
        return;
    }
    l->at = is_offline(l, x) ? l->narms : l->at + 1;
    l->distance = x->where.distance ? x->where.distance : l->distance;
    if (!l->c.single && next_arm(l))
        begin_pair(l, now);
    else
        end(l, now);
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

struct pp_locate *pp_locate_new(const struct pp_locate_config *c, int64_t now)
{
    struct pp_locate *l = calloc(1, sizeof *l + c->narms * sizeof l->arm[0]);

    if (!l)
        return NULL;
    l->c = *c;
    l->narms = c->narms;
    l->begun = pp_sweeper_epoch(c->sweeper);
    l->c.arm = NULL;
    for (unsigned i = 0; i < c->narms; i++)
        l->arm[i] = (struct asked){.what = c->arm[i], .on = -1};
    l->trail = pp_trail_new(c->sweeper, c->target, c->flow, swept, l);
    if (!l->trail) {
        free(l);
        return NULL;
    }
    if (next_arm(l)) {
        begin_pair(l, now);
        return l;
    }
    pp_locate_free(l, now);
    return NULL;
}

void pp_locate_free(struct pp_locate *l, int64_t now)
{
    if (!l)
        return;
    if (l->trail)
        pp_trail_end(l->trail, now);
    for (unsigned i = 0; i < l->narms; i++)
        for (unsigned k = 0; k < PP_WHERE_PAIRS_MAX; k++) {
            if (!(l->arm[i].borrowed >> k & 1))
                free(l->arm[i].a[k]);
            free(l->arm[i].b[k]);
        }
    free(l->bytes[0]);
    free(l->bytes[1]);
    free(l);
}

void pp_locate_stop(struct pp_locate *l)
{
    l->stopped = true;
    pp_trail_cut(l->trail);
}

const struct pp_where *pp_locate_where(const struct pp_locate *l, unsigned k, int *on)
{
    *on = l->arm[k].on;
    return &l->arm[k].where;
}

unsigned pp_locate_sweeps(const struct pp_locate *l, unsigned k, bool baseline,
                          const struct pp_sweep *sweep[PP_WHERE_PAIRS_MAX])
{
    const struct asked *x = &l->arm[k];
    unsigned n = 0;

    for (unsigned i = 0; i < x->pairs; i++)
        if (baseline ? x->a[i] != NULL : x->b[i] != NULL)
            sweep[n++] = baseline ? x->a[i] : x->b[i];
    return n;
}

int64_t pp_locate_begun(const struct pp_locate *l)
{
    return l->begun;
}

void *pp_locate_owner(const struct pp_locate *l)
{
    return l->c.arg;
}

uint16_t pp_locate_port(const struct pp_locate *l)
{
    return l->trail ? pp_trail_port(l->trail) : l->port;
}

unsigned pp_locate_packets(const struct pp_locate *l)
{
    return l->trail ? pp_trail_packets(l->trail) : l->packets;
}

unsigned pp_locate_flows(const struct pp_locate *l)
{
    return l->flows;
}

size_t pp_locate_bytes(const struct pp_locate *l)
{
    size_t bytes = sizeof *l + l->narms * sizeof l->arm[0] + 2 * PP_MESSAGE_MAX;

    for (unsigned i = 0; i < l->narms; i++)
        for (unsigned k = 0; k < PP_WHERE_PAIRS_MAX; k++)
            bytes += (l->arm[i].a[k] ? sizeof **l->arm[i].a : 0) + (l->arm[i].b[k] ? sizeof **l->arm[i].b : 0);
    return bytes;
}
