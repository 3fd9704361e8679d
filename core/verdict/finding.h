/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * finding.h: what is known of one target, from its first round to its last: where its arms stand, what its rounds were,
 * what was stated. The worker fills it, the method (confirm.h) reads and writes it, results/ makes a line of it or
 * reads one back. One thread at a time.
 */
#ifndef PP_FINDING_H
#define PP_FINDING_H

#include "../base/random.h"
#include "../targets/target.h"
#include "plan.h"
#include "round_log.h"
#include "verdict.h"

/*
 * What the capture and the receive path lost, so far or during a round; and how often there was a gap: this thread was
 * not let run while packets of ours were due, or the host had lost its address.
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

/* Where an arm (or the dummy) of a target stands. */
struct pp_arm_state {
    struct pp_trials trials;
    uint8_t word, first; /* enum pp_verdict; first: what round 1 alone says, PP_VERDICT_NONE: it does not */
    uint8_t implied_by;  /* the arm that has spoken for this one; 0: none, or it was asked itself */
    bool at_once;        /* round 1 is enough: it got through, as the baseline did */
    uint8_t how;         /* enum pp_how, once it has its word: see pp_round_log_how */
    bool ended;
    bool limited;        /* by the number of rounds, flows or memory */
    bool lacks_ports;    /* is asked alone once all others have ended */
    uint8_t port_rounds; /* so far */
};

/* A condition that a plugin stated, by index in plugin->conditions. */
struct pp_statement {
    int64_t value;
    uint16_t index;
    uint8_t said; /* by so many rounds, since one said otherwise */
    bool doubt;   /* by each of them in doubt: one is not enough */
};

struct pp_statements {
    uint8_t n;
    struct pp_statement v[];
};

struct pp_place; /* where.h */

struct pp_finding {
    const struct pp_target *target; /* borrowed */
    int64_t from_epoch, to_epoch; /* ns: when the first round began (0: none did), and when the last one ended */
    struct pp_losses dropped; /* during the rounds that count */
    uint32_t absent;          /* of arms that have no part in any round, for the target's address family */
    uint32_t held;            /* of arms that are not asked, for as long as others speak for them */
    uint32_t late;            /* packets that came after their arm was decided as silent */
    uint16_t flows;           /* so far, all rounds */
    uint16_t send_errors;     /* flows */
    uint8_t round;            /* the one under way, or the last, from 1; 0: none yet */
    uint8_t ports_for;        /* the round asks this slot's arm alone, on fresh ports; 0: it is an ordinary one */
    bool whole;               /* round 1 asks for all arms, beside controls of each place */
    bool dummy, to_audit, to_sample; /* the choices of pp_finding_draw */
    bool audited, outage, ever_ok, no_memory;
    bool under_way;           /* a further round follows: arms that have not ended have no word yet */
    struct pp_arm_state arm[PP_SLOTS_JUDGED]; /* by slot */
    struct pp_round_note *notes, **notes_end;
    struct pp_statements *stated_first, *stated; /* by round 1; by the last valid round that stated each */
    uint64_t mixed;           /* groups of conditions (plan->group) in which rounds disagree */
    bool located;             /* its hops were asked, or should have been; `place` says what came of it */
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

/* Nothing is known of T yet. */
void pp_finding_init(struct pp_finding *f, const struct pp_plan *plan, const struct pp_target *t);
void pp_finding_release(struct pp_finding *f);

/* Chooses for a target that is asked from now on: does it have a dummy, is it audited, what is left out of round 1? */
void pp_finding_draw(struct pp_finding *f, const struct pp_plan *plan, struct pp_rng *rng);
/* Round 1 leaves out nothing. */
void pp_finding_ask_all(struct pp_finding *f);

/* What flow SLOT of a round is: in a round for ports, of the arm that they are for. */
static inline unsigned pp_finding_slot(const struct pp_finding *f, unsigned slot)
{
    return slot >= PP_SLOT_PORTS && f->ports_for ? f->ports_for : slot;
}

/* What SLOT does in an ordinary round is evidence of it: it is undecided. */
static inline bool pp_finding_counts(const struct pp_finding *f, unsigned slot)
{
    return slot >= PP_SLOTS_JUDGED || (!f->arm[slot].ended && !f->arm[slot].lacks_ports);
}

/* The arms that have no part in any round of target A. */
static inline uint32_t pp_finding_absent(const struct pp_plan *plan, const struct pp_addr *a)
{
    uint32_t absent = 0;

    for (unsigned i = 1; i < plan->narms; i++)
        if (!pp_plan_takes(plan, i, pp_addr_family(a)))
            absent |= UINT32_C(1) << i;
    return absent;
}

/* Whether SLOT is an arm that gets a verdict. */
static inline bool pp_finding_judges(const struct pp_plan *plan, const struct pp_finding *f, unsigned slot)
{
    return pp_plan_is_judged(plan, slot) && !(f->absent >> slot & 1);
}

#endif
