/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * confirm.c: decides after each round which arms have ended, and whether and when a further round follows. The method
 * is in pathprobe-measure(1), Verdicts: each target is its own control, and an arm that did not succeed in round 1 is
 * measured again until the evidence or a limit decides.
 */
#include "confirm.h"

#include "order.h"

#define PORT_ROUNDS_MAX 3

static bool is_confirming(const struct pp_plan *plan)
{
    return plan->rounds == 0;
}

/* True if SLOT is judged as an arm. The dummy is one for targets in the --aa share; else it is a control alone. */
static bool is_arm(const struct pp_plan *plan, const struct pp_finding *f, unsigned slot)
{
    return pp_finding_judges(plan, f, slot) || (slot == pp_slot_d(plan) && f->dummy);
}

/* ---- counting ------------------------------------------------------------------------------------------------- */

/* The number of controls (baselines of its group) that SLOT had in the round; *FAILED: how many of these failed. */
static unsigned controls(const struct pp_plan *plan, const struct pp_result *r, unsigned slot, unsigned *failed)
{
    unsigned m = 0;

    *failed = 0;
    for (unsigned i = 0; i < PP_CONTROLS; i++) {
        unsigned c = pp_slot_control(plan, pp_slot_group(plan, slot), i);
        if (c == slot || !r->slot[c].took_part)
            continue;
        m++;
        *failed += !r->slot[c].ok;
    }
    return m;
}

/*
 * True if SLOT depends on an arm before it (such as a cookie), and that arm failed. The round still counts in E, which
 * must not depend on outcomes, but a success of SLOT shows nothing about its treatment.
 */
static bool is_unasked(const struct pp_plan *plan, const struct pp_result *r, unsigned slot)
{
    unsigned after = pp_order_after(plan, slot);

    return after && !r->slot[after].ok;
}

static void count(struct pp_arm_state *arm, const struct pp_plan *plan, const struct pp_result *r, unsigned slot)
{
    unsigned failed, m = controls(plan, r, slot, &failed);

    if (!r->slot[slot].took_part)
        return;
    pp_trials_add(&arm->trials, m, failed, r->slot[slot].ok, plan->alpha);
    arm->trials.unasked += r->slot[slot].ok && is_unasked(plan, r, slot);
}

static void count_single_arm(struct pp_arm_state *arm, const struct pp_outcome *o)
{
    ++*(o->ok ? &arm->trials.sb : &arm->trials.fb);
}

static void note_first(struct pp_finding *f, const struct pp_plan *plan, const struct pp_result *r)
{
    for (unsigned i = 1; i < PP_SLOTS_JUDGED; i++) {
        const struct pp_outcome *o = &r->slot[i], *a = &r->slot[0];
        unsigned group = i < plan->narms ? pp_slot_group(plan, i) : 0;
        const struct pp_outcome *control = &r->slot[pp_slot_control(plan, group, 0)];
        bool asked = (i < plan->narms || i == pp_slot_d(plan)) && o->took_part;
        f->arm[i].first = asked && control->took_part ? pp_verdict_of_round(control->ok, o->ok) : PP_VERDICT_NONE;
        f->arm[i].at_once = asked && o->ok && a->ok && (control->ok || !control->took_part);
    }
    if (plan->alone)
        f->arm[0].first = r->slot[0].ok ? PP_VERDICT_WORKS : PP_VERDICT_OFFLINE;
}

/* ---- ending ------------------------------------------------------------------------------------------------------ */

static enum pp_judgement judge(const struct pp_plan *plan, const struct pp_finding *f, unsigned slot, bool last,
                               enum pp_verdict *word)
{
    const struct pp_arm_state *arm = &f->arm[slot];
    struct pp_case c = {.alpha = plan->alpha,
                        .round = f->round,
                        .ports = arm->trials.reached ? pp_round_log_ports(f->notes, slot) : 0,
                        .at_once = arm->at_once,
                        .forced = f->audited,
                        .last = last};

    return pp_verdict_judge(&arm->trials, &c, word);
}

/* A witness (pp_plan_arm) ends once its flows cannot show damage any more, or have shown it. */
static bool witness_ended(const struct pp_plan *plan, const struct pp_finding *f, unsigned slot)
{
    return pp_round_log_damage(plan, f->notes, slot) != PP_DAMAGE_OPEN;
}

