/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * truth_tables.c: tables of experiments: the conditions of each, their values for each kind of server on a path without
 * middleboxes, and how they depend on each other. A new experiment is a new row of `experiments`, or of the table of
 * another truth_*.c.
 */
#include "truth.h"

#define CONNECTIVITY PP_TRUTH_CONNECTIVITY
#define WITH_DATA (PP_MODE_HTTP | PP_MODE_DNSTCP)
#define ALL (PP_MODE_TCP | WITH_DATA)
/* All connect modes of this table. */
#define ANY (ALL | PP_MODE_DNSUDP | PP_MODE_QUICVN | PP_MODE_QUICINIT)

enum { ECN_CONNECTIVITY, ECN_DATA, ECN_CE_ARM, ECN_SPLIT, ECN_UNASKED, ECN_NEGOTIATION, ECN_ECT0, ECN_ECT1, ECN_CE,
       ECN_ECHO, ECN_CWR, ECN_SPURIOUS };
enum { SUCCEEDED, REFLECTED, FAILED };
enum { SEEN, NOT_SEEN };
enum { ECHOED, NOT_ECHOED };

/* Corrects the conditions about feedback: on CE, if ECN was negotiated and B3 works; on CWR, if CE was echoed. */
static void feedback_settle(int *value)
{
    if (value[ECN_CE_ARM] == PP_TRUTH_UNSTABLE || value[ECN_NEGOTIATION] == PP_TRUTH_ANYTHING) {
        value[ECN_ECHO] = value[ECN_CWR] = PP_TRUTH_ANYTHING;
        return;
    }
    if (value[ECN_CE_ARM] != PP_TRUTH_WORKS || value[ECN_NEGOTIATION] != SUCCEEDED)
        value[ECN_ECHO] = value[ECN_SPURIOUS] = PP_TRUTH_NONE_OF_THEM;
    if (value[ECN_SPURIOUS] == 0)
        value[ECN_ECHO] = PP_TRUTH_NONE_OF_THEM;
    if (value[ECN_ECHO] != ECHOED)
        value[ECN_CWR] = PP_TRUTH_NONE_OF_THEM;
}

/* Marks can be missing only if ECN was negotiated; a failed conversation states no condition. */
static void ecn_settle(const struct pp_truth *e, const struct pp_lab_class *c, int family, int *value)
{
    (void)e;
    (void)c;
    (void)family;
    if (value[ECN_CONNECTIVITY] == PP_TRUTH_UNSTABLE)
        value[ECN_NEGOTIATION] = value[ECN_ECT0] = value[ECN_ECT1] = value[ECN_CE] = PP_TRUTH_ANYTHING;
    else if (value[ECN_CONNECTIVITY] != PP_TRUTH_WORKS)
        value[ECN_NEGOTIATION] = value[ECN_ECT0] = value[ECN_ECT1] = value[ECN_CE] = PP_TRUTH_NONE_OF_THEM;
    for (int i = ECN_ECT0; i <= ECN_CE; i++) {
        if (value[i] == NOT_SEEN && value[ECN_NEGOTIATION] != SUCCEEDED)
            value[i] = PP_TRUTH_NONE_OF_THEM;
    }
    feedback_settle(value);
}

/* ---- dscp ---- */

/*
 * The arms' codepoints, the baseline first. Groups: the connectivity of each other arm, then the codepoints of replies.
 */
static const uint8_t codepoints[] = {0, 1, 10, 34, 45, 46, 48, 63};

enum { CODEPOINTS = sizeof codepoints, DSCP_REPLY = CODEPOINTS - 1 };

static uint32_t quirks_of(const struct pp_lab_class *c)
{
    uint32_t quirks = 0;

    for (unsigned i = 0; i < c->npath; i++)
        quirks |= c->path[i].behaviour->quirk;
    return quirks;
}

