/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * truth.c: what is true of a host (pathprobe-lab(1)), from the lab's own tables and never from an experiment's
 * code. For each experiment: groups of conditions of which at most one holds, what holds for each kind of server
 * behind a clean path, and then the effects of the behaviours on the path (behaviour.h). A new experiment is a new row
 * of a table of truth_*.c.
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

/* NAME, of LEN bytes, is G's, or begins with `*` and ends as G's. */
static bool names_group(const char *name, size_t len, const struct pp_truth_group *g)
{
    size_t own = strlen(g->name);

    if (*name != '*')
        return own == len && memcmp(g->name, name, len) == 0;
    return own >= len - 1 && memcmp(g->name + own - (len - 1), name + 1, len - 1) == 0;
}

/* Words GROUP=VALUE; those of other experiments are not for E. */
static void effect_apply(const struct pp_truth *e, const char *set, int *value)
{
    size_t word, name;

    for (; *set; set += word + (set[word] == ' ')) {
        bool named = false, taken = false; /* two groups may share a name: what one states may go with the other's */

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
    /* A host whose server does not answer is offline: the middleboxes before it change nothing. */
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
 * What rests on a SYN/ACK or a segment that is no repetition. Where such are lost, it may not be stated; the opposite
 * must not be, in any case.
 */
static const char *const of_originals[] = {
    "ecn.negotiation.failed",      "ecn.ipmark.ect0.seen",          "ecn.ipmark.ect0.not_seen",
    "ecn.ipmark.ect1.seen",        "ecn.ipmark.ect1.not_seen",      "ecn.ipmark.ce.seen",
    "ecn.ipmark.ce.not_seen",      "mptcp.negotiation.failed",      "mss.option.received.absent",
    "sack.negotiation.failed",     "sack.unsolicited.not_seen",     "tfo.bare.not_acked",
    "tfo.cookie.not_received",     "tfo.experimental.not_received", "tfo.syndata.not_acked",
    "tsopt.negotiation.failed",    "tsopt.unsolicited.not_seen",    "wsopt.negotiation.failed",
    "wsopt.unsolicited.not_seen",
    /* An ICMP error is not sent again. */
    "exthdr.dst.asked.reached",    "exthdr.hbh.asked.filtered",     "exthdr.hbh.asked.parsed",
    "exthdr.hbh.asked.reached",    "exthdr.path.refused",
};

/* Something is sent again, or so late that it may have been. */
static bool repeats(const struct pp_lab_class *c)
{
    const uint32_t deaf = PP_QUIRK_SECOND_SYN | PP_QUIRK_ALTERNATE | PP_QUIRK_SYN_LIMIT | PP_QUIRK_SYN_GRUDGE;

    for (unsigned i = 0; i < c->npath; i++)
        if (c->path[i].behaviour->quirk & deaf)
            return true;
    return c->loss > 0 || c->return_loss > 0 || c->burst_loss > 0 || c->delay_ms >= 500 || c->jitter_ms > 100;
}

/* Chance decides whether this group's condition is met, or stated. */
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

/* By chance the hosts may not answer at all. */
static bool may_be_silent(const struct pp_lab_class *c)
{
    for (unsigned i = 0; i < c->npath; i++)
        if (c->path[i].behaviour->silences)
            return true;
    return false;
}

/*
 * With flows that fail by chance a measurement may honestly end in `unstable`: nothing must be stated then, but the
 * opposite must not.
 */
static bool must_not(const struct pp_lab_class *c, const struct pp_truth_group *g, int value, int v)
{
    if (value == PP_TRUTH_ANYTHING || v == value)
        return false;
    if (g->arm && value == PP_TRUTH_UNSTABLE)
        return v != PP_TRUTH_WORKS && !(v == PP_TRUTH_OFFLINE && may_be_silent(c));
    if (!g->arm || c->flow_fail_p == 0)
        return true;
    if (!g->values[PP_TRUTH_TRANSIENT]) /* of one arm alone: it may get through by chance, or not */
        return value != PP_TRUTH_WORKS;
    return value == PP_TRUTH_WORKS    ? v == PP_TRUTH_BROKEN || v == PP_TRUTH_TRANSIENT
           : value == PP_TRUTH_BROKEN ? v == PP_TRUTH_WORKS || v == PP_TRUTH_TRANSIENT
                             : value != PP_TRUTH_OFFLINE;
}

/* Of the arms that are `unstable`: what is right, too, as rounds may not meet the cause, and the reason to be given. */
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
        /* Without its value: none of them may be stated. */
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

int pp_truth_expect(const struct pp_lab_class *c, int family, struct pp_buf *out)
{
    const struct pp_truth *e;
    struct pp_json j;

    pp_json_init(&j, out);
    pp_json_object(&j, NULL);
    for (unsigned i = 0; (e = pp_truth_at(i)); i++) {
        pp_json_object(&j, e->name);
        for (unsigned m = 0; m < sizeof modes / sizeof *modes; m++) {
            if (e->modes & modes[m].bit)
                put_mode(&j, e, m, c, family);
        }
        pp_json_end(&j, '}');
    }
    pp_json_end(&j, '}');
    return out->failed ? -1 : 0;
}
