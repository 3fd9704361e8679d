/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * outcome.c: the result of a round: outcomes of the arms, their words, the plugin's conditions, and whether the capture
 * saw all packets.
 */
#include "outcome.h"

#define LOOK_AGE INT64_C(20000000)

static int64_t fact(const struct pp_probe *p, struct pp_field_ref ref)
{
    return pp_field_get(p->record, ref);
}

static bool is_silence(uint8_t how)
{
    return how == PP_HOW_SILENT || how == PP_HOW_STALLED;
}

/*
 * True if the outcome of P is valid: no other program sends from its port, and the capture saw its SYN leave. An
 * outcome that rests on silence also needs that no packet was dropped meanwhile, and that no send failed.
 */
static bool was_seen(const struct pp_prober *pr, const struct pp_probe *p, bool drops)
{
    int64_t syns = fact(p, pr->plan->facts.syns);

    if (syns == PP_NULL || syns == 0)
        return false;
    if (p->talk.failed || !pp_prober_has_port(pr, p->link.key.lport))
        return false;
    /* All packets were seen leaving, but not as they were built: a firewall on this host has altered them. */
    if (p->sent == p->seen && p->sent_print != p->seen_print)
        return false;
    return p->talk.ok || !is_silence(p->talk.how) || (!drops && !p->send_failed);
}

static void outcome_of(const struct pp_prober *pr, const struct pp_probe *p, struct pp_outcome *o, int64_t *value,
                       bool drops)
{
    for (unsigned i = 0; i < pr->plan->nwant; i++)
        value[i] = fact(p, pr->plan->want[i]);
    *o = (struct pp_outcome){
        .took_part = 1,
        .observed = was_seen(pr, p, drops),
        .ok = p->talk.ok,
        .how = p->talk.how,
        .http = p->talk.http_version,
        .status = (uint16_t)(p->talk.http_status > 0 ? p->talk.http_status : 0),
        .value = value,
    };
}

static void put(struct pp_result *r, unsigned condition, int64_t value, bool doubt)
{
    uint16_t index = (uint16_t)(condition < UINT16_MAX ? condition : UINT16_MAX);

    if (r->nstated < PP_MAX_CONDITIONS)
        r->stated[r->nstated++] = (struct pp_statement){.index = index, .value = value, .said = 1, .doubt = doubt};
}

static void state(struct pp_sink *sink, unsigned condition, int64_t value)
{
    put(sink->priv, condition, value, false);
}

static void doubt(struct pp_sink *sink, unsigned condition, int64_t value)
{
    put(sink->priv, condition, value, true);
}

/*
 * True if packets were dropped on this host during the round. Reads the drop counters anew: old ones may miss a drop.
 */
static bool dropped(const struct pp_prober *pr, const struct pp_job *job, struct pp_loss_watch *losses,
                    struct pp_result *r)
{
    pp_losses_look(losses, pr->now);
    r->drops = pp_losses_between(&losses->now, &job->losses0);
    return pp_losses_any(&r->drops);
}

/* The plugin finds its arms by their index in its own table; arms that take no part in this round are zero. */
static void conclude(const struct pp_prober *pr, const struct pp_job *job, struct pp_loss_watch *losses,
                     struct pp_result *r)
{
    const struct pp_plan *plan = pr->plan;
    struct pp_outcome arm[PP_MAX_ARMS] = {0};
    struct pp_round_view view = {.mode = plan->mode->bit, .narms = plan->plugin->narms, .arm = arm,
                                 .plugin = plan->plugin};
    struct pp_sink sink = {.priv = r, .state = state, .doubt = doubt};
    uint8_t kept = 0;

    for (unsigned i = 0; i < plan->narms; i++)
        arm[plan->arm[i].index] = r->slot[i];
    if (plan->plugin->conclude && !job->finding.ports_for)
        plan->plugin->conclude(&view, &sink);
    for (unsigned i = 0; i < r->nstated; i++) {
        if (r->stated[i].index >= plan->plugin->nconditions)
            continue; /* a plugin's mistake: `make check` of the plugin finds it */
        const struct pp_condition *c = &plan->plugin->conditions[r->stated[i].index];
        if (c->modes && !(c->modes & plan->mode->bit))
            continue;
        if (c->absence && dropped(pr, job, losses, r))
            r->valid = false;
        r->stated[kept] = r->stated[i];
        r->stated[kept++].doubt |= c->absence == PP_ABSENCE_TWICE;
    }
    r->nstated = kept;
}