/* The codepoint with which the reply to a packet with codepoint N arrives; -1: packet or reply is dropped. */
static int reply_mark(const struct pp_lab_class *c, int n)
{
    uint32_t quirks = quirks_of(c);

    for (unsigned i = 0; i < c->npath && n >= 0; i++) {
        if (c->path[i].dir & PP_LAB_FWD)
            n = pp_behaviour_dscp(c->path[i].behaviour, n);
    }
    if (n >= 0 && !(quirks & PP_QUIRK_DSCP_COPY))
        n = quirks & PP_QUIRK_DSCP_FIXED ? PP_LAB_DSCP_FIXED : 0;
    for (unsigned i = c->npath; i-- > 0 && n >= 0;) {
        if (c->path[i].dir & PP_LAB_REV)
            n = pp_behaviour_dscp(c->path[i].behaviour, n);
    }
    return n;
}

/* Codepoints are carried along the path here, as boxes compute them; no row has effects for them. */
static void dscp_settle(const struct pp_truth *e, const struct pp_lab_class *c, int family, int *value)
{
    bool a = reply_mark(c, 0) >= 0, b, unstable = value[0] == PP_TRUTH_UNSTABLE;

    (void)e;
    (void)family;
    if (value[0] == PP_TRUTH_OFFLINE)
        return;
    for (int i = 0; i < CODEPOINTS; i++) {
        int mark = reply_mark(c, codepoints[i]);

        b = mark >= 0;
        value[DSCP_REPLY + i] = unstable ? PP_TRUTH_ANYTHING : b ? mark : PP_TRUTH_NONE_OF_THEM;
        if (i > 0 && !unstable)
            value[i - 1] = a && b ? PP_TRUTH_WORKS : a ? PP_TRUTH_BROKEN : b ? PP_TRUTH_TRANSIENT : PP_TRUTH_OFFLINE;
    }
}

#define DSCP_ARM(n, arm) {"dscp." #n ".connectivity", CONNECTIVITY, arm, ANY, {"works", "works", "offline", "offline"}}
#define DSCP_MARK(n) {"dscp." #n ".replymark", {NULL}, NULL, ANY, {NULL}}

/* ---- mss ---- */

enum { MSS_CONNECTIVITY, MSS_LOCAL, MSS_REMOTE, MSS_RECEIVED };
enum { UNCHANGED, INFLATED, DEFLATED, ABSENT };

/*
 * The client's link takes 1500 bytes. A box that lowers the value or removes the option is visible in the direction to
 * the client only.
 */
static void mss_settle(const struct pp_truth *e, const struct pp_lab_class *c, int family, int *value)
{
    uint32_t quirks = quirks_of(c);
    int local = family == 4 ? 1460 : 1440, remote;

    (void)e;
    value[MSS_LOCAL] = local;
    if (c->server != PP_LAB_ECN && c->server != PP_LAB_PLAIN)
        return;
    remote = quirks & PP_QUIRK_BARE    ? PP_TRUTH_NONE_OF_THEM
             : quirks & PP_QUIRK_JUMBO ? PP_LAB_MSS_JUMBO
                                       : PP_LAB_MSS(family);
    for (unsigned i = c->npath; i-- > 0;) {
        const struct pp_behaviour *b = c->path[i].behaviour;

        if (!(c->path[i].dir & PP_LAB_REV) || !(b->options & PP_LAB_OPTION(2)) || b->action != PP_BOX_CHANGE)
            continue;
        remote = !b->mss_max ? PP_TRUTH_NONE_OF_THEM : remote > b->mss_max ? b->mss_max : remote;
    }
    value[MSS_REMOTE] = remote;
    value[MSS_RECEIVED] = remote < 0 ? ABSENT : remote == local ? UNCHANGED : remote > local ? INFLATED : DEFLATED;
}

/* ---- tcpopt ---- */

enum { TS_ARM, WS_ARM, SACK_ARM, UNKNOWN_ARM, FULL_ARM, TS_AGREED, WS_AGREED, SACK_AGREED, TS_UNASKED, WS_UNASKED,
       SACK_UNASKED, COPIED };

