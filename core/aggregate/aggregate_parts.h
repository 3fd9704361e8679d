/* SPDX-License-Identifier: BSD-2-Clause */
/* aggregate_parts.h: what the files behind aggregate.h share. */
#ifndef PP_AGGREGATE_PARTS_H
#define PP_AGGREGATE_PARTS_H

#include "aggregate.h"

/* The question of the condition NAME (without a value), made if NAME is new; NULL: no room. *MEMBER: which of it. */
struct pp_question *pp_part_condition(struct pp_part *p, const char *name, size_t len, unsigned *member);
/* Counts the conditions of one line. LINE: its number, from 1. */
int pp_part_line(struct pp_part *p, const struct pp_reading *r, uint64_t line);
void pp_part_release(struct pp_part *p);

/* The index of network KEY, added if it is new; -1: no room. BYTES: of all keys together, up to PP_KEYS_BYTES. */
int64_t pp_keys_index(struct pp_keys *k, uint64_t key, size_t *bytes);
/* Counts a target of the network INDEX in column Q: an index of pp_question, PP_KEYS_ANY. False: no memory or room. */
bool pp_keys_count(struct pp_keys *k, uint32_t index, unsigned q, bool broken, size_t *bytes);
void pp_keys_name(struct pp_keys *k, uint32_t index, struct pp_span json);
void pp_keys_release(struct pp_keys *k);

/* The index of the question of V, which names an arm; -1: it has none. */
int pp_part_question(struct pp_part *p, const struct pp_reading_verdict *v);
/* Lists the line's target, which has broken verdicts, and its places; as many as find room. 0, or -1 printed. */
int pp_part_list(struct pp_part *p, const struct pp_reading *r);
int pp_part_locate(struct pp_part *p, const struct pp_reading *r);
void pp_listed_release(struct pp_part *p);

/* Takes the words of a line of another campaign into *B, made at the first call. 0, or -1 printed. */
int pp_before_add(struct pp_before **b, const struct pp_sipkey *key, const struct pp_reading *r);
/* Compares the words of line R, which P has counted, with those in B. */
void pp_before_compare(struct pp_before *b, struct pp_part *p, const struct pp_reading *r, uint64_t line);
uint64_t pp_before_left_out(const struct pp_before *b); /* words that were not taken, as the table is full */
void pp_before_free(struct pp_before *b);

#endif
