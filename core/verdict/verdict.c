/* SPDX-License-Identifier: BSD-2-Clause */
/* verdict.c: derives words and evidence from successes and failures. */
#include "verdict.h"

const char *const pp_verdict_name[PP_VERDICTS] = {"works", "broken", "transient", "offline", "unstable"};
const char *const pp_verdict_name_alone[PP_VERDICTS] = {
    [PP_VERDICT_WORKS] = "online", [PP_VERDICT_OFFLINE] = "offline"};

const char *const pp_how_name[PP_HOW_COUNT] = {
    [PP_HOW_SILENT] = "silent", [PP_HOW_RST] = "rst",         [PP_HOW_REFUSED] = "refused",
    [PP_HOW_ICMP] = "icmp",     [PP_HOW_STALLED] = "stalled", [PP_HOW_BAD_REPLY] = "bad_reply",
};

enum pp_verdict pp_verdict_of_round(bool a_ok, bool b_ok)
{
    if (a_ok)
        return b_ok ? PP_VERDICT_WORKS : PP_VERDICT_BROKEN;
    return b_ok ? PP_VERDICT_TRANSIENT : PP_VERDICT_OFFLINE;
}

enum pp_verdict pp_verdict_gravest(enum pp_verdict x, enum pp_verdict y)
{
    static const uint8_t weight[PP_VERDICTS] = {[PP_VERDICT_WORKS] = 0,
                                                [PP_VERDICT_OFFLINE] = 1,
                                                [PP_VERDICT_TRANSIENT] = 2,
                                                [PP_VERDICT_UNSTABLE] = 3,
                                                [PP_VERDICT_BROKEN] = 4};

    return weight[x] >= weight[y] ? x : y;
}

double pp_evidence_factor(unsigned m, unsigned k, bool arm_failed, double weight)
{
    double flows = m + 1., chance = k / flows, broken = weight * k / (weight * k + flows - k);

    if (k == 0 || k == m + 1)
        return 1;
    return arm_failed ? broken / chance : (1 - broken) / (1 - chance);
}

double pp_evidence_clean(unsigned m)
{
    return pp_evidence_factor(m, 1, true, PP_WEIGHT);
}

void pp_trials_add(struct pp_trials *t, unsigned m, unsigned failed, bool arm_ok, double alpha)
{
    unsigned k = failed + !arm_ok;

    t->fa += failed;
    t->sa += m - failed;
    ++*(arm_ok ? &t->sb : &t->fb);
    t->e *= pp_evidence_factor(m, k, !arm_ok, PP_WEIGHT);
    t->mirrored *= pp_evidence_factor(m, k, !arm_ok, 1 / PP_WEIGHT);
    t->reached |= t->e * alpha >= 1;
}

static enum pp_judgement ended(enum pp_verdict *word, enum pp_verdict as)
{
    *word = as;
    return PP_HAS_ENDED;
}

enum pp_judgement pp_verdict_judge(const struct pp_trials *t, const struct pp_case *c, enum pp_verdict *word)
{
    if (c->round == 1 && c->at_once && !c->forced)
        return ended(word, PP_VERDICT_WORKS);
    if (t->reached && t->sb > t->unasked)
        return ended(word, PP_VERDICT_UNSTABLE);
    if (t->reached && t->e < PP_LIST_E && !c->last)
        return PP_GOES_ON;
    if (t->reached)
        return c->ports < PP_PORTS_MIN ? PP_LACKS_PORTS : ended(word, PP_VERDICT_BROKEN);
    if (t->mirrored * c->alpha >= 1)
        return ended(word, PP_VERDICT_TRANSIENT);
    if ((t->fb ? t->sb >= 3 : t->sa >= 3) && (!c->forced || c->round >= 5))
        return ended(word, t->fb <= 1 ? PP_VERDICT_WORKS : PP_VERDICT_UNSTABLE);
    return PP_GOES_ON;
}

unsigned pp_verdict_rounds(double alpha, unsigned max_rounds)
{
    double e = pp_evidence_clean(1);
    unsigned round = 1;

    for (; round < max_rounds && (e < PP_LIST_E || e * alpha < 1); round++)
        e *= pp_evidence_clean(3);
    return round;
}
