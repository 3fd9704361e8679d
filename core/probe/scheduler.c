/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * scheduler.c: begins and ends targets. A new round waits for the packet rate, its prefix's rate, memory, the writer
 * and the capture: the answers of all rounds begun within the last second must fit into the capture's ring at once, at
 * any packet rate.
 */
#include "scheduler.h"

#include "locating.h"
#include "round.h"

#define ADMIT_BATCH 64
#define HOLD INT64_C(20000000)
#define MEET_LOOK INT64_C(20000000)  /* ns between looks of a job that waits for the other address of its pair */
#define MEET_MAX INT64_C(5000000000) /* ns after which it waits no longer */
#define SLICE INT64_C(100000000)
#define SECOND INT64_C(1000000000)
#define LINE_MAX (60 * SECOND) /* the longest time until a job in line asks again */
/*
 * Frames that one arm can bring at once, sent and received: TCP: handshake, data and close; UDP: the datagram, its
 * answer and a few others.
 */
#define FRAMES_TCP 8
#define FRAMES_UDP 3

int pp_scheduler_init(struct pp_worker *w)
{
    struct pp_scheduler *a = &w->scheduler;
    unsigned flows = pp_plan_packets(w->plan) / w->plan->mode->packets;
    unsigned frames = flows * (w->plan->mode->proto == PP_PROTO_UDP ? FRAMES_UDP : FRAMES_TCP);

    if (pp_flow_table_init(&a->active, 1024) < 0)
        return -1;
    a->young_max = w->c.ring_slots ? w->c.ring_slots / frames + 1 : UINT32_MAX;
    if (pp_prefix_rate_init(&a->prefix_rate, w->c.prefix_rate) < 0)
        return -1;
    return pp_prefix_rate_init(&a->late, w->c.prefix_rate);
}

/* ---- rounds of the last second ------------------------------------------------------------------------- */

static void turn_slices(struct pp_worker *w)
{
    struct pp_scheduler *a = &w->scheduler;

    for (int i = 0; w->prober.now >= a->slice_end && i < PP_YOUNG_SLICES; i++) {
        memmove(a->young + 1, a->young, sizeof a->young - sizeof a->young[0]);
        a->young[0] = 0;
        a->slice++;
        a->slice_end += SLICE;
    }
    if (w->prober.now >= a->slice_end)
        a->slice_end = w->prober.now + SLICE;
}

static uint32_t young(const struct pp_scheduler *a)
{
    uint32_t n = 0;

    for (int i = 0; i < PP_YOUNG_SLICES; i++)
        n += a->young[i];
    return n;
}

static void grown(struct pp_worker *w, const struct pp_job *job)
{
    uint32_t age = w->scheduler.slice - job->slice;

    if (age < PP_YOUNG_SLICES && w->scheduler.young[age] > 0)
        w->scheduler.young[age]--;
}

/* ---- between rounds ------------------------------------------------------------------------------------------ */

/* One round per address at a time. True: another target of JOB's address is in a round, and JOB waits for its end. */
static bool job_waits(struct pp_worker *w, struct pp_job *job)
{
    struct pp_flow_link *active = pp_flow_table_find(&w->scheduler.active, &job->link.key);

    if (active) {
        struct pp_job **end = &((struct pp_job *)active)->waiting;
        while (*end)
            end = &(*end)->next;
        *end = job;
        job->state = PP_JOB_WAITING;
        return true;
    }
    if (pp_flow_table_insert(&w->scheduler.active, &job->link) < 0)
        BUG("no memory for the entry of a target");
    return false;
}

static void job_start(struct pp_worker *w, struct pp_job *job)
{
    job->slice = w->scheduler.slice;
    w->scheduler.young[0]++;
    pp_round_begin(w, job);
}

/* Whether the network or host of JOB, if JOB has not been begun, has asked not to be probed. */
static enum pp_prohibited_by prohibited_by(const struct pp_worker *w, const struct pp_job *job)
{
    bool begun = job->finding.round || job->finding.from_epoch;

    return begun || !job->kind->counted ? PP_NOT_PROHIBITED : pp_admin_prohibited_of(w->prohibited, &job->target->addr);
}

/* True if a round of JOB may begin. Asked for each round, as lists change and routers prohibit during a run. */
static bool may_ask(const struct pp_worker *w, const struct pp_job *job)
{
    return prohibited_by(w, job) == PP_NOT_PROHIBITED &&
           !(w->c.blocklist && pp_blocklist_block_now(w->c.blocklist, &job->target->addr));
}

