/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * truth_quic.c: the truth of the experiments `quic` and `quicsize`. What an Initial's mark has become when it arrives
 * depends on all that boxes do to it, so each arm's mark is carried along the path here.
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

/* What becomes of a mark on its way in DIR. Rows that look at TCP, or at what no mark changes, do not concern it. */
static int carry(const struct pp_lab_class *c, enum pp_lab_dir dir, int mark)
{
    for (unsigned i = 0; i < c->npath; i++) {
        const struct pp_lab_box *box = &c->path[dir == PP_LAB_FWD ? i : c->npath - 1 - i];
        const struct pp_behaviour *b = box->behaviour;

        if (!(box->dir & dir) || b->quirk || b->flags_mask || b->options || b->payload || b->text || b->act ||
            !b->mark_set || (b->ecn && !(b->ecn >> codepoint[mark] & 1)))
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
    if (value[VERSIONS_ARM] == PP_TRUTH_TRANSIENT) /* no Initial is answered */
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

/* Over IPv6 there is no room for the largest. */
static void quicsize_settle(const struct pp_truth *e, const struct pp_lab_class *c, int family, int *value)
{
    (void)e, (void)c;
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
