/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * truth.c: computes the truth about a host (pathprobe-lab(1)) from the lab's own tables, and never from an experiment's
 * code. For each experiment the tables have groups of conditions of which at most one holds, and the values for each
 * kind of server on a path without middleboxes; then the effects of the behaviours on the path (behaviour.h) are
 * applied. A new experiment is a new row of a table of truth_*.c.
 */
#include "truth.h"

#include "../../core/base/buf.h"
#include "../../core/base/json.h"

static const struct {
    uint32_t bit;
    const char *name;
} modes[] = {{PP_MODE_TCP, "tcp"}, {PP_MODE_HTTP, "http"}, {PP_MODE_DNSTCP, "dnstcp"},
             {PP_MODE_DNSUDP, "dnsudp"}, {PP_MODE_QUICVN, "quicvn"}, {PP_MODE_QUICINIT, "quicinit"}};

/* ---- values ---- */

static int value_of(const struct pp_truth_group *g, const char *word, size_t len)
{
    if (len == 1 && (*word == '-' || *word == '?'))
        return *word == '-' ? PP_TRUTH_NONE_OF_THEM : PP_TRUTH_ANYTHING;
    for (int i = 0; g->values[i]; i++) {
        if (strlen(g->values[i]) == len && memcmp(g->values[i], word, len) == 0)
            return i;
    }
    return PP_TRUTH_NOT_A_VALUE;
}

/* True if NAME, LEN bytes, is G's name, or begins with `*` and its rest is the end of G's name. */
static bool names_group(const char *name, size_t len, const struct pp_truth_group *g)
{
    size_t own = strlen(g->name);

    if (*name != '*')
        return own == len && memcmp(g->name, name, len) == 0;
    return own >= len - 1 && memcmp(g->name + own - (len - 1), name + 1, len - 1) == 0;
}

/* Applies words GROUP=VALUE to E; words of other experiments are ignored. */
static void effect_apply(const struct pp_truth *e, const char *set, int *value)
{
    size_t word, name;

    for (; *set; set += word + (set[word] == ' ')) {
        /* two groups may share a name; a value of the second is not an error for the first */
        bool named = false, taken = false;

        word = strcspn(set, " ");
        name = strcspn(set, "=");
        for (unsigned g = 0; e->groups[g].name; g++) {
            int v;

            if (!names_group(set, name, &e->groups[g]))
                continue;
            v = value_of(&e->groups[g], set + name + 1, word - name - 1);
            named = true;
            taken |= v != PP_TRUTH_NOT_A_VALUE;
            if (v != PP_TRUTH_NOT_A_VALUE)
                value[g] = v;
        }
        if (named && !taken && *set != '*')
            BUG("'%.*s' is no value of its group", (int)word, set);
    }
}

static bool holds(const struct pp_truth *e, const char *word, const int *value)
{
    int then[PP_TRUTH_GROUPS];

    memcpy(then, value, sizeof then);
    effect_apply(e, word, then);
    return memcmp(then, value, sizeof then) == 0;
}

static void values_find(const struct pp_truth *e, unsigned mode, const struct pp_lab_class *c, int family, int *value)
{
    for (unsigned g = 0; e->groups[g].name; g++) {
        const char *base = e->groups[g].base[c->server];

        value[g] = base ? value_of(&e->groups[g], base, strlen(base)) : PP_TRUTH_NONE_OF_THEM;
    }
    /* A host whose server does not answer is offline; middleboxes before it have no effect. */
    for (unsigned i = c->server == PP_LAB_ECN || c->server == PP_LAB_PLAIN ? c->npath : 0; i-- > 0;) {
        const struct pp_lab_box *box = &c->path[i];

        for (unsigned k = 0; k < PP_EFFECTS && box->behaviour->effects[k].set; k++) {
            const struct pp_effect *effect = &box->behaviour->effects[k];

            if ((!effect->dirs || effect->dirs & box->dir) && (!effect->modes || effect->modes & mode) &&
                !(effect->unless && holds(e, effect->unless, value)))
                effect_apply(e, effect->set, value);
        }
    }
    e->settle(e, c, family, value);
    for (unsigned g = 0; e->groups[g].name; g++) {
        if (!(e->groups[g].modes & mode))
            value[g] = PP_TRUTH_NONE_OF_THEM;
    }
}