/* The arm that implies success of SLOT: it was measured, works, and has never failed. 0: none. */
static unsigned speaker(const struct pp_plan *plan, const struct pp_finding *f, unsigned slot)
{
    for (unsigned i = 1; i < plan->narms; i++) {
        const struct pp_arm_state *arm = &f->arm[i];
        if (plan->arm[slot].implied_by >> i & 1 && arm->ended && arm->word == PP_VERDICT_WORKS && arm->trials.sb &&
            !arm->trials.fb)
            return i;
    }
    return 0;
}

/*
 * Ends the held arms that other arms imply, as working; the other held arms are measured from the next round on. True:
 * all have ended.
 */
static bool settle_held(const struct pp_plan *plan, struct pp_finding *f)
{
    uint32_t held = f->held;

    for (unsigned i = 1; i < plan->narms; i++) {
        struct pp_arm_state *arm = &f->arm[i];
        if (!(f->held >> i & 1))
            continue;
        arm->implied_by = (uint8_t)speaker(plan, f, i);
        arm->ended = arm->implied_by != 0;
        arm->word = arm->ended ? PP_VERDICT_WORKS : PP_VERDICT_UNSTABLE;
        if (!arm->ended)
            f->held &= ~(UINT32_C(1) << i);
    }
    return f->held == held;
}

/*
 * Judges all arms. Returns true if no arm needs another ordinary round. The dummy arm of --aa is judged, too, but no
 * round is made for it alone. LAST: no further round follows, whatever the arms need.
 */
static bool judge_all(const struct pp_plan *plan, struct pp_finding *f, bool last)
{
    bool ended = true;

    for (unsigned i = 1; i < PP_SLOTS_JUDGED; i++) {
        struct pp_arm_state *arm = &f->arm[i];
        bool witness = i < plan->narms && plan->arm[i].witness && !(f->absent >> i & 1);
        enum pp_verdict word = PP_VERDICT_UNSTABLE;
        if (arm->ended || arm->lacks_ports || f->held >> i & 1)
            continue;
        if (!is_arm(plan, f, i) && i != pp_slot_d(plan) && !witness)
            continue;
        enum pp_judgement is = witness ? witness_ended(plan, f, i) ? PP_HAS_ENDED : PP_GOES_ON
                                       : judge(plan, f, i, last, &word);
        arm->ended = is == PP_HAS_ENDED;
        arm->lacks_ports = is == PP_LACKS_PORTS;
        arm->word = (uint8_t)word;
        ended &= is != PP_GOES_ON || !(witness || is_arm(plan, f, i));
    }
    return settle_held(plan, f) && ended;
}

/* Measures a share of the targets that work again, to learn how often a single success hides failures. */
static bool audit(const struct pp_plan *plan, struct pp_finding *f)
{
    if (!f->to_audit)
        return false;
    for (unsigned i = 1; i < PP_SLOTS_JUDGED; i++) {
        if (is_arm(plan, f, i) && f->arm[i].word != PP_VERDICT_WORKS)
            return false;
    }
    for (unsigned i = 1; i < PP_SLOTS_JUDGED; i++)
        f->arm[i].ended = false;
    f->audited = true;
    return true;
}

/* True if a statement of round 1 needs a second round: arms that would have ended as working are measured once more. */
static bool ask_again(const struct pp_plan *plan, struct pp_finding *f)
{
    if (!pp_statements_in_doubt(f))
        return false;
    for (unsigned i = 1; i < PP_SLOTS_JUDGED; i++)
        if (is_arm(plan, f, i) && f->arm[i].word == PP_VERDICT_WORKS && !f->arm[i].implied_by)
            f->arm[i].ended = false;
    return true;
}

/*
 * Ends all arms; those without a word get one. With --rounds N and N > 1 all arms take part in all rounds and are
 * judged here.
 */