/* Counts and frees JOB, which is in no list or table and may not be probed. */
static void turn_away(struct pp_worker *w, struct pp_job *job)
{
    enum pp_prohibited_by by = prohibited_by(w, job);

    if (by != PP_NOT_PROHIBITED)
        w->scheduler.prohibited[by == PP_PROHIBITED_BY_HOST]++;
    else
        w->scheduler.barred += job->kind->counted;
    if (job->kind->counted)
        atomic_fetch_add_explicit(&w->c.counters->turned_away, 1, memory_order_relaxed);
    pp_job_retire(w, job);
}

/* Returns to the rate the packets that were reserved for JOB and not sent. */
static void settle(struct pp_worker *w, struct pp_job *job)
{
    pp_token_bucket_settle(w->c.rate, job->reserved, job->packets);
    if (job->slow_reserved)
        pp_token_bucket_settle(&w->c.slow->rounds, job->slow_reserved, job->slow);
    job->reserved = job->packets = job->slow_reserved = job->slow = 0;
}

/*
 * Ends the round of JOB, complete or not: the next job that waits for its address begins its round; if ABANDONED, all
 * jobs that wait for it are given up.
 */
static void leave(struct pp_worker *w, struct pp_job *job, bool abandoned)
{
    struct pp_job *next = job->waiting, *behind;

    job->waiting = NULL;
    pp_wheel_cancel(&w->wheel, &job->tick.timer);
    grown(w, job);
    pp_round_release(job);
    settle(w, job);
    pp_flow_table_remove(&w->scheduler.active, &job->link);
    w->scheduler.in_flight--;
    for (; next && (abandoned || !may_ask(w, next)); next = behind) {
        behind = next->next;
        w->scheduler.in_flight--;
        if (!abandoned) {
            turn_away(w, next);
            continue;
        }
        pp_job_give_up(w, next);
        pp_job_retire(w, next);
    }
    if (!next)
        return;
    next->waiting = next->next;
    next->next = NULL;
    if (pp_flow_table_insert(&w->scheduler.active, &next->link) < 0)
        BUG("a waiting target's address is taken");
    job_start(w, next);
}

/* Ends the round of JOB, which rests until AT. */
static void rest(struct pp_worker *w, struct pp_job *job, int64_t at)
{
    leave(w, job, false);
    job->paced_at = 0;
    pp_resting_add(w, job, at);
    pp_resting_confirming(w, job, at);
    pp_resting_show(w);
}

/* Ends and frees JOB, which was GIVEN_UP or whose finding is complete. */
static void finish(struct pp_worker *w, struct pp_job *job, bool given_up)
{
    if (given_up)
        pp_job_give_up(w, job);
    leave(w, job, given_up);
    pp_job_retire(w, job);
    pp_resting_show(w);
}

void pp_scheduler_abandon(struct pp_worker *w)
{
    struct pp_flow_table *active = &w->scheduler.active;

    for (uint64_t i = 0; i <= active->mask; i++)
        while (active->bucket[i]) {
            struct pp_job *job = (struct pp_job *)active->bucket[i];
            pp_round_abandon(job);
            finish(w, job, true);
        }
}

/* ---- pace ----------------------------------------------------------------------------------------------------- */

/* The time at which the rate of JOB's prefix lets its next round begin. */
static int64_t pace(struct pp_worker *w, struct pp_job *job)
{
    if (!job->paced_at)
        job->paced_at = pp_prefix_rate_take(&w->scheduler.prefix_rate, &job->target->addr, w->prober.now);
    return job->paced_at;
}

/* ---- pairs of addresses ---------------------------------------------------------------------------------------- */

/* 0: JOB's first round may begin now; else when to ask again. */
static int64_t meet(struct pp_worker *w, struct pp_job *job)
{
    int64_t look = w->prober.now + MEET_LOOK, start = pp_address_pairs_start(w->c.pairs, job->target->pair);

    if (start == PP_NEVER && w->prober.now < job->meet_until)
        return job->paced_at > look ? job->paced_at : look;
    if (start != PP_NEVER && start > w->prober.now)
        return start;
    job->meet_until = 0;
    /*
     * JOB missed its place in its prefix's pace. It takes one in a pace for late jobs only: a new place in the common
     * pace is behind all later targets, and the other address is about to begin.
     */
    if (start != PP_NEVER && start > job->paced_at)
        job->paced_at = pp_prefix_rate_take(&w->scheduler.late, &job->target->addr, w->prober.now);
    return 0;
}

/* The time at which JOB, which has just come, begins; not later than now: at once. */
static int64_t first_start(struct pp_worker *w, struct pp_job *job)
{
    int64_t start = pace(w, job);

    if (!job->target->paired)
        return start;
    job->meet_until = start + MEET_MAX;
    pp_address_pairs_arrive(w->c.pairs, job->target->pair, start);
    start = meet(w, job);
    return start ? start : pace(w, job);
}

