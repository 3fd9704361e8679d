/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * random.h: random numbers of two kinds. Numbers that must be repeatable from --seed (order, jitter, sampling) come
 * from a pp_rng, one per user, without a lock. Numbers that must be unpredictable (ports, sequence numbers, ids) come
 * from pp_random_secret.
 */
#ifndef PP_RANDOM_H
#define PP_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct pp_rng {
    uint64_t s;
};

/* Streams with different STREAM are independent for the same SEED. */
struct pp_rng pp_rng_init(uint64_t seed, uint64_t stream);
uint64_t pp_rng_next(struct pp_rng *r);
/* Returns a uniform number in [0, n), n > 0, without modulo bias. */
uint64_t pp_rng_below(struct pp_rng *r, uint64_t n);
/* Converts 64 random bits, or a hash, to a number in [0, 1): the upper 53 bits, as many as a double holds. */
static inline double pp_unit(uint64_t bits)
{
    return (double)(bits >> 11) * 0x1p-53;
}
/* Returns a uniform number in [0, 1). */
double pp_rng_unit(struct pp_rng *r);
/* Fills BYTES from getrandom(2); aborts if that fails. Any thread. */
void pp_random_secret(void *bytes, size_t len);

#endif
