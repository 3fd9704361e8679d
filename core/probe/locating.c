/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * locating.c: --locate within a worker. When the rounds of a target are done and have confirmed a loss on the path (a
 * broken arm, or a condition that the experiment declares a loss), the target is swept before the owner gets its
 * finding. A sample of the working targets is swept, too: the share of paths that rewrite a field is known only with
 * both. Sweeps have a port of their own, and share the wire, the rate and the pace of the worker's rounds.
 */
#include "locating.h"

#include "../base/error.h"
#include "../base/list.h"
#include "../trace/locate.h"
#include "round.h"

#include <errno.h>

/* A target that is being swept, or waits to be. */
struct entry {
    struct entry *next;
    struct pp_job *job;
    struct pp_locate *locate;
    int64_t start;
    unsigned narms, max_flows; /* 0: no limit */
    bool done, stopped; /* stopped: ended before all arms were swept */
    struct pp_locate_arm arm[PP_MAX_ARMS];
};

struct pp_locating {
    struct pp_worker *w;
    void (*back)(struct pp_worker *w, struct pp_job *job);
    struct pp_sweeper *sweeper;
    uint16_t port;
    PP_LIST(struct entry) entries; /* all, oldest first */
    unsigned under_way;
    uint64_t count;
};

static void sent(void *arg, bool ok)
{
    struct pp_worker *w = arg;

    atomic_fetch_add_explicit(&w->c.counters->packets_out, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&w->c.counters->locate_packets, 1, memory_order_relaxed);
    if (!ok)
        atomic_fetch_add_explicit(&w->c.counters->send_errors, 1, memory_order_relaxed);
}

struct pp_locating *pp_locating_new(struct pp_worker *w, void (*back)(struct pp_worker *w, struct pp_job *job))
{
    struct pp_locating *l;

    errno = 0;
    if (w->c.nports <= w->plan->narms + 2) /* a round needs these */
        return NULL;
    l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    l->w = w;
    l->back = back;
    PP_LIST_INIT(&l->entries);
    l->port = w->c.ports[--w->c.nports];
    l->sweeper = pp_sweeper_new(&(struct pp_sweeper_config){.plan = w->plan,
                                                            .wire = w->wire,
                                                            .ports = &l->port,
                                                            .nports = 1,
                                                            .rate = w->c.rate,
                                                            .hop_rate = w->c.locate.hop_rate,
                                                            .seed = w->c.seed,
                                                            .arg = w,
                                                            .sent = sent},
                                pp_wire_now(w->wire));
    if (l->sweeper)
        return l;
    free(l);
    return NULL;
}

void pp_locating_free(struct pp_locating *l)
{
    if (!l)
        return;
    while (l->entries.first) {
        struct entry *e = l->entries.first;
        PP_LIST_POP(&l->entries);
        pp_locate_free(e->locate, l->w->prober.now);
        pp_job_free(e->job);
        free(e);
    }
    pp_sweeper_free(l->sweeper);
    free(l);
}

/* ---- the choice of targets -------------------------------------------------------------------------------------- */

static void add(struct entry *e, unsigned arm, bool quotes_only)
{
    for (unsigned i = 0; i < e->narms; i++)
        if (e->arm[i].arm == arm) {
            e->arm[i].ask.quotes_only &= quotes_only;
            return;
        }
    e->arm[e->narms++] = (struct pp_locate_arm){
        .arm = (uint8_t)arm,
        .ask = {.alpha = PP_WHERE_ALPHA, .pairs_max = PP_WHERE_PAIRS_MAX, .quotes_only = quotes_only}};
}

static bool can_be_swept(const struct pp_plan *plan, unsigned arm, int family)
{
    return pp_sweep_class(plan, arm, family, plan->mode->open != NULL) >= 0 ||
           plan->arm[arm].http != plan->arm[0].http;
}

/* The arm to which a stated condition attributes a loss on the path; 0: the condition declares no loss. */
static unsigned lost(const struct pp_plan *plan, const struct pp_finding *f, unsigned stated)
{
    const char *name = plan->plugin->conditions[f->stated->v[stated].index].name;

    for (uint32_t i = 0; i < plan->plugin->nlosses; i++)
        for (unsigned k = 1; strcmp(plan->plugin->losses[i].condition, name) == 0 && k < plan->narms; k++)
            if (strcmp(plan->plugin->losses[i].arm, plan->arm[k].arm->name) == 0)
                return k;
    return 0;
}

/* True if an arm that is swept sends the same SYN as ARM: that SYN is lost, so ARM's data cannot be sent. */
static bool is_behind(const struct pp_plan *plan, const struct entry *e, unsigned arm, int family)
{
    for (unsigned i = 0; i < e->narms; i++)
        if (pp_sweep_class(plan, e->arm[i].arm, family, 1) == PP_ON_SYN &&
            memcmp(pp_plan_template(&plan->arm[e->arm[i].arm], family, PP_ON_SYN, false, 0),
                   pp_plan_template(&plan->arm[arm], family, PP_ON_SYN, false, 0), sizeof(struct pp_template)) == 0)
            return true;
    return false;
}

