/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * truth_datagrams.c: tables as in truth_tables.c for the experiments about datagrams, and about the reserved flag and
 * the fragments of IPv4.
 */
#include "truth.h"

#define CONNECTIVITY PP_TRUTH_CONNECTIVITY
#define UDP (PP_MODE_DNSUDP | PP_MODE_QUICVN | PP_MODE_QUICINIT)
#define ANY (PP_MODE_TCP | PP_MODE_HTTP | PP_MODE_DNSTCP | UDP)

/* ---- udpzero, evilbit: IPv4 only ---- */

enum { EVIL_CONNECTIVITY, EVIL_MARK };

static void none(int *value, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        value[i] = PP_TRUTH_NONE_OF_THEM;
}

static void udpzero_settle(const struct pp_truth *e, const struct pp_lab_class *c, int family, int *value)
{
    (void)e;
    (void)c;
    if (family == 6)
        none(value, 1);
}

static void evilbit_settle(const struct pp_truth *e, const struct pp_lab_class *c, int family, int *value)
{
    (void)e;
    (void)c;
    if (family == 6)
        none(value, 2);
    else if (value[EVIL_CONNECTIVITY] == PP_TRUTH_UNSTABLE)
        value[EVIL_MARK] = PP_TRUTH_ANYTHING;
    else if (value[EVIL_CONNECTIVITY] != PP_TRUTH_WORKS)
        value[EVIL_MARK] = PP_TRUTH_NONE_OF_THEM;
}

/* ---- frag: IPv4 only ---- */

enum { FRAG_HALVES, FRAG_SMALL, FRAG_TINY, FRAG_SWAPPED, FRAG_ARMS, FRAG_LOST = FRAG_ARMS, FRAG_SIZE, FRAG_ORDER,
       FRAG_GROUPS };

/* Sets the conditions that follow from the arms' verdicts; none if these depend on chance. */
static void frag_settle(const struct pp_truth *e, const struct pp_lab_class *c, int family, int *value)
{
    bool works = value[FRAG_HALVES] == PP_TRUTH_WORKS;

    (void)e;
    (void)c;
    if (family == 6) {
        none(value, FRAG_GROUPS);
        return;
    }
    for (unsigned i = FRAG_LOST; i < FRAG_GROUPS; i++)
        value[i] = value[FRAG_HALVES] == PP_TRUTH_UNSTABLE ? PP_TRUTH_ANYTHING : PP_TRUTH_NONE_OF_THEM;
    if (value[FRAG_HALVES] == PP_TRUTH_BROKEN && value[FRAG_SWAPPED] == PP_TRUTH_BROKEN &&
        value[FRAG_TINY] == PP_TRUTH_BROKEN && value[FRAG_SMALL] == PP_TRUTH_BROKEN)
        value[FRAG_LOST] = 0;
    if (works && (value[FRAG_TINY] == PP_TRUTH_BROKEN || value[FRAG_SMALL] == PP_TRUTH_BROKEN))
        value[FRAG_SIZE] = 0;
    if (works && value[FRAG_SWAPPED] == PP_TRUTH_BROKEN)
        value[FRAG_ORDER] = 0;
}

#define FRAG_MODES (PP_MODE_HTTP | UDP)
#define FRAG_ARM(prefix, arm)                                                                                          \
    {prefix ".connectivity", CONNECTIVITY, arm, FRAG_MODES, {"works", "works", "offline", "offline"}}

/* ---- udpopt ---- */

enum { UDP_PADDING, UDP_RIGHT, UDP_WRONG, UDP_ZERO, UDP_UNCHECKED, UDP_REQ, UDP_ARMS, UDP_LENGTH = UDP_ARMS, UDP_OCS,
       UDP_RES };

/* A request that does not get through is not answered; if that depends on chance, nothing is stated. */
static void udpopt_settle(const struct pp_truth *e, const struct pp_lab_class *c, int family, int *value)
{
    (void)e;
    (void)c;
    if (family == 6)
        value[UDP_UNCHECKED] = PP_TRUTH_NONE_OF_THEM;
    if (value[UDP_RIGHT] == PP_TRUTH_UNSTABLE)
        value[UDP_LENGTH] = value[UDP_OCS] = value[UDP_RES] = PP_TRUTH_ANYTHING;
    else if (value[UDP_REQ] != PP_TRUTH_WORKS)
        value[UDP_RES] = PP_TRUTH_NONE_OF_THEM;
    if (value[UDP_RIGHT] == PP_TRUTH_OFFLINE)
        value[UDP_LENGTH] = value[UDP_OCS] = PP_TRUTH_NONE_OF_THEM;
}

#define UDP_ARM(prefix, arm) {prefix ".connectivity", CONNECTIVITY, arm, UDP, {"works", "works", "offline", "offline"}}

static const struct pp_truth experiments[] = {
    {"udpzero", UDP, {UDP_ARM("udpzero", "B1")}, udpzero_settle},
    {"evilbit",
     ANY,
     {
         [EVIL_CONNECTIVITY] = {"evilbit.connectivity", CONNECTIVITY, "B1", ANY,
                                {"works", "works", "offline", "offline"}},
         [EVIL_MARK] = {"evilbit.mark", {"seen", "not_seen"}, NULL, ANY, {"not_seen", "not_seen"}},
     },
     evilbit_settle},
    {"frag",
     FRAG_MODES,
     {
         [FRAG_HALVES] = FRAG_ARM("frag", "B1"), [FRAG_SMALL] = FRAG_ARM("frag.small", "B2"),
         [FRAG_TINY] = FRAG_ARM("frag.tiny", "B3"), [FRAG_SWAPPED] = FRAG_ARM("frag.swapped", "B4"),
         [FRAG_LOST] = {"frag", {"lost"}, NULL, FRAG_MODES, {NULL}},
         [FRAG_SIZE] = {"frag.size", {"enforced"}, NULL, FRAG_MODES, {NULL}},
         [FRAG_ORDER] = {"frag.order", {"enforced"}, NULL, FRAG_MODES, {NULL}},
     },
     frag_settle},
    {"udpopt",
     UDP,
     {
         [UDP_PADDING] = UDP_ARM("udpopt.padding", "B1"), [UDP_RIGHT] = UDP_ARM("udpopt", "B2"),
         [UDP_WRONG] = UDP_ARM("udpopt.wrong_ocs", "B3"), [UDP_ZERO] = UDP_ARM("udpopt.zero", "B4"),
         [UDP_UNCHECKED] = UDP_ARM("udpopt.unchecked", "B5"), [UDP_REQ] = UDP_ARM("udpopt.req", "B6"),
         [UDP_LENGTH] = {"udpopt.length", {"enforced"}, NULL, UDP, {NULL}},
         [UDP_OCS] = {"udpopt.ocs", {"required"}, NULL, UDP, {NULL}},
         [UDP_RES] = {"udpopt.res", {"received"}, NULL, UDP, {NULL}},
     },
     udpopt_settle},
};

const struct pp_truth *pp_truth_datagrams_at(unsigned i)
{
    return i < sizeof experiments / sizeof *experiments ? &experiments[i] : NULL;
}
