/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * located.h: findings of --locate about one target, merged: those of one vantage point whose intervals have a common
 * part become that part, since each says that the change lies within it; those of several vantage points are one where
 * both ends are the same routers, as distances are not comparable. One thread.
 */
#ifndef PP_LOCATED_H
#define PP_LOCATED_H

#include "../base/json.h"

#define PP_LOCATED_MAX 64   /* findings of a target */
#define PP_LOCATED_POINTS 32 /* vantage points that are named of one */

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
    unsigned n, own; /* findings; those from `own` on are the present vantage point's */
    uint64_t left_out;
};

void pp_located_init(struct pp_located *l);
void pp_located_release(struct pp_located *l);
void pp_located_reset(struct pp_located *l);
/* `located` of one observation of VANTAGE, an array that was found valid. */
void pp_located_add(struct pp_located *l, uint32_t vantage, const char *json, size_t len);
/* The vantage point has no more. */
void pp_located_end(struct pp_located *l);
/* The member `located`; NAME of a vantage point's index. */
void pp_located_merged(const struct pp_located *l, struct pp_json *j, const char *(*name)(void *arg, uint32_t vantage),
                     void *arg);

#endif