static bool all_work(const struct pp_plan *plan, const struct pp_finding *f)
{
    for (unsigned i = 1; i < plan->narms; i++)
        if (pp_finding_judges(plan, f, i) && f->arm[i].word != PP_VERDICT_WORKS)
            return false;
    return true;
}

static void choose(struct pp_worker *w, const struct pp_finding *f, struct entry *e)
{
    const struct pp_plan *plan = w->plan;
    int family = pp_addr_family(&f->target->addr);

    for (unsigned i = 1; i < plan->narms; i++)
        if (pp_finding_judges(plan, f, i) && f->arm[i].word == PP_VERDICT_BROKEN && can_be_swept(plan, i, family) &&
            !is_behind(plan, e, i, family))
            add(e, i, false);
    for (unsigned i = 0; f->stated && i < f->stated->n; i++) {
        unsigned arm = lost(plan, f, i);
        if (arm && can_be_swept(plan, arm, family))
            add(e, arm, true);
    }
    if (e->narms || !f->to_sample || !all_work(plan, f))
        return;
    for (unsigned i = 1; i < plan->narms; i++) {
        bool known = !pp_finding_judges(plan, f, i) || !can_be_swept(plan, i, family);
        for (unsigned k = 0; k < e->narms; k++)
            known |= pp_sweep_same(plan, e->arm[k].arm, i, family);
        if (!known)
            add(e, i, true);
    }
}

/* Limits the sweeps to the flows that --max-flows-per-target leaves. False: it leaves less than a pair. */
static bool limit_flows(const struct pp_worker *w, const struct pp_finding *f, struct entry *e)
{
    e->max_flows = w->plan->max_flows > f->flows ? w->plan->max_flows - f->flows : 0;
    return w->plan->max_flows == 0 || e->max_flows >= 2;
}

bool pp_locating_take(struct pp_worker *w, struct pp_job *job)
{
    struct pp_locating *l = w->locating;
    struct entry *e = l && job->kind->counted ? calloc(1, sizeof *e) : NULL;

    if (!e)
        return false;
    choose(w, &job->finding, e);
    if (!e->narms || atomic_load_explicit(w->c.stop, memory_order_relaxed)) {
        free(e);
        return false;
    }
    e->job = job;
    e->start = pp_prefix_rate_take(&w->scheduler.prefix_rate, &job->target->addr, w->prober.now);
    PP_LIST_APPEND(&l->entries, e);
    l->count++;
    atomic_fetch_add_explicit(&w->c.counters->locating, 1, memory_order_relaxed);
    return true;
}

/* ---- results ---------------------------------------------------------------------------------------------------- */

/* Records WHY no sweep was made for arm K. */
static void without(struct pp_finding *f, const struct entry *e, unsigned k, enum pp_where_why why)
{
    f->place[f->nplaces++] = (struct pp_place){.arm = e->arm[k].arm, .kind = PP_PLACE_DROP, .why = (uint8_t)why};
}

static void keep_places(struct pp_locating *l, struct entry *e)
{
    struct pp_live_counters *counters = l->w->c.counters;
    struct pp_finding *f = &e->job->finding;

    f->place = calloc(e->narms * PP_PLACES_MAX, sizeof *f->place);
    for (unsigned k = 0; f->place && k < e->narms; k++) {
        int on = -1;
        const struct pp_where *where = e->locate ? pp_locate_where(e->locate, k, &on) : NULL;
        bool asked = where && where->from_ttl;
        if (!asked && !e->arm[k].ask.quotes_only)
            without(f, e, k, e->stopped ? PP_WHERE_INTERRUPTED : PP_WHERE_BUDGET);
        for (unsigned i = 0; asked && i < where->places; i++) {
            struct pp_place *p = &f->place[f->nplaces++];
            *p = where->place[i];
            p->arm = e->arm[k].arm;
            p->on = on == PP_ON_SYN ? PP_WHERE_SYN : on == PP_ON_DATA ? PP_WHERE_DATA : PP_WHERE_DATAGRAM;
            p->sport = pp_locate_port(e->locate);
        }
    }
    /* an interrupted sweep of a sample target does not show that no hop changes a field */
    f->located = f->nplaces || (e->locate && !e->stopped);
    if (e->locate)
        f->flows = (uint16_t)(f->flows + pp_locate_flows(e->locate));
    atomic_fetch_add_explicit(&counters->sweeps, e->locate ? pp_locate_flows(e->locate) : 0, memory_order_relaxed);
    atomic_fetch_sub_explicit(&counters->locating, 1, memory_order_relaxed);
}

