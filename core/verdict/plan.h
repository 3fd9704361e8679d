/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plan.h: what a run does to every target, worked out once before it starts: the experiment's arms in this connect
 * mode, their packets as templates, the fields to be read from each flow. Read-only afterwards, shared by all workers.
 *
 * What round 1 leaves out. It asks of most targets for A and the arms of which no other speaks (implied_by), and for no
 * control but A; from round 2 on, for the arms that are undecided, each beside three controls of its group. Targets of
 * the shares of --aa and --audit, and all with --all-arms or --rounds, are asked for everything at once.
 *
 * Evidence stays exact. A factor (verdict.h) is made of one round of one group, given how many of its flows failed, and
 * its mean is 1 as long as the order of these flows was drawn at random when it was fixed already which they are. It is
 * fixed by the rounds before, and by shares that depend on seed and address; never by an outcome of the round itself.
 * So whatever is left out, the factors of the rounds that were had are those of an e-value, and a round without an arm,
 * or without its controls, has factor 1. A rule that asks for controls once an arm has failed, in the same round, or
 * counts that round by how its flows went, would not do: the failures that called for it would stand in it.
 * An arm that another speaks for has E = 1 and is a test on the published list like any other (stats.h): which arms are
 * asked depends on what was found, so the number of those cannot take the place of the number of all.
 */
#ifndef PP_PLAN_H
#define PP_PLAN_H

#include "../flow/chain.h"
#include "../talk/talk.h"
#include "../targets/target.h"
#include "../wire/source.h"
#include "verdict.h"

/* Places in the order of a round that arms may take; each has controls of its own. */
#define PP_GROUPS_MAX PP_MAX_PLACES
#define PP_CONTROLS 3 /* A, A' and D of a group: baselines; the first alone in round 1 */

/* An arm that takes part. */
struct pp_plan_arm {
    const struct pp_arm *arm;
    unsigned index; /* in plugin->arms */
    uint16_t syn_flags;
    uint8_t without; /* enum pp_without, of the SYN */
    uint8_t fast_open; /* enum pp_fast_open, of the SYN */
    uint8_t after;   /* the arm behind which it goes, in plan->arm; 0: none */
    uint8_t group;   /* its place in a round's order, from 0; arms of one group go in random order */
    bool witness;    /* the baseline behind AFTER, to see what that one left: no verdict */
    uint16_t padding; /* of the message */
    uint16_t size;    /* as in struct pp_step, of the mode's packets; 0: none */
    uint8_t segments, pause; /* as in struct pp_step */
    uint8_t http;    /* enum pp_http_version that is asked for */
    uint8_t quic;    /* enum pp_quic_asks */
    bool too_long[2]; /* its packets do not fit into the interface's MTU: it takes no part (0: IPv4, 1: IPv6) */
    uint8_t base;    /* the arm, in plan->arm, whose treatment this one has, too, and more; 0: none but the baseline */
    uint32_t implied_by; /* a bit for each arm of plan->arm that speaks for this one where it gets through */
    uint16_t overhead; /* TCP: bytes that its SYN or data have more than the baseline's: what a segment cannot carry */
    /* Its templates, each once, and which is meant by family (0: IPv4, 1: IPv6), class, kind, timestamps, ordinal. */
    struct pp_template *store;
    unsigned nstore;
    uint8_t packet[2][PP_ON_COUNT][PP_TEMPLATE_KINDS][2][PP_TEMPLATE_ORDINALS];
};

/* The record's fields that every verdict shows, whatever the experiment. UDP: `syns` are datagrams. */
struct pp_plan_facts {
    struct pp_field_ref syns, rtt_us, ttl, flags, options, rst_ttl;
};

struct pp_plan {
    const struct pp_plugin *plugin;
    const struct pp_talk_mode *mode;
    const struct pp_vantage *vantage;
    struct pp_tcp_config tcp;
    struct pp_chainset chains;
    struct pp_plan_facts facts;
    struct pp_field_ref want[PP_MAX_FIELDS]; /* plugin->fields */
    unsigned nwant;
    unsigned narms;
    struct pp_plan_arm *arm;
    uint16_t headers; /* bytes that the longest headers of an arm have more than the baseline's */
    unsigned ngroups; /* at most PP_GROUPS_MAX */
    int family; /* all arms but the baseline are of this one; 0: of both */
    bool initials; /* an arm asks by QUIC Initials, which takes cryptography */
    bool alone; /* the experiment has one arm: it is judged itself, as there is nothing to compare it with */
    int64_t connect_timeout, target_timeout; /* ns */
    uint64_t seed;
    unsigned rounds;      /* exactly so many for every target, no confirmation; 0: as many as it takes */
    unsigned max_rounds;  /* 12 */
    bool all_arms;        /* round 1 asks for all arms, beside all their controls, of every target: pp_plan_is_whole */
    unsigned expected_rounds; /* of a target with a broken arm, where nothing else fails */
    double alpha;         /* per target and arm */
    int64_t cooldown, spacing; /* ns */
    double aa, audit;     /* shares of targets */
    double locate_sample; /* likewise: whose hops are asked though they work */
    unsigned max_flows;   /* per target */
    double fdr;
    uint8_t group[PP_MAX_CONDITIONS]; /* conditions that exclude each other: equal up to the last dot */
    bool output_flows;
    bool interim;         /* a line after each round that is not the last, too */
    bool repeats;         /* targets may come more than once, each time as if new */
    char run_id[33];
    const char *vantage_name; /* NULL: none */
    struct pp_addr public4, public6; /* all zero: not known */
    const char *user_agent;
};

/*
 * MODE NULL: the experiment's default. FLOWS: all chains, for --output-flows. 0, or -1 printed (a mode that the
 * experiment cannot hold, a treatment that does not fit, an unknown field).
 */