/* ---- due rounds ----------------------------------------------------------------------------------------------- */

/* Puts JOB, which is in no list, into its next round. The caller has checked rate and ring. */
static void enter(struct pp_worker *w, struct pp_job *job)
{
    w->scheduler.in_flight++;
    pp_job_charge(w, job, pp_job_busy_bytes(w, job));
    if (!job_waits(w, job))
        job_start(w, job);
}

static unsigned packets_of(const struct pp_worker *w, const struct pp_job *job)
{
    return (unsigned)__builtin_popcount(job->slots) * w->plan->mode->packets;
}

/* The most packets with hop-by-hop options that the round of JOB can send. */
static unsigned slow_of(const struct pp_worker *w, const struct pp_job *job)
{
    unsigned n = 0;

    for (unsigned i = 0; i < w->plan->narms; i++)
        if (job->slots >> i & 1)
            n += w->plan->arm[i].slow;
    return n;
}

/* Reserves the packets of JOB's round. 0: reserved, the round may begin; else the time to ask again. */
static int64_t reserve(struct pp_worker *w, struct pp_job *job)
{
    unsigned slow = slow_of(w, job);
    int64_t again = 0;

    if (w->prober.now < w->scheduler.held_until)
        return w->scheduler.held_until;
    if (slow)
        again = pp_token_bucket_take(&w->c.slow->rounds, slow, w->prober.now);
    if (again)
        return again;
    job->slow_reserved = (uint16_t)slow;
    again = pp_token_bucket_take(w->c.rate, packets_of(w, job), w->prober.now);
    if (again)
        settle(w, job);
    else
        job->reserved = (uint16_t)packets_of(w, job);
    return again;
}

/*
 * A random delay (ns) for a job with hop-by-hop options until it asks again. Their rate lets only one of many waiting
 * jobs begin; if all asked at the same time, the worker would do little else.
 */
static int64_t in_line(struct pp_worker *w, const struct pp_job *job)
{
    uint64_t wait = slow_of(w, job) * (uint64_t)(SECOND / PP_SLOW_RATE) * (w->scheduler.idle / 4);

    return wait ? (int64_t)pp_rng_below(&w->rng, wait < LINE_MAX ? wait : LINE_MAX) : 0;
}

/* The rest of JOB is over: begins its round as soon as rate, ring and address allow. */
static void due(struct pp_worker *w, struct pp_job *job)
{
    int64_t again;

    if (!may_ask(w, job)) {
        pp_resting_remove(w, job);
        turn_away(w, job);
        pp_resting_show(w);
        return;
    }
    if (job->meet_until && (again = meet(w, job))) {
        pp_wheel_set(&w->wheel, &job->tick.timer, again);
        return;
    }
    if (pace(w, job) > w->prober.now) {
        pp_wheel_set(&w->wheel, &job->tick.timer, job->paced_at);
        return;
    }
    job->slots = pp_confirm_slots(w->plan, &job->finding);
    again = young(&w->scheduler) < w->scheduler.young_max ? reserve(w, job) : w->prober.now + SLICE / 10;
    if (again) {
        pp_wheel_set(&w->wheel, &job->tick.timer, again + in_line(w, job));
        return;
    }
    pp_resting_remove(w, job);
    enter(w, job);
    pp_resting_show(w);
}

void pp_scheduler_located(struct pp_worker *w, struct pp_job *job)
{
    w->c.owner.done(w->c.owner.arg, &job->finding, true, job->frames);
    pp_job_retire(w, job);
    pp_resting_show(w);
}

void pp_scheduler_timer(struct pp_worker *w, struct pp_job *job)
{
    struct pp_round_end end;

    if (job->state == PP_JOB_RESTING) {
        due(w, job);
        return;
    }
    end = pp_round_timer(w, job);
    switch (end.what) {
    case PP_FOLLOWS_NOTHING:
        break;
    case PP_FOLLOWS_AGAIN:
    case PP_FOLLOWS_NEXT:
        rest(w, job, end.at);
        break;
    case PP_FOLLOWS_DONE:
        if (end.valid && pp_locating_take(w, job)) {
            leave(w, job, false);
            job->state = PP_JOB_SWEPT;
            pp_job_charge(w, job, pp_job_idle_bytes(job));
            break;
        }
        w->c.owner.done(w->c.owner.arg, &job->finding, end.valid, job->frames);
        finish(w, job, false);
        break;
    }
}

