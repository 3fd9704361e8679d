/* SPDX-License-Identifier: BSD-2-Clause */
/* history.c: notes of rounds, and what their ports tell. */
#include "history.h"

const char *const pp_why_name[PP_WHYS] = {
    [PP_WHY_FLOW_DEPENDENT] = "flow_dependent",
    [PP_WHY_CHANGED] = "changed",
    [PP_WHY_BUDGET] = "budget",
    [PP_WHY_LOSSY] = "lossy",
};

const char *pp_slot_name(const struct pp_plan *p, unsigned slot)
{
    return slot < p->narms ? p->arm[slot].arm->name : slot == pp_slot_a2(p) ? "A'" : "D";
}

const struct pp_note *pp_round_note_of(const struct pp_round_note *r, unsigned slot)
{
    for (unsigned i = 0; i < r->nflows; i++)
        if (r->flow[i].slot == slot)
            return &r->flow[i];
    return NULL;
}

void pp_history_free(struct pp_round_note *first)
{
    for (struct pp_round_note *next; first; first = next) {
        next = first->next;
        free(first);
    }
}

static bool note_equal(const struct pp_note *x, const struct pp_note *y, bool exact)
{
    return x->slot == y->slot && x->ok == y->ok && x->how == y->how && x->syns == y->syns && x->flags == y->flags &&
           x->ttl == y->ttl && x->rst_ttl == y->rst_ttl && x->options == y->options && x->icmp_seen == y->icmp_seen &&
           x->icmp_type == y->icmp_type && x->icmp_code == y->icmp_code && pp_addr_eq(&x->icmp_from, &y->icmp_from) &&
           (!exact || x->sport == y->sport);
}

bool pp_round_note_equal(const struct pp_round_note *x, const struct pp_round_note *y, bool exact)
{
    if (x->nflows != y->nflows)
        return false;
    for (unsigned i = 0; i < x->nflows; i++)
        if (!note_equal(&x->flow[i], &y->flow[i], exact))
            return false;
    return true;
}

/* ---- why ---------------------------------------------------------------------------------------------------- */

static void count_port(const struct pp_round_note *first, unsigned slot, uint16_t port, unsigned *ok, unsigned *failed)
{
    *ok = *failed = 0;
    for (const struct pp_round_note *r = first; r; r = r->next) {
        const struct pp_note *n = pp_round_note_of(r, slot);
        if (n && n->sport == port)
            ++*(n->ok ? ok : failed);
    }
}

/* Failed twice or more on one port, succeeded twice or more on another, never mixed on one. */
static bool is_flow_dependent(const struct pp_round_note *first, unsigned slot)
{
    bool bad = false, good = false;

    for (const struct pp_round_note *r = first; r; r = r->next) {
        const struct pp_note *n = pp_round_note_of(r, slot);
        unsigned ok, failed;
        if (!n)
            continue;
        count_port(first, slot, n->sport, &ok, &failed);
        if (ok && failed)
            return false;
        bad |= failed >= 2;
        good |= ok >= 2;
    }
    return bad && good;
}

/* All failures before all successes or the reverse, two or more each. */
static bool has_changed(const struct pp_round_note *first, unsigned slot)
{
    unsigned turns = 0, ok = 0, failed = 0;
    int last = -1;

    for (const struct pp_round_note *r = first; r; r = r->next) {
        const struct pp_note *n = pp_round_note_of(r, slot);
        if (!n)
            continue;
        turns += last >= 0 && last != n->ok;
        last = n->ok;
        ++*(n->ok ? &ok : &failed);
    }
    return turns == 1 && ok >= 2 && failed >= 2;
}

uint8_t pp_history_how(const struct pp_round_note *first, unsigned slot, enum pp_word word)
{
    uint8_t how = PP_HOW_NONE;

    for (const struct pp_round_note *r = first; r && word != PP_WORKS; r = r->next) {
        const struct pp_note *n = pp_round_note_of(r, word == PP_TRANSIENT ? 0 : slot);
        if (n && !n->ok)
            how = n->how;
    }
    return how;
}

enum pp_why pp_history_why(const struct pp_round_note *first, unsigned slot, bool budget)
{
    if (is_flow_dependent(first, slot))
        return PP_WHY_FLOW_DEPENDENT;
    if (has_changed(first, slot))
        return PP_WHY_CHANGED;
    return budget ? PP_WHY_BUDGET : PP_WHY_LOSSY;
}

/* ---- ports -------------------------------------------------------------------------------------------------- */

/* The last port on which SLOT fared so; 0: none. */
static uint16_t last_port(const struct pp_round_note *first, unsigned slot, bool ok)
{
    uint16_t port = 0;

    for (const struct pp_round_note *r = first; r; r = r->next) {
        const struct pp_note *n = pp_round_note_of(r, slot);
        if (n && n->ok == ok)
            port = n->sport;
    }
    return port;
}

static uint16_t latest_port(const struct pp_round_note *first, unsigned slot)
{
    uint16_t port = 0;

    for (const struct pp_round_note *r = first; r; r = r->next) {
        const struct pp_note *n = pp_round_note_of(r, slot);
        if (n)
            port = n->sport;
    }
    return port;
}

uint16_t pp_history_port(const struct pp_plan *p, const struct pp_round_note *first, unsigned number, unsigned slot,
                         unsigned arm)
{
    uint16_t port;

    if (number < 3 || slot == pp_slot_a2(p) || slot == pp_slot_d(p))
        return 0;
    if (number % 2) /* what never succeeded fails on fresh ports just as well, and each of them is a flow more */
        return slot && last_port(first, slot, true) ? last_port(first, slot, false) : 0;
    if (slot == 0)
        return latest_port(first, arm);
    port = last_port(first, slot, true);
    return port ? port : last_port(first, 0, true);
}