int pp_plan_init(struct pp_plan *p, const struct pp_plugin *plugin, const char *mode, const struct pp_vantage *vantage);
void pp_plan_release(struct pp_plan *p);
/*
 * Flows that a target may take if nothing else was said: what the method takes at most, with some to spare for rounds
 * that have to be repeated.
 */
unsigned pp_plan_flows(const struct pp_plan *p);
/*
 * Can an arm that always fails, beside controls that never do, be called broken within the limits of P? NULL, or why
 * not, in TEXT; hint: what would do.
 */
struct pp_plan_limit {
    const char *whom; /* "no arm", or those alone that round 1 leaves out, or whose controls it does */
    char text[160], hint[160];
};
const struct pp_plan_limit *pp_plan_unreachable(const struct pp_plan *p, unsigned ports, struct pp_plan_limit *limit);
/* What one round sends at most when all goes well: what admission reserves. */
unsigned pp_plan_packets(const struct pp_plan *p);

/* Of the arms before I in the table the last that I has all steps of; I says something only where that works. Or 0. */
unsigned pp_plan_base(const struct pp_plan *p, unsigned i);
/* Fills in implied_by of all arms, which are complete. */
void pp_plan_imply(struct pp_plan *p);
/* The arms that round 1 leaves out, of a target without the arms ABSENT, unless it asks for all. */
uint32_t pp_plan_held(const struct pp_plan *p, uint32_t absent);
/* Round 1 asks for all arms of every target. */
static inline bool pp_plan_is_whole(const struct pp_plan *p)
{
    return p->all_arms || p->rounds;
}
/* Round 1 asks every target for arm I, beside a control of I's group. */
static inline bool pp_plan_in_first(const struct pp_plan *p, unsigned i)
{
    return pp_plan_is_whole(p) || (!p->arm[i].implied_by && p->arm[i].group == 0);
}
/* The base of arm I, if round 1 asks for that one wherever it asks for I; else 0. */
static inline unsigned pp_plan_base_asked(const struct pp_plan *p, unsigned i)
{
    return pp_plan_is_whole(p) || !p->arm[p->arm[i].base].implied_by ? p->arm[i].base : 0;
}
/* The arm that the summary's first sentence is about: NAME.connectivity of experiment NAME, else the first judged. */
unsigned pp_plan_headline(const struct pp_plan *p);

/* What arm A has of its own in a message over IPv4 or IPv6. */
void pp_plan_ask(const struct pp_plan_arm *a, int family, struct pp_ask *ask);
/*
 * The message of arm A in OUT, for modes in datagrams: what it asks DOMAIN for, with CHANCE for ids; without a domain
 * where one is needed, the root's. Returns its length; 0 in other modes.
 */
size_t pp_plan_message(const struct pp_plan *p, const struct pp_plan_arm *a, int family, const char *domain,
                       uint64_t chance, uint8_t out[PP_MESSAGE_MAX]);

/*
 * Fills in SYN for a SYN of arm A that is built without a conversation (dry run, sweep): where the conversation would
 * insert an option or data of its own, SYN points to a static option of usual length and to one byte of data.
 */
void pp_plan_sample(const struct pp_plan_arm *a, struct pp_fill *syn);
/* IP bytes that the capture must hold. */
static inline unsigned pp_plan_snaplen(const struct pp_plan *p)
{
    return p->mode->snaplen + p->headers;
}

/* What T is asked for; NULL: nothing of that kind. */
static inline const char *pp_plan_domain(const struct pp_plan *p, const struct pp_target *t)
{
    return t->domain ? t->domain : p->plugin->domain;
}

/* The first arm that gets a verdict. */
static inline unsigned pp_plan_judged(const struct pp_plan *p)
{
    return p->alone ? 0 : 1;
}

static inline bool pp_plan_is_judged(const struct pp_plan *p, unsigned i)
{
    return i >= pp_plan_judged(p) && i < p->narms && !p->arm[i].witness;
}

/* A word as this experiment has it; NULL: it has not. */
static inline const char *pp_plan_word(const struct pp_plan *p, unsigned word)
{
    return p->alone ? pp_verdict_name_alone[word] : pp_verdict_name[word];
}

/* Whether arm I takes part where the target is of FAMILY, and the interface takes its packets. */
static inline bool pp_plan_takes(const struct pp_plan *p, unsigned i, int family)
{
    return (!p->arm[i].arm->family || (int)p->arm[i].arm->family == family) && !p->arm[i].too_long[family == 6];
}

static inline const struct pp_template *pp_plan_template_of(const struct pp_plan_arm *a, int family,
                                                            const struct pp_slot *slot)
{
    unsigned ordinal = slot->ordinal < PP_TEMPLATE_ORDINALS ? slot->ordinal : PP_TEMPLATE_ORDINALS - 1;

    return &a->store[a->packet[family == 6][slot->on][slot->kind][slot->timestamps][ordinal]];
}

/* The same of PP_KIND_USUAL. */
/* Why targets of the family that P asks nothing of are left out; NULL: there is none. */
static inline const char *pp_plan_one_family(const struct pp_plan *p)
{
    return p->family == 4   ? "this experiment has nothing to ask over IPv6"
           : p->family == 6 ? "this experiment has nothing to ask over IPv4"
                            : NULL;
}

static inline const struct pp_template *pp_plan_template(const struct pp_plan_arm *a, int family, enum pp_on on,
                                                         bool timestamps, unsigned ordinal)
{
    struct pp_slot slot = {.on = on, .ordinal = ordinal, .timestamps = timestamps};

    return pp_plan_template_of(a, family, &slot);
}

#endif
