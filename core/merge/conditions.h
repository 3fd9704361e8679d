/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conditions.h: which conditions are said how often, in groups of those that exclude each other: equal up to the last
 * dot; of those with a value, equal up to the value. Used for the runs of a vantage point, and for vantage points. All
 * texts are JSON as it stands between quotes. One thread.
 */
#ifndef PP_CONDITIONS_H
#define PP_CONDITIONS_H

#include "../base/buf.h"
#include "../base/siphash.h"

#define PP_CONDITIONS_MAX 2048 /* different conditions, and as many groups */
#define PP_CONDITIONS_TEXT (1u << 20)
#define PP_CONDITIONS_SLOTS 8192 /* a power of two */

struct pp_said {
    uint32_t at, len, name_len; /* the text; up to its value */
    uint32_t group, n, last;    /* n: turns that say it; last: of them */
};

struct pp_said_group {
    uint32_t at, len; /* its name */
    bool valued;
    uint32_t n, last; /* turns that say anything of it */
    uint32_t counted; /* for the caller: the turn whose rounds are in `rounds` */
    uint64_t rounds;
    uint32_t first;   /* a condition of it, for its name */
};

struct pp_conditions {
    struct pp_buf texts;
    struct pp_said *said;
    struct pp_said_group *group;
    uint32_t nsaid, ngroups, turn;
    uint64_t left_out; /* said, and past the bounds */
    uint16_t *slot;    /* 0: free; 1 + index of a condition, or with bit 15 of a group */
    uint16_t *used;
    uint32_t nused;
    struct pp_sipkey key;
};

/* 0, or -1 printed. */
int pp_conditions_init(struct pp_conditions *c);
void pp_conditions_release(struct pp_conditions *c);
void pp_conditions_reset(struct pp_conditions *c);
/* The next run or vantage point begins. */
void pp_conditions_turn(struct pp_conditions *c);
/*
 * A condition of this turn; ALONE: it is a group of its own. Its index, or -1: left out. Said again in one turn counts
 * once.
 */
int pp_conditions_add(struct pp_conditions *c, const char *text, size_t len, bool alone);
/* Whether all turns that say anything of I's group say I. */
static inline bool pp_conditions_common(const struct pp_conditions *c, uint32_t i)
{
    return c->said[i].n == c->group[c->said[i].group].n;
}
static inline const char *pp_conditions_text(const struct pp_conditions *c, uint32_t at)
{
    return c->texts.data + at;
}
/* The group called TEXT, or -1. */
int pp_conditions_group(const struct pp_conditions *c, const char *text, size_t len);

#endif
