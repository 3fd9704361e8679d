/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * finding.h: the state of one target from its first round to its last: its arms, the notes of its rounds, the
 * conditions that were stated. The worker fills it, the method (confirm.h) reads and writes it, results/ writes its
 * line or reads one back. One thread at a time.
 */
#ifndef PP_FINDING_H
#define PP_FINDING_H

#include "../base/random.h"
#include "../targets/target.h"
#include "plan.h"
#include "round_log.h"
#include "verdict.h"

/*
 * Packets that the capture and the receive path lost, so far or during a round; and the number of gaps: times at which
 * this thread was not scheduled while packets were due, or the host had lost its address.
 */
struct pp_losses {
    uint64_t ring, interface, softnet, gaps;
};

static inline struct pp_losses pp_losses_between(const struct pp_losses *now, const struct pp_losses *then)
{
    return (struct pp_losses){.ring = now->ring - then->ring,
                              .interface = now->interface - then->interface,
                              .softnet = now->softnet - then->softnet,
                              .gaps = now->gaps - then->gaps};
}

static inline bool pp_losses_any(const struct pp_losses *l)
{
    return l->ring || l->interface || l->softnet || l->gaps;
}

/* The state of an arm (or the dummy) of a target. */
struct pp_arm_state {
    struct pp_trials trials;
    uint8_t word, first; /* enum pp_verdict; first: by round 1 alone, PP_VERDICT_NONE: it has none */
    uint8_t implied_by;  /* the arm that implied this one's word; 0: none, it was measured itself */
    bool at_once;        /* arm and baseline succeeded in round 1: no further round is needed */
    uint8_t how;         /* enum pp_how, once it has its word: see pp_round_log_how */
    bool ended;
    bool limited;        /* a limit of rounds, flows or memory ended it */
    bool lacks_ports;    /* it is measured alone, on further ports, after all others have ended */
    uint8_t port_rounds; /* so far */
};

/* A condition that a plugin stated, by index in plugin->conditions. */
struct pp_statement {
    int64_t value;
    uint16_t index;
    uint8_t said; /* rounds that stated it, since one stated otherwise */
    bool doubt;   /* each of them in doubt, so that one round is not enough */
};

struct pp_statements {
    uint8_t n;
    struct pp_statement v[];
};

/* What bisect.c found of sizes, in bytes of IP packets. */
struct pp_bisection {
    uint16_t size;         /* of the round under way; 0: it is none of these */
    uint16_t works, fails; /* the largest that got through, the smallest that did not */
    uint8_t arm;           /* whose size FAILS was at first; 0: nothing was looked for */
    uint8_t vain;          /* rounds that told nothing */
};

struct pp_place; /* where.h */

struct pp_finding {
    const struct pp_target *target; /* borrowed */
    int64_t from_epoch, to_epoch; /* ns: begin of the first round (0: none), end of the last one */
    struct pp_losses dropped; /* during valid rounds */
    uint32_t absent;          /* bits of arms that take no part, given the target's address family */
    uint32_t held;            /* bits of arms that are not measured while other arms imply them */
    uint32_t late;            /* packets that came after their arm had ended as silent */
    uint16_t flows;           /* so far, all rounds */
    uint16_t send_errors;     /* flows */
    uint8_t round;            /* the one under way, or the last, from 1; 0: none yet */
    uint8_t ports_for;        /* the round measures this slot's arm alone, on fresh ports; 0: an ordinary round */
    struct pp_bisection bisection;
    bool whole;               /* round 1 has all arms, with controls of each group */
    bool dummy, to_audit, to_sample; /* the choices of pp_finding_draw */
    bool audited, outage, ever_ok, no_memory;
    bool under_way;           /* a further round follows: arms that have not ended have no word yet */
    struct pp_arm_state arm[PP_SLOTS_JUDGED]; /* by slot */
    struct pp_round_note *notes, **notes_end;
    struct pp_statements *stated_first, *stated; /* by round 1; by the last valid round that stated each */
    uint64_t mixed;           /* groups of conditions (plan->group) in which rounds disagree */
    bool located;             /* it was swept, or should have been; the result is in `place` */
    unsigned nplaces;
    struct pp_place *place;   /* arm: by index in plan->arm */
    struct pp_buf *flow_text; /* for --output-flows; NULL: none yet */
};

/* A flow of a round that has just ended, for --output-flows. Borrowed. */
struct pp_flow_seen {
    const uint64_t *record; /* of plan->chains */
    const struct pp_outcome *outcome;
    int64_t started_epoch;
    unsigned slot, arm;     /* by index in plan->arm; in plugin->arms */
    int http_status, http_version; /* 0: none */
};

/* Begins a finding about T. */
void pp_finding_init(struct pp_finding *f, const struct pp_plan *plan, const struct pp_target *t);
void pp_finding_release(struct pp_finding *f);

/* Draws for a new target whether it has a dummy, is audited, is sampled for sweeps, and what round 1 leaves out. */
void pp_finding_draw(struct pp_finding *f, const struct pp_plan *plan, struct pp_rng *rng);
/* Makes round 1 have all arms and controls. */
void pp_finding_ask_all(struct pp_finding *f);

/* The slot that flow SLOT of a round belongs to: in a round for ports, that of the arm they are for. */
static inline unsigned pp_finding_slot(const struct pp_finding *f, unsigned slot)
{
    return slot >= PP_SLOT_PORTS && f->ports_for ? f->ports_for : slot;
}

/* True if SLOT is undecided, so that its outcome in an ordinary round is evidence. */
static inline bool pp_finding_counts(const struct pp_finding *f, unsigned slot)
{
    return slot >= PP_SLOTS_JUDGED || (!f->arm[slot].ended && !f->arm[slot].lacks_ports);
}

/* Bits of the arms that take no part for targets with an address of A's family. */
static inline uint32_t pp_finding_absent(const struct pp_plan *plan, const struct pp_addr *a)
{
    uint32_t absent = 0;

    for (unsigned i = 1; i < plan->narms; i++)
        if (!pp_plan_takes(plan, i, pp_addr_family(a)))
            absent |= UINT32_C(1) << i;
    return absent;
}

/* True if SLOT is an arm that gets a verdict. */
static inline bool pp_finding_judges(const struct pp_plan *plan, const struct pp_finding *f, unsigned slot)
{
    return pp_plan_is_judged(plan, slot) && !(f->absent >> slot & 1);
}

#endif
