/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * located.h: merges findings of --locate about one target. Findings of one vantage point whose intervals overlap become
 * their overlap, since each of them says that the change lies within it. Findings of several vantage points are merged
 * where both ends are the same routers; their distances are not comparable. One thread.
 */
#ifndef PP_LOCATED_H
#define PP_LOCATED_H

#include "../base/json.h"

#define PP_LOCATED_MAX 64   /* findings of a target */
#define PP_LOCATED_POINTS 32 /* vantage points that one finding lists */

struct pp_located_end {
    uint32_t at, len; /* as it stands in a line: {"ttl":5,...} */
    uint32_t addr_at, addr_len;
    uint32_t ttl;
};

struct pp_located_one {
    uint32_t what_at, what_len; /* its members arm, on, kind, field, sent, seen */
    struct pp_located_end from, to;
    bool has_to;
    uint32_t runs, nvantages, vantage[PP_LOCATED_POINTS];
};

struct pp_located {
    struct pp_buf texts;
    struct pp_located_one one[PP_LOCATED_MAX];
    unsigned n, own; /* n findings, of which those from index `own` on are the present vantage point's */
    uint64_t left_out;
};

void pp_located_init(struct pp_located *l);
void pp_located_release(struct pp_located *l);
void pp_located_reset(struct pp_located *l);
/* Adds the member `located` of an observation of VANTAGE; JSON is a valid array. */
void pp_located_add(struct pp_located *l, uint32_t vantage, const char *json, size_t len);
/* Ends the present vantage point: merges its findings with those of earlier ones. */
void pp_located_end(struct pp_located *l);
/* Writes the member `located`; NAME returns the name of the vantage point with an index. */
void pp_located_merged(const struct pp_located *l, struct pp_json *j, const char *(*name)(void *arg, uint32_t vantage),
                     void *arg);

#endif
