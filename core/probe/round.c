/* SPDX-License-Identifier: BSD-2-Clause */
/* round.c: conducts one round: starts each slot that takes part once, in random order, close in time. */
#include "round.h"

#include "../verdict/order.h"
#include "outcome.h"

/*
 * The next arm starts when the one before is decided, so that a target mostly sees one connection at a time, or after
 * this time (ns), so that a silent arm does not delay the others longer.
 */
#define ARM_GAP INT64_C(1000000000)

static bool all_started(const struct pp_job *job)
{
    return job->next_arm == job->norder;
}

/* The arm whose ports the baseline of GROUP follows: the first that is undecided. */
static unsigned leading_arm(const struct pp_plan *plan, const struct pp_job *job, unsigned group)
{
    for (unsigned i = 1; i < plan->narms; i++)
        if (job->slots >> i & 1 && plan->arm[i].group == group)
            return i;
    return 1;
}

/*
 * True if an arm depends on one that is not decided yet. All arms of its group wait, so that they stay equal to each
 * other; none waits beyond the round's deadline.
 */
static bool must_wait(const struct pp_worker *w, const struct pp_job *job)
{
    unsigned group = pp_slot_group(w->plan, job->order[job->next_arm]);

    if (w->prober.now >= job->deadline)
        return false;
    for (unsigned i = job->next_arm; i < job->norder; i++) {
        unsigned slot = pp_finding_slot(&job->finding, job->order[i]), after = pp_order_after(w->plan, slot);
        if ((job->finding.ports_for || pp_slot_group(w->plan, slot) == group) && after && job->probe[after] &&
            !job->probe[after]->talk.decided)
            return true;
    }
    return false;
}

static uint16_t port_for(const struct pp_worker *w, const struct pp_job *job, unsigned slot)
{
    unsigned arm = leading_arm(w->plan, job, pp_slot_group(w->plan, slot));

    return job->finding.ports_for ? 0 : pp_round_log_port(w->plan, job->finding.notes, job->finding.round, slot, arm);
}

static const struct pp_probe_owner probe_owner;

/* The flow of SLOT. */
static bool begin(struct pp_worker *w, struct pp_job *job, unsigned slot)
{
    unsigned part = pp_finding_slot(&job->finding, slot);
    const struct pp_plan_arm *arm = &w->plan->arm[pp_slot_arm(w->plan, part)];
    struct pp_probe_ask ask = {
        .arm = arm,
        .target = job->target,
        .after = arm->after ? job->probe[arm->after] : NULL,
        .flow_label = job->flow_label,
        .port = port_for(w, job, slot),
        .slot = (uint8_t)(job->finding.bisection.size ? slot : part),
        .size = slot ? job->finding.bisection.size : 0,
        .last_try = job->tries + 1 >= PP_JOB_TRIES,
    };

    return pp_probe_start(&w->prober, &ask, &probe_owner, job, &job->probe[slot]) != NULL;
}

static void start_next(struct pp_worker *w, struct pp_job *job)
{
    if (must_wait(w, job)) {
        pp_wheel_set(&w->wheel, &job->tick.timer, job->deadline);
        return;
    }
    unsigned slot = job->order[job->next_arm++];

    job->open++;
    job->finding.flows++; /* before: it may be decided at once */
    if (slot == 0) {
        job->a_sent = w->prober.now;
        /* a target that never answered shows nothing of an outage */
        if (job->finding.round == 1 || job->finding.ever_ok)
            pp_outage_sent(&w->outage, w->prober.now);
    }
    if (!begin(w, job, slot)) { /* no memory, no port: the arm counts as not seen */
        job->open--;
        job->finding.flows--;
    }
    pp_wheel_set(&w->wheel, &job->tick.timer, all_started(job) ? job->deadline : w->prober.now + ARM_GAP);
    if (job->open == 0 && all_started(job))
        pp_wheel_set(&w->wheel, &job->tick.timer, w->prober.now);
}

/*
 * The order of a round of one arm on several ports: the arms that it depends on first, the baseline last, which shows
 * that the target still answers.
 */
static unsigned in_turn(uint32_t slots, uint8_t order[PP_SLOTS])
{
    bool baseline = slots & 1;
    unsigned n = 0;

    for (slots &= ~UINT32_C(1); slots; slots &= slots - 1)
        order[n++] = (uint8_t)__builtin_ctz(slots);
    if (baseline)
        order[n++] = 0;
    return n;
}

