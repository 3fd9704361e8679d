/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dedup.h: which targets were seen before: a set of keyed 63-bit fingerprints, which no input can make collide on
 * purpose. Two of ten million targets collide by chance with a probability of 5 in a million; the second is then lost
 * as a duplicate. Single thread.
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
 * DOMAIN NULL: none; letter case makes no difference (RFC 4343). 1: it is new and was added, 0: it was there, -1: no
 * memory, or full.
 */
int pp_dedup_add(struct pp_dedup *d, const struct pp_addr *addr, uint16_t port, const char *domain);
/*
 * For resuming: the output has an observation of this target; called once for each. 0, or -1: no memory, or full.
 * pp_dedup_add will find the target.
 */
int pp_dedup_done(struct pp_dedup *d, const struct pp_addr *addr, uint16_t port, const char *domain);
/* The input has this target. True if an observation of it is left over, which this call uses up. */
bool pp_dedup_take(struct pp_dedup *d, const struct pp_addr *addr, uint16_t port, const char *domain);
/*
 * A number in [0, 1), a function of the target, SEED and PURPOSE: for choices that neither the order of the list nor
 * the time changes.
 */
double pp_dedup_chance(uint64_t seed, uint64_t purpose, const struct pp_addr *addr, uint16_t port, const char *domain);
uint64_t pp_dedup_count(const struct pp_dedup *d);
/* Allocated, also while it grows: at most 12 a fingerprint on top of 64 KiB. */
uint64_t pp_dedup_bytes(const struct pp_dedup *d);

#endif
