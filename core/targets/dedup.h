/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dedup.h: the set of targets seen before, as keyed 63-bit fingerprints, so that no input can provoke collisions. Two
 * of ten million targets collide by chance with a probability of 5 in a million; the second is then lost as a
 * duplicate. Single thread.
 */
#ifndef PP_DEDUP_H
#define PP_DEDUP_H

#include "../base/addr.h"
#include "../base/siphash.h"

#include <stdbool.h>

struct pp_dedup; /* opaque */

#define PP_DEDUP_MAX (UINT64_C(1) << 28) /* fingerprints: 3 GiB */

struct pp_dedup *pp_dedup_new(void); /* NULL: no memory */
void pp_dedup_free(struct pp_dedup *d);
/*
 * Adds a target. DOMAIN NULL: none; letter case is ignored (RFC 4343). 1: the target is new, 0: it was in the set, -1:
 * no memory, or the set is full.
 */
int pp_dedup_add(struct pp_dedup *d, const struct pp_addr *addr, uint16_t port, const char *domain);
/*
 * For --resume: adds the target of an observation in the output; called once for each observation. 0, or -1: no memory,
 * or the set is full. pp_dedup_add then finds the target.
 */
int pp_dedup_done(struct pp_dedup *d, const struct pp_addr *addr, uint16_t port, const char *domain);
/* The input has named this target: takes one observation of it. True: there was one not taken yet. */
bool pp_dedup_take(struct pp_dedup *d, const struct pp_addr *addr, uint16_t port, const char *domain);
/*
 * A number in [0, 1), a function of the target, SEED and PURPOSE: for choices that neither the order of the list nor
 * the time changes.
 */
double pp_dedup_chance(uint64_t seed, uint64_t purpose, const struct pp_addr *addr, uint16_t port, const char *domain);
uint64_t pp_dedup_count(const struct pp_dedup *d);
/* Bytes allocated, also while the set grows: at most 12 per fingerprint, plus 64 KiB. */
uint64_t pp_dedup_bytes(const struct pp_dedup *d);

#endif
