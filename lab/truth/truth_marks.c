/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * truth_marks.c: the truth of the experiments whose arms differ in flags, marks and codepoints alone: `ecnpp`,
 * `ecnctl`, `l4s` and `ecndscp`. Each arm's packets are carried along the path here; of the effects in the table only
 * those for all experiments apply.
 */
#include "truth.h"
#include "walk.h"

#define TCP (PP_MODE_HTTP | PP_MODE_DNSTCP)
#define ACK PP_TCP_ACK
#define DATA (PP_TCP_ACK | PP_TCP_PSH)

#define CONNECTIVITY(name, arm, modes)                                                                                 \
    {name ".connectivity", PP_TRUTH_CONNECTIVITY, arm, modes, {"works", "works", "offline", "offline"}}

/* The verdict of an arm whose packets become B, beside the baseline A. */
static int verdict(const struct pp_walk *a, const struct pp_walk *b)
{
    return a->chance || b->chance ? PP_TRUTH_UNSTABLE
           : a->lost              ? b->lost ? PP_TRUTH_OFFLINE : PP_TRUTH_TRANSIENT
           : b->lost              ? PP_TRUTH_BROKEN
                                  : PP_TRUTH_WORKS;
}

/* Carries a segment with FLAGS, ECN and DSCP to the server. */
static struct pp_walk sent(const struct pp_lab_class *c, uint16_t flags, uint8_t ecn, uint8_t dscp)
{
    struct pp_walk s = {.flags = flags, .ecn = ecn, .dscp = dscp};

    pp_walk(c, PP_LAB_FWD, &s);
    return s;
}

/* Sets N groups from G on to no value, or to an unknown one, if there is no answer or the verdict depends on chance. */
static void unsure(int *value, unsigned g, unsigned n, int what)
{
    for (unsigned i = 0; i < n; i++)
        value[g + i] = what;
}

/* ---- ecnpp ---- */

enum { PP_ARMS = 11, PP_SYNACK = PP_ARMS, PP_ASKING = 8 };

static const uint8_t codepoints[] = {PP_NOT_ECT, PP_ECT0, PP_ECT1, PP_CE};

/* The handshake of arm I (A: 0): I / 4 is the request in its SYN, I % 4 its mark. */
static struct pp_walk handshake(const struct pp_lab_class *c, unsigned i)
{
    static const uint16_t setup[] = {0, PP_TCP_ECE | PP_TCP_CWR, PP_TCP_ECE | PP_TCP_CWR | PP_TCP_AE};
    struct pp_walk s = {.flags = PP_TCP_SYN | setup[i / 4], .ecn = codepoints[i % 4]};

    pp_walk_handshake(c, &s);
    return s;
}

static void ecnpp_settle(const struct pp_truth *e, const struct pp_lab_class *c, int family, int *value)
{
    bool unstable = value[0] == PP_TRUTH_UNSTABLE, unknown = value[0] == PP_TRUTH_ANYTHING;
    struct pp_walk a;

    (void)e, (void)family;
    if (value[0] == PP_TRUTH_OFFLINE)
        return;
    a = handshake(c, 0);
    for (unsigned i = 1; i <= PP_ARMS; i++) {
        struct pp_walk s = handshake(c, i);
        int *synack = &value[PP_SYNACK + i - 4];

        if (!unstable && !unknown)
            value[i - 1] = verdict(&a, &s);
        if (i < 4)
            continue;
        *synack = s.lost ? PP_TRUTH_NONE_OF_THEM : s.flags >> 6 & 7;
        if (unstable || unknown || s.chance || !pp_walk_is_plain(c))
            *synack = PP_TRUTH_ANYTHING;
    }
}

#define PP_ARM(setup, codepoint, arm) CONNECTIVITY("ecnpp." setup "." codepoint, arm, PP_MODE_TCP | PP_MODE_HTTP)
#define PP_SAYS(setup, codepoint)                                                                                      \
    {"ecnpp." setup "." codepoint ".synack", {NULL}, NULL, PP_MODE_TCP | PP_MODE_HTTP, {NULL}}

/* ---- ecnctl ---- */

enum { CTL_ACK_ARM, CTL_FIN_ARM, CTL_AGAIN_ARM, CTL_ACK, CTL_FIN };
enum { HEARD, UNHEARD };

