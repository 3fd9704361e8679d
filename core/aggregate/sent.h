/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sent.h: what the packets of an arm look like, by the templates that metadata have of them (`hex`): so that arms whose
 * treatments form a grid, of codepoints or of sizes, can be shown as one, whichever experiment they are of. One thread.
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

/* Of the arm NAME of ARMS, as metadata describe them; false: they have no templates of it and of the baseline. */
bool pp_sent_of(const json_t *arms, const char *name, struct pp_sent *sent);
/* The arm NAME; NULL: there is none. */
const json_t *pp_arm_of(const json_t *arms, const char *name);
/* The name of an arm in metadata of a run or of what was merged; "": it has none. */
const char *pp_arm_name(const json_t *arm);

#endif
