/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * history.h: what is kept of a target's rounds while it is in confirmation: a few dozen bytes a flow, enough to print
 * every verdict's reasons and to recompute its evidence. One worker's.
 */
#ifndef PP_HISTORY_H
#define PP_HISTORY_H

#include "plan.h"
#include "verdict.h"

/*
 * The flows of one round by slot: the plan's arms, then A' (the baseline once more) and D (the dummy: the baseline,
 * marked as if it were an arm).
 */
#define PP_SLOTS (PP_MAX_ARMS + 2)
static inline unsigned pp_slot_a2(const struct pp_plan *p)
{
    return p->narms;
}
static inline unsigned pp_slot_d(const struct pp_plan *p)
{
    return p->narms + 1;
}
/* "A", "B1", ..., "A'", "D". */
const char *pp_slot_name(const struct pp_plan *p, unsigned slot);

struct pp_note {
    uint8_t slot, ok, how, syns;
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

/* Flow of SLOT in round R, or NULL. */
const struct pp_note *pp_round_note_of(const struct pp_round_note *r, unsigned slot);
void pp_history_free(struct pp_round_note *first);
/* Equal in all that was seen; EXACT: source ports, too. Round trip times never count. */
bool pp_round_note_equal(const struct pp_round_note *x, const struct pp_round_note *y, bool exact);

enum pp_why { PP_WHY_NONE, PP_WHY_FLOW_DEPENDENT, PP_WHY_CHANGED, PP_WHY_BUDGET, PP_WHY_LOSSY, PP_WHYS };
extern const char *const pp_why_name[PP_WHYS];

/* Why an arm remained undecided: the first reason that fits. BUDGET: a limit ended it before its last round. */
enum pp_why pp_history_why(const struct pp_round_note *first, unsigned slot, bool budget);
/* How the last flow failed that speaks for WORD, enum pp_how: the arm's, or, for `transient`, the baseline's. */
uint8_t pp_history_how(const struct pp_round_note *first, unsigned slot, enum pp_word word);
/*
 * The source port for SLOT in round NUMBER, 0: a fresh one. Odd rounds from the third on: one that the arm failed on,
 * once it has succeeded on another: that tells a bad flow from a bad treatment. An arm that never succeeded gets fresh
 * ports, each of them a flow more: behind four equal-cost paths of which one drops it, five failures in a row are then
 * five draws (1 in 1,024) and not three (1 in 64). Even rounds from the fourth on: one that it succeeded on, else the
 * baseline's; the baseline takes the arm's last (ARM: the first one undecided).
 */
uint16_t pp_history_port(const struct pp_plan *p, const struct pp_round_note *first, unsigned number, unsigned slot,
                         unsigned arm);

#endif
