/* SPDX-License-Identifier: BSD-2-Clause */
/* truth_exthdr.c: the truth of the experiment `exthdr`, which is about IPv6 alone. */
#include "truth.h"

#define MODES (PP_MODE_TCP | PP_MODE_DNSUDP)

enum {
    HBH_PAD, HBH, HBH_MTU, HBH_ASKED, DST_PAD, DST_ASKED, ATOMIC, SPLIT, ZERO, FIRST_SIZE, LAST_SIZE = FIRST_SIZE + 5,
    MAXLEN, HBH_ANSWER, DST_ANSWER, REFUSED, HBH_OPTION, DST_OPTION, GROUPS
};

static const int sizes[] = {8, 24, 56, 64, 128, 256};

/* The largest size that works while all larger ones are broken; 0: all are broken. */
static int maxlen(const int *value)
{
    int i = LAST_SIZE;

    while (i >= FIRST_SIZE && value[i] == PP_TRUTH_BROKEN)
        i--;
    return i < FIRST_SIZE ? 0 : value[i] == PP_TRUTH_WORKS ? sizes[i - FIRST_SIZE] : PP_TRUTH_NONE_OF_THEM;
}

static void settle(const struct pp_truth *e, const struct pp_lab_class *c, int family, int *value)
{
    (void)e;
    (void)c;
    for (unsigned i = 0; i < GROUPS && family == 4; i++)
        value[i] = PP_TRUTH_NONE_OF_THEM;
    if (family == 4 || value[HBH_PAD] == PP_TRUTH_ANYTHING)
        return;
    for (unsigned i = MAXLEN; i < GROUPS && value[HBH_PAD] == PP_TRUTH_UNSTABLE; i++)
        value[i] = PP_TRUTH_ANYTHING;
    if (value[HBH_PAD] != PP_TRUTH_UNSTABLE)
        value[MAXLEN] = maxlen(value);
}

#define ARM(name, arm)                                                                                                 \
    {"exthdr." name ".connectivity", PP_TRUTH_CONNECTIVITY, arm, MODES, {"works", "works", "offline", "offline"}}

const struct pp_truth pp_truth_exthdr = {
    "exthdr",
    MODES,
    {
        [HBH_PAD] = ARM("hbh.pad", "B1"), [HBH] = ARM("hbh", "B2"), [HBH_MTU] = ARM("hbh.mtu", "B3"),
        [HBH_ASKED] = ARM("hbh.asked", "B4"), [DST_PAD] = ARM("dst.pad", "B5"), [DST_ASKED] = ARM("dst.asked", "B6"),
        [ATOMIC] = ARM("fragment.atomic", "B7"), [SPLIT] = ARM("fragment.split", "B8"),
        [ZERO] = ARM("label.zero", "B9"), [FIRST_SIZE] = ARM("dst.8", "B10"), [FIRST_SIZE + 1] = ARM("dst.24", "B11"),
        [FIRST_SIZE + 2] = ARM("dst.56", "B12"), [FIRST_SIZE + 3] = ARM("dst.64", "B13"),
        [FIRST_SIZE + 4] = ARM("dst.128", "B14"), [LAST_SIZE] = ARM("dst.256", "B15"),
        [MAXLEN] = {"exthdr.dst.maxlen", {NULL}, NULL, MODES, {NULL}},
        [HBH_ANSWER] = {"exthdr.hbh.asked", {"reached", "parsed", "filtered"}, NULL, MODES, {"reached", "reached"}},
        [DST_ANSWER] = {"exthdr.dst.asked", {"reached", "parsed", "filtered"}, NULL, MODES, {"reached", "reached"}},
        [REFUSED] = {"exthdr.path", {"refused"}, NULL, MODES, {NULL}},
        [HBH_OPTION] = {"exthdr.hbh.option", {"lost"}, NULL, MODES, {NULL}},
        [DST_OPTION] = {"exthdr.dst.option", {"lost"}, NULL, MODES, {NULL}},
    },
    settle,
};