/* ---- JSON ---- */

static void condition_name(char *name, size_t size, const struct pp_truth_group *g, int v)
{
    if (g->values[0])
        snprintf(name, size, "%s.%s", g->name, g->values[v]);
    else
        snprintf(name, size, "%s:%d", g->name, v);
}

static void put_condition(struct pp_json *j, const struct pp_truth_group *g, int v)
{
    char name[96];

    condition_name(name, sizeof name, g, v);
    pp_json_str(j, NULL, name);
}

/*
 * Conditions that need a SYN/ACK or segment which is no retransmission. If these may be lost, the condition need not be
 * stated; its opposite must never be.
 */
static const char *const of_originals[] = {
    "ecn.negotiation.failed",      "ecn.ipmark.ect0.seen",          "ecn.ipmark.ect0.not_seen",
    "ecn.ipmark.ect1.seen",        "ecn.ipmark.ect1.not_seen",      "ecn.ipmark.ce.seen",
    "ecn.ipmark.ce.not_seen",      "mptcp.negotiation.failed",      "mss.option.received.absent",
    "sack.negotiation.failed",     "sack.unsolicited.not_seen",     "tfo.bare.not_acked",
    "tfo.cookie.not_received",     "tfo.experimental.not_received", "tfo.syndata.not_acked",
    "tsopt.negotiation.failed",    "tsopt.unsolicited.not_seen",    "wsopt.negotiation.failed",
    "wsopt.unsolicited.not_seen",
    /* An ICMP error is not retransmitted. */
    "exthdr.dst.asked.reached",    "exthdr.hbh.asked.filtered",     "exthdr.hbh.asked.parsed",
    "exthdr.hbh.asked.reached",    "exthdr.path.refused",
};

/* True if packets may be retransmitted, or be so late that the client takes them for retransmissions. */
static bool repeats(const struct pp_lab_class *c)
{
    const uint32_t deaf = PP_QUIRK_SECOND_SYN | PP_QUIRK_ALTERNATE | PP_QUIRK_SYN_LIMIT | PP_QUIRK_SYN_GRUDGE;

    for (unsigned i = 0; i < c->npath; i++)
        if (c->path[i].behaviour->quirk & deaf)
            return true;
    return c->loss > 0 || c->return_loss > 0 || c->burst_loss > 0 || c->delay_ms >= 500 || c->jitter_ms > 100;
}

/* True if chance decides whether this group's condition holds or is stated. */
static bool by_chance(const struct pp_lab_class *c, const struct pp_truth_group *g, int value)
{
    char name[96];

    if (c->flow_fail_p > 0 || (g->arm && value == PP_TRUTH_UNSTABLE))
        return true;
    condition_name(name, sizeof name, g, value);
    for (size_t i = 0; repeats(c) && i < sizeof of_originals / sizeof *of_originals; i++)
        if (strcmp(name, of_originals[i]) == 0)
            return true;
    return false;
}

/* True if the hosts may by chance not answer at all. */
static bool may_be_silent(const struct pp_lab_class *c)
{
    for (unsigned i = 0; i < c->npath; i++)
        if (c->path[i].behaviour->silences)
            return true;
    return false;
}

/*
 * If flows fail by chance, a correct measurement may end in `unstable`: no condition is required then, but the opposite
 * one must not be stated.
 */
static bool must_not(const struct pp_lab_class *c, const struct pp_truth_group *g, int value, int v)
{
    if (value == PP_TRUTH_ANYTHING || v == value)
        return false;
    if (g->arm && value == PP_TRUTH_UNSTABLE)
        return v != PP_TRUTH_WORKS && !(v == PP_TRUTH_OFFLINE && may_be_silent(c));
    if (!g->arm || c->flow_fail_p == 0)
        return true;
    if (!g->values[PP_TRUTH_TRANSIENT]) /* an experiment with one arm: it may get through by chance, or not */
        return value != PP_TRUTH_WORKS;
    return value == PP_TRUTH_WORKS    ? v == PP_TRUTH_BROKEN || v == PP_TRUTH_TRANSIENT
           : value == PP_TRUTH_BROKEN ? v == PP_TRUTH_WORKS || v == PP_TRUTH_TRANSIENT
                             : value != PP_TRUTH_OFFLINE;
}

