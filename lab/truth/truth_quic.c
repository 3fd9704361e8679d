/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * truth_quic.c: the truth of the experiments `quic`, `quicsize` and `pmtud`. The mark with which an Initial arrives
 * depends on all boxes, so each arm's mark is carried along the path here.
 */
#include "truth.h"

#define CONNECTIVITY PP_TRUTH_CONNECTIVITY
#define QUIC (PP_MODE_QUICVN | PP_MODE_QUICINIT)

enum { ECT0_ARM, ECT1_ARM, CE_ARM, VERSIONS_ARM = 6, MIRROR = 8, NEITHER, REV, FORWARD = REV + 3, RETRY = FORWARD + 4,
       CLOSED };
enum { SEEN, NOT_SEEN, OVERCOUNTED };
/* In the order of the arms, and of the values of the groups FORWARD. */
enum { NOTECT, ECT0, ECT1, CE, MARKS };

static const uint8_t codepoint[MARKS] = {PP_NOT_ECT, PP_ECT0, PP_ECT1, PP_CE};

/*
 * The mark after the path in direction DIR; -1: dropped. Rows about TCP, or about fields that are equal in all arms,
 * are ignored.
 */
static int carry(const struct pp_lab_class *c, enum pp_lab_dir dir, int mark)
{
    for (unsigned i = 0; i < c->npath; i++) {
        const struct pp_lab_box *box = &c->path[dir == PP_LAB_FWD ? i : c->npath - 1 - i];
        const struct pp_behaviour *b = box->behaviour;

        if (!(box->dir & dir) || b->quirk || b->flags_mask || b->options || b->payload || b->text || b->act ||
            b->dscp_only || !b->mark_set || (b->ecn && !(b->ecn >> codepoint[mark] & 1)))
            continue;
        for (mark = NOTECT; codepoint[mark] != b->mark; mark++)
            continue;
    }
    return mark;
}

static void forward(const struct pp_lab_class *c, int *value)
{
    bool mirror = false, all = true;
    int arrived[MARKS];

    for (int sent = NOTECT; sent < MARKS; sent++) {
        bool works = sent == NOTECT || value[ECT0_ARM + sent - 1] == PP_TRUTH_WORKS;
        arrived[sent] = works ? carry(c, PP_LAB_FWD, sent) : -1;
        mirror |= c->server == PP_LAB_ECN && arrived[sent] > NOTECT;
        all &= works;
    }
    value[MIRROR] = mirror ? SEEN : NOT_SEEN;
    if (!mirror && all)
        value[NEITHER] = 0;
    for (int sent = NOTECT; mirror && sent < MARKS; sent++)
        value[FORWARD + sent] = arrived[sent];
}

static void quic_settle(const struct pp_truth *e, const struct pp_lab_class *c, int family, int *value)
{
    uint32_t quirks = 0;

    (void)e, (void)family;
    for (unsigned i = 0; i < c->npath; i++)
        quirks |= c->path[i].behaviour->quirk;
    if (value[VERSIONS_ARM] == PP_TRUTH_TRANSIENT) /* Initials are not answered */
        return;
    if (value[ECT0_ARM] == PP_TRUTH_ANYTHING || value[ECT0_ARM] == PP_TRUTH_UNSTABLE) {
        for (int g = MIRROR; g <= CLOSED; g++)
            value[g] = PP_TRUTH_ANYTHING;
        return;
    }
    if (value[ECT0_ARM] == PP_TRUTH_OFFLINE)
        return;
    for (int m = ECT0; m < MARKS; m++)
        value[REV + m - 1] = quirks & PP_QUIRK_QUIC_MARKS && carry(c, PP_LAB_REV, ECT0) == m ? SEEN : NOT_SEEN;
    if (quirks & PP_QUIRK_QUIC_RETRY)
        value[RETRY] = 0;
    if (quirks & PP_QUIRK_QUIC_CLOSES)
        value[CLOSED] = 0x178;
    else if (quirks & PP_QUIRK_QUIC_LIES)
        value[MIRROR] = OVERCOUNTED;
    else
        forward(c, value);
}

/* The length in bytes of the longest packet that all boxes to the host let pass. */
static int path_mtu(const struct pp_lab_class *c)
{
    int mtu = PP_MAX_SIZE;

    for (unsigned i = 0; i < c->npath; i++) {
        const struct pp_behaviour *b = c->path[i].behaviour;
        if (b->mtu && b->action != PP_BOX_FORGE && b->mtu < mtu)
            mtu = b->mtu;
    }
    return mtu;
}

/* Over IPv6 the largest size does not fit. */
static void quicsize_settle(const struct pp_truth *e, const struct pp_lab_class *c, int family, int *value)
{
    static const int size[] = {1350, 1452, 1472};

    (void)e;
    for (int i = 0; i < 3; i++)
        if (value[i] == PP_TRUTH_WORKS && size[i] + (family == 4 ? 28 : 48) > path_mtu(c))
            value[i] = PP_TRUTH_BROKEN;
    if (family == 6)
        value[2] = PP_TRUTH_NONE_OF_THEM;
}

#define ARM(prefix, arm, modes) \
    {"quic." prefix ".connectivity", CONNECTIVITY, arm, modes, {"works", "works", "offline", "offline"}}
#define INIT PP_MODE_QUICINIT
#define ARRIVES(sent) {"quic.ecn.fwd." sent, {"notect", "ect0", "ect1", "ce"}, NULL, INIT, {NULL}}
#define ANSWERS(mark) {"quic.ecn.rev." mark, {"seen", "not_seen"}, NULL, INIT, {NULL}}