/* Retransmissions, late answers and ignored flows of the server do not depend on marks. */
static void ecnctl_settle(const struct pp_truth *e, const struct pp_lab_class *c, int family, int *value)
{
    struct pp_walk plain = sent(c, ACK, PP_NOT_ECT, 0), ack = sent(c, ACK, PP_ECT0, 0),
                   fin = sent(c, ACK | PP_TCP_FIN, PP_ECT0, 0), data = sent(c, DATA, PP_ECT0, 0);

    (void)e, (void)family;
    if (value[0] == PP_TRUTH_OFFLINE)
        return;
    if (value[0] == PP_TRUTH_UNSTABLE || value[0] == PP_TRUTH_ANYTHING) {
        unsure(value, CTL_ACK, 2, PP_TRUTH_ANYTHING);
        return;
    }
    value[CTL_AGAIN_ARM] = verdict(&plain, &data);
    value[CTL_ACK] = ack.lost && fin.lost ? UNHEARD : HEARD;
    value[CTL_FIN] = fin.lost ? UNHEARD : HEARD;
    if (pp_walk_quirks(c) & (PP_QUIRK_COOKIE | PP_QUIRK_WINDOW0 | PP_QUIRK_ENDLESS | PP_QUIRK_BARE) ||
        !pp_walk_is_plain(c) || c->return_loss > 0)
        unsure(value, CTL_ACK, 2, PP_TRUTH_ANYTHING);
}

/* ---- l4s ---- */

enum { L4S_NOTECT_ARM, L4S_ECT0_ARM, L4S_ECT1_ARM, L4S_ECT0, L4S_ECT1, L4S_SHARE0, L4S_SHARE1 };
enum { PRESERVED, REMARKED, BLEACHED, MARKED_CE };

static int fate(uint8_t mark, uint8_t arrived)
{
    return arrived == mark ? PRESERVED : arrived == PP_CE ? MARKED_CE : arrived == PP_NOT_ECT ? BLEACHED : REMARKED;
}

/* True if the server's options reach the client unchanged. */
static bool options_return(const struct pp_lab_class *c)
{
    for (unsigned i = 0; i < c->npath; i++)
        if (c->path[i].dir & PP_LAB_REV && c->path[i].behaviour->options & PP_LAB_OPTION_ACCECN)
            return false;
    return true;
}

static void l4s_settle(const struct pp_truth *e, const struct pp_lab_class *c, int family, int *value)
{
    struct pp_walk a = {.flags = PP_TCP_SYN},
                   b = {.flags = PP_TCP_SYN | PP_TCP_ECE | PP_TCP_CWR | PP_TCP_AE};
    struct pp_walk data[2] = {sent(c, DATA, PP_ECT0, 0), sent(c, DATA, PP_ECT1, 0)};
    bool unstable = value[0] == PP_TRUTH_UNSTABLE || value[0] == PP_TRUTH_ANYTHING, agreed, counted = false;

    (void)e, (void)family;
    if (value[0] == PP_TRUTH_OFFLINE)
        return;
    pp_walk_handshake(c, &a);
    pp_walk_handshake(c, &b);
    agreed = pp_walk_quirks(c) & PP_QUIRK_ACCECN && (b.flags >> 6 & 7) == 2 && options_return(c);
    if (!unstable)
        value[L4S_NOTECT_ARM] = verdict(&a, &b);
    for (unsigned i = 0; i < 2; i++) {
        struct pp_walk flow = {.lost = b.lost || data[i].lost, .chance = b.chance || data[i].chance};

        if (!unstable)
            value[L4S_ECT0_ARM + i] = verdict(&a, &flow);
        counted |= !flow.lost && data[i].ecn != PP_NOT_ECT;
    }
    for (unsigned i = 0; i < 2; i++) {
        bool stated = agreed && counted && !b.lost && !data[i].lost;

        value[L4S_ECT0 + i] = stated ? fate(i ? PP_ECT1 : PP_ECT0, data[i].ecn) : PP_TRUTH_NONE_OF_THEM;
        value[L4S_SHARE0 + i] = !stated || data[i].ecn == PP_NOT_ECT ? PP_TRUTH_NONE_OF_THEM
                                : data[i].ecn == PP_CE               ? 100
                                                                     : 0;
    }
    if (unstable || !pp_walk_is_plain(c))
        unsure(value, L4S_ECT0, 4, PP_TRUTH_ANYTHING);
}

