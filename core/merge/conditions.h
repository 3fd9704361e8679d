/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * conditions.h: counts how many turns (the runs of a vantage point, or the vantage points of a target) state each
 * condition. Conditions that exclude each other form a group: those that are equal up to the last dot or, where they
 * have values, up to the value. All texts are the bytes of JSON strings between the quotes. One thread.
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
    uint32_t group, n, last;    /* n: turns that state it; last: the latest of these turns */
};

struct pp_said_group {
    uint32_t at, len; /* its name */
    bool valued;
    uint32_t n, last; /* turns that state any condition of the group; the latest of them */
    uint32_t counted; /* for the caller: the turn that `rounds` counts already */
    uint64_t rounds;
    uint32_t first;   /* index of a condition in the group, from which its name is taken */
};

struct pp_conditions {
    struct pp_buf texts;
    struct pp_said *said;
    struct pp_said_group *group;
    uint32_t nsaid, ngroups, turn;
    uint64_t left_out; /* conditions that were stated and not taken in, as the table is full */
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
 * Counts the condition TEXT for this turn, once however often the turn states it. ALONE: the condition is a group of
 * its own. Returns its index, or -1: left out, as the table is full.
 */
int pp_conditions_add(struct pp_conditions *c, const char *text, size_t len, bool alone);
/* True if all turns that state any condition of I's group state I. */
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
