/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verdict_json.c: writes one arm's verdict with the flows of each round, so that a reader can recompute the evidence.
 */
#include "../verdict/where.h"
#include "observation.h"

#include <inttypes.h>

static void small_member(struct pp_json *j, const char *key, int v)
{
    if (v < 0)
        pp_json_null(j, key);
    else
        pp_json_int(j, key, v);
}

static void kinds_array(struct pp_json *j, const char *key, int64_t bits)
{
    uint8_t kinds[PP_TCP_KINDS_MAX];
    unsigned n;

    if (bits == PP_NULL) {
        pp_json_null(j, key);
        return;
    }
    n = pp_tcp_kinds(bits, kinds);
    pp_json_array(j, key);
    for (unsigned i = 0; i < n; i++)
        pp_json_int(j, NULL, kinds[i]);
    pp_json_end(j, ']');
}

static void icmp_member(struct pp_json *j, const struct pp_note *n)
{
    char text[PP_ADDR_STRLEN];

    if (!n->icmp_seen) {
        pp_json_null(j, "icmp");
        return;
    }
    pp_json_array(j, "icmp");
    pp_json_int(j, NULL, n->icmp_type);
    pp_json_int(j, NULL, n->icmp_code);
    pp_json_str(j, NULL, pp_addr_str(&n->icmp_from, text));
    pp_json_end(j, ']');
}

static void flow_object(struct pp_json *j, const struct pp_plan *plan, const struct pp_note *n, bool exact)
{
    pp_json_object(j, NULL);
    pp_json_str(j, "arm", pp_slot_name(plan, n->slot));
    small_member(j, "sport", exact ? n->sport : -1);
    pp_json_bool(j, "ok", n->ok);
    pp_json_str(j, "how", pp_how_name[n->how]);
    pp_json_int(j, "syns", n->syns);
    small_member(j, "rtt_us", exact ? n->rtt_us : -1);
    small_member(j, "ttl", n->ttl);
    small_member(j, "flags", n->flags);
    kinds_array(j, "opts", n->options);
    small_member(j, "rst_ttl", n->rst_ttl);
    icmp_member(j, n);
    pp_json_end(j, '}');
}

/* Writes number, beginning and end of each of COUNT rounds, in milliseconds since the first round began. */
static void at_array(struct pp_json *j, const struct pp_round_note *r, unsigned count)
{
    pp_json_array(j, "at");
    for (; count && r; count--, r = r->next) {
        pp_json_array(j, NULL);
        pp_json_int(j, NULL, r->number);
        pp_json_uint(j, NULL, r->from_ms);
        pp_json_uint(j, NULL, r->to_ms);
        pp_json_end(j, ']');
    }
    pp_json_end(j, ']');
}

/* True if FLOW is SLOT's, or that of a control beside which SLOT is judged, or that of the witness after it. */
static bool belongs(const struct pp_plan *plan, unsigned slot, unsigned flow)
{
    if (flow < plan->narms && plan->arm[flow].witness)
        return plan->arm[flow].after == slot;
    return flow == slot || (pp_slot_arm(plan, flow) == 0 && pp_slot_group(plan, flow) == pp_slot_group(plan, slot));
}

/*
 * Writes the rounds that count for SLOT, with its flows and those of its controls. Consecutive equal rounds are summed
 * up. ALL: also rounds in which SLOT took part for another arm's sake.
 */
static void rounds_array(struct pp_json *j, const struct pp_plan *plan, const struct pp_finding *f, unsigned slot,
                         bool all, enum pp_verdict_rounds how)
{
    bool exact = how == PP_ROUNDS_EXACT;

    pp_json_array(j, "rounds");
    for (const struct pp_round_note *r = how == PP_ROUNDS_LEFT_OUT ? NULL : f->notes, *next; r; r = next) {
        const struct pp_note *own = pp_round_note_of(r, slot);
        unsigned count = 1;
        for (next = r->next; next && pp_round_note_equal(r, next, exact); next = next->next)
            count++;
        if (!own || !(own->counts || all))
            continue;
        pp_json_object(j, NULL);
        pp_json_int(j, "n", r->number);
        pp_json_int(j, "count", count);
        at_array(j, r, count);
        pp_json_array(j, "flows");
        for (unsigned i = 0; i < r->nflows; i++)
            if (belongs(plan, slot, r->flow[i].slot))
                flow_object(j, plan, &r->flow[i], exact);
        pp_json_end(j, ']');
        pp_json_end(j, '}');
    }
    pp_json_end(j, ']');
}

