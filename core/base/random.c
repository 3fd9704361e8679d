/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * random.c: SplitMix64 (Steele, Lea, Flood 2014) for what must be repeatable, getrandom(2) for what must not be
 * guessed.
 */
#include "random.h"

#include "error.h"

#include <errno.h>
#include <sys/random.h>

#define GAMMA UINT64_C(0x9e3779b97f4a7c15)

/* One-to-one, so different states never give the same number. */
static uint64_t mix(uint64_t z)
{
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

struct pp_rng pp_rng_init(uint64_t seed, uint64_t stream)
{
    /*
     * All streams walk the same circle of 2^64 states. Mixing twice puts their starts on unrelated places of it, where
     * the plain sum of seed and stream would let (1, 2) and (2, 1) meet.
     */
    return (struct pp_rng){mix(mix(seed + GAMMA) + stream)};
}

uint64_t pp_rng_next(struct pp_rng *r)
{
    r->s += GAMMA;
    return mix(r->s);
}

/* Lemire 2019, "Fast random integer generation in an interval". */
uint64_t pp_rng_below(struct pp_rng *r, uint64_t n)
{
    unsigned __int128 m;

    if (n == 0)
        BUG("a random number below 0");
    m = (unsigned __int128)pp_rng_next(r) * n;
    if ((uint64_t)m < n) {
        uint64_t uneven = -n % n; /* 2^64 mod n: so many products are one too many */
        while ((uint64_t)m < uneven)
            m = (unsigned __int128)pp_rng_next(r) * n;
    }
    return (uint64_t)(m >> 64);
}

double pp_rng_unit(struct pp_rng *r)
{
    return pp_unit(pp_rng_next(r));
}

void pp_random_secret(void *bytes, size_t len)
{
    char *p = bytes;

    while (len) {
        ssize_t n = getrandom(p, len, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            pp_error_errno("cannot get random bytes from the kernel");
            abort();
        }
        p += n;
        len -= (size_t)n;
    }
}
