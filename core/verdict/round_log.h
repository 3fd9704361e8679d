/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * round_log.h: notes of a target's rounds, kept during confirmation: a few dozen bytes for each flow, from which the
 * reasons of every verdict are printed and its evidence can be recomputed. Used by one worker's thread.
 */
#ifndef PP_ROUND_LOG_H
#define PP_ROUND_LOG_H

#include "plan.h"
#include "verdict.h"

/*
 * The flows of one round by slot: the plan's arms (slot 0: A, the first control of group 0), then A' and D of group 0
 * (A' is the baseline once more, D the dummy: the baseline, marked as if it were an arm), then A, A' and D of each
 * further group. In a round for ports (confirm.h), slots from PP_SLOT_PORTS on are flows of one arm.
 */
#define PP_SLOTS (PP_MAX_ARMS + 2 + PP_CONTROLS * (PP_GROUPS_MAX - 1))
#define PP_SLOTS_JUDGED (PP_MAX_ARMS + 2)
#define PP_SLOT_PORTS (PP_SLOTS - PP_PORTS_MIN)
_Static_assert(PP_SLOTS <= 32 && PP_SLOT_PORTS >= PP_MAX_ARMS, "slots are bits of a uint32_t");

static inline unsigned pp_slot_a2(const struct pp_plan *p)
{
    return p->narms;
}
static inline unsigned pp_slot_d(const struct pp_plan *p)
{
    return p->narms + 1;
}
/* Control I (0: A, 1: A', 2: D) of GROUP. */
static inline unsigned pp_slot_control(const struct pp_plan *p, unsigned group, unsigned i)
{
    if (group == 0)
        return i == 0 ? 0 : p->narms + i - 1;
    return p->narms + 2 + PP_CONTROLS * (group - 1) + i;
}
static inline unsigned pp_slot_group(const struct pp_plan *p, unsigned slot)
{
    if (slot < p->narms)
        return p->arm[slot].group;
    return slot < p->narms + 2 ? 0 : (slot - p->narms - 2) / PP_CONTROLS + 1;
}
/* The control of group 0 that corresponds to control SLOT of another group; for other slots SLOT itself. */
static inline unsigned pp_slot_part(const struct pp_plan *p, unsigned slot)
{
    return slot < p->narms + 2 ? slot : pp_slot_control(p, 0, (slot - p->narms - 2) % PP_CONTROLS);
}
/* The arm whose packets go out in SLOT. */
static inline unsigned pp_slot_arm(const struct pp_plan *p, unsigned slot)
{
    return slot < p->narms ? slot : 0;
}
/* "A", "B1", ..., "A'", "D". */
const char *pp_slot_name(const struct pp_plan *p, unsigned slot);

struct pp_note {
    uint8_t slot, ok, how, syns;
    uint8_t turn;   /* from 0, in the order in which the round's flows began */
    uint8_t counts; /* 0: its arm had its word already, and took part since another arm depends on it */
    uint16_t sport;
    int16_t flags, ttl, rst_ttl; /* -1: not seen */
    int32_t rtt_us;              /* -1: not seen */
    int64_t options;             /* bits of tcp_opts_rev, or PP_NULL */
    bool icmp_seen;
    uint8_t icmp_type, icmp_code;
    uint8_t as_built; /* 0, 1, 2: not all of it was seen leaving */
    struct pp_addr icmp_from;
};

struct pp_round_note {
    struct pp_round_note *next;
    uint8_t number, nflows;
    uint32_t from_ms, to_ms; /* since the target's first round began */
    struct pp_note flow[];
};

/* The first flow of SLOT in round R, or NULL. */
const struct pp_note *pp_round_note_of(const struct pp_round_note *r, unsigned slot);
void pp_round_log_free(struct pp_round_note *first);
/*
 * True if X and Y are equal in all that was seen; EXACT: in source ports, too. Round-trip times and turns do not count.
 */
bool pp_round_note_equal(const struct pp_round_note *x, const struct pp_round_note *y, bool exact);

enum pp_why {
    PP_WHY_NONE,
    PP_WHY_FLOW_DEPENDENT,
    PP_WHY_CHANGED,
    PP_WHY_BUDGET,
    PP_WHY_PARTIAL,
    PP_WHY_LOSSY,
    PP_WHYS
};
extern const char *const pp_why_name[PP_WHYS];

/*
 * Why an arm remained undecided: the first reason that fits. BUDGET: a limit ended it before the bound could be
 * reached; PARTIAL: the evidence reached the bound, but the arm got through at times.
 */
enum pp_why pp_round_log_why(const struct pp_round_note *first, unsigned slot, bool budget, bool partial);
/* The E that SLOT would have if it alone had failed in each of its rounds: the largest possible. */
double pp_round_log_most(const struct pp_plan *p, const struct pp_round_note *first, unsigned slot);
/* The number of different source ports on which SLOT has failed. */
unsigned pp_round_log_ports(const struct pp_round_note *first, unsigned slot);
/* The number of flows of SLOT that succeeded, whether or not their round counted as evidence. */
unsigned pp_round_log_successes(const struct pp_round_note *first, unsigned slot);
/*
 * True if routers on the path to TARGET said of SLOT's packets that they are too big (RFC 1191, RFC 8201): of more than
 * half of its flows that failed. TARGET's own word is not the path's.
 */
bool pp_round_log_too_big(const struct pp_round_note *first, unsigned slot, const struct pp_addr *target);
/* How the last flow failed that speaks for WORD, enum pp_how: the arm's, or, for `transient`, that of its group's A. */
uint8_t pp_round_log_how(const struct pp_plan *p, const struct pp_round_note *first, unsigned slot,
                         enum pp_verdict word);
/*
 * The source port for SLOT in round NUMBER, 0: a fresh one. Odd rounds from the third on: one that the arm failed on,
 * once it has succeeded on another: that tells a bad flow from a bad treatment. An arm that never succeeded gets fresh
 * ports, each of them a flow more: behind four equal-cost paths of which one drops it, ten failures in a row are then
 * ten draws (1 in 1,048,576). Even rounds from the fourth on: one that it succeeded on, else that of its group's A; A
 * takes the arm's last (ARM: the group's first one undecided).
 */
uint16_t pp_round_log_port(const struct pp_plan *p, const struct pp_round_note *first, unsigned number, unsigned slot,
                         unsigned arm);

/*
 * Damage that treated arms in fixed places leave, as shown by WITNESS, a baseline after them. None, once WITNESS or a
 * control after such an arm has succeeded. Else every round is a sign in which WITNESS failed, a control of the group
 * succeeded before a treated arm, and none succeeded after that arm.
 */
enum pp_damage { PP_DAMAGE_NONE, PP_DAMAGE_OPEN, PP_DAMAGE_SEEN };
#define PP_DAMAGE_SIGNS 3
enum pp_damage pp_round_log_damage(const struct pp_plan *p, const struct pp_round_note *first, unsigned witness);

#endif