/* ---- ecndscp ---- */

enum { GRID = 16, GRID_ECN = GRID - 1, GRID_DSCP, GRID_JOINT, GRID_CHANGED, GRID_ARRIVED };

/* Sets the mark with which each arm's packets arrive; the lab's servers with ECN report it. */
static void ecndscp_arrived(const struct pp_lab_class *c, const struct pp_walk *s, int *value)
{
    const uint32_t silent = PP_QUIRK_QUIC_LIES | PP_QUIRK_QUIC_CLOSES;
    bool reports = false;

    for (unsigned i = 0; i < GRID; i++)
        reports |= !s[i].lost && s[i].ecn != PP_NOT_ECT;
    reports &= c->server == PP_LAB_ECN && !(pp_walk_quirks(c) & silent);
    value[GRID_CHANGED] = PP_TRUTH_NONE_OF_THEM;
    for (unsigned i = 0, n = GRID_ARRIVED; i < GRID; i++) {
        uint8_t sent = codepoints[i % 4];

        if (i % 4 == 0)
            continue;
        value[n++] = reports && !s[i].lost ? s[i].ecn : PP_TRUTH_NONE_OF_THEM;
        if (reports && !s[i].lost && !s[i % 4].lost && s[i].ecn != sent && s[i % 4].ecn == sent)
            value[GRID_CHANGED] = 0;
    }
}

/* Datagrams have no flags. A lost packet may be one of the handshake, which has the codepoint and no mark. */
static void ecndscp_settle(const struct pp_truth *e, const struct pp_lab_class *c, int family, int *value)
{
    static const uint8_t dscp[] = {0, 8, 34, 46};
    struct pp_walk s[GRID];
    bool lost[3] = {false};

    (void)e, (void)family;
    if (value[0] == PP_TRUTH_OFFLINE)
        return;
    if (value[0] == PP_TRUTH_UNSTABLE || value[0] == PP_TRUTH_ANYTHING) {
        unsure(value, GRID_ECN, GRID_ARRIVED + GRID - GRID / 4 - GRID_ECN, PP_TRUTH_ANYTHING);
        return;
    }
    for (unsigned i = 0; i < GRID; i++) {
        struct pp_walk syn = sent(c, 0, PP_NOT_ECT, dscp[i / 4]);

        s[i] = sent(c, 0, codepoints[i % 4], dscp[i / 4]);
        s[i].lost |= syn.lost;
        s[i].chance |= syn.chance;
        if (i == 0)
            continue;
        value[i - 1] = verdict(&s[0], &s[i]);
        if (value[i - 1] != PP_TRUTH_BROKEN)
            continue;
        lost[0] |= i < 4;
        lost[1] |= i % 4 == 0;
        lost[2] |= i > 4 && i % 4 && !s[i - i % 4].lost && !s[i % 4].lost;
    }
    for (unsigned i = 0; i < 3; i++)
        value[GRID_ECN + i] = lost[i] ? 0 : PP_TRUTH_NONE_OF_THEM;
    ecndscp_arrived(c, s, value);
}

#define GRID_MODES (PP_MODE_HTTP | PP_MODE_DNSUDP | PP_MODE_QUICINIT)
#define GRID_ARM(dscp, mark, arm) CONNECTIVITY("ecndscp." dscp "." mark, arm, GRID_MODES)
#define GRID_AS(dscp, mark) {"ecndscp." dscp "." mark ".arrived", {NULL}, NULL, PP_MODE_QUICINIT, {NULL}}
#define GRID_LOST(what) {"ecndscp." what, {"lost"}, NULL, GRID_MODES, {NULL}}