void pp_round_begin(struct pp_worker *w, struct pp_job *job)
{
    job->norder = (uint8_t)(job->finding.ports_for ? in_turn(job->slots, job->order)
                                           : pp_order_draw(w->plan, job->slots, &w->rng, job->order));
    if (job->finding.ports_for)
        job->a_sent = w->prober.now; /* dates the round for the outage, as its baseline starts last */
    job->state = PP_JOB_IN_ROUND;
    job->answered = false;
    job->finding.round++;
    job->next_arm = job->open = 0;
    job->round_start = w->prober.now;
    job->deadline = w->prober.now + w->plan->target_timeout;
    if (!job->finding.from_epoch)
        job->finding.from_epoch = w->wire->ops->epoch(w->wire);
    job->flow_label = (uint32_t)pp_rng_below(&w->rng, 1 << 20);
    job->losses0 = w->losses.now;
    start_next(w, job);
}

static void on_decided(struct pp_probe *p)
{
    struct pp_job *job = p->arg;
    struct pp_worker *w = job->worker;
    unsigned slot = p->ask.slot;

    /* A refusal is an answer, too: the path to the target works. */
    if (slot == 0 && p->talk.how != PP_HOW_SILENT && !job->answered) {
        job->answered = true;
        pp_outage_answered(&w->outage, job->a_sent);
    }
    if (w->c.vantage_check && p->talk.ok && slot > 0 && slot < w->plan->narms)
        pp_vantage_check_passed(&w->vantage_check, pp_addr_family(&job->target->addr), slot);
    if (!all_started(job))
        start_next(w, job);
}

static void on_over(struct pp_probe *p)
{
    struct pp_job *job = p->arg;
    struct pp_worker *w = job->worker;

    job->open--;
    if (job->open == 0 && all_started(job))
        /* by the timer: the flow must not be freed within its callback */
        pp_wheel_set(&w->wheel, &job->tick.timer, w->prober.now);
}

static void on_flows(struct pp_probe *p, int more)
{
    struct pp_job *job = p->arg;

    job->finding.flows = (uint16_t)(job->finding.flows + more);
}

static void on_icmp(struct pp_probe *p)
{
    struct pp_job *job = p->arg;
    struct pp_worker *w = job->worker;

    if (p->ask.arm == w->plan->arm && job->kind->counted)
        pp_admin_prohibited_icmp(w->prohibited, &job->target->addr, p->icmp_type, p->icmp_code, &p->icmp_from);
}

static const struct pp_probe_owner probe_owner = {
    .decided = on_decided, .over = on_over, .flows = on_flows, .icmp = on_icmp};

void pp_round_release(struct pp_job *job)
{
    for (unsigned i = 0; i < PP_SLOTS; i++) {
        struct pp_probe *p = job->probe[i];
        if (!p)
            continue;
        job->packets += p->packets;
        job->slow += p->slow;
        pp_probe_free(p);
        job->probe[i] = NULL;
    }
}

/* ---- the next round -------------------------------------------------------------------------------------------- */

/* Discards the round, as packets were not seen or it fell into an outage, and repeats it after COOLDOWN. */
static struct pp_round_end again(const struct pp_worker *w, struct pp_job *job)
{
    job->finding.round--;
    return (struct pp_round_end){.what = PP_FOLLOWS_AGAIN, .at = w->prober.now + w->plan->cooldown};
}

/* True if the flows left for this target suffice to repeat the round. */
static bool may_repeat(const struct pp_worker *w, const struct pp_job *job)
{
    return !w->plan->max_flows || job->finding.flows + job->norder <= w->plan->max_flows;
}

static bool any_failed(const struct pp_result *r)
{
    for (unsigned i = 0; i < PP_SLOTS; i++)
        if (r->slot[i].took_part && !r->slot[i].ok)
            return true;
    return false;
}

static void note_quality(struct pp_job *job, const struct pp_result *r)
{
    job->finding.dropped.ring += r->drops.ring;
    job->finding.dropped.interface += r->drops.interface;
    job->finding.dropped.softnet += r->drops.softnet;
    for (unsigned i = 0; i < PP_SLOTS; i++)
        if (job->probe[i]) {
            job->finding.send_errors += job->probe[i]->send_failed;
            job->finding.late += job->probe[i]->late;
        }
}

/* Keeps the note of the round's flows. False: no memory; the round is then invalid. */
static bool remember(struct pp_worker *w, struct pp_job *job, const struct pp_result *r)
{
    struct pp_round_note *note = pp_round_note_new(&w->prober, job, r);

    if (!note)
        return false;
    *job->finding.notes_end = note;
    job->finding.notes_end = &note->next;
    return true;
}

