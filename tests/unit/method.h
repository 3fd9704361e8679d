/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * method.h: what the tests of the method have in common: its defaults, paths on which flows fare as a script says, the
 * times at which they began, and a reader's own evidence, worked out from the printed line alone.
 */
#ifndef PP_TEST_METHOD_H
#define PP_TEST_METHOD_H

#include "rig_check.h"

#include <math.h>

/* What `pathprobe measure` does by default, without the shares that chance decides. */
#define METHOD                                                                                                        \
    .max_rounds = 12, .alpha = 1e-4, .cooldown = 2 * S, .spacing = 60 * S, .max_flows = 61

#define BROKEN \
    "\"server\": \"ecn\", \"delay_ms\": 10, \"path\": [{\"behaviour\": \"ecn.syn.rst\", \"dir\": \"fwd\", \"hop\": 7}]"

/* ---- a reader's evidence ----------------------------------------------------------------------------------------- */

struct reading {
    unsigned fb, sb, fa, sa, rounds, flows, first, last; /* numbers of the first and last round */
    double e, mirrored;
};

static inline double power(double p, unsigned n)
{
    return n ? pow(p, n) : 1;
}

/* The factor of one round as pathprobe-measure(1) defines it: M controls, K failures, weight W. */
static inline double ratio(unsigned m, unsigned k, bool failed, double w)
{
    double p0 = k / (m + 1.), p1 = w * k / (w * k + m + 1 - k);

    return m == 0 || k == 0 || k == m + 1 ? 1 : failed ? p1 / p0 : (1 - p1) / (1 - p0);
}

/* Recomputes the evidence of VERDICT from its `rounds` alone. */
static inline struct reading read_rounds(const json_t *verdict)
{
    const json_t *rounds = rig_at(verdict, "rounds");
    struct reading is = {.e = 1, .mirrored = 1};

    for (size_t i = 0; i < json_array_size(rounds); i++) {
        const json_t *round = json_array_get(rounds, i), *flows = rig_at(round, "flows");
        unsigned count = (unsigned)json_integer_value(rig_at(round, "count"));

        is.rounds += count;
        is.last = (unsigned)json_integer_value(rig_at(round, "n"));
        is.first = is.first ? is.first : is.last;
        unsigned of[2][2] = {{0}}; /* controls, or the arm; failures, or successes */
        for (size_t n = 0; n < json_array_size(flows); n++) {
            const json_t *flow = json_array_get(flows, n);
            const char *name = rig_str(flow, "arm"), *arm = rig_str(verdict, "arm");
            bool ok = json_is_true(rig_at(flow, "ok")), own = strcmp(name, arm) == 0;
            is.flows += count;
            if (own || strcmp(name, "A") == 0 || strcmp(name, "A'") == 0 || strcmp(name, "D") == 0)
                of[own][ok]++;
        }
        is.sa += count * of[0][1];
        is.fa += count * of[0][0];
        is.sb += count * of[1][1];
        is.fb += count * of[1][0];
        is.e *= power(ratio(of[0][0] + of[0][1], of[0][0] + of[1][0], of[1][0], 100), count);
        is.mirrored *= power(ratio(of[0][0] + of[0][1], of[0][0] + of[1][0], of[1][0], .01), count);
    }
    return is;
}

static inline const json_t *verdict_of(const json_t *line, const char *arm)
{
    const json_t *verdicts = rig_at(line, "verdicts");

    for (size_t i = 0; i < json_array_size(verdicts); i++)
        if (strcmp(rig_str(json_array_get(verdicts, i), "arm"), arm) == 0)
            return json_array_get(verdicts, i);
    return NULL;
}