static const struct pp_truth experiments[] = {
    {"ecnpp",
     PP_MODE_TCP | PP_MODE_HTTP,
     {
         PP_ARM("none", "ect0", "B1"), PP_ARM("none", "ect1", "B2"), PP_ARM("none", "ce", "B3"),
         PP_ARM("ecn", "notect", "B4"), PP_ARM("ecn", "ect0", "B5"), PP_ARM("ecn", "ect1", "B6"),
         PP_ARM("ecn", "ce", "B7"), PP_ARM("accecn", "notect", "B8"), PP_ARM("accecn", "ect0", "B9"),
         PP_ARM("accecn", "ect1", "B10"), PP_ARM("accecn", "ce", "B11"),
         PP_SAYS("ecn", "notect"), PP_SAYS("ecn", "ect0"), PP_SAYS("ecn", "ect1"), PP_SAYS("ecn", "ce"),
         PP_SAYS("accecn", "notect"), PP_SAYS("accecn", "ect0"), PP_SAYS("accecn", "ect1"), PP_SAYS("accecn", "ce"),
     },
     ecnpp_settle},
    {"ecnctl",
     TCP,
     {
         [CTL_ACK_ARM] = CONNECTIVITY("ecnctl.ack", "B1", TCP),
         [CTL_FIN_ARM] = CONNECTIVITY("ecnctl.fin", "B2", TCP),
         [CTL_AGAIN_ARM] = CONNECTIVITY("ecnctl.retransmission", "B3", TCP),
         [CTL_ACK] = {"ecnctl.ack", {"heard", "unheard"}, NULL, TCP, {NULL}},
         [CTL_FIN] = {"ecnctl.fin", {"acked", "not_acked"}, NULL, TCP, {NULL}},
     },
     ecnctl_settle},
    {"l4s",
     PP_MODE_HTTP,
     {
         [L4S_NOTECT_ARM] = CONNECTIVITY("l4s.notect", "B1", PP_MODE_HTTP),
         [L4S_ECT0_ARM] = CONNECTIVITY("l4s.ect0", "B2", PP_MODE_HTTP),
         [L4S_ECT1_ARM] = CONNECTIVITY("l4s.ect1", "B3", PP_MODE_HTTP),
         [L4S_ECT0] = {"l4s.ect0", {"preserved", "remarked", "bleached", "marked_ce"}, NULL, PP_MODE_HTTP, {NULL}},
         [L4S_ECT1] = {"l4s.ect1", {"preserved", "remarked", "bleached", "marked_ce"}, NULL, PP_MODE_HTTP, {NULL}},
         [L4S_SHARE0] = {"l4s.ect0.ce.share", {NULL}, NULL, PP_MODE_HTTP, {NULL}},
         [L4S_SHARE1] = {"l4s.ect1.ce.share", {NULL}, NULL, PP_MODE_HTTP, {NULL}},
     },
     l4s_settle},
    {"ecndscp",
     GRID_MODES,
     {
         GRID_ARM("0", "ect0", "B1"), GRID_ARM("0", "ect1", "B2"), GRID_ARM("0", "ce", "B3"),
         GRID_ARM("8", "notect", "B4"), GRID_ARM("8", "ect0", "B5"), GRID_ARM("8", "ect1", "B6"),
         GRID_ARM("8", "ce", "B7"), GRID_ARM("34", "notect", "B8"), GRID_ARM("34", "ect0", "B9"),
         GRID_ARM("34", "ect1", "B10"), GRID_ARM("34", "ce", "B11"), GRID_ARM("46", "notect", "B12"),
         GRID_ARM("46", "ect0", "B13"), GRID_ARM("46", "ect1", "B14"), GRID_ARM("46", "ce", "B15"),
         [GRID_ECN] = GRID_LOST("ecn"), [GRID_DSCP] = GRID_LOST("dscp"), [GRID_JOINT] = GRID_LOST("joint"),
         [GRID_CHANGED] = {"ecndscp.mark", {"changed"}, NULL, PP_MODE_QUICINIT, {NULL}},
         [GRID_ARRIVED] = GRID_AS("0", "ect0"), GRID_AS("0", "ect1"), GRID_AS("0", "ce"),
         GRID_AS("8", "ect0"), GRID_AS("8", "ect1"), GRID_AS("8", "ce"),
         GRID_AS("34", "ect0"), GRID_AS("34", "ect1"), GRID_AS("34", "ce"),
         GRID_AS("46", "ect0"), GRID_AS("46", "ect1"), GRID_AS("46", "ce"),
     },
     ecndscp_settle},
};

const struct pp_truth *pp_truth_marks_at(unsigned i)
{
    return i < sizeof experiments / sizeof *experiments ? &experiments[i] : NULL;
}
