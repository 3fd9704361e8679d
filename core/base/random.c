/* SPDX-License-Identifier: BSD-2-Clause */
/* random.c: SplitMix64 (Steele, Lea, Flood 2014) for repeatable numbers, getrandom(2) for unpredictable ones. */
#include "random.h"

#include "error.h"

#include <errno.h>
#include <sys/random.h>

#define GAMMA UINT64_C(0x9e3779b97f4a7c15)

/* A bijection, so different states give different numbers. */
static uint64_t mix(uint64_t z)
{
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

struct pp_rng pp_rng_init(uint64_t seed, uint64_t stream)
{
    /*
     * All streams step through one cycle of 2^64 states. Mixing twice separates their starts, while with the plain sum
     * of seed and stream (1, 2) and (2, 1) would be the same stream.
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
        uint64_t uneven = -n % n; /* 2^64 mod n: products with a remainder below it are rejected */
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
