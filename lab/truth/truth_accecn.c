/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * truth_accecn.c: the truth of the experiment `accecn`. The flags of a SYN/ACK depend on flags and mark of the SYN and
 * on all changes by boxes, so each arm's handshake is carried along the path here, and few rows of the table need
 * effects for it.
 */
#include "truth.h"
#include "walk.h"

enum arm { A, B1, B2, B3, B4, B5, B6, B7, B8, ARMS };
enum { ARM = 0, NEGOTIATION = ARMS - 1, OPTION, FORWARD, SUMMARY = FORWARD + 4, L4S };
enum { SUCCEEDED, DOWNGRADED_ECN, DOWNGRADED_NOECN, REFLECTED, RESERVED };
enum { SEEN, ABSENT, ZEROED };
enum { BLEACHED, CE_STUCK, CE_CLEARED };
enum { ECT1_REMARKED, ECT1_BLEACHED };
/* In the order of B2 to B5, and of the values of the groups FORWARD. */
enum { NOTECT, ECT0, ECT1, CE };

/* The arms' SYNs: AE, CWR and ECE as a number, and the mark. */
static const struct {
    uint8_t ace, ecn;
} syn[ARMS] = {{0, PP_NOT_ECT}, {3, PP_NOT_ECT}, {7, PP_NOT_ECT}, {7, PP_ECT0}, {7, PP_ECT1},
               {7, PP_CE},      {0, PP_ECT0},    {0, PP_ECT1},    {0, PP_CE}};

/* The SYN/ACK of ARM as it arrives at the client. */
static struct pp_walk handshake(const struct pp_lab_class *c, enum arm arm)
{
    struct pp_walk s = {.flags = (uint16_t)(PP_TCP_SYN | syn[arm].ace << 6), .ecn = syn[arm].ecn};

    pp_walk_handshake(c, &s);
    return s;
}

static void settle_row(const int *arrived, int *value)
{
    value[SUMMARY] = value[L4S] = PP_TRUTH_NONE_OF_THEM;
    if (arrived[ECT0] == NOTECT && arrived[ECT1] == NOTECT)
        value[SUMMARY] = BLEACHED;
    else if (arrived[ECT0] == CE && arrived[ECT1] == CE)
        value[SUMMARY] = CE_STUCK;
    else if (arrived[ECT0] == ECT0 && arrived[CE] >= 0 && arrived[CE] != CE)
        value[SUMMARY] = CE_CLEARED;
    if (arrived[ECT0] == ECT0 && arrived[ECT1] >= 0 && arrived[ECT1] != ECT1 && arrived[ECT1] != CE)
        value[L4S] = arrived[ECT1] == ECT0 ? ECT1_REMARKED : ECT1_BLEACHED;
}

/* Sets the conditions about the option, which the server sends only if marked data arrives. */
static void settle_option(const struct pp_lab_class *c, int arrived, int *value)
{
    struct pp_walk data = {.flags = PP_TCP_ACK | PP_TCP_PSH, .ecn = PP_ECT0};

    pp_walk(c, PP_LAB_FWD, &data);
    if (arrived < 0)
        value[OPTION] = PP_TRUTH_NONE_OF_THEM;
    else if (data.ecn == PP_NOT_ECT && value[OPTION] == SEEN)
        value[OPTION] = ABSENT;
}

static void settle(const struct pp_truth *e, const struct pp_lab_class *c, int family, int *value)
{
    static const int meaning[8] = {DOWNGRADED_NOECN, DOWNGRADED_ECN, SUCCEEDED, SUCCEEDED,
                                   SUCCEEDED,        RESERVED,       SUCCEEDED, REFLECTED};
    static const int says[8] = {-1, -1, NOTECT, ECT1, ECT0, -1, CE, -1};
    struct pp_walk s, a;
    int arrived[4] = {-1, -1, -1, -1};
    bool chance = false, unstable = value[ARM] == PP_TRUTH_UNSTABLE;
    (void)e, (void)family;
    if (value[ARM] == PP_TRUTH_OFFLINE)
        return;
    a = handshake(c, A);
    for (enum arm arm = B1; arm < ARMS; arm++) {
        unsigned ace;

        s = handshake(c, arm);
        ace = s.flags >> 6 & 7;
        chance |= s.chance;
        if (!unstable)
            value[ARM + arm - 1] = s.chance || a.chance ? PP_TRUTH_UNSTABLE
                                   : a.lost             ? s.lost ? PP_TRUTH_OFFLINE : PP_TRUTH_TRANSIENT
                                   : s.lost             ? PP_TRUTH_BROKEN
                                                        : PP_TRUTH_WORKS;
        if (arm == B2)
            value[NEGOTIATION] = s.lost ? PP_TRUTH_NONE_OF_THEM : meaning[ace];
        if (arm >= B2 && arm <= B5 && !s.lost)
            arrived[arm - B2] = says[ace];
    }
    if (arrived[NOTECT] == ECT1 && arrived[CE] == ECT1) { /* the server copies ECE and CWR */
        value[NEGOTIATION] = REFLECTED;
        memset(arrived, -1, sizeof arrived);
    }
    for (int i = 0; i < 4; i++)
        value[FORWARD + i] = arrived[i] < 0 ? PP_TRUTH_NONE_OF_THEM : arrived[i];
    settle_row(arrived, value);
    settle_option(c, arrived[ECT0], value);
    for (int g = NEGOTIATION; (unstable || chance || !pp_walk_is_plain(c)) && g <= L4S; g++)
        value[g] = PP_TRUTH_ANYTHING;
}

#define ALL (PP_MODE_TCP | PP_MODE_HTTP)
#define CONNECTIVITY(name, arm)                                                                                        \
    {name ".connectivity", {"works", "broken", "transient", "offline", "unstable"}, arm, ALL,                          \
     {"works", "works", "offline", "offline"}}
#define ARRIVES(sent) {"ecn.fwd." sent, {"notect", "ect0", "ect1", "ce"}, NULL, ALL, {NULL}}

const struct pp_truth pp_truth_accecn = {
    "accecn",
    ALL,
    {
        CONNECTIVITY("accecn.classic", "B1"),
        CONNECTIVITY("accecn", "B2"),
        CONNECTIVITY("accecn.ect0", "B3"),
        CONNECTIVITY("accecn.ect1", "B4"),
        CONNECTIVITY("accecn.ce", "B5"),
        CONNECTIVITY("accecn.unasked.ect0", "B6"),
        CONNECTIVITY("accecn.unasked.ect1", "B7"),
        CONNECTIVITY("accecn.unasked.ce", "B8"),
        [NEGOTIATION] = {"accecn.negotiation",
                         {"succeeded", "downgraded_ecn", "downgraded_noecn", "reflected", "reserved"},
                         NULL,
                         ALL,
                         {NULL}},
        [OPTION] = {"accecn.option", {"seen", "absent", "zeroed"}, NULL, PP_MODE_HTTP, {NULL}},
        [FORWARD + NOTECT] = ARRIVES("notect"),
        [FORWARD + ECT0] = ARRIVES("ect0"),
        [FORWARD + ECT1] = ARRIVES("ect1"),
        [FORWARD + CE] = ARRIVES("ce"),
        [SUMMARY] = {"ecn.fwd", {"bleached", "ce_stuck", "ce_cleared"}, NULL, ALL, {NULL}},
        [L4S] = {"l4s.ect1", {"remarked", "bleached"}, NULL, ALL, {NULL}},
    },
    settle,
};