static void give_back(struct pp_locating *l, struct entry *e)
{
    struct pp_job *job = e->job;

    keep_places(l, e);
    pp_locate_free(e->locate, l->w->prober.now);
    free(e);
    l->count--;
    l->back(l->w, job);
}

/* Returns the targets whose sweeps are complete to the scheduler, in the order in which they came. */
static void give_back_done(struct pp_locating *l)
{
    struct entry **at = &l->entries.first;

    while (*at) {
        struct entry *e = *at;
        if (!e->done) {
            at = &e->next;
            continue;
        }
        *at = e->next;
        give_back(l, e);
    }
    l->entries.last = at;
}

static void located(struct pp_locate *locate, void *arg)
{
    struct entry *e = arg;

    (void)locate;
    e->done = true;
    e->job->worker->locating->under_way--;
}

/*
 * The farthest hop on the path to A that quoted the vantage check's last copies of all arms unaltered; 1 if it is not
 * known. Boxes that alter them are behind this hop.
 */
static uint8_t clean_hop(const struct pp_vantage_check *c, const struct pp_addr *a)
{
    unsigned f = pp_addr_is4(a) ? 0 : 1, clean = PP_VANTAGE_CHECK_HOPS;

    if (!c->plan || !c->family[f].judged || c->finding.altered || c->finding.dropped || c->doubt.dropped)
        return 1;
    for (unsigned arm = 0; arm < c->plan->narms && arm < PP_VANTAGE_CHECK_ARMS; arm++)
        for (unsigned class = 0; class < PP_VANTAGE_CHECK_CLASSES && pp_plan_takes(c->plan, arm, f ? 6 : 4); class++) {
            unsigned hop = PP_VANTAGE_CHECK_HOPS;
            if (class && c->plan->mode->proto == PP_PROTO_UDP)
                continue;
            while (hop > 0 && !(c->family[f].quotes[arm][class] >> hop & 1))
                hop--;
            clean = hop < clean ? hop : clean;
        }
    return clean ? (uint8_t)clean : 1;
}

static void begin(struct pp_locating *l, struct entry *e)
{
    struct pp_worker *w = l->w;
    uint8_t from = clean_hop(&w->vantage_check, &e->job->target->addr);

    l->under_way++;
    if (limit_flows(w, &e->job->finding, e))
        e->locate = pp_locate_new(&(struct pp_locate_config){.sweeper = l->sweeper,
                                                             .plan = w->plan,
                                                             .pool = w->prober.pool,
                                                             .target = e->job->target,
                                                             .arm = e->arm,
                                                             .narms = e->narms,
                                                             .from = from,
                                                             .max_flows = e->max_flows,
                                                             .rng = &w->rng,
                                                             .done = located,
                                                             .arg = e},
                                  w->prober.now);
    if (e->locate)
        return;
    l->under_way--;
    e->done = true;
}

void pp_locating_run(struct pp_worker *w)
{
    struct pp_locating *l = w->locating;

    pp_sweeper_run(l->sweeper, w->prober.now);
    for (struct entry *e = l->entries.first; e && l->under_way < PP_LOCATING_MAX; e = e->next)
        if (!e->locate && !e->done && e->start <= w->prober.now)
            begin(l, e);
    give_back_done(l);
}

int64_t pp_locating_next(const struct pp_locating *l)
{
    int64_t next = pp_sweeper_next(l->sweeper);

    for (const struct entry *e = l->entries.first; e && l->under_way < PP_LOCATING_MAX; e = e->next)
        if (!e->locate && e->start < next)
            next = e->start;
    return next;
}

struct pp_hop_rate *pp_locating_hop_rate(const struct pp_locating *l)
{
    return pp_sweeper_hop_rate(l->sweeper);
}

uint64_t pp_locating_count(const struct pp_locating *l)
{
    return l->count;
}

void pp_locating_stop(struct pp_worker *w)
{
    struct pp_locating *l = w->locating;

    for (struct entry *e = l->entries.first; e; e = e->next) {
        e->stopped = !e->done;
        if (e->locate && !e->done)
            pp_locate_stop(e->locate);
        e->done = true;
    }
    give_back_done(l);
}

/* ---- packets ---------------------------------------------------------------------------------------------------- */

bool pp_locating_has_port(const struct pp_locating *l, uint16_t port)
{
    return l->port == port;
}

void pp_locating_packet(struct pp_worker *w, const struct pp_frame *f, const struct pp_packet *pkt,
                        const struct pp_flow_key *key, bool ours)
{
    struct pp_locate *locate = pp_sweeper_owner(w->locating->sweeper, key);
    struct entry *e = locate ? pp_locate_owner(locate) : NULL;

    if (e && w->c.keep_frames)
        pp_frames_add(&e->job->frames, f->stamp, f->ip, f->cap < pkt->ip_len ? f->cap : pkt->ip_len, pkt->ip_len);
    if (!ours)
        pp_sweeper_packet(w->locating->sweeper, pkt, w->prober.now);
}