static void end_all(const struct pp_plan *plan, struct pp_finding *f)
{
    for (unsigned i = 1; i < PP_SLOTS_JUDGED; i++) {
        struct pp_arm_state *arm = &f->arm[i];
        if (plan->rounds == 1)
            arm->word = arm->first < PP_VERDICTS ? arm->first : PP_VERDICT_UNSTABLE;
        else if (!f->ever_ok && f->round >= 2)
            arm->word = PP_VERDICT_OFFLINE;
        else if (!arm->ended)
            arm->word = arm->trials.fb == 0 && (!is_confirming(plan) || i == pp_slot_d(plan)) ? PP_VERDICT_WORKS
                                                                                              : PP_VERDICT_UNSTABLE;
        arm->limited = !arm->ended;
        arm->ended = true;
    }
    if (plan->alone)
        f->arm[0].word = f->ever_ok ? PP_VERDICT_WORKS : PP_VERDICT_OFFLINE;
}

static unsigned flows_of(uint32_t slots)
{
    return (unsigned)__builtin_popcount(slots);
}

/* True if no further ordinary round follows, whatever the arms need. */
static bool limits_reached(const struct pp_plan *plan, const struct pp_finding *f)
{
    if (!is_confirming(plan))
        return f->round >= plan->rounds;
    if (plan->alone) /* online after one success; offline after two rounds, whatever the other limits */
        return (f->ever_ok && !pp_statements_in_doubt(f)) || f->round >= 2;
    if (!f->ever_ok && f->round >= 2) /* no success in two rounds, a spacing apart: offline */
        return true;
    return f->no_memory || f->round >= plan->max_rounds ||
           (plan->max_flows && f->flows + flows_of(pp_confirm_slots(plan, f)) > plan->max_flows);
}

/* ---- ports ------------------------------------------------------------------------------------------------------- */

/* The number of further ports on which the arm of ports_for has to fail. */
static unsigned lacking(const struct pp_finding *f)
{
    unsigned have = pp_round_log_ports(f->notes, f->ports_for);

    return have < PP_PORTS_MIN ? PP_PORTS_MIN - have : 0;
}

static uint32_t port_slots(const struct pp_plan *plan, const struct pp_finding *f)
{
    unsigned n = lacking(f), after = pp_order_after(plan, f->ports_for);

    return ((UINT32_C(1) << n) - 1) << PP_SLOT_PORTS | (after ? UINT32_C(1) << after : 0);
}

/* True if the next round is for one arm alone, on further ports (ports_for), within the limit of flows. */
static bool next_for_ports(const struct pp_plan *plan, struct pp_finding *f)
{
    for (unsigned i = 1; i < PP_SLOTS_JUDGED; i++) {
        struct pp_arm_state *arm = &f->arm[i];
        if (!arm->lacks_ports || arm->ended)
            continue;
        f->ports_for = (uint8_t)i;
        if (!lacking(f)) { /* it got these ports in rounds of an arm that depends on it */
            arm->ended = true;
            arm->word = pp_round_log_successes(f->notes, i) > arm->trials.sb ? PP_VERDICT_UNSTABLE : PP_VERDICT_BROKEN;
            continue;
        }
        if (is_confirming(plan) && !f->no_memory && arm->port_rounds < PORT_ROUNDS_MAX &&
            (!plan->max_flows || f->flows + flows_of(port_slots(plan, f)) <= plan->max_flows)) {
            arm->port_rounds++;
            return true;
        }
    }
    f->ports_for = 0;
    return false;
}

/* Counts a round of one arm on fresh ports. It does not change the evidence; a success withdraws the word `broken`. */
static void count_ports(const struct pp_plan *plan, struct pp_finding *f, const struct pp_result *r)
{
    struct pp_arm_state *arm = &f->arm[f->ports_for];
    bool through;

    for (unsigned i = PP_SLOT_PORTS; i < PP_SLOTS; i++)
        if (r->slot[i].took_part) {
            ++*(r->slot[i].ok ? &arm->trials.sb : &arm->trials.fb);
            arm->trials.unasked += r->slot[i].ok && is_unasked(plan, r, f->ports_for);
        }
    through = arm->trials.sb > arm->trials.unasked;
    arm->ended = through || !lacking(f);
    arm->word = through ? PP_VERDICT_UNSTABLE : PP_VERDICT_BROKEN;
}

/* ---- the next round ---------------------------------------------------------------------------------------------- */