/*
 * Writes, for arms that are `unstable`, the other words that are right, as rounds may not meet the cause, and the
 * required reason.
 */
static void put_unstable(struct pp_json *j, const struct pp_truth *e, const struct pp_lab_class *c, const int *value)
{
    const char *why = NULL;

    for (unsigned i = 0; i < c->npath; i++)
        why = c->path[i].behaviour->why ? c->path[i].behaviour->why : why;
    pp_json_object(j, "also");
    for (unsigned g = 0; e->groups[g].name; g++) {
        if (!e->groups[g].arm || value[g] != PP_TRUTH_UNSTABLE)
            continue;
        pp_json_array(j, e->groups[g].arm);
        pp_json_str(j, NULL, e->groups[g].values[PP_TRUTH_WORKS]);
        if (may_be_silent(c))
            pp_json_str(j, NULL, e->groups[g].values[PP_TRUTH_OFFLINE]);
        pp_json_end(j, ']');
    }
    pp_json_end(j, '}');
    pp_json_object(j, "why");
    for (unsigned g = 0; e->groups[g].name && why; g++) {
        if (e->groups[g].arm && value[g] == PP_TRUTH_UNSTABLE)
            pp_json_str(j, e->groups[g].arm, why);
    }
    pp_json_end(j, '}');
}

static void put_mode(struct pp_json *j, const struct pp_truth *e, unsigned m, const struct pp_lab_class *c,
                     int family)
{
    int value[PP_TRUTH_GROUPS] = {0};

    values_find(e, modes[m].bit, c, family, value);
    pp_json_object(j, modes[m].name);
    pp_json_array(j, "has");
    for (unsigned g = 0; e->groups[g].name; g++) {
        if (value[g] >= 0 && !by_chance(c, &e->groups[g], value[g]))
            put_condition(j, &e->groups[g], value[g]);
    }
    pp_json_end(j, ']');
    pp_json_array(j, "not");
    for (unsigned g = 0; e->groups[g].name; g++) {
        for (int v = 0; e->groups[g].values[v]; v++) {
            if (must_not(c, &e->groups[g], value[g], v))
                put_condition(j, &e->groups[g], v);
        }
        /* The condition's name without a value: it must not be stated with any value. */
        if (!e->groups[g].values[0] && value[g] == PP_TRUTH_NONE_OF_THEM)
            pp_json_str(j, NULL, e->groups[g].name);
    }
    pp_json_end(j, ']');
    pp_json_object(j, "verdict");
    for (unsigned g = 0; e->groups[g].name; g++) {
        if (e->groups[g].arm && value[g] >= 0)
            pp_json_str(j, e->groups[g].arm, e->groups[g].values[value[g]]);
    }
    pp_json_end(j, '}');
    put_unstable(j, e, c, value);
    pp_json_end(j, '}');
}

int pp_truth_expect(const struct pp_lab_class *c, int family, const struct pp_truth_of *only, struct pp_buf *out)
{
    const struct pp_truth *e;
    struct pp_json j;

    pp_json_init(&j, out);
    pp_json_object(&j, NULL);
    for (unsigned i = 0; (e = pp_truth_at(i)); i++) {
        if (only && strcmp(only->experiment, e->name) != 0)
            continue;
        pp_json_object(&j, e->name);
        for (unsigned m = 0; m < sizeof modes / sizeof *modes; m++) {
            if (e->modes & modes[m].bit && (!only || strcmp(only->mode, modes[m].name) == 0))
                put_mode(&j, e, m, c, family);
        }
        pp_json_end(&j, '}');
    }
    pp_json_end(&j, '}');
    return out->failed ? -1 : 0;
}