/* Sets the conditions about a SYN/ACK where none came, or where it is not known whether one came. */
static void tcpopt_settle(const struct pp_truth *e, const struct pp_lab_class *c, int family, int *value)
{
    (void)e;
    (void)c;
    (void)family;
    for (int i = 0; i < 3; i++) {
        if (value[TS_ARM + i] == PP_TRUTH_UNSTABLE)
            value[TS_AGREED + i] = value[TS_UNASKED + i] = PP_TRUTH_ANYTHING;
        else if (value[TS_ARM + i] != PP_TRUTH_WORKS)
            value[TS_AGREED + i] = PP_TRUTH_NONE_OF_THEM;
    }
    if (value[UNKNOWN_ARM] != PP_TRUTH_WORKS)
        value[COPIED] = value[UNKNOWN_ARM] == PP_TRUTH_UNSTABLE ? PP_TRUTH_ANYTHING : PP_TRUTH_NONE_OF_THEM;
}

/* ---- mptcp ---- */

enum { MPTCP_ARM, CANARY_ARM, MPTCP_ANSWER, CANARY_COPIED };
enum { MPTCP_SUCCEEDED, MPTCP_REFLECTED, MPTCP_FAILED };

/* A copied option is recognised only if the arm with the unknown option works. */
static void mptcp_settle(const struct pp_truth *e, const struct pp_lab_class *c, int family, int *value)
{
    (void)e;
    (void)c;
    (void)family;
    if (value[MPTCP_ARM] != PP_TRUTH_WORKS)
        value[MPTCP_ANSWER] = value[MPTCP_ARM] == PP_TRUTH_UNSTABLE ? PP_TRUTH_ANYTHING : PP_TRUTH_NONE_OF_THEM;
    if (value[CANARY_ARM] == PP_TRUTH_WORKS)
        return;
    value[CANARY_COPIED] = value[CANARY_ARM] == PP_TRUTH_UNSTABLE ? PP_TRUTH_ANYTHING : PP_TRUTH_NONE_OF_THEM;
    if (value[MPTCP_ANSWER] == MPTCP_REFLECTED)
        value[MPTCP_ANSWER] = value[CANARY_COPIED];
}

#define OPTION_ARM(prefix, arm) \
    {prefix ".connectivity", CONNECTIVITY, arm, ALL, {"works", "works", "offline", "offline"}}
#define OPTION_AGREED(prefix) {prefix ".negotiation", {"succeeded", "failed"}, NULL, ALL, {"succeeded", "succeeded"}}
#define OPTION_UNASKED(prefix) {prefix ".unsolicited", {"seen", "not_seen"}, NULL, ALL, {"not_seen", "not_seen"}}

/* ---- tfo ---- */

enum { TFO_ASK_ARM, TFO_ARM, TFO_EXP_ARM, TFO_BARE_ARM, TFO_COOKIE, TFO_REFRESHED, TFO_EXP, TFO_DATA,
       TFO_BARE, TFO_RESIDUAL };

/* Sets the conditions about a SYN/ACK where none comes, or where it is not known whether one comes. */
static void tfo_without(int arm, int *value)
{
    if (arm != PP_TRUTH_WORKS)
        *value = arm == PP_TRUTH_UNSTABLE ? PP_TRUTH_ANYTHING : PP_TRUTH_NONE_OF_THEM;
}

static void tfo_settle(const struct pp_truth *e, const struct pp_lab_class *c, int family, int *value)
{
    (void)e;
    (void)family;
    /* Not an effect of the path: another backend does not accept the cookie. */
    if (quirks_of(c) & PP_QUIRK_TFO_KEYS && value[TFO_COOKIE] == 0 && value[TFO_ARM] == PP_TRUTH_WORKS) {
        value[TFO_REFRESHED] = 0;
        value[TFO_DATA] = PP_TRUTH_NONE_OF_THEM;
    }
    tfo_without(value[TFO_ASK_ARM], &value[TFO_COOKIE]);
    tfo_without(value[TFO_ASK_ARM], &value[TFO_DATA]);
    tfo_without(value[TFO_EXP_ARM], &value[TFO_EXP]);
    tfo_without(value[TFO_BARE_ARM], &value[TFO_BARE]);
    if (value[TFO_ARM] != PP_TRUTH_BROKEN && value[TFO_ARM] != PP_TRUTH_ANYTHING)
        tfo_without(value[TFO_ARM], &value[TFO_DATA]);
    if (value[TFO_ARM] == PP_TRUTH_UNSTABLE)
        value[TFO_REFRESHED] = PP_TRUTH_ANYTHING;
}