const struct pp_truth pp_truth_quic = {
    "quic",
    QUIC,
    {
        [ECT0_ARM] = ARM("ect0", "B1", QUIC), [ECT1_ARM] = ARM("ect1", "B2", QUIC), [CE_ARM] = ARM("ce", "B3", QUIC),
        ARM("padding", "B4", QUIC), ARM("surplus", "B5", QUIC), ARM("initial", "B6", PP_MODE_QUICVN),
        [VERSIONS_ARM] = ARM("versions", "B7", INIT), ARM("dscp.46", "B8", QUIC),
        [MIRROR] = {"quic.ecn.mirror", {"seen", "not_seen", "overcounted"}, NULL, INIT, {NULL}},
        [NEITHER] = {"quic.ecn", {"not_mirrored_or_cleared"}, NULL, INIT, {NULL}},
        [REV] = ANSWERS("ect0"), ANSWERS("ect1"), ANSWERS("ce"),
        [FORWARD] = ARRIVES("notect"), ARRIVES("ect0"), ARRIVES("ect1"), ARRIVES("ce"),
        [RETRY] = {"quic.retry", {"seen"}, NULL, INIT, {NULL}},
        [CLOSED] = {"quic.initial.closed", {NULL}, NULL, INIT, {NULL}},
    },
    quic_settle,
};

#define SIZE(name, arm, modes) \
    {"quicsize." name ".connectivity", CONNECTIVITY, arm, modes, {"works", "works", "offline", "offline"}}

const struct pp_truth pp_truth_quicsize = {
    "quicsize",
    QUIC,
    {SIZE("1350", "B1", QUIC), SIZE("1452", "B2", QUIC), SIZE("1472", "B3", QUIC), SIZE("split", "B4", INIT)},
    quicsize_settle,
};

/* ---- pmtud ----------------------------------------------------------------------------------------------------- */

enum { PMTU_SIZES = 8, PMTU_VALUE = PMTU_SIZES, PMTU_PTB, PMTU_NAMED, PMTU_BLACKHOLE, PMTU_ALL };
enum { PTB_SEEN, PTB_NOT_SEEN, PTB_FALSE };

static const int pmtu_size[PMTU_SIZES] = {1400, 1420, 1452, 1460, 1472, 1480, 1492, 1500};

/*
 * The MTU that the first box reports about a packet of SIZE, unless one drops it before; and whether the report can be
 * true.
 */
static void reported(const struct pp_lab_class *c, int family, int size, int *value)
{
    for (unsigned i = 0; i < c->npath; i++) {
        const struct pp_behaviour *b = c->path[i].behaviour;
        bool forged = b->action == PP_BOX_FORGE, false_word;

        if (!b->mtu || size <= b->mtu)
            continue;
        if (!forged && b->action != PP_BOX_TOO_BIG) {
            value[PMTU_PTB] = PTB_NOT_SEEN;
            return;
        }
        false_word = forged || (b->named ? b->named < PP_MIN_SIZE || b->named >= size : family == 6);
        value[PMTU_PTB] = false_word ? PTB_FALSE : b->named ? PP_TRUTH_NONE_OF_THEM : PTB_SEEN;
        value[PMTU_NAMED] = false_word || !b->named ? PP_TRUTH_NONE_OF_THEM : b->named;
        return;
    }
}

static void pmtud_settle(const struct pp_truth *e, const struct pp_lab_class *c, int family, int *value)
{
    int mtu = path_mtu(c);

    (void)e;
    if (value[0] != PP_TRUTH_WORKS) {
        for (int g = PMTU_VALUE; g < PMTU_ALL; g++)
            value[g] = value[0] == PP_TRUTH_OFFLINE ? PP_TRUTH_NONE_OF_THEM : PP_TRUTH_ANYTHING;
        return;
    }
    value[PMTU_VALUE] = PP_MIN_SIZE;
    for (int i = 0; i < PMTU_SIZES; i++) {
        value[i] = pmtu_size[i] <= mtu ? PP_TRUTH_WORKS : PP_TRUTH_BROKEN;
        if (value[i] == PP_TRUTH_WORKS)
            value[PMTU_VALUE] = pmtu_size[i];
    }
    reported(c, family, PP_MAX_SIZE, value);
    if (mtu < PP_MAX_SIZE && (value[PMTU_PTB] == PTB_NOT_SEEN || value[PMTU_PTB] == PTB_FALSE))
        value[PMTU_BLACKHOLE] = 0;
}

#define PMTU_MODES (PP_MODE_QUICINIT | PP_MODE_QUICVN | PP_MODE_DNSUDP | PP_MODE_HTTP)
#define PMTU(size, arm) \
    {"pmtu.fwd." size ".connectivity", CONNECTIVITY, arm, PMTU_MODES, {"works", "works", "offline", "offline"}}

const struct pp_truth pp_truth_pmtud = {
    "pmtud",
    PMTU_MODES,
    {
        PMTU("1400", "B1"), PMTU("1420", "B2"), PMTU("1452", "B3"), PMTU("1460", "B4"), PMTU("1472", "B5"),
        PMTU("1480", "B6"), PMTU("1492", "B7"), PMTU("1500", "B8"),
        [PMTU_VALUE] = {"pmtu.fwd.value", {NULL}, NULL, PMTU_MODES, {NULL}},
        [PMTU_PTB] = {"pmtu.ptb", {"seen", "not_seen", "false"}, NULL, PMTU_MODES, {NULL}},
        [PMTU_NAMED] = {"pmtu.ptb.mtu", {NULL}, NULL, PMTU_MODES, {NULL}},
        [PMTU_BLACKHOLE] = {"pmtu", {"blackhole"}, NULL, PMTU_MODES, {NULL}},
    },
    pmtud_settle,
};
