/* SPDX-License-Identifier: BSD-2-Clause */
/* verdict.c: words and evidence. */
#include "verdict.h"

#include <math.h>

const char *const pp_word_name[PP_WORDS] = {"works", "broken", "transient", "offline", "unstable"};
const char *const pp_word_name_alone[PP_WORDS] = {[PP_WORKS] = "online", [PP_OFFLINE] = "offline"};

const char *const pp_how_name[PP_HOW_COUNT] = {
    [PP_HOW_SILENT] = "silent", [PP_HOW_RST] = "rst",         [PP_HOW_REFUSED] = "refused",
    [PP_HOW_ICMP] = "icmp",     [PP_HOW_STALLED] = "stalled", [PP_HOW_BAD_REPLY] = "bad_reply",
};

enum pp_word pp_word_of_round(bool a_ok, bool b_ok)
{
    if (a_ok)
        return b_ok ? PP_WORKS : PP_BROKEN;
    return b_ok ? PP_TRANSIENT : PP_OFFLINE;
}

enum pp_word pp_word_gravest(enum pp_word x, enum pp_word y)
{
    static const uint8_t weight[PP_WORDS] = {
        [PP_WORKS] = 0, [PP_OFFLINE] = 1, [PP_TRANSIENT] = 2, [PP_UNSTABLE] = 3, [PP_BROKEN] = 4};

    return weight[x] >= weight[y] ? x : y;
}

/* n * log(p), where nothing happened is certain whatever p. */
static double times_log(double n, double p)
{
    return n == 0 ? 0 : n * log(p);
}

double pp_evidence(const struct pp_trials *t)
{
    double f = (double)t->fa + t->fb, s = (double)t->sa + t->sb;
    double broken = t->fb * log(PP_Q_ARM) + t->sb * log(1 - PP_Q_ARM) +
                    t->fa * log(PP_Q_BASE) + t->sa * log(1 - PP_Q_BASE);
    double p = f + s > 0 ? f / (f + s) : 0; /* the maximum of a binomial likelihood */

    return exp(broken - times_log(f, p) - times_log(s, 1 - p));
}

double pp_evidence_mirrored(const struct pp_trials *t)
{
    struct pp_trials m = {.fb = t->fa, .sb = t->sa, .fa = t->fb, .sa = t->sb};

    return pp_evidence(&m);
}

bool pp_verdict_judge(const struct pp_trials *t, unsigned round, bool forced, double alpha, enum pp_word *word)
{
    if (round == 1 && !forced && t->sb && t->sa && !t->fb && !t->fa) {
        *word = PP_WORKS;
        return true;
    }
    if (pp_evidence(t) * alpha >= 1) {
        *word = PP_BROKEN;
        return true;
    }
    if (pp_evidence_mirrored(t) * alpha >= 1) {
        *word = PP_TRANSIENT;
        return true;
    }
    if (t->fb ? t->sb >= 3 : t->sa >= 3) {
        *word = t->fb <= 1 ? PP_WORKS : PP_UNSTABLE;
        return !forced || round >= 5;
    }
    return false;
}

unsigned pp_verdict_rounds(double alpha, unsigned max_rounds)
{
    struct pp_trials t = {0};
    enum pp_word word;
    unsigned round = 0;

    while (round < max_rounds) {
        round++;
        t.fb++;
        t.sa += round == 1 ? 1 : 2;
        if (pp_verdict_judge(&t, round, false, alpha, &word))
            break;
    }
    return round;
}
