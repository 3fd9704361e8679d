/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sent.h: reads codepoints and sizes of an arm's packets from their templates in the metadata (`hex`), so that a report
 * can show arms of any experiment as a grid of codepoints or of sizes. One thread.
 */
#ifndef PP_SENT_H
#define PP_SENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct pp_sent {
    uint8_t ecn, dscp; /* of the first packet whose TOS byte or traffic class is not that of the baseline's */
    uint32_t bytes;    /* of the longest packet, its IP header included */
};

/*
 * Fills in SENT for the arm NAME of ARMS, an array of the metadata. False: it lacks templates of NAME or the baseline.
 */
bool pp_sent_of(const json_t *arms, const char *name, struct pp_sent *sent);
/* The arm NAME; NULL: there is none. */
const json_t *pp_arm_of(const json_t *arms, const char *name);
/* The name of an arm in metadata of a run or of what was merged; "": it has none. */
const char *pp_arm_name(const json_t *arm);

#endif
