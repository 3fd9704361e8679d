/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * plan.h: what a run does to every target, computed once before it starts: the experiment's arms in this connect mode,
 * their packets as templates, the fields to be read from each flow. Read-only afterwards, shared by all workers.
 *
 * What round 1 leaves out. For most targets round 1 has A and those arms that no other arm implies (implied_by), and no
 * control but A. Later rounds have the undecided arms, each with three controls of its group. For targets in the shares
 * of --aa and --audit, and for all with --all-arms or --rounds, round 1 has all arms and controls.
 *
 * Evidence stays exact. A factor (verdict.h) is computed from one round of one group, given how many of its flows
 * failed. Its mean is 1 if the set of these flows was fixed before their order was drawn at random. The set depends on
 * earlier rounds, and on shares that depend on seed and address, but never on an outcome of the round itself. So,
 * whatever is left out, the product of the factors is an e-value, and a round without an arm, or without its controls,
 * has factor 1. A rule that adds controls in the same round once an arm has failed, or that counts a round depending on
 * its outcomes, would be wrong: the failure that triggered the rule would be part of its evidence. An implied arm has E
 * = 1, and is a test on the published list like any other (stats.h): which arms are measured depends on what was found,
 * so the number of tests has to be that of all arms.
 */
#ifndef PP_PLAN_H
#define PP_PLAN_H

#include "../flow/chain.h"
#include "../talk/talk.h"
#include "../targets/target.h"
#include "../wire/source.h"
#include "verdict.h"

/* Groups: places in the order of a round that arms may declare. Each has controls of its own. */
#define PP_GROUPS_MAX PP_MAX_PLACES
#define PP_BISECT_FLOWS 3 /* of a size, in a round of bisect.c; the baseline's besides */
#define PP_BISECT_VAIN 3  /* such rounds of a target that told nothing, at most */
#define PP_CONTROLS 3 /* A, A' and D of a group: baselines; in round 1 the first one alone */

