/* SPDX-License-Identifier: BSD-2-Clause */
/* sent.c: reads codepoints and sizes from the templates of an arm's packets. */
#include "sent.h"

#include <stdio.h>
#include <string.h>

#define HEADER 6 /* bytes of an IP header that hold the traffic class and the length */

const char *pp_arm_name(const json_t *arm)
{
    const char *name = json_string_value(json_object_get(arm, "name"));

    name = name ? name : json_string_value(json_object_get(arm, "arm"));
    return name ? name : "";
}

const json_t *pp_arm_of(const json_t *arms, const char *name)
{
    const json_t *arm;
    size_t i;

    json_array_foreach(arms, i, arm) {
        if (*name && strcmp(pp_arm_name(arm), name) == 0)
            return arm;
    }
    return NULL;
}

static const char *templates(const json_t *arms, const char *name)
{
    const char *hex = json_string_value(json_object_get(pp_arm_of(arms, name), "hex"));

    return hex ? hex : "";
}

/* Reads the first bytes of the next packet in hexadecimal at *HEX, and moves *HEX past it. False: no further packet. */
static bool next_packet(const char **hex, uint8_t head[HEADER])
{
    const char *at = *hex + strspn(*hex, " ");
    size_t len = strcspn(at, " ");
    unsigned byte;

    *hex = at + len;
    if (len < 2 * HEADER)
        return false;
    for (unsigned i = 0; i < HEADER; i++) {
        if (sscanf(at + 2 * i, "%2x", &byte) != 1)
            return false;
        head[i] = (uint8_t)byte;
    }
    return true;
}

/* The TOS byte or traffic class (RFC 791 section 3.1, RFC 8200 section 3). */
static uint8_t tos_of(const uint8_t head[HEADER])
{
    return head[0] >> 4 == 4 ? head[1] : (uint8_t)(head[0] << 4 | head[1] >> 4);
}

static uint32_t length_of(const uint8_t head[HEADER])
{
    return head[0] >> 4 == 4 ? (uint32_t)head[2] << 8 | head[3] : 40u + ((uint32_t)head[4] << 8 | head[5]);
}

bool pp_sent_of(const json_t *arms, const char *name, struct pp_sent *sent)
{
    const char *hex = templates(arms, name), *baseline = templates(arms, "A");
    uint8_t head[HEADER], plain[HEADER];
    bool any = false, both = true, differs = false;

    *sent = (struct pp_sent){.ecn = 0};
    while (next_packet(&hex, head)) {
        uint8_t tos = tos_of(head);
        both = both && next_packet(&baseline, plain);
        if (!any || (both && !differs && tos != tos_of(plain))) {
            sent->ecn = tos & 3;
            sent->dscp = tos >> 2;
        }
        differs = differs || (both && tos != tos_of(plain));
        sent->bytes = length_of(head) > sent->bytes ? length_of(head) : sent->bytes;
        any = true;
    }
    return any && *templates(arms, "A");
}