/*
 * True if a limit on rounds or flows ended SLOT's confirmation, and no outcome of its rounds could have brought the
 * evidence to its threshold.
 */
static bool is_budget(const struct pp_plan *plan, const struct pp_finding *f, unsigned slot)
{
    const struct pp_arm_state *arm = &f->arm[slot];

    return arm->limited && (arm->trials.reached ? arm->trials.sb == arm->trials.unasked
                                                : pp_round_log_most(plan, f->notes, slot) * plan->alpha < 1);
}

static const char *why_of(const struct pp_plan *plan, const struct pp_finding *f, unsigned slot)
{
    return pp_why_name[pp_round_log_why(f->notes, slot, is_budget(plan, f, slot), f->arm[slot].trials.reached)];
}

static void successes(struct pp_json *j, const char *key, uint32_t ok, uint32_t failed)
{
    pp_json_array(j, key);
    pp_json_uint(j, NULL, ok);
    pp_json_uint(j, NULL, ok + failed);
    pp_json_end(j, ']');
}

/* The attribution of a `broken` arm's failure by its places: a change of the packets alone does not explain it. */
static const char *attribution(const struct pp_finding *f, unsigned slot)
{
    if (f->arm[slot].word != PP_VERDICT_BROKEN)
        return "unknown";
    for (unsigned i = 0; i < f->nplaces; i++)
        if (f->place[i].arm == slot && f->place[i].kind != PP_PLACE_REWRITE && pp_place_on_path(&f->place[i]))
            return "path";
    return pp_round_log_too_big(f->notes, slot, &f->target->addr) ? "path" : "unknown";
}

void pp_verdict_json(struct pp_json *j, const struct pp_plan *plan, const struct pp_finding *f, unsigned slot,
                     enum pp_verdict_rounds rounds, bool valid)
{
    const struct pp_arm_state *arm = &f->arm[slot];
    const struct pp_trials *t = &arm->trials;
    enum pp_verdict word = arm->word;
    bool open = f->under_way && !arm->ended; /* the arm has no verdict yet */

    pp_json_object(j, NULL);
    pp_json_str(j, "arm", pp_slot_name(plan, slot));
    pp_json_str(j, "condition", slot < plan->narms ? plan->arm[slot].arm->connectivity : NULL);
    pp_json_str(j, "verdict", valid && !open ? pp_plan_word(plan, word) : NULL);
    /* an arm, or a control of its group, or a dummy that joins only in confirmation has no first round */
    pp_json_str(j, "first", valid && arm->first < PP_VERDICTS ? pp_plan_word(plan, arm->first) : NULL);
    pp_json_str(j, "implied_by", valid && arm->implied_by ? pp_slot_name(plan, arm->implied_by) : NULL);
    pp_json_str(j, "why", valid && !open && word == PP_VERDICT_UNSTABLE ? why_of(plan, f, slot) : NULL);
    pp_json_str(j, "how", valid ? pp_how_name[arm->how] : NULL);
    pp_json_str(j, "attribution", valid ? attribution(f, slot) : "unknown");
    if (plan->alone)
        pp_json_null(j, "e");
    else
        pp_json_num(j, "e", word == PP_VERDICT_TRANSIENT ? t->mirrored : t->e, 6);
    if (plan->rounds == 1 || plan->alone)
        pp_json_null(j, "alpha");
    else
        pp_json_num(j, "alpha", plan->alpha, 6);
    successes(j, "a", t->sa, t->fa);
    successes(j, "b", t->sb, t->fb);
    rounds_array(j, plan, f, slot, !valid, rounds);
    pp_json_end(j, '}');
}