/* An arm that takes part. */
struct pp_plan_arm {
    const struct pp_arm *arm;
    unsigned index; /* in plugin->arms */
    uint16_t syn_flags;
    uint8_t without; /* enum pp_without, of the SYN */
    uint8_t fast_open; /* enum pp_fast_open, of the SYN */
    uint8_t after;   /* the arm that it depends on and follows, in plan->arm; 0: none */
    uint8_t group;   /* its place in a round's order, from 0; arms of one group go in random order */
    bool witness;    /* a baseline after `after`, to see whether that one left damage: it gets no verdict */
    uint16_t padding; /* of the message */
    uint16_t size;    /* as in struct pp_step, of the mode's packets; 0: none */
    uint8_t segments, pause; /* as in struct pp_step */
    uint8_t http;    /* enum pp_http_version of the request */
    uint8_t quic;    /* enum pp_quic_asks */
    bool too_long[2]; /* its packets do not fit into the interface's MTU: it takes no part (0: IPv4, 1: IPv6) */
    uint8_t base;    /* the arm, in plan->arm, to whose treatment this one adds; 0: the baseline */
    uint32_t implied_by; /* bits of the arms of plan->arm whose success implies this one's */
    uint8_t slow; /* packets with hop-by-hop options that it sends in a round at most */
    uint16_t overhead; /* TCP: bytes of headers that it adds to the baseline's, which segments cannot carry */
    /* Its different templates, and their index by family (0: IPv4, 1: IPv6), class, kind, timestamps, ordinal. */
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
    int family; /* the family that all arms but the baseline are restricted to; 0: none */
    bool initials; /* an arm sends QUIC Initials, which need cryptography */
    bool alone; /* the experiment has one arm, which is judged by itself (online, offline) */
    int64_t connect_timeout, target_timeout; /* ns */
    uint64_t seed;
    unsigned rounds;      /* --rounds: so many for every target, without confirmation; 0: as many as needed */
    unsigned max_rounds;  /* 12 */
    bool all_arms;        /* round 1 has all arms and controls for every target: pp_plan_is_whole */
    unsigned expected_rounds; /* of a target with a broken arm, where nothing else fails */
    double alpha;         /* per target and arm */
    int64_t cooldown, spacing; /* ns */
    double aa, audit;     /* shares of targets */
    double locate_sample; /* likewise: targets that are swept though all arms work */
    unsigned max_flows;   /* per target */
    double fdr;
    uint8_t group[PP_MAX_CONDITIONS]; /* conditions that exclude each other: equal up to the last dot */
    bool output_flows;
    bool interim;         /* write a line also after each round that is not the last */
    bool repeats;         /* a target may come more than once, and is measured anew each time */
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
 * The default of --max-flows: the most flows that the method needs for a target, with some more for rounds that have to
 * be repeated.
 */
unsigned pp_plan_flows(const struct pp_plan *p);
/*
 * Can an arm that always fails, beside controls that never do, be called broken within the limits of P? NULL, or why
 * not, in TEXT; hint: what would do.
 */
struct pp_plan_limit {
    const char *whom; /* "no arm", or those that round 1 leaves out, or whose controls it leaves out */
    char text[160], hint[160];
};
const struct pp_plan_limit *pp_plan_unreachable(const struct pp_plan *p, unsigned ports, struct pp_plan_limit *limit);
/* Packets that one round sends at most without losses: what the scheduler reserves of the rate. */
unsigned pp_plan_packets(const struct pp_plan *p);

/* And of those with hop-by-hop options, at most. */
unsigned pp_plan_slow(const struct pp_plan *p);

/* The base of arm I: the last arm before it in the table all of whose steps I has, too; 0: none. */
unsigned pp_plan_base(const struct pp_plan *p, unsigned i);
/* Fills in implied_by of all arms, which must be complete otherwise. */
void pp_plan_imply(struct pp_plan *p);
/* Bits of the arms that round 1 leaves out for a target without the arms ABSENT. */
uint32_t pp_plan_held(const struct pp_plan *p, uint32_t absent);
/* True if round 1 has all arms for every target. */
static inline bool pp_plan_is_whole(const struct pp_plan *p)
{
    return p->all_arms || p->rounds;
}
/* True if round 1 has arm I and a control of its group for every target. */
static inline bool pp_plan_in_first(const struct pp_plan *p, unsigned i)
{
    return pp_plan_is_whole(p) || (!p->arm[i].implied_by && p->arm[i].group == 0);
}
/* The base of arm I, if round 1 has it wherever it has I; else 0. */
static inline unsigned pp_plan_base_asked(const struct pp_plan *p, unsigned i)
{
    return pp_plan_is_whole(p) || !p->arm[p->arm[i].base].implied_by ? p->arm[i].base : 0;
}
/* The arm that the summary's first sentence is about: NAME.connectivity of experiment NAME, else the first judged. */
unsigned pp_plan_headline(const struct pp_plan *p);

/* Fills in what arm A changes in a message over IPv4 or IPv6. SIZE: in place of A's, if A has one; 0: A's own. */
void pp_plan_ask(const struct pp_plan_arm *a, int family, uint16_t size, struct pp_ask *ask);
/*
 * Writes the message of arm A into OUT, for modes with datagrams: a request about DOMAIN (NULL: the DNS root, if the
 * mode needs one), with ids from CHANCE. Returns its length; 0 in other modes.
 */
size_t pp_plan_message(const struct pp_plan *p, const struct pp_plan_arm *a, int family, const char *domain,
                       uint64_t chance, uint8_t out[PP_MESSAGE_MAX]);

/*
 * Fills in SYN for a SYN of arm A that is built without a conversation (dry run, sweep): where the conversation would
 * insert an option or data of its own, SYN points to a static option of usual length and to one byte of data.
 */
void pp_plan_sample(const struct pp_plan_arm *a, struct pp_fill *syn);
/* Bytes of a packet from its IP header on that the capture must hold. */
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

/* The text of WORD in this experiment; NULL: the experiment does not have it. */
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

/* Why targets of the family that P asks nothing of are left out; NULL: there is none. */
static inline const char *pp_plan_one_family(const struct pp_plan *p)
{
    return p->family == 4   ? "this experiment has no arm for IPv6, it needs IPv4"
           : p->family == 6 ? "this experiment has no arm for IPv4, it needs IPv6"
                            : NULL;
}

/* The same of PP_KIND_USUAL. */
static inline const struct pp_template *pp_plan_template(const struct pp_plan_arm *a, int family, enum pp_on on,
                                                         bool timestamps, unsigned ordinal)
{
    struct pp_slot slot = {.on = on, .ordinal = ordinal, .timestamps = timestamps};

    return pp_plan_template_of(a, family, &slot);
}

#endif
