/* SPDX-License-Identifier: BSD-2-Clause */
/* first.c: the first method of verdicts, on the lab's hosts, with SYNs only. */
#include "first.h"

#include "core/base/random.h"
#include "tests/unit/raw_client.h"

#include <math.h>

#define MS INT64_C(1000000)
#define S INT64_C(1000000000)
#define ROUNDS 12

/* Slots in order of what declared places they had: controls and arms without one, then B2, then B4. */
enum { A, A2, D, B1, B3, B2, B4, SLOTS };

/* Failures and successes of an arm and of the baseline, over all rounds of a target. */
struct trials {
    unsigned fb, sb, fa, sa;
};

/* n * log(p), where nothing happened is certain whatever p. */
static double times_log(double n, double p)
{
    return n == 0 ? 0 : n * log(p);
}

/* E = [ .95^fB .05^sB .02^fA .98^sA ] / max over p of [ p^(fA+fB) (1-p)^(sA+sB) ] */
static double evidence(const struct trials *t)
{
    double f = t->fa + t->fb, s = t->sa + t->sb;
    double broken = t->fb * log(.95) + t->sb * log(.05) + t->fa * log(.02) + t->sa * log(.98);
    double p = f + s > 0 ? f / (f + s) : 0; /* the maximum of a binomial likelihood */

    return exp(broken - times_log(f, p) - times_log(s, 1 - p));
}

/* True: the arm is decided after ROUND; *BROKEN: whether it is broken. */
static bool ended(const struct trials *t, unsigned round, double alpha, bool *broken)
{
    struct trials mirrored = {.fb = t->fa, .sb = t->sa, .fa = t->fb, .sa = t->sb};

    *broken = evidence(t) * alpha >= 1;
    return *broken || evidence(&mirrored) * alpha >= 1 || (round == 1 && t->sb && t->sa) ||
           (t->fb ? t->sb >= 3 : t->sa >= 3);
}

/* One flow: SYNs at 0, 1, 3 and 7 s, given up at 10 s. */
struct flow {
    int64_t start;
    unsigned syns;
    bool started, ok, over;
};

static const int64_t again[] = {0, 1 * S, 3 * S, 7 * S, 10 * S};

static void step(struct pp_lab *lab, uint64_t host, struct flow *f, uint16_t sport)
{
    struct raw_client c = raw_client(lab, host, sport);
    struct raw r;

    c.now = f->start + again[f->syns];
    if (f->syns == 4) {
        f->over = true;
        return;
    }
    f->syns++;
    raw_send(&c, SYN, "");
    f->ok = f->over = raw_recv(&c, 0, &r) && r.flags & SYN;
    if (f->ok)
        raw_send(&c, RST, "");
}

/*
 * The slots in ORDER, N of them, from *NOW on: the next one starts when the one before is over, after a second at the
 * latest. *NOW: when the last one is over.
 */
static void ask(struct pp_lab *lab, uint64_t host, const unsigned *order, unsigned n, uint16_t *sport, int64_t *now,
                bool *ok)
{
    struct flow flow[SLOTS] = {{0}};
    unsigned begun = 0, over = 0;

    for (int64_t next = *now; over < n;) {
        int64_t at = begun < n ? next : INT64_MAX;
        unsigned which = n;

        for (unsigned i = 0; i < begun; i++)
            if (!flow[i].over && flow[i].start + again[flow[i].syns] <= at) {
                at = flow[i].start + again[flow[i].syns];
                which = i;
            }
        *now = at;
        if (which == n) {
            flow[which = begun++] = (struct flow){.start = at, .started = true};
            next = at + S;
        }
        step(lab, host, &flow[which], (uint16_t)(*sport + which));
        over += flow[which].over;
        if (flow[which].over && which + 1 == begun)
            next = at;
        ok[order[which]] = flow[which].ok;
    }
    *sport = (uint16_t)(*sport + n);
}

/* Those that take part in ROUND: shuffled, but for the two that have places. */
static unsigned draw(unsigned round, const bool *has_ended, struct pp_rng *rng, unsigned *order)
{
    unsigned n = 0;

    for (unsigned slot = A; slot < SLOTS; slot++) {
        if (slot <= D ? slot != A && round == 1 : has_ended[slot])
            continue;
        order[n] = slot;
        if (slot < B2) {
            unsigned j = (unsigned)pp_rng_below(rng, n + 1u);
            order[n] = order[j];
            order[j] = slot;
        }
        n++;
    }
    return n;
}

static bool is_broken(struct pp_lab *lab, uint64_t host, struct pp_rng *rng, double alpha)
{
    struct trials t[SLOTS] = {{0}};
    bool has_ended[SLOTS] = {false}, broken = false;
    int64_t now = (int64_t)(1 + host) * 2000 * S, start;
    uint16_t sport = 1;

    for (unsigned round = 1; round <= ROUNDS && !has_ended[B4]; round++) {
        unsigned order[SLOTS], n = draw(round, has_ended, rng, order);
        bool ok[SLOTS] = {false};

        start = now;
        ask(lab, host, order, n, &sport, &now, ok);
        for (unsigned arm = B1; arm < SLOTS; arm++) {
            if (has_ended[arm])
                continue;
            ++*(ok[arm] ? &t[arm].sb : &t[arm].fb);
            for (unsigned a = A; a <= (round == 1 ? A : A2); a++)
                ++*(ok[a] ? &t[arm].sa : &t[arm].fa);
            has_ended[arm] = ended(&t[arm], round, alpha, &broken);
        }
        now = round == 1 ? now + 2 * S : start + 60 * S + (int64_t)(pp_rng_unit(rng) * 6e9);
    }
    return has_ended[B4] && broken; /* B4 is the last that is judged */
}

int64_t first_method(uint64_t hosts, uint64_t seed, double alpha)
{
    static const char text[] = "{\"hops\": [8, 12], \"hosts\": [{\"share\": 1, \"path\": [{\"behaviour\": "
                               "\"quota.pair\", \"dir\": \"fwd\", \"hop\": 7, \"flows\": 3}]}]}";
    struct pp_rng rng = pp_rng_init(seed, 0xf125);
    struct pp_scenario s;
    struct pp_lab *lab;
    int64_t n = 0;

    if (pp_scenario_parse(&s, "the first method", text, sizeof text - 1) < 0 || !(lab = pp_lab_new(&s, hosts, seed)))
        return -1;
    for (uint64_t host = 0; host < hosts; host++)
        n += is_broken(lab, host, &rng, alpha);
    pp_lab_free(lab);
    return n;
}
