/* SPDX-License-Identifier: BSD-2-Clause */
/* round.c: conducts one round: the slots of a target that take part, in random order, close in time, each once. */
#include "../verdict/order.h"
#include "job.h"

/*
 * The next arm starts when the one before is decided, so that a target mostly sees one connection at a time, but a
 * silent arm holds up the others for no longer than this.
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
 * An arm needs something of one that is not decided yet. All of its group wait, so that they stay alike; nobody waits
 * beyond the round's time.
 */
static bool must_wait(const struct pp_worker *w, const struct pp_job *job)
{
    unsigned group = pp_slot_group(w->plan, job->order[job->next_arm]);

    if (w->now >= job->deadline)
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

    return job->finding.ports_for ? 0 : pp_history_port(w->plan, job->finding.notes, job->finding.round, slot, arm);
}

static void start_next(struct pp_worker *w, struct pp_job *job)
{
    if (must_wait(w, job)) {
        pp_wheel_set(&w->wheel, &job->tick.timer, job->deadline);
        return;
    }
    unsigned slot = job->order[job->next_arm++];
    uint16_t port = port_for(w, job, slot);

    job->open++;
    job->finding.flows++; /* before: it may be decided at once */
    if (slot == 0) {
        job->a_sent = w->now;
        if (job->finding.round == 1 || job->finding.ever_ok) /* what was silent before tells nothing of an outage */
            pp_outage_sent(&w->outage, w->now);
    }
    if (pp_probe_start(w, job, slot, port) < 0) { /* no memory, no port: the arm counts as not seen */
        job->open--;
        job->finding.flows--;
    }
    pp_wheel_set(&w->wheel, &job->tick.timer, all_started(job) ? job->deadline : w->now + ARM_GAP);
    if (job->open == 0 && all_started(job))
        pp_wheel_set(&w->wheel, &job->tick.timer, w->now);
}

/* One arm on several ports: what it needs goes first. */
static unsigned in_turn(uint32_t slots, uint8_t order[PP_SLOTS])
{
    unsigned n = 0;

    for (; slots; slots &= slots - 1)
        order[n++] = (uint8_t)__builtin_ctz(slots);
    return n;
}

void pp_round_begin(struct pp_worker *w, struct pp_job *job)
{
    job->norder = (uint8_t)(job->finding.ports_for ? in_turn(job->slots, job->order)
                                           : pp_order_draw(w->plan, job->slots, &w->rng, job->order));
    if (job->finding.ports_for)
        job->a_sent = w->now; /* for the outage, in the baseline's stead */
    job->in_round = true;
    job->answered = false;
    job->finding.round++;
    job->next_arm = job->open = 0;
    job->round_start = w->now;
    job->deadline = w->now + w->plan->target_timeout;
    if (!job->finding.from_epoch)
        job->finding.from_epoch = w->wire->ops->epoch(w->wire);
    job->flow_label = (uint32_t)pp_rng_below(&w->rng, 1 << 20);
    job->drops0 = w->drops;
    start_next(w, job);
}

void pp_round_decided(struct pp_worker *w, struct pp_probe *p)
{
    struct pp_job *job = p->job;

    /* A refusal is an answer, too: the path to there is up. */
    if (p->slot == 0 && p->talk.how != PP_HOW_SILENT && !job->answered) {
        job->answered = true;
        pp_outage_answered(&w->outage, job->a_sent);
    }
    if (w->c.checkup && p->talk.ok && p->slot > 0 && p->slot < w->plan->narms)
        pp_checkup_passed(&w->checkup, pp_addr_family(&job->target->addr), p->slot);
    if (!all_started(job))
        start_next(w, job);
}

void pp_round_over(struct pp_worker *w, struct pp_probe *p)
{
    struct pp_job *job = p->job;

    job->open--;
    if (job->open == 0 && all_started(job))
        pp_wheel_set(&w->wheel, &job->tick.timer, w->now); /* not from within the flow's own call */
}

void pp_round_release(struct pp_worker *w, struct pp_job *job)
{
    for (unsigned i = 0; i < PP_SLOTS; i++) {
        struct pp_probe *p = job->probe[i];
        if (!p)
            continue;
        job->packets += p->packets;
        pp_probe_free(w, p);
        job->probe[i] = NULL;
    }
}

/* ---- what follows ---------------------------------------------------------------------------------------------- */