void pp_result_of(const struct pp_prober *pr, const struct pp_job *job, struct pp_loss_watch *losses,
                  struct pp_result *r)
{
    bool silence = false, drops;

    memset(r->slot, 0, sizeof r->slot);
    r->nstated = 0;
    r->valid = true;
    r->began = job->round_start;
    r->ended = pr->now;
    for (unsigned i = 0; i < PP_SLOTS; i++)
        silence |= job->probe[i] && !job->probe[i]->talk.ok;
    /* After seconds of silence, counters read LOOK_AGE ago suffice; where all arms succeeded, no drop can matter. */
    if (silence && pr->now - losses->looked_at >= LOOK_AGE)
        pp_losses_look(losses, pr->now);
    r->drops = pp_losses_between(&losses->now, &job->losses0);
    drops = pp_losses_any(&r->drops);
    for (unsigned i = 0; i < PP_SLOTS; i++) {
        if (!(job->slots >> i & 1))
            continue;
        if (job->probe[i])
            outcome_of(pr, job->probe[i], &r->slot[i], r->value[i], drops);
        else
            r->slot[i] = (struct pp_outcome){.took_part = 1, .value = r->value[i]};
        r->valid &= r->slot[i].observed != 0;
    }
    if (r->valid)
        conclude(pr, job, losses, r);
}

/* ---- notes ------------------------------------------------------------------------------------------------- */

static int16_t small_or_unseen(const struct pp_probe *p, struct pp_field_ref ref)
{
    int64_t v = fact(p, ref);

    return v == PP_NULL ? -1 : (int16_t)v;
}

static void note_of(const struct pp_plan *plan, const struct pp_finding *f, const struct pp_probe *p,
                    const struct pp_outcome *o, unsigned turn, struct pp_note *n)
{
    int64_t syns = fact(p, plan->facts.syns), rtt = fact(p, plan->facts.rtt_us);

    *n = (struct pp_note){
        .slot = p->ask.slot,
        .turn = (uint8_t)turn,
        .counts = f->ports_for ? p->ask.slot == f->ports_for : pp_finding_counts(f, p->ask.slot),
        .ok = o->ok,
        .how = o->how,
        .syns = (uint8_t)(syns == PP_NULL ? 0 : syns > 255 ? 255 : syns),
        .sport = p->link.key.lport,
        .flags = small_or_unseen(p, plan->facts.flags),
        .ttl = small_or_unseen(p, plan->facts.ttl),
        .rst_ttl = small_or_unseen(p, plan->facts.rst_ttl),
        .rtt_us = rtt == PP_NULL || rtt < 0 || rtt > INT32_MAX ? -1 : (int32_t)rtt,
        .options = fact(p, plan->facts.options),
        .icmp_seen = p->icmp_seen,
        .icmp_type = p->icmp_type,
        .icmp_code = p->icmp_code,
        .icmp_from = p->icmp_from,
        .as_built = p->sent != p->seen ? 2 : p->sent_print == p->seen_print,
    };
}

struct pp_round_note *pp_round_note_new(const struct pp_prober *pr, const struct pp_job *job,
                                        const struct pp_result *r)
{
    struct pp_round_note *note = malloc(sizeof *note + job->norder * sizeof note->flow[0]);
    int64_t to = pr->wire->ops->epoch(pr->wire) - job->finding.from_epoch, from = to - (pr->now - job->round_start);
    uint8_t turn[PP_SLOTS] = {0};

    if (!note)
        return NULL;
    note->from_ms = (uint32_t)(from > 0 ? from / 1000000 : 0);
    note->to_ms = (uint32_t)(to > from ? to / 1000000 : note->from_ms);
    note->next = NULL;
    note->number = job->finding.round;
    note->nflows = 0;
    for (unsigned i = 0; i < job->norder; i++)
        turn[job->order[i]] = (uint8_t)i;
    for (unsigned i = 0; i < PP_SLOTS && !job->finding.bisection.size; i++) /* no arm's packets have these sizes */
        if (job->probe[i])
            note_of(pr->plan, &job->finding, job->probe[i], &r->slot[i], turn[i], &note->flow[note->nflows++]);
    return note;
}