/* ---- new rounds --------------------------------------------------------------------------------------------- */

void pp_scheduler_hold(struct pp_worker *w)
{
    w->scheduler.held_until = w->prober.now + HOLD;
}

static bool has_room(const struct pp_worker *w)
{
    /* Memory alone limits the number of resting targets: many may be in confirmation. */
    return w->scheduler.in_flight < w->c.in_flight && w->scheduler.held_bytes < w->c.budget &&
           !(w->c.owner.full && w->c.owner.full(w->c.owner.arg)) && young(&w->scheduler) < w->scheduler.young_max;
}

/* Takes the next target to admit into w->scheduler.next. False: there is none. */
static bool take_next(struct pp_worker *w)
{
    struct pp_target *t;

    if (w->scheduler.next)
        return true;
    t = w->scheduler.ended ? NULL : w->c.source.take(w->c.source.arg, &w->scheduler.ended);
    if (!t)
        return false;
    w->scheduler.next = pp_job_new(w, t, &pp_job_listed);
    if (!w->scheduler.next) {
        free(t);
        w->scheduler.pending++;
    }
    return w->scheduler.next != NULL;
}

/* True if T's round must wait for the answers to the copies that the vantage check has sent towards T. */
static bool check_vantage(struct pp_worker *w, const struct pp_target *t)
{
    _Atomic unsigned *claim = (w->c.claim ? w->c.claim : w->own_claim) + (pp_addr_is4(&t->addr) ? 0 : 1);
    unsigned me = w->c.number + 1, whose = 0, sent;

    if (!atomic_compare_exchange_strong(claim, &whose, me) && (whose & ~PP_VANTAGE_CHECK_CLEAR) != me)
        return !(whose & PP_VANTAGE_CHECK_CLEAR);
    sent = pp_vantage_check_send(&w->vantage_check, w->wire, t, w->prober.now);
    atomic_fetch_add_explicit(&w->c.counters->packets_out, sent, memory_order_relaxed);
    if (sent || (!w->c.allow_impaired && (w->vantage_check.finding.altered || w->vantage_check.finding.dropped)))
        return true;
    atomic_store(claim, me | PP_VANTAGE_CHECK_CLEAR);
    return false;
}

/* Admits one target. True: the caller may try another. */
static bool admit_one(struct pp_worker *w)
{
    struct pp_job *job;
    int64_t start;

    if (!has_room(w) || !take_next(w))
        return false;
    job = w->scheduler.next;
    if (!may_ask(w, job)) {
        w->scheduler.next = NULL;
        atomic_fetch_add_explicit(&w->c.counters->started, 1, memory_order_relaxed); /* counted as admitted, too */
        turn_away(w, job);
        return true;
    }
    if (w->c.vantage_check && check_vantage(w, job->target))
        return false;
    job->slots = pp_confirm_slots(w->plan, &job->finding);
    w->scheduler.at = reserve(w, job);
    if (w->scheduler.at)
        return false;
    w->scheduler.next = NULL;
    atomic_fetch_add_explicit(&w->c.counters->started, 1, memory_order_relaxed);
    start = first_start(w, job);
    if (start > w->prober.now) {
        settle(w, job);
        pp_resting_add(w, job, start);
    } else {
        enter(w, job);
    }
    return true;
}

void pp_scheduler_run(struct pp_worker *w)
{
    turn_slices(w);
    w->scheduler.at = w->scheduler.held_until;
    if (w->prober.now < w->scheduler.held_until)
        return;
    w->scheduler.at = 0;
    if (pp_outage_now(&w->outage, w->prober.now) ||
        (w->c.vantage_check && pp_vantage_check_waits(&w->vantage_check, w->prober.now)))
        return;
    for (int i = 0; i < ADMIT_BATCH; i++)
        if (!admit_one(w))
            break;
    pp_resting_show(w);
}

void pp_scheduler_references(struct pp_worker *w)
{
    for (unsigned i = 0; i < w->c.nreferences; i++) {
        struct pp_job *job = pp_job_new(w, w->c.references[i], &pp_job_reference);
        if (!job) {
            free(w->c.references[i]);
            continue;
        }
        w->scheduler.references++;
        pp_resting_add(w, job, w->prober.now);
    }
    w->c.references = NULL; /* borrowed for this call only */
    w->c.nreferences = 0;
}

void pp_scheduler_release(struct pp_worker *w)
{
    if (w->scheduler.next)
        pp_job_free(w->scheduler.next);
    pp_prefix_rate_release(&w->scheduler.prefix_rate);
    pp_prefix_rate_release(&w->scheduler.late);
    pp_flow_table_release(&w->scheduler.active);
}
