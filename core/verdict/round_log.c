/* SPDX-License-Identifier: BSD-2-Clause */
/* round_log.c: keeps notes of rounds, and derives reasons, ports and damage from them. */
#include "round_log.h"

const char *const pp_why_name[PP_WHYS] = {
    [PP_WHY_FLOW_DEPENDENT] = "flow_dependent",
    [PP_WHY_CHANGED] = "changed",
    [PP_WHY_BUDGET] = "budget",
    [PP_WHY_PARTIAL] = "partial",
    [PP_WHY_LOSSY] = "lossy",
};

const char *pp_slot_name(const struct pp_plan *p, unsigned slot)
{
    unsigned part = pp_slot_part(p, slot);

    return part < p->narms ? p->arm[part].arm->name : part == pp_slot_a2(p) ? "A'" : "D";
}

const struct pp_note *pp_round_note_of(const struct pp_round_note *r, unsigned slot)
{
    for (unsigned i = 0; i < r->nflows; i++)
        if (r->flow[i].slot == slot)
            return &r->flow[i];
    return NULL;
}

void pp_round_log_free(struct pp_round_note *first)
{
    for (struct pp_round_note *next; first; first = next) {
        next = first->next;
        free(first);
    }
}

static bool note_equal(const struct pp_note *x, const struct pp_note *y, bool exact)
{
    return x->slot == y->slot && x->counts == y->counts && x->ok == y->ok && x->how == y->how && x->syns == y->syns &&
           x->flags == y->flags && x->ttl == y->ttl && x->rst_ttl == y->rst_ttl && x->options == y->options &&
           x->icmp_seen == y->icmp_seen && x->icmp_type == y->icmp_type && x->icmp_code == y->icmp_code &&
           pp_addr_eq(&x->icmp_from, &y->icmp_from) &&
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

/* The next flow of SLOT, in order of time, or NULL. *R and *I are where the search goes on: the first round, 0. */
static const struct pp_note *next_of(const struct pp_round_note **r, unsigned *i, unsigned slot)
{
    for (; *r; *r = (*r)->next, *i = 0)
        while (*i < (*r)->nflows) {
            const struct pp_note *n = &(*r)->flow[(*i)++];
            if (n->slot == slot)
                return n;
        }
    return NULL;
}

static void count_port(const struct pp_round_note *first, unsigned slot, uint16_t port, unsigned *ok, unsigned *failed)
{
    const struct pp_note *n;

    *ok = *failed = 0;
    for (unsigned i = 0; (n = next_of(&first, &i, slot));)
        if (n->sport == port)
            ++*(n->ok ? ok : failed);
}

/* True if SLOT failed twice or more on one port, succeeded twice or more on another, and no port has both. */
static bool is_flow_dependent(const struct pp_round_note *first, unsigned slot)
{
    const struct pp_round_note *r = first;
    bool bad = false, good = false;
    const struct pp_note *n;

    for (unsigned i = 0, ok, failed; (n = next_of(&r, &i, slot));) {
        count_port(first, slot, n->sport, &ok, &failed);
        if (ok && failed)
            return false;
        bad |= failed >= 2;
        good |= ok >= 2;
    }
    return bad && good;
}

/* True if all failures were before all successes or the reverse, two or more of each. */
static bool has_changed(const struct pp_round_note *first, unsigned slot)
{
    unsigned turns = 0, ok = 0, failed = 0;
    const struct pp_note *n;
    int last = -1;

    for (unsigned i = 0; (n = next_of(&first, &i, slot));) {
        turns += last >= 0 && last != n->ok;
        last = n->ok;
        ++*(n->ok ? &ok : &failed);
    }
    return turns == 1 && ok >= 2 && failed >= 2;
}

/* Where an answer or the report itself refutes it, HOW is another. */
static bool is_too_big(const struct pp_note *n, const struct pp_addr *target)
{
    bool four = pp_addr_is4(target);

    return n->how == PP_HOW_ICMP && n->icmp_seen && n->icmp_type == (four ? 3 : 2) && n->icmp_code == (four ? 4 : 0) &&
           !pp_addr_eq(&n->icmp_from, target);
}

bool pp_round_log_too_big(const struct pp_round_note *first, unsigned slot, const struct pp_addr *target)
{
    unsigned failed = 0, reported = 0;
    const struct pp_note *n;

    for (unsigned i = 0; (n = next_of(&first, &i, slot));) {
        failed += !n->ok;
        reported += !n->ok && is_too_big(n, target);
    }
    return 2 * reported > failed;
}

uint8_t pp_round_log_how(const struct pp_plan *p, const struct pp_round_note *first, unsigned slot,
                         enum pp_verdict word)
{
    unsigned who = word == PP_VERDICT_TRANSIENT ? pp_slot_control(p, pp_slot_group(p, slot), 0) : slot;
    uint8_t how = PP_HOW_NONE;

    for (const struct pp_round_note *r = first; r && word != PP_VERDICT_WORKS; r = r->next) {
        const struct pp_note *n = pp_round_note_of(r, who);
        if (n && !n->ok)
            how = n->how;
    }
    return how;
}

enum pp_why pp_round_log_why(const struct pp_round_note *first, unsigned slot, bool budget, bool partial)
{
    if (is_flow_dependent(first, slot))
        return PP_WHY_FLOW_DEPENDENT;
    if (has_changed(first, slot))
        return PP_WHY_CHANGED;
    return budget ? PP_WHY_BUDGET : partial ? PP_WHY_PARTIAL : PP_WHY_LOSSY;
}

/* ---- evidence ------------------------------------------------------------------------------------------------ */

/* The number of controls of SLOT in round R. */
static unsigned controls_in(const struct pp_plan *p, const struct pp_round_note *r, unsigned slot)
{
    unsigned m = 0;

    for (unsigned i = 0; i < PP_CONTROLS; i++) {
        unsigned c = pp_slot_control(p, pp_slot_group(p, slot), i);
        m += c != slot && pp_round_note_of(r, c);
    }
    return m;
}

double pp_round_log_most(const struct pp_plan *p, const struct pp_round_note *first, unsigned slot)
{
    double e = 1;

    for (const struct pp_round_note *r = first; r; r = r->next) {
        const struct pp_note *n = pp_round_note_of(r, slot);
        if (n && n->counts)
            e *= pp_evidence_clean(controls_in(p, r, slot));
    }
    return e;
}

/* ---- damage -------------------------------------------------------------------------------------------------- */

/* True if a control before (or after) turn TURN succeeded; of GROUP, or of all groups (-1). */
static bool control_ok(const struct pp_plan *p, const struct pp_round_note *r, int group, unsigned turn, bool behind)
{
    for (unsigned i = 0; i < r->nflows; i++) {
        const struct pp_note *n = &r->flow[i];
        if (pp_slot_arm(p, n->slot) == 0 && n->ok && (behind ? n->turn > turn : n->turn < turn) &&
            (group < 0 || pp_slot_group(p, n->slot) == (unsigned)group))
            return true;
    }
    return false;
}

/* The damage that treated arm ARM leaves behind. */
static enum pp_damage damage_of(const struct pp_plan *p, const struct pp_round_note *first, unsigned witness,
                                unsigned arm)
{
    unsigned signs = 0;

    for (const struct pp_round_note *r = first; r; r = r->next) {
        const struct pp_note *w = pp_round_note_of(r, witness), *n = pp_round_note_of(r, arm);
        if (!w || !n)
            continue;
        if (w->ok || control_ok(p, r, -1, n->turn, true))
            return PP_DAMAGE_NONE;
        signs += control_ok(p, r, (int)pp_slot_group(p, arm), n->turn, false);
    }
    return signs >= PP_DAMAGE_SIGNS ? PP_DAMAGE_SEEN : PP_DAMAGE_OPEN;
}

enum pp_damage pp_round_log_damage(const struct pp_plan *p, const struct pp_round_note *first, unsigned witness)
{
    enum pp_damage worst = PP_DAMAGE_NONE;

    for (unsigned i = 1; i < p->narms; i++) {
        if (p->arm[i].witness || p->arm[i].group == 0 || p->arm[i].group > p->arm[witness].group)
            continue;
        enum pp_damage d = damage_of(p, first, witness, i);
        worst = d > worst ? d : worst;
    }
    return worst;
}

/* ---- ports -------------------------------------------------------------------------------------------------- */

/* The last port on which SLOT succeeded (OK) or failed; 0: none. */
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

unsigned pp_round_log_ports(const struct pp_round_note *first, unsigned slot)
{
    const struct pp_note *n;
    uint16_t seen[UINT8_MAX];
    unsigned count = 0, k;

    for (unsigned i = 0; (n = next_of(&first, &i, slot)) && count < sizeof seen / sizeof *seen;) {
        for (k = 0; k < count && seen[k] != n->sport;)
            k++;
        if (k == count && !n->ok)
            seen[count++] = n->sport;
    }
    return count;
}

unsigned pp_round_log_successes(const struct pp_round_note *first, unsigned slot)
{
    const struct pp_note *n;
    unsigned count = 0;

    for (unsigned i = 0; (n = next_of(&first, &i, slot));)
        count += n->ok;
    return count;
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

uint16_t pp_round_log_port(const struct pp_plan *p, const struct pp_round_note *first, unsigned number, unsigned slot,
                         unsigned arm)
{
    unsigned a = pp_slot_control(p, pp_slot_group(p, slot), 0);
    uint16_t port;

    if (number < 3 || (slot >= p->narms && slot != a))
        return 0;
    if (number % 2) /* an arm that never succeeded gets fresh ports: each failure is one on another port */
        return slot != a && last_port(first, slot, true) ? last_port(first, slot, false) : 0;
    if (slot == a)
        return latest_port(first, arm);
    port = last_port(first, slot, true);
    return port ? port : last_port(first, a, true);
}