/*
 * The round rests on something not seen, or fell into an outage: as if it had not been, and once more after COOLDOWN.
 */
static void again(struct pp_worker *w, struct pp_job *job)
{
    job->finding.round--;
    pp_admission_rest(w, job, w->now + w->plan->cooldown);
}

/* Whether the flows of this target suffice for the round once more. */
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

/* False: no memory for the note; the round is then invalid. */
static bool remember(struct pp_worker *w, struct pp_job *job, const struct pp_result *r)
{
    struct pp_round_note *note = pp_round_note_new(w, job, r);

    if (!note)
        return false;
    *job->finding.notes_end = note;
    job->finding.notes_end = &note->next;
    return true;
}

/* Shows the round's flows to the owner. */
static void show_flows(struct pp_worker *w, struct pp_job *job, const struct pp_result *r)
{
    for (unsigned i = 0; i < PP_SLOTS; i++) {
        const struct pp_probe *p = job->probe[i];
        if (p)
            w->c.owner.flow(w->c.owner.arg, &job->finding,
                            &(struct pp_flow_seen){.record = p->record,
                                                   .outcome = &r->slot[i],
                                                   .started_epoch = p->started_epoch,
                                                   .slot = p->slot,
                                                   .arm = p->arm->index,
                                                   .http_status = p->talk.http_status,
                                                   .http_version = p->talk.http_version});
    }
}

/* No more rounds. */
static void complete(struct pp_worker *w, struct pp_job *job, bool valid)
{
    struct pp_finding *f = &job->finding;

    f->to_epoch = w->wire->ops->epoch(w->wire);
    for (unsigned i = 0; i < PP_SLOTS_JUDGED; i++)
        f->arm[i].how = pp_history_how(w->plan, f->notes, i, f->arm[i].word);
    w->c.owner.done(w->c.owner.arg, f, valid, job->frames);
    pp_admission_finish(w, job, true);
}

static void conclude(struct pp_worker *w, struct pp_job *job)
{
    struct pp_finding *f = &job->finding;
    struct pp_result r;
    int64_t at;
    bool more;

    pp_result_of(w, job, &r);
    job->in_round = false;
    if (!job->control && any_failed(&r) && pp_outage_covers(&w->outage, job->a_sent)) {
        if (job->discards++ < PP_JOB_DISCARDS && may_repeat(w, job)) {
            again(w, job);
            return;
        }
        f->outage = true;
    }
    if (!r.valid && !job->control && ++job->tries < PP_JOB_TRIES && may_repeat(w, job)) {
        again(w, job);
        return;
    }
    if (job->control) {
        pp_controls_add(&w->controls, job, &r, w->plan->narms);
        f->round = 0;
        f->flows = 0;
        f->from_epoch = 0;
        pp_admission_rest(w, job, job->round_start + w->plan->spacing);
        return;
    }
    note_quality(job, &r);
    r.valid &= remember(w, job, &r);
    if (w->c.owner.flow)
        show_flows(w, job, &r);
    if (!r.valid) {
        complete(w, job, false);
        return;
    }
    more = pp_confirm(f, w->plan, &r, &w->rng, &at);
    if (f->round == 1 && w->c.owner.first)
        w->c.owner.first(w->c.owner.arg, f);
    if (more)
        pp_admission_rest(w, job, at);
    else
        complete(w, job, true);
}

static void abort_open(struct pp_worker *w, struct pp_job *job)
{
    for (unsigned i = 0; i < PP_SLOTS; i++) {
        struct pp_probe *p = job->probe[i];
        if (p && p->started && !p->talk.over) {
            pp_talk_abort(&p->talk, pp_talk_is_open(&p->talk) ? PP_HOW_STALLED : PP_HOW_SILENT, w->now);
            pp_probe_rearm(w, p);
        }
    }
}

void pp_round_timer(struct pp_worker *w, struct pp_job *job)
{
    if (!job->in_round) {
        pp_admission_due(w, job);
        return;
    }
    if (!all_started(job)) {
        start_next(w, job);
        return;
    }
    if (job->open > 0)
        abort_open(w, job);
    if (job->open > 0)
        BUG("a flow did not end when it was told to");
    conclude(w, job);
}

void pp_round_abandon(struct pp_worker *w, struct pp_job *job)
{
    job->next_arm = job->norder;
    abort_open(w, job);
    pp_admission_finish(w, job, false);
}