/* Passes the round's flows to the owner. */
static void show_flows(struct pp_worker *w, struct pp_job *job, const struct pp_result *r)
{
    for (unsigned i = 0; i < PP_SLOTS; i++) {
        const struct pp_probe *p = job->probe[i];
        if (p)
            w->c.owner.flow(w->c.owner.arg, &job->finding,
                            &(struct pp_flow_seen){.record = p->record,
                                                   .outcome = &r->slot[i],
                                                   .started_epoch = p->started_epoch,
                                                   .slot = p->ask.slot,
                                                   .arm = p->ask.arm->index,
                                                   .http_status = p->talk.http_status,
                                                   .http_version = p->talk.http_version});
    }
}

static struct pp_round_end done(struct pp_worker *w, struct pp_job *job, bool valid)
{
    struct pp_finding *f = &job->finding;

    f->to_epoch = w->wire->ops->epoch(w->wire);
    for (unsigned i = 0; i < PP_SLOTS_JUDGED; i++)
        f->arm[i].how = pp_round_log_how(w->plan, f->notes, i, f->arm[i].word);
    return (struct pp_round_end){.what = PP_FOLLOWS_DONE, .valid = valid};
}

/* Ends a round of a target from the list. */
static struct pp_round_end listed_ended(struct pp_worker *w, struct pp_job *job, struct pp_result *r)
{
    struct pp_finding *f = &job->finding;
    struct pp_round_end next = {.what = PP_FOLLOWS_NEXT};
    bool more;

    if (any_failed(r) && pp_outage_covers(&w->outage, job->a_sent)) {
        if (job->discards++ < PP_JOB_DISCARDS && may_repeat(w, job))
            return again(w, job);
        f->outage = true;
    }
    if (!r->valid && ++job->tries < PP_JOB_TRIES && may_repeat(w, job))
        return again(w, job);
    note_quality(job, r);
    r->valid &= remember(w, job, r);
    if (w->c.owner.flow && !f->bisection.size)
        show_flows(w, job, r);
    if (!r->valid && !f->bisection.size)
        return done(w, job, false);
    more = pp_confirm(f, w->plan, r, &w->rng, &next.at);
    if (f->round == 1 && w->c.owner.first)
        w->c.owner.first(w->c.owner.arg, f);
    f->under_way = more;
    f->to_epoch = w->wire->ops->epoch(w->wire);
    if (more && w->c.owner.interim)
        w->c.owner.interim(w->c.owner.arg, f);
    return more ? next : done(w, job, true);
}

/* Ends a round of a reference target: adds it to the series; the next round counts as a first round again. */
static struct pp_round_end reference_ended(struct pp_worker *w, struct pp_job *job, struct pp_result *r)
{
    pp_references_add(&w->references, &job->finding, r, w->plan->narms);
    job->finding.round = 0;
    job->finding.flows = 0;
    job->finding.from_epoch = 0;
    return (struct pp_round_end){.what = PP_FOLLOWS_NEXT, .at = job->round_start + w->plan->spacing};
}

const struct pp_job_kind pp_job_listed = {.counted = true, .ended = listed_ended};
const struct pp_job_kind pp_job_reference = {.counted = false, .ended = reference_ended};

/* ---- the end ----------------------------------------------------------------------------------------------------- */

static void abort_open(struct pp_job *job, int64_t now)
{
    for (unsigned i = 0; i < PP_SLOTS; i++) {
        struct pp_probe *p = job->probe[i];
        if (p && p->started && !p->talk.over) {
            pp_talk_abort(&p->talk, pp_talk_is_open(&p->talk) ? PP_HOW_STALLED : PP_HOW_SILENT, now);
            pp_probe_rearm(p);
        }
    }
}

struct pp_round_end pp_round_timer(struct pp_worker *w, struct pp_job *job)
{
    struct pp_result r;

    if (!all_started(job)) {
        start_next(w, job);
        return (struct pp_round_end){.what = PP_FOLLOWS_NOTHING};
    }
    if (job->open > 0)
        abort_open(job, w->prober.now);
    if (job->open > 0)
        BUG("a flow did not end when it was told to");
    pp_result_of(&w->prober, job, &w->losses, &r);
    /* cppcheck-suppress returnDanglingLifetime; what is returned holds no pointer */
    return job->kind->ended(w, job, &r);
}

void pp_round_abandon(struct pp_job *job)
{
    job->next_arm = job->norder;
    abort_open(job, job->worker->prober.now);
}