/* ---- h2 ---- */

enum { H2_CONNECTIVITY, H2_UPGRADE };

static void h2_settle(const struct pp_truth *e, const struct pp_lab_class *c, int family, int *value)
{
    (void)e;
    (void)c;
    (void)family;
    if (value[H2_CONNECTIVITY] == PP_TRUTH_UNSTABLE)
        value[H2_UPGRADE] = PP_TRUTH_ANYTHING;
    else if (value[H2_CONNECTIVITY] != PP_TRUTH_WORKS)
        value[H2_UPGRADE] = PP_TRUTH_NONE_OF_THEM;
}

static const struct pp_truth experiments[] = {
    {"ecn",
     ALL,
     {
         [ECN_CONNECTIVITY] = {"ecn.connectivity", CONNECTIVITY, "B1", ALL, {"works", "works", "offline", "offline"}},
         [ECN_DATA] =
             {"ecn.data.connectivity", CONNECTIVITY, "B2", WITH_DATA, {"works", "works", "offline", "offline"}},
         [ECN_CE_ARM] =
             {"ecn.ce.connectivity", CONNECTIVITY, "B3", WITH_DATA, {"works", "works", "offline", "offline"}},
         [ECN_SPLIT] =
             {"ecn.split.connectivity", CONNECTIVITY, "B4", WITH_DATA, {"works", "works", "offline", "offline"}},
         [ECN_UNASKED] =
             {"ecn.unasked.connectivity", CONNECTIVITY, "B5", WITH_DATA, {"works", "works", "offline", "offline"}},
         [ECN_NEGOTIATION] =
             {"ecn.negotiation", {"succeeded", "reflected", "failed"}, NULL, ALL, {"succeeded", "failed"}},
         [ECN_ECT0] = {"ecn.ipmark.ect0", {"seen", "not_seen"}, NULL, WITH_DATA, {"seen", "not_seen"}},
         [ECN_ECT1] = {"ecn.ipmark.ect1", {"seen", "not_seen"}, NULL, WITH_DATA, {"not_seen", "not_seen"}},
         [ECN_CE] = {"ecn.ipmark.ce", {"seen", "not_seen"}, NULL, WITH_DATA, {"not_seen", "not_seen"}},
         [ECN_ECHO] = {"ecn.feedback.ce", {"echoed", "not_echoed"}, NULL, WITH_DATA, {"echoed"}},
         [ECN_CWR] = {"ecn.feedback.cwr", {"honoured", "ignored"}, NULL, WITH_DATA, {"honoured"}},
         [ECN_SPURIOUS] = {"ecn.feedback", {"spurious"}, NULL, WITH_DATA, {NULL}},
     },
     ecn_settle},
    {"dscp",
     ANY,
     {
         DSCP_ARM(1, "B1"), DSCP_ARM(10, "B2"), DSCP_ARM(34, "B3"), DSCP_ARM(45, "B4"), DSCP_ARM(46, "B5"),
         DSCP_ARM(48, "B6"), DSCP_ARM(63, "B7"),
         DSCP_MARK(0), DSCP_MARK(1), DSCP_MARK(10), DSCP_MARK(34), DSCP_MARK(45), DSCP_MARK(46), DSCP_MARK(48),
         DSCP_MARK(63),
     },
     dscp_settle},
    {"mss",
     ALL,
     {
         [MSS_CONNECTIVITY] =
             {"mss.connectivity", {"online", "offline"}, "A", ALL, {"online", "online", "offline", "offline"}},
         [MSS_LOCAL] = {"mss.option.local.value", {NULL}, NULL, ALL, {NULL}},
         [MSS_REMOTE] = {"mss.option.remote.value", {NULL}, NULL, ALL, {NULL}},
         [MSS_RECEIVED] =
             {"mss.option.received", {"unchanged", "inflated", "deflated", "absent"}, NULL, ALL, {NULL}},
     },
     mss_settle},
    {"tcpopt",
     ALL,
     {
         [TS_ARM] = OPTION_ARM("tsopt", "B1"), [WS_ARM] = OPTION_ARM("wsopt", "B2"),
         [SACK_ARM] = OPTION_ARM("sack", "B3"), [UNKNOWN_ARM] = OPTION_ARM("tcpopt.unknown", "B4"),
         [FULL_ARM] = OPTION_ARM("tcpopt.full", "B5"),
         [TS_AGREED] = OPTION_AGREED("tsopt"), [WS_AGREED] = OPTION_AGREED("wsopt"),
         [SACK_AGREED] = OPTION_AGREED("sack"),
         [TS_UNASKED] = OPTION_UNASKED("tsopt"), [WS_UNASKED] = OPTION_UNASKED("wsopt"),
         [SACK_UNASKED] = OPTION_UNASKED("sack"),
         [COPIED] = {"tcpopt", {"mirrored"}, NULL, ALL, {NULL}},
     },
     tcpopt_settle},
    {"mptcp",
     ALL,
     {
         [MPTCP_ARM] = OPTION_ARM("mptcp", "B1"), [CANARY_ARM] = OPTION_ARM("tcpopt.unknown", "B2"),
         [MPTCP_ANSWER] = {"mptcp.negotiation", {"succeeded", "reflected", "failed"}, NULL, ALL, {"failed", "failed"}},
         [CANARY_COPIED] = {"tcpopt", {"mirrored"}, NULL, ALL, {NULL}},
     },
     mptcp_settle},
    {"tfo",
     ALL,
     {
         [TFO_ASK_ARM] = OPTION_ARM("tfo.cookie", "B1"),
         [TFO_ARM] = {"tfo.connectivity", CONNECTIVITY, "B2", WITH_DATA, {"works", "works", "offline", "offline"}},
         [TFO_EXP_ARM] = OPTION_ARM("tfo.experimental", "B3"),
         [TFO_BARE_ARM] =
             {"tfo.bare.connectivity", CONNECTIVITY, "B4", WITH_DATA, {"works", "works", "offline", "offline"}},
         [TFO_COOKIE] =
             {"tfo.cookie", {"received", "not_received"}, NULL, ALL, {"not_received", "not_received"}},
         [TFO_REFRESHED] = {"tfo.cookie", {"refreshed"}, NULL, WITH_DATA, {NULL}},
         [TFO_EXP] =
             {"tfo.experimental", {"received", "not_received"}, NULL, ALL, {"not_received", "not_received"}},
         [TFO_DATA] = {"tfo.syndata", {"acked", "not_acked", "failed"}, NULL, WITH_DATA, {NULL}},
         [TFO_BARE] = {"tfo.bare", {"acked", "not_acked"}, NULL, WITH_DATA, {"not_acked", "not_acked"}},
         [TFO_RESIDUAL] = {"tfo.connectivity", {"residual"}, NULL, WITH_DATA, {NULL}},
     },
     tfo_settle},
    {"h2",
     PP_MODE_HTTP,
     {
         [H2_CONNECTIVITY] =
             {"h2.connectivity", CONNECTIVITY, "B1", PP_MODE_HTTP, {"works", "works", "offline", "offline"}},
         [H2_UPGRADE] = {"h2.upgrade", {"success", "failed"}, NULL, PP_MODE_HTTP, {"failed", "failed"}},
     },
     h2_settle},
};

const struct pp_truth *pp_truth_at(unsigned i)
{
    static const struct pp_truth *const others[] = {&pp_truth_accecn, &pp_truth_quic, &pp_truth_quicsize,
                                                  &pp_truth_pmtud, &pp_truth_exthdr};
    const unsigned n = sizeof experiments / sizeof *experiments, more = sizeof others / sizeof *others;
    unsigned datagrams = 0;

    if (i < n)
        return &experiments[i];
    if (i < n + more)
        return others[i - n];
    i -= n + more;
    while (pp_truth_datagrams_at(datagrams))
        datagrams++;
    return i < datagrams ? pp_truth_datagrams_at(i) : pp_truth_marks_at(i - datagrams);
}