/* Checks that the figures of every verdict of LINE follow from its rounds. */
static inline void check_reasons(const json_t *line)
{
    const json_t *verdicts = rig_at(line, "verdicts");

    for (size_t i = 0; i < json_array_size(verdicts); i++) {
        const json_t *v = json_array_get(verdicts, i);
        struct reading is = read_rounds(v);
        bool mirrored = strcmp(rig_str(v, "verdict"), "transient") == 0;
        double want = mirrored ? is.mirrored : is.e;
        double e = json_number_value(rig_at(v, "e"));

        assert_int_equal(json_integer_value(rig_at(v, "a.0")), is.sa);
        assert_int_equal(json_integer_value(rig_at(v, "a.1")), is.sa + is.fa);
        assert_int_equal(json_integer_value(rig_at(v, "b.0")), is.sb);
        assert_int_equal(json_integer_value(rig_at(v, "b.1")), is.sb + is.fb);
        if (fabs(e - want) > want * 1e-5) /* six digits are printed */
            fail_msg("%s of %s: e is %g, by its rounds %g", rig_str(v, "arm"), rig_str(line, "dip"), e, want);
    }
}

/* ---- paths by a script ------------------------------------------------------------------------------------------- */

#define FLOWS_MAX 512

/* A flow that the worker opened, from its first SYN on. Flows of one round begin at most a second after each other. */
struct begun {
    int64_t at;
    uint32_t seq;
    uint16_t sport;
    bool ecn, deaf;
    unsigned round; /* of its target's address, from 1 */
};

/*
 * a[n - 1] and b[n - 1] say whether flows of the baseline (A' and D included) and of B1 get an answer in round n: '+'
 * or '-'; the last letter holds for all later rounds. NULL: all get one. Rounds are counted for one address alone.
 */
struct script {
    const char *a, *b;
    struct begun flow[FLOWS_MAX];
    unsigned nflows, rounds;
    int64_t last; /* time of the latest packet, in either direction */
    int64_t ended[FLOWS_MAX]; /* last packet of round n - 1 */
};

static inline bool is_deaf(const char *fates, unsigned round)
{
    size_t n = fates ? strlen(fates) : 0;

    return n && fates[round - 1 < n ? round - 1 : n - 1] == '-';
}

static inline void note_syn(struct script *s, const struct pp_packet *p, int64_t now)
{
    struct begun *before = s->nflows ? &s->flow[s->nflows - 1] : NULL;
    bool ecn = p->tcp.flags & PP_TCP_ECE;

    for (unsigned i = 0; i < s->nflows; i++)
        if (s->flow[i].seq == p->tcp.seq && s->flow[i].sport == p->sport)
            return; /* a retransmission */
    assert_true(s->nflows < FLOWS_MAX);
    if (!before || now - before->at > 1500 * MS)
        s->ended[s->rounds++] = s->last;
    s->flow[s->nflows++] = (struct begun){.at = now, .seq = p->tcp.seq, .sport = p->sport, .ecn = ecn,
                                          .round = s->rounds, .deaf = is_deaf(ecn ? s->b : s->a, s->rounds)};
}

static inline bool by_script(struct rig *r, uint8_t *ip, size_t len, bool ours)
{
    struct script *s = r->setup.arg;
    struct pp_packet p;

    if (pp_packet_decode(&p, ip, len) < 0 || p.proto != PP_PROTO_TCP)
        return true;
    if (ours && p.tcp.flags & PP_TCP_SYN)
        note_syn(s, &p, r->now);
    s->last = r->now;
    for (unsigned i = s->nflows; !ours && i-- > 0;)
        if (s->flow[i].sport == p.dport)
            return !s->flow[i].deaf;
    return true;
}

/* Probes one target on such a path and checks its line, which stays in R. */
static inline void go_by_script(struct rig *r, struct script *s, const struct pp_plan *method, const char *hosts)
{
    go(r, &(struct rig_setup){
              .hosts = hosts, .nhosts = 1, .method = method, .packet = by_script, .arg = s, .connect_timeout = 4 * S});
    each_once(r);
    assert_true(valid(r->line[0]));
    check_reasons(r->line[0]);
}

/* When round N began. */
static inline int64_t round_began(const struct script *s, unsigned n)
{
    for (unsigned i = 0; i < s->nflows; i++)
        if (s->flow[i].round == n)
            return s->flow[i].at;
    fail_msg("no round %u", n);
    return 0;
}

#endif