/* The control slots of GROUP in round 1 or, LATER, in a further round. */
static uint32_t control_slots(const struct pp_plan *plan, unsigned group, bool later)
{
    uint32_t slots = 0;

    for (unsigned i = 0; i < (later && is_confirming(plan) ? PP_CONTROLS : 1); i++)
        slots |= UINT32_C(1) << pp_slot_control(plan, group, i);
    return slots;
}

uint32_t pp_confirm_slots(const struct pp_plan *plan, const struct pp_finding *f)
{
    uint32_t slots = 1, dummy = UINT32_C(1) << pp_slot_d(plan);

    if (f->bisection.size)
        return pp_bisect_slots();
    if (f->ports_for)
        return port_slots(plan, f);
    for (unsigned i = 1; i < plan->narms; i++) {
        if ((f->absent | f->held) >> i & 1 || (f->round && (f->arm[i].ended || f->arm[i].lacks_ports)))
            continue;
        unsigned compared = plan->arm[i].witness ? plan->arm[i].after : i;
        slots |= UINT32_C(1) << i;
        if (f->round || f->whole)
            slots |= control_slots(plan, plan->arm[compared].group, f->round);
    }
    /* an arm that depends on another one needs its flow, even if that one has ended */
    for (unsigned i = 1; i < plan->narms; i++)
        if (slots >> i & 1 && plan->arm[i].after)
            slots |= UINT32_C(1) << plan->arm[i].after;
    if (f->dummy && !f->arm[pp_slot_d(plan)].ended)
        slots |= dummy | control_slots(plan, 0, f->round);
    return slots;
}

static int64_t jitter(struct pp_rng *rng, int64_t span)
{
    return span + (int64_t)(pp_rng_unit(rng) * 0.1 * (double)span);
}

static int64_t next_time(const struct pp_plan *plan, const struct pp_finding *f, const struct pp_result *r,
                         struct pp_rng *rng, bool all_failed)
{
    if (f->round == 1 && !all_failed)
        return r->ended + jitter(rng, plan->cooldown);
    return r->began + jitter(rng, plan->spacing);
}

/* Counts the round's outcomes. True: all its flows failed. */
static bool count_all(const struct pp_plan *plan, struct pp_finding *f, const struct pp_result *r)
{
    bool all_failed = true;

    for (unsigned i = 0; i < PP_SLOTS; i++)
        all_failed &= !r->slot[i].ok;
    f->ever_ok |= !all_failed;
    if (f->bisection.size) {
        pp_bisect_count(f, r);
        return all_failed;
    }
    if (f->ports_for) {
        count_ports(plan, f, r);
        return all_failed;
    }
    for (unsigned i = 1; i < PP_SLOTS_JUDGED; i++)
        if (pp_finding_counts(f, i) && (is_arm(plan, f, i) || i == pp_slot_d(plan)))
            count(&f->arm[i], plan, r, i);
    if (f->round == 1)
        note_first(f, plan, r);
    if (pp_statements_keep(f, plan, r) < 0)
        f->no_memory = true;
    if (plan->alone)
        count_single_arm(&f->arm[0], &r->slot[0]);
    return all_failed;
}

bool pp_confirm(struct pp_finding *f, const struct pp_plan *plan, const struct pp_result *r, struct pp_rng *rng,
                int64_t *at)
{
    bool all_failed = count_all(plan, f, r), ended = f->ports_for, last;

    if (!ended) {
        /* ends arms that have their word, so that further rounds need no flows for them */
        ended = !plan->alone && is_confirming(plan) && judge_all(plan, f, false);
        if (ended && f->round == 1 && audit(plan, f))
            ended = false;
        if (is_confirming(plan) && f->round == 1 && ask_again(plan, f))
            ended = false;
        last = !ended && limits_reached(plan, f);
        if (last && !plan->alone)
            judge_all(plan, f, true);
        ended |= last;
    }
    if (ended && !f->bisection.arm) {
        ended = !next_for_ports(plan, f);
        if (ended) {
            end_all(plan, f);
            pp_statements_settle(f, plan);
        }
    }
    if (ended && !pp_bisect_next(plan, f))
        return false;
    *at = next_time(plan, f, r, rng, all_failed);
    return true;
}
